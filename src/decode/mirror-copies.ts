import { randomFillSync } from "node:crypto";
import { column, columnOver } from "../base/column.ts";
import { MacTwins, macKeyOf } from "./mac-twins.ts";
import type { PacketView } from "./packet.ts";

/** Latest packets that are remembered: at five milliseconds enough for 1.6 million a second. A power of two. */
const ROWS = 8192;
/** Chains of rows: so many that most are empty, so that a packet that is no copy is known by one look. A power of two, no less than `ROWS`. */
const CHAINS = 8 * ROWS;
const NONE = -1;
const RTP_HEADER_BYTES = 12;
const TAIL_BYTES = 8;
const HIGH = 1;
const COPIES = 2;
const RUN = 3;
const NETWORK = 4;
const MAC = 5;
/** Time of the first of them, as number of eight bytes. */
const FIRST_US = 3;
const WORDS = 8;

/**
 * An equal packet this many windows later goes on with the same run. A mirror shows a packet a few
 * times at once; who sends the same bytes again and again, IP identification included, floods.
 */
const RUN_GAP_WINDOWS = 10;
/** Windows in a row after which equal packets are no copies any more. */
const RUN_WINDOWS = 2;

/** What words are hashed with. It differs from run to run, so that nobody can prepare packets that look equal. */
const KEYS = 1024;
const keysLow = randomFillSync(new Int32Array(KEYS));
const keysHigh = randomFillSync(new Int32Array(KEYS));

/**
 * Finds packets that a mirror port shows more than once: the same from the IP header on, with TTL,
 * checksum, VLAN and MAC left aside, within a few milliseconds. A flood of equal packets is none:
 * of it at most `copiesMax` packets a window are taken for copies, in the first `RUN_WINDOWS` windows
 * only. The latest packets lie in a ring, so that whether a copy is found hangs on how many packets came between and
 * never on the keys of the run: in a table with a place for each hash, chance would decide which packet pushes which out.
 */
export class MirrorCopies {
  readonly #windowUs: number;
  readonly #copiesMax: number;
  /** Lower half of each row's key: chains are followed in few lines of the processor's caches. */
  readonly #lows = new Int32Array(ROWS);
  /** Of each row: the upper half of its key, the copies in this window, the windows so far, and of the first one its way. */
  readonly #rows = column(Int32Array, WORDS * ROWS);
  readonly #times = columnOver(Float64Array, this.#rows);
  /** By the last bits of a hash, the newest row with these; of each row, the one before it. */
  readonly #newest = new Int16Array(CHAINS).fill(NONE);
  readonly #older = new Int16Array(ROWS);
  /** Newest row of the chain of the packet at hand; -1 when there is none. */
  #first = NONE;
  /** Row of the next packet, whose owner is the oldest. */
  #next = 0;
  /** Network in which the packet was seen first that `isCopy` has found. */
  firstNetwork = -1;
  /** Source addresses by which copies came. */
  readonly twins = new MacTwins();
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
    const row = this.#find(packet);
    const at = WORDS * row;
    const age = row < 0 ? Infinity : packet.timeUs - (this.#times[(at >> 1) + FIRST_US] as number);
    if (age > this.#windowUs) {
      const isRun = age <= RUN_GAP_WINDOWS * this.#windowUs;
      this.#add(packet, isRun ? (rows[at + RUN] as number) + 1 : 0);
      return false;
    }
    const copies = rows[at + COPIES] as number;
    if ((rows[at + RUN] as number) >= RUN_WINDOWS) return false;
    if (copies >= this.#copiesMax) {
      rows[at + RUN] = RUN_WINDOWS;
      return false;
    }
    rows[at + COPIES] = copies + 1;
    this.firstNetwork = rows[at + NETWORK] as number;
    this.twins.note(rows[at + MAC] as number, macKeyOf(packet));
    return true;
  }

  /** The row of the newest packet like this one; -1 when none came before it. Its time, handed over as a number, would be allocated. */
  #find(packet: PacketView): number {
    const lows = this.#lows;
    const low = this.#low;
    let row = this.#newest[low & (CHAINS - 1)] as number;
    // The newest of a chain may have another owner by now, in another chain: then all of its chain have.
    if (row >= 0 && (((lows[row] as number) ^ low) & (CHAINS - 1)) !== 0) row = NONE;
    this.#first = row;
    for (let younger = NONE; row >= 0; row = this.#older[row] as number) {
      const since = (this.#next - 1 - row) & (ROWS - 1);
      // So has one that came after the row that it follows.
      if (since <= younger) return NONE;
      younger = since;
      if (lows[row] === low && this.#rows[WORDS * row + HIGH] === this.#high) {
        return packet.timeUs >= (this.#times[((WORDS * row) >> 1) + FIRST_US] as number)
          ? row
          : NONE;
      }
    }
    return NONE;
  }

  /** Remembers the packet that `#find` has not found, instead of the oldest. */
  #add(packet: PacketView, run: number): void {
    const rows = this.#rows;
    const row = this.#next;
    const at = WORDS * row;
    this.#next = (row + 1) & (ROWS - 1);
    this.#older[row] = this.#first;
    this.#newest[this.#low & (CHAINS - 1)] = row;
    this.#lows[row] = this.#low;
    rows[at + HIGH] = this.#high;
    rows[at + COPIES] = 0;
    rows[at + RUN] = run;
    rows[at + NETWORK] = packet.network;
    rows[at + MAC] = macKeyOf(packet);
    this.#times[(at >> 1) + FIRST_US] = packet.timeUs;
  }

  /**
   * NH of UMAC (RFC 4418 5.2.2): sums of products of two words each, every word with a key of its own added. Half the
   * multiplications of one for each word, and they do not wait for each other. Here in two halves of 32 bits.
   */
  #hash(packet: PacketView): void {
    const { view, payloadStart, payloadEnd } = packet;
    const length = payloadEnd - payloadStart;
    const src = packet.srcHost | 0;
    const dst = packet.dstHost | 0;
    const ports = (packet.srcPort << 16) | packet.dstPort;
    const check = (packet.ipId << 16) | packet.udpChecksum;
    this.#low = (lowOf(src, dst, 0) + lowOf(ports, check, 2) + lowOf(length, 0, 4)) | 0;
    this.#high = (highOf(src, dst, 0) + highOf(ports, check, 2) + highOf(length, 0, 4)) | 0;
    // RTP: sequence number, timestamp and SSRC differ from packet to packet; the tail tells payloads.
    if (length > RTP_HEADER_BYTES + TAIL_BYTES && view.getUint8(payloadStart) >>> 6 === 2) {
      this.#addBytes(view, payloadStart, payloadStart + RTP_HEADER_BYTES, 6);
      this.#addBytes(view, payloadEnd - TAIL_BYTES, payloadEnd, 10);
    } else this.#addBytes(view, payloadStart, payloadEnd, 6);
    this.#low = mixed(this.#low ^ (this.#high >>> 15));
  }

  /** Words by two, then what is left of two. `firstKey` is even. */
  #addBytes(view: DataView, start: number, end: number, firstKey: number): void {
    let low = this.#low;
    let high = this.#high;
    let key = firstKey;
    let at = start;
    for (; at + 8 <= end; at += 8) {
      const a = view.getInt32(at, true);
      const b = view.getInt32(at + 4, true);
      low = (low + lowOf(a, b, key)) | 0;
      high = (high + highOf(a, b, key)) | 0;
      key += 2;
      if (key === KEYS) {
        key = 0;
        low = mixed(low);
        high = mixed(high);
      }
    }
    let word = 0;
    if (at + 4 <= end) {
      word = view.getInt32(at, true);
      at += 4;
    }
    let tail = 0;
    for (; at < end; at++) tail = (tail << 8) | view.getUint8(at);
    this.#low = (low + lowOf(word, tail, key)) | 0;
    this.#high = (high + highOf(word, tail, key)) | 0;
  }
}

/** Product of two words, with the keys at `key` and behind it, for each half of the hash. */
function lowOf(a: number, b: number, key: number): number {
  return Math.imul(a + (keysLow[key] as number), b + (keysLow[key + 1] as number));
}

function highOf(a: number, b: number, key: number): number {
  return Math.imul(
    turned(a) + (keysHigh[key] as number),
    turned(b) + (keysHigh[key + 1] as number),
  );
}

/** The low bits of a product see little of a word's high bits, so the second half takes it turned. */
function turned(word: number): number {
  return (word << 16) | (word >>> 16);
}

/** The final step of MurmurHash3 (https://github.com/aappleby/smhasher). */
function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
