import { randomBytes } from "node:crypto";
import type { PacketView } from "./packet.ts";

const SLOTS = 8192;
const RTP_HEADER_BYTES = 12;
const TAIL_BYTES = 8;
const COPIES = 2;
const WORDS = 4;

// Differ from run to run, so that nobody can prepare packets that look equal.
const seeds = randomBytes(8);
const SEED_LOW = seeds.readInt32LE(0);
const SEED_HIGH = seeds.readInt32LE(4);

/**
 * Finds packets that a mirror port shows more than once: the same from the IP header on, with TTL,
 * checksum, VLAN and MAC left aside, within a few milliseconds. A direct-mapped table of the latest
 * packets; a packet that pushes another out makes a copy go unnoticed, never the reverse.
 */
export class MirrorCopies {
  readonly #windowUs: number;
  readonly #copiesMax: number;
  /** Of each slot: the 64 bits of its packet's key, then the copies of it so far. */
  readonly #slots = new Int32Array(WORDS * SLOTS);
  readonly #firstUs = new Float64Array(SLOTS);
  /** Key of the packet at hand, in two halves: as one number it would be allocated. */
  #low = 0;
  #high = 0;

  /** `copiesMax`: more equal packets than this within the window are traffic (a flood), not copies. */
  constructor(options: { windowMs: number; copiesMax: number }) {
    this.#windowUs = options.windowMs * 1000;
    this.#copiesMax = options.copiesMax;
  }

  /** True when the packet is a copy of one seen just before. */
  isCopy(packet: PacketView): boolean {
    if (this.#windowUs === 0) return false;
    this.#hash(packet);
    const slots = this.#slots;
    const slot = this.#low & (SLOTS - 1);
    const at = WORDS * slot;
    const timeUs = packet.frame.timeUs;
    const age = timeUs - (this.#firstUs[slot] as number);
    const isKnown = slots[at] === this.#low && slots[at + 1] === this.#high;
    if (!isKnown || age > this.#windowUs || age < 0) {
      slots[at] = this.#low;
      slots[at + 1] = this.#high;
      slots[at + COPIES] = 0;
      this.#firstUs[slot] = timeUs;
      return false;
    }
    const copies = slots[at + COPIES] as number;
    if (copies >= this.#copiesMax) return false;
    slots[at + COPIES] = copies + 1;
    return true;
  }

  #hash(packet: PacketView): void {
    const { view } = packet.frame;
    const { payloadStart, payloadEnd } = packet;
    const length = payloadEnd - payloadStart;
    this.#low = SEED_LOW;
    this.#high = SEED_HIGH;
    this.#add(packet.srcHost | 0);
    this.#add(packet.dstHost | 0);
    this.#add((packet.srcPort << 16) | packet.dstPort);
    this.#add((packet.ipId << 16) | packet.udpChecksum);
    this.#add(length);
    // RTP: sequence number, timestamp and SSRC differ from packet to packet; the tail tells payloads.
    if (length > RTP_HEADER_BYTES + TAIL_BYTES && view.getUint8(payloadStart) >>> 6 === 2) {
      this.#addBytes(view, payloadStart, payloadStart + RTP_HEADER_BYTES);
      this.#addBytes(view, payloadEnd - TAIL_BYTES, payloadEnd);
    } else this.#addBytes(view, payloadStart, payloadEnd);
    this.#low = mixed(this.#low ^ this.#high);
    this.#high = mixed(this.#high ^ this.#low);
  }

  #addBytes(view: DataView, start: number, end: number): void {
    let low = this.#low;
    let high = this.#high;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at, true);
      low = step(low, word, 0xcc9e2d51, 15);
      high = step(high, word, 0x1b873593, 13);
    }
    this.#low = low;
    this.#high = high;
    if (at === end) return;
    let tail = 0;
    for (; at < end; at++) tail = (tail << 8) | view.getUint8(at);
    this.#add(tail);
  }

  #add(word: number): void {
    this.#low = step(this.#low, word, 0xcc9e2d51, 15);
    this.#high = step(this.#high, word, 0x1b873593, 13);
  }
}

/** One round of MurmurHash3 (https://github.com/aappleby/smhasher). */
function step(hash: number, word: number, factor: number, turn: number): number {
  const mixedIn = hash ^ Math.imul(word, factor);
  return (Math.imul((mixedIn << turn) | (mixedIn >>> (32 - turn)), 5) + 0x561ccd1b) | 0;
}

function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
