import { randomBytes } from "node:crypto";
import type { PacketView } from "./packet.ts";

const ROWS = 8192;
const RTP_HEADER_BYTES = 12;
const TAIL_BYTES = 8;
const COPIES = 2;
const RUN = 3;
const WORDS = 4;

/**
 * An equal packet this many windows later goes on with the same run. A mirror shows a packet a few
 * times at once; who sends the same bytes again and again, IP identification included, floods.
 */
const RUN_GAP_WINDOWS = 10;
/** Windows in a row after which equal packets are no copies any more. */
const RUN_WINDOWS = 2;

/** Factors of the key, odd. They differ from run to run, so that nobody can prepare packets that look equal. */
const FACTORS = 1024;
const factorsLow = new Int32Array(FACTORS);
const factorsHigh = new Int32Array(FACTORS);
const random = randomBytes(8 * FACTORS);
for (let i = 0; i < FACTORS; i++) {
  factorsLow[i] = random.readInt32LE(8 * i) | 1;
  factorsHigh[i] = random.readInt32LE(8 * i + 4) | 1;
}

/**
 * Finds packets that a mirror port shows more than once: the same from the IP header on, with TTL,
 * checksum, VLAN and MAC left aside, within a few milliseconds. A flood of equal packets is none:
 * of it at most `copiesMax` packets a window are taken for copies, in the first `RUN_WINDOWS` windows
 * only. A direct-mapped table of the latest packets; a packet that pushes another out makes a copy
 * go unnoticed, never the reverse.
 */
export class MirrorCopies {
  readonly #windowUs: number;
  readonly #copiesMax: number;
  /** Of each row: the 64 bits of its packet's key, the copies in this window, the windows so far. */
  readonly #rows = new Int32Array(WORDS * ROWS);
  readonly #firstUs = new Float64Array(ROWS);
  readonly #networks = new Int16Array(ROWS);
  /** Network in which the packet was seen first that `isCopy` has found. */
  firstNetwork = -1;
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
    const rows = this.#rows;
    const row = this.#low & (ROWS - 1);
    const at = WORDS * row;
    const age = packet.timeUs - (this.#firstUs[row] as number);
    const isKnown = rows[at] === this.#low && rows[at + 1] === this.#high && age >= 0;
    if (!isKnown || age > this.#windowUs) {
      const isRun = isKnown && age <= RUN_GAP_WINDOWS * this.#windowUs;
      rows[at] = this.#low;
      rows[at + 1] = this.#high;
      rows[at + COPIES] = 0;
      rows[at + RUN] = isRun ? (rows[at + RUN] as number) + 1 : 0;
      this.#firstUs[row] = packet.timeUs;
      this.#networks[row] = packet.network;
      return false;
    }
    const copies = rows[at + COPIES] as number;
    if ((rows[at + RUN] as number) >= RUN_WINDOWS) return false;
    if (copies >= this.#copiesMax) {
      rows[at + RUN] = RUN_WINDOWS;
      return false;
    }
    rows[at + COPIES] = copies + 1;
    this.firstNetwork = this.#networks[row] as number;
    return true;
  }

  /** Sums of products with random factors (multilinear hashing): products do not wait for each other. */
  #hash(packet: PacketView): void {
    const { view, payloadStart, payloadEnd } = packet;
    const length = payloadEnd - payloadStart;
    const src = packet.srcHost | 0;
    const dst = packet.dstHost | 0;
    const ports = (packet.srcPort << 16) | packet.dstPort;
    const ids = (packet.ipId << 16) | packet.udpChecksum;
    this.#low =
      (Math.imul(src, factorsLow[0] as number) +
        Math.imul(dst, factorsLow[1] as number) +
        Math.imul(ports, factorsLow[2] as number) +
        Math.imul(ids, factorsLow[3] as number) +
        Math.imul(length, factorsLow[4] as number)) |
      0;
    this.#high =
      (Math.imul(turned(src), factorsHigh[0] as number) +
        Math.imul(turned(dst), factorsHigh[1] as number) +
        Math.imul(turned(ports), factorsHigh[2] as number) +
        Math.imul(turned(ids), factorsHigh[3] as number) +
        Math.imul(turned(length), factorsHigh[4] as number)) |
      0;
    // RTP: sequence number, timestamp and SSRC differ from packet to packet; the tail tells payloads.
    if (length > RTP_HEADER_BYTES + TAIL_BYTES && view.getUint8(payloadStart) >>> 6 === 2) {
      this.#addBytes(view, payloadStart, payloadStart + RTP_HEADER_BYTES, 5);
      this.#addBytes(view, payloadEnd - TAIL_BYTES, payloadEnd, 8);
    } else this.#addBytes(view, payloadStart, payloadEnd, 5);
    this.#low = mixed(this.#low ^ (this.#high >>> 15));
  }

  #addBytes(view: DataView, start: number, end: number, firstFactor: number): void {
    let low = this.#low;
    let high = this.#high;
    let factor = firstFactor;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at, true);
      low = (low + Math.imul(word, factorsLow[factor] as number)) | 0;
      high = (high + Math.imul(turned(word), factorsHigh[factor] as number)) | 0;
      if (++factor === FACTORS) {
        factor = 0;
        low = mixed(low);
        high = mixed(high);
      }
    }
    let tail = 0;
    for (; at < end; at++) tail = (tail << 8) | view.getUint8(at);
    this.#low = (low + Math.imul(tail, factorsLow[factor] as number)) | 0;
    this.#high = (high + Math.imul(turned(tail), factorsHigh[factor] as number)) | 0;
  }
}

/** The high bits of a product see little of a word's high bits, so the second half takes it turned. */
function turned(word: number): number {
  return (word << 16) | (word >>> 16);
}

/** The final step of MurmurHash3 (https://github.com/aappleby/smhasher). */
function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
