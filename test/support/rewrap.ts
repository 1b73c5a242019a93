import { openSource } from "../../src/capture/file-source.ts";
import { Frame } from "../../src/capture/frame.ts";
import { type Config, defaultConfig } from "../../src/config/config.ts";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import type { RuleSet } from "../../src/detect/rules/signature.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
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

/**
 * Sources made up, which only datagrams can have. That none of them repeats its request (RFC 3261 17.1.1.2) tells the flood from
 * an outage at once; over TCP nobody repeats, and it is told by the count, some seconds later.
 */
export const MADE_UP_SOURCES = "invite_flood/invite_flood_spoofed_sources.pcap.gz";

/** What alerts say without when and of whom. */
export function deeds(alerts: readonly Alert[]): string[] {
  const alarms = alerts.filter(({ signature }) => signature.severity <= 3);
  return [...new Set(alarms.map(({ signature }) => String(signature.sid)))].sort();
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

/** What is spoken on a connection before and around messages. */
export interface Session {
  readonly question: Buffer;
  readonly answer: Buffer;
  /** `ends` names the direction. */
  encode(payload: Buffer, isClient: boolean, ends: string): Buffer;
}

interface Stream {
  seq: number;
  started: boolean;
}

/** UDP datagrams of SIP as segments of one TCP connection for each pair of ends, with its handshake. */
export class OverTcp {
  readonly #streams = new Map<string, Stream>();
  /** Who opened the connection of a pair of ends. */
  readonly #openers = new Map<string, string>();
  readonly #session: Session | null;
  readonly #cut: (payload: Buffer) => readonly Buffer[];
  readonly #order: <T>(items: readonly T[]) => T[];

  /** `cut` says in which pieces a message goes, `order` in which order these are seen. */
  constructor(
    cut: (payload: Buffer) => readonly Buffer[] = (payload) => [payload],
    order: <T>(items: readonly T[]) => T[] = (items) => [...items],
    session: Session | null = null,
  ) {
    this.#session = session;
    this.#cut = cut;
    this.#order = order;
  }

  readonly wrap: Wrap = (packet) => {
    const udp = sipDatagram(packet);
    if (udp === null) return [packet];
    const { head, src, dst, payload } = udp;
    const ends = `${src} ${dst}`;
    const pair = [src, dst].sort().join(" ");
    const out: RawPacket[] = [];
    const add = (seg: Buffer) => out.push({ ...packet, bytes: tcpFrame(head, seg) });
    const own = this.#of(ends);
    const peer = this.#of(`${dst} ${src}`);
    if (!this.#openers.has(pair)) {
      this.#openers.set(pair, src);
      const back = reversed(head);
      const answer = tcpSegment(dst, src, peer.seq, own.seq + 1, 0x12);
      add(tcpSegment(src, dst, own.seq, 0, 0x02));
      out.push({ ...packet, bytes: tcpFrame(back, answer) });
      own.seq++;
      peer.seq++;
      add(tcpSegment(src, dst, own.seq, peer.seq, 0x10));
      if (this.#session !== null) {
        const { question, answer: reply } = this.#session;
        add(tcpSegment(src, dst, own.seq, peer.seq, 0x18, question));
        own.seq += question.length;
        const frame = tcpFrame(back, tcpSegment(dst, src, peer.seq, own.seq, 0x18, reply));
        out.push({ ...packet, bytes: frame });
        peer.seq += reply.length;
      }
    }
    const segments: Buffer[] = [];
    const isClient = this.#openers.get(pair) === src;
    const carried = this.#session?.encode(payload, isClient, ends) ?? payload;
    for (const piece of this.#cut(carried)) {
      segments.push(tcpSegment(src, dst, own.seq, peer.seq, 0x18, piece));
      own.seq += piece.length;
    }
    for (const segment of this.#order(segments)) add(segment);
    return out;
  };

  #of(ends: string): Stream {
    let stream = this.#streams.get(ends);
    if (stream === undefined) {
      // Close to the wrap, so that numbers do.
      stream = { seq: 2 ** 32 - 700 - this.#streams.size, started: false };
      this.#streams.set(ends, stream);
    }
    return stream;
  }
}

/** Ends as `address:port` in hexadecimal, headers before UDP, and the SIP message; null for all else. */
function sipDatagram(packet: RawPacket) {
  const ip = ipv4Start(packet);
  if (ip < 0) return null;
  const { bytes } = packet;
  const headerBytes = ((bytes[ip] as number) & 15) * 4;
  if (bytes[ip + 9] !== 17 || (bytes.readUInt16BE(ip + 6) & 0x3fff) !== 0) return null;
  const udp = ip + headerBytes;
  const payload = bytes.subarray(
    udp + 8,
    Math.min(bytes.length, udp + bytes.readUInt16BE(udp + 4)),
  );
  const text = payload.toString("latin1");
  if (!/^[!-~]+ [^\r\n]*SIP\/\d\.\d\r?\n|^SIP\/2\.0 /.test(text)) return null;
  const end = (addressAt: number, portAt: number) =>
    bytes.toString("hex", addressAt, addressAt + 4) + bytes.toString("hex", portAt, portAt + 2);
  return {
    head: bytes.subarray(0, udp),
    src: end(ip + 12, udp),
    dst: end(ip + 16, udp + 2),
    payload: withLength(payload),
  };
}

/** Over a stream each message has to say how long its body is, so Content-Length is made right. */
function withLength(payload: Buffer): Buffer {
  const text = payload.toString("latin1");
  const blank = /\r?\n\r?\n/.exec(text);
  if (blank === null) return payload;
  const bodyAt = blank.index + blank[0].length;
  const length = text.length - bodyAt;
  const field = /^(content-length|l)[ \t]*:[ \t]*(\d*)/im.exec(text.slice(0, bodyAt));
  if (field !== null && Number(field[2]) === length) return payload;
  const head = text.slice(0, blank.index).replace(/^(content-length|l)[ \t]*:.*\r?\n?/gim, "");
  return Buffer.from(
    `${head.trimEnd()}\r\nContent-Length: ${length}\r\n\r\n${text.slice(bodyAt)}`,
    "latin1",
  );
}

function reversed(head: Buffer): Buffer {
  const back = Buffer.from(head);
  head.copy(back, 0, 6, 12);
  head.copy(back, 6, 0, 6);
  head.copy(back, 26, 30, 34);
  head.copy(back, 30, 26, 30);
  return back;
}

function tcpSegment(
  src: string,
  dst: string,
  seq: number,
  ack: number,
  flags: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(20);
  header.write(src.slice(8), 0, "hex");
  header.write(dst.slice(8), 2, "hex");
  header.writeUInt32BE(seq % 2 ** 32, 4);
  header.writeUInt32BE(ack % 2 ** 32, 8);
  header[12] = 0x50;
  header[13] = flags;
  header.writeUInt16BE(65_535, 14);
  return Buffer.concat([header, payload]);
}

function tcpFrame(head: Buffer, segment: Buffer): Buffer {
  const frame = Buffer.concat([head, segment]);
  frame.writeUInt16BE(frame.length - 14, 16);
  frame[23] = 6;
  return frame;
}

/** Pieces of so many bytes. */
export function pieces(payload: Buffer, bytes: number): Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0; at < payload.length; at += bytes) out.push(payload.subarray(at, at + bytes));
  return out;
}

/** UDP datagrams of SIP in DATA chunks of so many bytes, each in a packet of its own, in the order of `random`. */
export function inSctpPieces(pieceBytes: number, random: () => number): Wrap {
  let number = 0xfffffff0;
  return (packet) => {
    const udp = sipDatagram(packet);
    if (udp === null) return [packet];
    const { head, src, dst, payload } = udp;
    const parts = pieces(payload, pieceBytes).map((part, i) => {
      const flags = (i === 0 ? 2 : 0) | ((i + 1) * pieceBytes >= payload.length ? 1 : 0);
      const frame = Buffer.concat([head, sctpHeader(src, dst), dataChunk(part, flags, number++)]);
      frame.writeUInt16BE(frame.length - 14, 16);
      frame[23] = 132;
      return { ...packet, bytes: frame };
    });
    return shuffled(parts, random);
  };
}

function sctpHeader(src: string, dst: string): Buffer {
  const common = Buffer.alloc(12);
  common.write(src.slice(8), 0, "hex");
  common.write(dst.slice(8), 2, "hex");
  return common;
}

function dataChunk(payload: Buffer, flags: number, number = 0): Buffer {
  const chunk = Buffer.alloc(16 + ((payload.length + 3) & ~3));
  chunk[1] = flags;
  chunk.writeUInt16BE(16 + payload.length, 2);
  chunk.writeUInt32BE(number % 2 ** 32, 4);
  payload.copy(chunk, 16);
  return chunk;
}

/** UDP datagrams of SIP as DATA chunks of one SCTP packet, behind a chunk that is passed over. */
export const overSctp: Wrap = (packet) => {
  const udp = sipDatagram(packet);
  if (udp === null) return [packet];
  const { head, src, dst, payload } = udp;
  const sack = Buffer.from("0300001000000001000100000000000000".slice(0, 32), "hex");
  const frame = Buffer.concat([head, sctpHeader(src, dst), sack, dataChunk(payload, 3)]);
  frame.writeUInt16BE(frame.length - 14, 16);
  frame[23] = 132;
  return [{ ...packet, bytes: frame }];
};
