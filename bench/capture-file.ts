import { closeSync, openSync, writeSync } from "node:fs";
import { LinkType } from "../src/capture/frame.ts";

/** A host as the mirror sees it. */
export interface Station {
  /** IPv4 address, as a number. */
  readonly ip: number;
  readonly port: number;
  /** IP time to live at the mirror; 64 unless given. */
  readonly ttl?: number;
  /** Last four bytes of the MAC that its packets come with; those of the address unless given. */
  readonly mac?: number;
}

/** A UDP packet. Generators use one object again and again: it is valid until the next one is asked for. */
export interface Packet {
  readonly timeUs: number;
  readonly from: Station;
  readonly to: Station;
  readonly payload: string | Uint8Array;
}

/** Packets in the order of their times. */
export type Packets = Iterable<Packet>;

const RECORD_BYTES = 16;
const HEADERS_BYTES = 42;
export const FRAME_BYTES_MAX = HEADERS_BYTES + 65_507;
const PCAP_MAGIC = 0xa1b2c3d4;
const SNAPLEN = 262_144;
const CHUNK_BYTES = 1 << 20;
const TTL = 64;

/** The header of a pcap file with microseconds, over Ethernet. */
export function pcapFileHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(PCAP_MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAPLEN, 16);
  header.writeUInt32LE(LinkType.ETHERNET, 20);
  return header;
}

/** Makes frames of packets: Ethernet, IPv4 with its checksum, UDP without one. */
export class FrameWriter {
  #ipId = 0;

  /** Writes the frame at `at`; gives its length in bytes. */
  write(into: Buffer, at: number, { from, to, payload }: Packet): number {
    const start = at + HEADERS_BYTES;
    const bytes =
      typeof payload === "string"
        ? into.write(payload, start, "latin1")
        : copy(payload, into, start);
    this.#ipId = (this.#ipId + 1) & 0xffff;
    into.writeUInt16BE(0x0200, at);
    into.writeUInt32BE(to.mac ?? to.ip, at + 2);
    into.writeUInt16BE(0x0200, at + 6);
    into.writeUInt32BE(from.mac ?? from.ip, at + 8);
    into.writeUInt16BE(0x0800, at + 12);
    const ip = at + 14;
    into.writeUInt16BE(0x4500, ip);
    into.writeUInt16BE(28 + bytes, ip + 2);
    into.writeUInt16BE(this.#ipId, ip + 4);
    into.writeUInt16BE(0, ip + 6);
    into[ip + 8] = from.ttl ?? TTL;
    into[ip + 9] = 17;
    into.writeUInt16BE(0, ip + 10);
    into.writeUInt32BE(from.ip, ip + 12);
    into.writeUInt32BE(to.ip, ip + 16);
    into.writeUInt16BE(headerChecksum(into, ip), ip + 10);
    into.writeUInt16BE(from.port, ip + 20);
    into.writeUInt16BE(to.port, ip + 22);
    into.writeUInt16BE(8 + bytes, ip + 24);
    into.writeUInt16BE(0, ip + 26);
    return HEADERS_BYTES + bytes;
  }
}

/** A pcap file in pieces. */
export function* captureChunks(packets: Packets): Generator<Buffer> {
  const chunk = Buffer.alloc(CHUNK_BYTES + RECORD_BYTES + FRAME_BYTES_MAX);
  const frames = new FrameWriter();
  let used = pcapFileHeader().copy(chunk);
  for (const packet of packets) {
    const bytes = frames.write(chunk, used + RECORD_BYTES, packet);
    chunk.writeUInt32LE(Math.floor(packet.timeUs / 1e6), used);
    chunk.writeUInt32LE(Math.floor(packet.timeUs % 1e6), used + 4);
    chunk.writeUInt32LE(bytes, used + 8);
    chunk.writeUInt32LE(bytes, used + 12);
    used += RECORD_BYTES + bytes;
    if (used < CHUNK_BYTES) continue;
    yield Buffer.from(chunk.subarray(0, used));
    used = 0;
  }
  yield Buffer.from(chunk.subarray(0, used));
}

export function writeCapture(path: string, packets: Packets): void {
  const file = openSync(path, "w");
  try {
    for (const chunk of captureChunks(packets)) {
      for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
    }
  } finally {
    closeSync(file);
  }
}

/** Several sources as one, in time order; of equal times the earlier source comes first. */
export function* merged(...sources: readonly Packets[]): Generator<Packet> {
  const iterators = sources.map((source) => source[Symbol.iterator]());
  const heads = iterators.map((iterator) => iterator.next());
  while (true) {
    let first = -1;
    let firstUs = Number.POSITIVE_INFINITY;
    for (const [i, head] of heads.entries()) {
      if (head.done === true || head.value.timeUs >= firstUs) continue;
      first = i;
      firstUs = head.value.timeUs;
    }
    const head = heads[first];
    const iterator = iterators[first];
    if (head === undefined || iterator === undefined || head.done === true) return;
    yield head.value;
    heads[first] = iterator.next();
  }
}

/** Text of an IPv4 address. */
export function ipText(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

function copy(payload: Uint8Array, into: Buffer, at: number): number {
  into.set(payload, at);
  return payload.length;
}

/** RFC 1071, over the 20 bytes of a header. */
function headerChecksum(bytes: Buffer, at: number): number {
  let sum = 0;
  for (let i = at; i < at + 20; i += 2) sum += bytes.readUInt16BE(i);
  sum = (sum & 0xffff) + (sum >>> 16);
  return ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
}
