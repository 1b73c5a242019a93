import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ipaddr from "ipaddr.js";
import { Frame, LinkType } from "../../../src/capture/frame.ts";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { NO_HOST } from "../../../src/decode/host.ts";
import { HostNames } from "../../../src/decode/host-names.ts";
import { hostKeyOfText } from "../../../src/decode/host-text.ts";
import { PacketView, SkipReason } from "../../../src/decode/packet.ts";
import { SipMessageView } from "../../../src/decode/sip/message.ts";
import type { Alert } from "../../../src/detect/alerts/alert.ts";
import { type CaseSettings, DEFAULT_CASE_SETTINGS } from "../../../src/detect/cases/cases.ts";
import type { CounterLimits } from "../../../src/detect/counters/counter-budget.ts";
import { Engine } from "../../../src/detect/engine.ts";
import type { IncidentRecord } from "../../../src/detect/incidents/incident.ts";
import {
  DEFAULT_INCIDENT_SETTINGS,
  type IncidentSettings,
} from "../../../src/detect/incidents/incidents.ts";
import { type LoadResult, loadRules } from "../../../src/detect/rules/load-rules.ts";
import { DEFAULT_VARIABLES, type RuleVariables } from "../../../src/detect/rules/variables.ts";
import { NO_SITE_FILES, type SiteFiles } from "../../../src/detect/site/site-data.ts";
import { AppProto } from "../../../src/track/app-proto.ts";
import { EventList, type EventSubject, NO_SUBJECT } from "../../../src/track/facts/event.ts";
import { eventKindOf } from "../../../src/track/facts/event-kind.ts";
import { FlowTable } from "../../../src/track/flow.ts";

export interface PacketFields {
  readonly src?: string;
  readonly dst?: string;
  readonly srcPort?: number;
  readonly dstPort?: number;
  readonly payload?: string | Uint8Array;
  /** Seconds since the start. */
  readonly at?: number;
}

export interface EventFields {
  readonly src?: string;
  readonly dst?: string;
  readonly value?: number;
  readonly at?: number;
  readonly subject?: Partial<EventSubject>;
  readonly client?: string;
  readonly server?: string;
}

export const START_US = 1_700_000_000_000_000;
export const PHONE = "198.51.100.7";
export const SERVER = "192.168.1.2";

export const ALL_VARIABLES: RuleVariables = {
  addresses: { ...DEFAULT_VARIABLES.addresses, EXTERNAL_NET: "any", HOME_NET: "any" },
  ports: DEFAULT_VARIABLES.ports,
};

/** Bytes of a raw IP datagram with UDP inside. */
export function udpDatagram(fields: PacketFields): Buffer {
  const { src = PHONE, dst = SERVER, srcPort = 5060, dstPort = 5060, payload = "" } = fields;
  const body = typeof payload === "string" ? Buffer.from(payload, "latin1") : Buffer.from(payload);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(srcPort, 0);
  udp.writeUInt16BE(dstPort, 2);
  udp.writeUInt16BE(8 + body.length, 4);
  const from = ipaddr.parse(src).toByteArray();
  const to = ipaddr.parse(dst).toByteArray();
  if (from.length === 16) {
    const ip = Buffer.alloc(40);
    ip[0] = 0x60;
    ip.writeUInt16BE(8 + body.length, 4);
    ip[6] = 17;
    ip[7] = 64;
    ip.set(from, 8);
    ip.set(to, 24);
    return Buffer.concat([ip, udp, body]);
  }
  const ip = Buffer.alloc(20);
  ip[0] = 0x45;
  ip.writeUInt16BE(28 + body.length, 2);
  ip[8] = 64;
  ip[9] = 17;
  ip.set(from, 12);
  ip.set(to, 16);
  return Buffer.concat([ip, udp, body]);
}

/** Files beside the rules. */
export interface Beside {
  readonly threshold?: string;
  readonly classification?: string;
  /** By name, in the folder of the rules. */
  readonly files?: Readonly<Record<string, string>>;
  /** `rules.dataDir`. */
  readonly dataDir?: string;
  readonly datasets?: SiteFiles["datasets"];
  readonly officeHours?: string;
  readonly reputation?: { readonly categories: string; readonly scores: string };
  readonly geoip?: Buffer;
}

/** Loads rules from text, through a file as users do. */
export function loadText(
  text: string,
  variables: RuleVariables = ALL_VARIABLES,
  beside: Beside = {},
): LoadResult {
  const folder = mkdtempSync(join(tmpdir(), "sipsentry-rules-"));
  try {
    const write = (name: string, content: string | Buffer): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    for (const [name, content] of Object.entries(beside.files ?? {})) write(name, content);
    const { geoip, reputation } = beside;
    const site = {
      ...NO_SITE_FILES,
      ...(beside.dataDir !== undefined && { dataDir: beside.dataDir }),
      datasets: beside.datasets ?? [],
      officeHours: beside.officeHours ?? "",
      ...(geoip !== undefined && { geoip: write("geo.mmdb", geoip) }),
      ...(reputation !== undefined && {
        reputationCategories: write("categories.txt", reputation.categories),
        reputationFiles: [write("reputation.list", reputation.scores)],
      }),
    };
    return loadRules({
      site,
      files: [write("test.rules", text)],
      variables,
      ...(beside.threshold !== undefined && {
        thresholdFile: write("threshold.config", beside.threshold),
      }),
      ...(beside.classification !== undefined && {
        classificationFile: write("classification.config", beside.classification),
      }),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An engine with the stages before it, fed by hand. */
export class Rig {
  readonly names = new HostNames();
  readonly flows = new FlowTable(64);
  readonly alerts: Alert[] = [];
  readonly incidents: IncidentRecord[] = [];
  readonly engine: Engine;
  readonly packet = new PacketView();
  readonly message = new SipMessageView();
  readonly events = new EventList();
  readonly load: LoadResult;
  #number = 0;

  constructor(
    rules: string | LoadResult,
    options: {
      limits?: CounterLimits;
      threshold?: string;
      variables?: RuleVariables;
      incidents?: Partial<IncidentSettings>;
      cases?: Partial<CaseSettings>;
    } = {},
  ) {
    this.load =
      typeof rules === "string"
        ? loadText(rules, options.variables, {
            ...(options.threshold !== undefined && { threshold: options.threshold }),
          })
        : rules;
    const errors = this.load.messages.filter(({ level }) => level === "error");
    if (errors.length > 0) throw new Error(errors.map(({ text }) => text).join("\n"));
    this.engine = new Engine(
      this.load.ruleSet,
      this.names,
      this.flows,
      (alert) => this.alerts.push(alert),
      options.limits,
      { ...DEFAULT_INCIDENT_SETTINGS, ...options.incidents },
      { ...DEFAULT_CASE_SETTINGS, ...options.cases },
    );
    this.engine.incidents.onRecord = (record) => this.incidents.push(record);
    this.flows.onEnd = (slot) => this.engine.onFlowEnd(slot);
  }

  /** Exchanges the rules, at a time in seconds since the start. */
  reload(rules: string, at: number): void {
    this.engine.reload(loadText(rules).ruleSet, START_US + Math.round(at * 1e6));
  }

  /** Sends one packet, with facts raised by it, and gives the sids that alerted. */
  send(fields: PacketFields = {}, raise: () => void = () => {}): number[] {
    const bytes = udpDatagram(fields);
    const frame = new Frame();
    frame.bytes = bytes;
    frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frame.end = bytes.length;
    frame.wireLength = bytes.length;
    frame.timeUs = START_US + Math.round((fields.at ?? 0) * 1e6);
    frame.linkType = LinkType.RAW;
    frame.number = ++this.#number;
    return this.sendFrame(frame, raise);
  }

  sendFrame(frame: Frame, raise: () => void = () => {}): number[] {
    const packet = this.packet;
    if (decodePacket(frame, packet) !== SkipReason.NONE) return [];
    const created = this.flows.created;
    const slot = this.flows.track(packet);
    const isSip = this.message.decode(frame.bytes, packet.payloadStart, packet.payloadEnd, false);
    if (isSip) {
      if (!this.message.isRequest && this.flows.created > created) this.flows.swapSides(slot);
      this.flows.setAppProto(slot, AppProto.SIP);
    }
    this.events.clear();
    raise();
    const before = this.alerts.length;
    this.engine.inspect(packet, slot, isSip ? this.message : null, this.events);
    if (isSip) this.flows.countMessage(slot);
    return this.alerts.slice(before).map((alert) => alert.signature.sid);
  }

  /** Raises one fact without a packet and gives the sids that alerted. */
  raise(name: string, fields: EventFields = {}): number[] {
    this.events.clear();
    this.addEvent(name, fields);
    const before = this.alerts.length;
    this.engine.inspect(null, -1, null, this.events);
    return this.alerts.slice(before).map((alert) => alert.signature.sid);
  }

  /** Adds a fact to the packet being sent. */
  addEvent(name: string, fields: EventFields = {}, onPacket = false): void {
    const kind = eventKindOf(name);
    if (kind === undefined) throw new Error(`no event ${name}`);
    const timeUs = START_US + Math.round((fields.at ?? 0) * 1e6);
    const event = this.events.raise(kind, timeUs, fields.value ?? 0);
    if (event === null) throw new Error("event list is full");
    event.srcHost = hostKeyOfText(fields.src ?? PHONE);
    event.dstHost = hostKeyOfText(fields.dst ?? SERVER);
    event.srcPort = 5060;
    event.dstPort = 5060;
    event.client = fields.client === undefined ? NO_HOST : hostKeyOfText(fields.client);
    event.server = fields.server === undefined ? NO_HOST : hostKeyOfText(fields.server);
    event.subject = { ...NO_SUBJECT, ...fields.subject };
    if (onPacket) {
      event.packet = this.packet;
      event.sip = this.message;
    }
  }
}

/** A plain request; lines are joined by CRLF. */
export function request(
  method: string,
  fields: { user?: string; headers?: string[]; body?: string; uri?: string } = {},
): string {
  const { user = "100", headers = [], body = "", uri = `sip:${user}@${SERVER}` } = fields;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${PHONE}:5060;branch=z9hG4bK-1`,
    `From: <sip:${user}@${SERVER}>;tag=a1`,
    `To: <sip:${user}@${SERVER}>`,
    "Call-ID: call-1",
    `CSeq: 1 ${method}`,
    ...headers,
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

export function response(
  code: number,
  reason: string,
  fields: { headers?: string[]; method?: string } = {},
): string {
  return [
    `SIP/2.0 ${code} ${reason}`,
    `Via: SIP/2.0/UDP ${PHONE}:5060;branch=z9hG4bK-1`,
    `From: <sip:100@${SERVER}>;tag=a1`,
    `To: <sip:100@${SERVER}>;tag=b1`,
    "Call-ID: call-1",
    `CSeq: 1 ${fields.method ?? "REGISTER"}`,
    ...(fields.headers ?? []),
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
}
