import { Frame } from "../../src/capture/frame.ts";
import { type Config, defaultConfig } from "../../src/config/config.ts";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import type { IncidentRecord } from "../../src/detect/incidents/incident.ts";
import type { RuleSet } from "../../src/detect/rules/signature.ts";
import { Pipeline, type PipelineOutputs } from "../../src/pipeline/pipeline.ts";
import { EVENT_ROWS } from "../../src/track/facts/event-kind.ts";
import { udp6Packet, udpPacket } from "./pcap-writer.ts";
import { isAlarm, shippedRules } from "./run-capture.ts";

export const WIRE_START_US = 1_800_000_000_000_000;

/** A host with one port. MAC and TTL follow from its address unless they are given. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
  readonly mac?: string;
  readonly ttl?: number;
}

export interface WireRun {
  readonly alerts: readonly Alert[];
  readonly incidents: readonly IncidentRecord[];
  /** Severity 1 to 3. */
  readonly alarms: readonly Alert[];
  /** Distinct sids of the alarms. */
  readonly sids: readonly number[];
  /** Facts raised, by name. */
  readonly facts: Readonly<Record<string, number>>;
}

interface Sent {
  readonly timeUs: number;
  readonly bytes: Buffer;
}

/** `10.0.0.1:5060`, `[2001:db8::1]:5060`. */
export function sentBy({ ip, port }: Endpoint): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** A mirrored segment: what is sent here, the pipeline sees in time order; with the shipped rules unless told. */
export class Wire {
  /** Seconds since the start; what is sent is sent now. */
  now = 0;
  readonly pipeline: Pipeline;
  readonly alerts: Alert[] = [];
  readonly incidents: IncidentRecord[] = [];
  readonly #frame = new Frame();
  readonly #snaplen: number;
  #serial = 0;
  #sent: Sent[] = [];

  /** `snaplen`: bytes of each packet that the capture keeps. `outputs`: who takes other records than alerts. */
  constructor(
    options: {
      config?: Config;
      ruleSet?: RuleSet;
      snaplen?: number;
      outputs?: Omit<PipelineOutputs, "alert" | "incident">;
    } = {},
  ) {
    this.#snaplen = options.snaplen ?? 65_535;
    this.pipeline = new Pipeline({
      config: options.config ?? defaultConfig(),
      ruleSet: options.ruleSet ?? shippedRules(),
      outputs: {
        ...options.outputs,
        alert: (alert) => this.alerts.push(alert),
        incident: (record) => this.incidents.push(record),
      },
    });
  }

  /** Packets sent and not played yet. */
  get sent(): number {
    return this.#sent.length;
  }

  /** A text that no other call of this wire gives. */
  unique(prefix = ""): string {
    this.#serial++;
    return `${prefix}${this.#serial.toString(36)}`;
  }

  send(from: Endpoint, to: Endpoint, payload: string | Uint8Array, afterSeconds = 0): void {
    const make = from.ip.includes(":") ? udp6Packet : udpPacket;
    const ttl = from.ttl ?? 64;
    const ip = make(payload, {
      src: from.ip,
      dst: to.ip,
      srcPort: from.port,
      dstPort: to.port,
      ttl,
      hopLimit: ttl,
    });
    macOf(from).copy(ip, 6);
    macOf(to).copy(ip, 0);
    this.frame(ip, afterSeconds);
  }

  /** Any frame, as it is. */
  frame(bytes: Buffer, afterSeconds = 0): void {
    const timeUs = WIRE_START_US + Math.round((this.now + afterSeconds) * 1e6);
    this.#sent.push({ timeUs, bytes });
  }

  /** Plays what has been sent so far, and all that is ever sent must be later. `beforeFrame` is told the seconds since the start. */
  play(beforeFrame: (pipeline: Pipeline, seconds: number) => void = () => {}): void {
    const { pipeline } = this;
    const frame = this.#frame;
    for (const { timeUs, bytes } of this.#sent.toSorted((a, b) => a.timeUs - b.timeUs)) {
      frame.bytes = bytes;
      frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      frame.start = 0;
      frame.end = Math.min(bytes.length, this.#snaplen);
      frame.wireLength = bytes.length;
      frame.timeUs = timeUs;
      frame.number++;
      beforeFrame(pipeline, (timeUs - WIRE_START_US) / 1e6);
      pipeline.onFrame(frame);
    }
    this.#sent = [];
  }

  /** Plays everything to the end of the run. */
  run(beforeFrame: (pipeline: Pipeline, seconds: number) => void = () => {}): WireRun {
    this.play(beforeFrame);
    const { alerts, incidents, pipeline } = this;
    pipeline.finish();
    const alarms = alerts.filter(isAlarm);
    const facts: Record<string, number> = {};
    for (const [kind, { name }] of EVENT_ROWS.entries()) {
      const count = pipeline.factCounts[kind] ?? 0;
      if (count > 0) facts[name] = count;
    }
    return {
      alerts,
      incidents,
      alarms,
      sids: [...new Set(alarms.map(({ signature }) => signature.sid))].sort(),
      facts,
    };
  }
}

function macOf({ ip, mac }: Endpoint): Buffer {
  if (mac !== undefined) return Buffer.from(mac.replaceAll(":", ""), "hex");
  let hash = 0;
  for (const char of ip) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  const bytes = Buffer.alloc(6);
  bytes[0] = 2;
  bytes.writeInt32BE(hash, 2);
  return bytes;
}
