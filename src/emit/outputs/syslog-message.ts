import type { DeliveryRecord } from "../delivery/delivery-record.ts";
import { EveRecord, rfc3339 } from "./eve-record.ts";

/** Numbers of RFC 5424 6.2.1, table 1. */
const FACILITIES = {
  auth: 4,
  authpriv: 10,
  daemon: 3,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;

export type SyslogFacility = keyof typeof FACILITIES;

/** What all messages of one output have in common. */
export interface SyslogOrigin {
  readonly facility: SyslogFacility;
  /** APP-NAME. */
  readonly appName: string;
  /** HOSTNAME: the sensor. */
  readonly hostname: string;
  /** SD-ID of our structured data, `NAME@ENTERPRISE` (RFC 5424 6.3.2). */
  readonly structuredId: string;
}

/** Alert severity 1 is Critical, 2 Warning, 3 Notice, all others Informational (RFC 5424 6.2.1, table 2). */
const SEVERITIES = [2, 4, 5] as const;
const INFORMATIONAL = 6;

const NIL = "-";
/** RFC 5424 7.3.1: sequenceId starts again at 1 after this. */
const SEQUENCE_MAX = 2_147_483_647;

/** Writes SYSLOG-MSG (RFC 5424 6) for delivery records; counts them for `sequenceId` (7.3.1). */
export class SyslogFormatter {
  readonly #origin: SyslogOrigin;
  readonly #format: (line: string) => string;
  readonly #header: string;
  #sequence = 0;

  /** `format` makes the MSG part, a line of JSON, from the EVE line. */
  constructor(origin: SyslogOrigin, format: (line: string) => string) {
    this.#origin = origin;
    this.#format = format;
    const hostname = printUsAscii(origin.hostname, 255);
    this.#header = `${hostname} ${printUsAscii(origin.appName, 48)} ${process.pid}`;
  }

  message(record: DeliveryRecord): Buffer {
    const eve = EveRecord.parse(record.line);
    const time = rfc3339(eve?.text("timestamp") ?? "") || NIL;
    const messageId = printUsAscii(eve?.text("event_type") ?? "", 32);
    const head = `<${this.#priority(record.severity)}>1 ${time} ${this.#header} ${messageId}`;
    const data = this.#structuredData(record, eve);
    return Buffer.from(`${head} ${data} ${asciiJson(this.#format(record.line))}`, "latin1");
  }

  #priority(severity: number): number {
    return 8 * FACILITIES[this.#origin.facility] + (SEVERITIES[severity - 1] ?? INFORMATIONAL);
  }

  #structuredData(record: DeliveryRecord, eve: EveRecord | null): string {
    this.#sequence = (this.#sequence % SEQUENCE_MAX) + 1;
    const params: readonly (readonly [string, string])[] = [
      ["alert_id", record.alertId],
      ["sid", String(eve?.number("alert", "signature_id") ?? "")],
      ["severity", String(record.severity)],
      ["signature", eve?.text("alert", "signature") ?? ""],
      ["src_ip", eve?.text("src_ip") ?? ""],
    ];
    const texts = params
      .filter(([, value]) => value !== "")
      .map(([name, value]) => ` ${name}="${paramValue(value)}"`);
    return `[${this.#origin.structuredId}${texts.join("")}][meta sequenceId="${this.#sequence}"]`;
  }
}

/** RFC 5424 6.3.3: `"`, `\` and `]` are escaped. Values are made US-ASCII, so that none can be misread. */
function paramValue(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").replace(/["\\\]]/g, "\\$&");
}

/** A header field (RFC 5424 6): PRINTUSASCII without spaces, cut to its length; NILVALUE when empty. */
function printUsAscii(text: string, max: number): string {
  return text.replace(/[^\x21-\x7e]/g, "_").slice(0, max) || NIL;
}

/**
 * JSON in US-ASCII: all else as `\u` escapes, which mean the same. A message with other characters would
 * have to begin with a byte order mark (RFC 5424 6.4), and JSON must not have one (RFC 8259 8.1).
 */
function asciiJson(json: string): string {
  return json.replace(
    /[^\0-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
