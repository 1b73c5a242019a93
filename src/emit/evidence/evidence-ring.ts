import { plainHost } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";

/** One entry of the index is one cache line: four doubles, then eight 32-bit words. */
const ENTRY_BYTES = 64;
const DOUBLES = ENTRY_BYTES / 8;
const WORDS = ENTRY_BYTES / 4;

/** Doubles of an entry. */
const TIME = 0;
const SRC_HOST = 1;
const DST_HOST = 2;
const NUMBER = 3;
/** Words of an entry, after its doubles. */
const PORTS = 8;
const OFFSET = 9;
const LENGTH = 10;
const WIRE_LENGTH = 11;
const LINK_TYPE = 12;
const CALL_KEY = 13;
const FROM_KEY = 14;
const TO_KEY = 15;

/** Up to here a loop over words is quicker than a call that copies bytes. */
const LOOP_BYTES_MAX = 512;

/** Keys of a packet that is no SIP message, or names no call or user. */
export const NO_KEY = 0;

/**
 * The most recent packets, in one buffer and one index, both made at the start; the oldest go when
 * either is full. Adding a packet allocates nothing.
 */
export class EvidenceRing {
  /** Bytes of packets and of their index together. */
  readonly bytesMax: number;
  readonly #data: Buffer;
  readonly #dataWords: Int32Array;
  readonly #doubles: Float64Array;
  readonly #words: Uint32Array;
  readonly #capacity: number;
  /** Position of the next entry, and number of entries before it that are whole. */
  #next = 0;
  #size = 0;
  /** Where the next packet goes, a multiple of 4. */
  #writeAt = 0;

  readonly #snaplen: number;

  /**
   * `packetBytes` is what a usual packet takes: it shares the room between packets and index. Of each
   * packet `snaplen` bytes are kept.
   */
  constructor(bytesMax: number, packetBytes: number, snaplen = Number.POSITIVE_INFINITY) {
    this.bytesMax = bytesMax;
    this.#snaplen = snaplen;
    this.#capacity = Math.max(1, Math.floor(bytesMax / (ENTRY_BYTES + packetBytes)));
    const index = new ArrayBuffer(this.#capacity * ENTRY_BYTES);
    this.#doubles = new Float64Array(index);
    this.#words = new Uint32Array(index);
    const data = new ArrayBuffer((bytesMax - index.byteLength) & ~3);
    this.#data = Buffer.from(data);
    this.#dataWords = new Int32Array(data);
  }

  get size(): number {
    return this.#size;
  }

  /** Position of the youngest packet, -1 when there is none. */
  get newest(): number {
    if (this.#size === 0) return -1;
    return this.#next === 0 ? this.#capacity - 1 : this.#next - 1;
  }

  /** Position of the packet before; -1 when that was the oldest. */
  older(at: number): number {
    if (at === this.#oldest) return -1;
    return at === 0 ? this.#capacity - 1 : at - 1;
  }

  /** Keeps a packet; returns its position, or -1 when it is larger than the whole ring. */
  add(packet: PacketView, callKey: number, fromKey: number, toKey: number): number {
    const length = Math.min(packet.frameEnd - packet.frameStart, this.#snaplen);
    const room = (length + 3) & ~3;
    if (room > this.#data.length || length <= 0) return -1;
    this.#makeRoom(room);
    const at = this.#next;
    const doubles = this.#doubles;
    const words = this.#words;
    const d = at * DOUBLES;
    doubles[d + TIME] = packet.captureUs;
    doubles[d + SRC_HOST] = plainHost(packet.srcHost);
    doubles[d + DST_HOST] = plainHost(packet.dstHost);
    doubles[d + NUMBER] = packet.number;
    const w = at * WORDS;
    words[w + PORTS] = (packet.srcPort << 16) | packet.dstPort;
    words[w + OFFSET] = this.#writeAt;
    words[w + LENGTH] = length;
    words[w + WIRE_LENGTH] = packet.wireLength;
    words[w + LINK_TYPE] = packet.linkType;
    words[w + CALL_KEY] = callKey;
    words[w + FROM_KEY] = fromKey;
    words[w + TO_KEY] = toKey;
    this.#copy(packet.bytes, packet.view, packet.frameStart, packet.frameStart + length);
    this.#writeAt += room;
    this.#next = at + 1 === this.#capacity ? 0 : at + 1;
    this.#size++;
    return at;
  }

  timeUs(at: number): number {
    return this.#doubles[at * DOUBLES + TIME] as number;
  }

  srcHost(at: number): number {
    return this.#doubles[at * DOUBLES + SRC_HOST] as number;
  }

  dstHost(at: number): number {
    return this.#doubles[at * DOUBLES + DST_HOST] as number;
  }

  /** Number of the packet in the run. */
  number(at: number): number {
    return this.#doubles[at * DOUBLES + NUMBER] as number;
  }

  srcPort(at: number): number {
    return (this.#words[at * WORDS + PORTS] as number) >>> 16;
  }

  dstPort(at: number): number {
    return (this.#words[at * WORDS + PORTS] as number) & 0xffff;
  }

  /** Captured bytes. */
  length(at: number): number {
    return this.#words[at * WORDS + LENGTH] as number;
  }

  wireLength(at: number): number {
    return this.#words[at * WORDS + WIRE_LENGTH] as number;
  }

  linkType(at: number): number {
    return this.#words[at * WORDS + LINK_TYPE] as number;
  }

  callKey(at: number): number {
    return this.#words[at * WORDS + CALL_KEY] as number;
  }

  fromKey(at: number): number {
    return this.#words[at * WORDS + FROM_KEY] as number;
  }

  toKey(at: number): number {
    return this.#words[at * WORDS + TO_KEY] as number;
  }

  /** Copies the packet's bytes to where there is room for `length(at)`. */
  copyTo(at: number, target: Buffer, targetAt: number): void {
    const offset = this.#words[at * WORDS + OFFSET] as number;
    this.#data.copy(target, targetAt, offset, offset + this.length(at));
  }

  get #oldest(): number {
    const at = this.#next - this.#size;
    return at < 0 ? at + this.#capacity : at;
  }

  /** Lets the oldest go until an entry and `room` bytes in one piece are free at `#writeAt`. */
  #makeRoom(room: number): void {
    if (this.#size === this.#capacity) this.#size--;
    if (this.#writeAt + room > this.#data.length) {
      this.#dropFrom(this.#writeAt, this.#data.length);
      this.#writeAt = 0;
    }
    this.#dropFrom(this.#writeAt, this.#writeAt + room);
  }

  /** Drops the oldest packets while they begin in that part of the buffer. */
  #dropFrom(start: number, end: number): void {
    while (this.#size > 0) {
      const offset = this.#words[this.#oldest * WORDS + OFFSET] as number;
      if (offset < start || offset >= end) return;
      this.#size--;
    }
  }

  /** Sixteen bytes a turn: `Buffer.copy` makes a view of the source, which only pays for long packets. */
  #copy(bytes: Buffer, view: DataView, start: number, end: number): void {
    if (end - start > LOOP_BYTES_MAX) {
      bytes.copy(this.#data, this.#writeAt, start, end);
      return;
    }
    const words = this.#dataWords;
    let from = start;
    let to = this.#writeAt >> 2;
    for (const last = end - 16; from <= last; from += 16) {
      words[to] = view.getInt32(from, true);
      words[to + 1] = view.getInt32(from + 4, true);
      words[to + 2] = view.getInt32(from + 8, true);
      words[to + 3] = view.getInt32(from + 12, true);
      to += 4;
    }
    for (const last = end - 4; from <= last; from += 4) words[to++] = view.getInt32(from, true);
    const data = this.#data;
    for (let at = to << 2; from < end; from++) data[at++] = bytes[from] as number;
  }
}
