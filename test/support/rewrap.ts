import { openSource } from "../../src/capture/file-source.ts";
import { Frame } from "../../src/capture/frame.ts";
import { type Config, defaultConfig } from "../../src/config.ts";
import type { Alert } from "../../src/detect/alert.ts";
import type { RuleSet } from "../../src/detect/signature.ts";
import { Pipeline } from "../../src/pipeline.ts";
import { shippedRules } from "./run-capture.ts";

/** A packet of a capture, copied. */
export interface RawPacket {
  readonly bytes: Buffer;
  readonly timeUs: number;
  readonly linkType: number;
}

/** What carries one packet in another way: the packets that take its place. */
export type Wrap = (packet: RawPacket) => readonly RawPacket[];

export async function packetsOf(path: string): Promise<RawPacket[]> {
  const packets: RawPacket[] = [];
  await openSource([path]).run((frame) => {
    packets.push({
      bytes: Buffer.from(frame.bytes.subarray(frame.start, frame.end)),
      timeUs: frame.timeUs,
      linkType: frame.linkType,
    });
  });
  return packets;
}

export interface RewrappedRun {
  readonly pipeline: Pipeline;
  readonly alerts: readonly Alert[];
}

export function runPackets(
  packets: Iterable<RawPacket>,
  options: { config?: Config; ruleSet?: RuleSet } = {},
): RewrappedRun {
  const alerts: Alert[] = [];
  const pipeline = new Pipeline({
    config: options.config ?? defaultConfig(),
    ruleSet: options.ruleSet ?? shippedRules(),
    outputs: { alert: (alert) => alerts.push(alert) },
  });
  const frame = new Frame();
  for (const { bytes, timeUs, linkType } of packets) {
    frame.bytes = bytes;
    frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frame.start = 0;
    frame.end = bytes.length;
    frame.wireLength = bytes.length;
    frame.timeUs = timeUs;
    frame.linkType = linkType;
    frame.number++;
    pipeline.onFrame(frame);
  }
  pipeline.finish();
  return { pipeline, alerts };
}

/** What an alert accuses whom of, without what depends on how packets were carried. */
export function accusation(alert: Alert): string {
  const { signature, srcIp, srcPort, destIp, destPort, voip, timeUs } = alert;
  const counter = voip.counter === undefined ? "" : `${voip.counter.key} ${voip.counter.count}`;
  return [
    timeUs,
    `${signature.sid}/${signature.severity}`,
    `${srcIp}:${srcPort} > ${destIp}:${destPort}`,
    voip.event,
    voip.value,
    voip.callId,
    voip.account,
    counter,
  ].join(" | ");
}

/** Numbers that are the same in each run (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}

/** Where IPv4 starts in an Ethernet frame without tags; -1 in any other packet. */
export function ipv4Start({ bytes, linkType }: RawPacket): number {
  return linkType === 1 && bytes.length >= 34 && bytes.readUInt16BE(12) === 0x0800 ? 14 : -1;
}

/** Cuts IPv4 packets into fragments of so many bytes, in an order that `random` chooses. */
export function inFragments(fragmentBytes: number, random: () => number): Wrap {
  return (packet) => {
    const ip = ipv4Start(packet);
    if (ip < 0) return [packet];
    const { bytes } = packet;
    const headerBytes = ((bytes[ip] as number) & 15) * 4;
    const end = ip + bytes.readUInt16BE(ip + 2);
    const data = ip + headerBytes;
    if (end - data <= fragmentBytes || end > bytes.length) return [packet];
    const pieces: RawPacket[] = [];
    for (let at = data; at < end; at += fragmentBytes) {
      const until = Math.min(at + fragmentBytes, end);
      const piece = Buffer.concat([bytes.subarray(0, data), bytes.subarray(at, until)]);
      piece.writeUInt16BE(headerBytes + until - at, ip + 2);
      // A fragment can be cut again.
      const field = bytes.readUInt16BE(ip + 6);
      const more = until < end ? 0x2000 : field & 0x2000;
      piece.writeUInt16BE(more | ((field & 0x1fff) + (at - data) / 8), ip + 6);
      pieces.push({ ...packet, bytes: piece });
    }
    return shuffled(pieces, random);
  };
}
