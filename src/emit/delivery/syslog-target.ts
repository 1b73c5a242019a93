import { hostname } from "node:os";
import type { SyslogSettings } from "../outputs/syslog-sink.ts";
import { parseHostPort } from "./output-address.ts";
import { OutputError, readTls } from "./output-files.ts";
import type { OutputSettings } from "./output-settings.ts";

/** Registered ports: syslog (UDP), syslog-conn (RFC 3195, by now for plain TCP too), syslog-tls (RFC 5425). */
const DEFAULT_PORTS = { udp: 514, tcp: 601, tls: 6_514 } as const;
const TIMEOUT_MS = 10_000;
/** SD-NAME of a private kind (RFC 5424 6.3.2): printable ASCII but `=`, space, `]` and `"`. */
const STRUCTURED_ID = /^[!#-<>-?A-\\^-~]{1,22}@\d{1,9}(?:\.\d{1,9})*$/;

/** Reads what follows `syslog://` and the like: `HOST:PORT`. Throws OutputError. */
export function syslogSettings(
  target: string,
  transport: SyslogSettings["transport"],
  { sensor, syslog }: OutputSettings,
): SyslogSettings {
  const address = parseHostPort(target.replace(/\/$/, ""), DEFAULT_PORTS[transport]);
  if (typeof address === "string") throw new OutputError(`syslog: ${address}`);
  const { appName, confirm, facility, structuredId } = syslog;
  if (!STRUCTURED_ID.test(structuredId) || structuredId.length > 32) {
    throw new OutputError(
      `syslog.structuredId: "${structuredId}" is not NAME@ENTERPRISE, up to 32 characters, such as sipsentry@32473`,
    );
  }
  return {
    ...address,
    transport,
    facility,
    appName,
    hostname: sensor || hostname(),
    structuredId,
    tls: transport === "tls" ? readTls("syslog", syslog) : null,
    confirm,
    timeoutMs: TIMEOUT_MS,
  };
}
