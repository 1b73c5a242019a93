import type { RtpHeaderView } from "../decode/rtp/header.ts";

/** RFC 3550 A.1: packets that may be late, and the probation of a new source. */
const MISORDER_MAX = 100;
const GAP_MAX = 100;
/** RFC 3550 A.1 MAX_DROPOUT: a larger jump is no gap. */
const DROPOUT_MAX = 3000;
/** A second sequence that runs while the first stands still this long is a restart, not a rival. */
const RESTART_PACKETS = 25;

/** Clock rates of static payload types (RFC 3551 table 4, 5) that are not 8000 Hz. */
const CLOCK_RATES = new Map([
  [6, 16_000],
  [10, 44_100],
  [11, 44_100],
  [14, 90_000],
  [16, 11_025],
  [17, 22_050],
  [25, 90_000],
  [26, 90_000],
  [28, 90_000],
  [31, 90_000],
  [32, 90_000],
  [33, 90_000],
  [34, 90_000],
]);

/**
 * State of each RTP source on each directed flow (RFC 3550 A.1, A.3, A.8), as typed arrays: nothing
 * is allocated per packet. A slot belongs to one (flow, direction, SSRC); the sources of one directed
 * flow form a list.
 */
export class RtpSourceTable {
  readonly capacity: number;
  size = 0;
  evictions = 0;
  /** Directed flow (`2 * flow slot + direction`) of each slot; -1 when free. */
  readonly path: Int32Array;
  readonly ssrc: Int32Array;
  readonly payloadType: Uint8Array;
  /** Next source of the same directed flow; -1 at the end. */
  readonly next: Int32Array;
  readonly received: Float64Array;
  readonly firstUs: Float64Array;
  readonly lastUs: Float64Array;
  /** Packets of a rival sequence that ran beside the stream's own. */
  readonly rivalPackets: Uint32Array;
  /** 1 once the stream is believed: announced, or past its probation. */
  readonly isCounted: Uint8Array;
  readonly isAnnounced: Uint8Array;
  /** 1 when the source's first packet came by an unusual way. */
  readonly isOtherPath: Uint8Array;
  readonly #baseSeq: Int32Array;
  readonly #maxSeq: Int32Array;
  readonly #cycles: Int32Array;
  readonly #rivalSeq: Int32Array;
  readonly #ownAtRival: Float64Array;
  readonly #rivalRun: Uint32Array;
  readonly #transit: Float64Array;
  readonly #jitter: Float64Array;
  #free = -1;
  #used = 0;
  #hand = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.path = new Int32Array(capacity);
    this.ssrc = new Int32Array(capacity);
    this.payloadType = new Uint8Array(capacity);
    this.next = new Int32Array(capacity);
    this.received = new Float64Array(capacity);
    this.firstUs = new Float64Array(capacity);
    this.lastUs = new Float64Array(capacity);
    this.rivalPackets = new Uint32Array(capacity);
    this.isCounted = new Uint8Array(capacity);
    this.isAnnounced = new Uint8Array(capacity);
    this.isOtherPath = new Uint8Array(capacity);
    this.#baseSeq = new Int32Array(capacity);
    this.#maxSeq = new Int32Array(capacity);
    this.#cycles = new Int32Array(capacity);
    this.#rivalSeq = new Int32Array(capacity);
    this.#ownAtRival = new Float64Array(capacity);
    this.#rivalRun = new Uint32Array(capacity);
    this.#transit = new Float64Array(capacity);
    this.#jitter = new Float64Array(capacity);
  }

  /** A fresh slot, or -1 when the table is full: then the caller makes room with `victim`. */
  add(path: number, rtp: RtpHeaderView, timeUs: number): number {
    let slot = this.#free;
    if (slot >= 0) this.#free = this.next[slot] as number;
    else if (this.#used < this.capacity) slot = this.#used++;
    else return -1;
    this.size++;
    this.path[slot] = path;
    this.ssrc[slot] = rtp.ssrc;
    this.payloadType[slot] = rtp.payloadType;
    this.next[slot] = -1;
    this.received[slot] = 0;
    this.firstUs[slot] = timeUs;
    this.lastUs[slot] = timeUs;
    this.rivalPackets[slot] = 0;
    this.isCounted[slot] = 0;
    this.isAnnounced[slot] = 0;
    this.isOtherPath[slot] = 0;
    this.#baseSeq[slot] = rtp.sequenceNumber;
    this.#maxSeq[slot] = rtp.sequenceNumber;
    this.#cycles[slot] = 0;
    this.#rivalRun[slot] = 0;
    this.#transit[slot] = 0;
    this.#jitter[slot] = 0;
    return slot;
  }

  /** The source that was silent longest among the next few: the one to remove when full. */
  victim(): number {
    let oldest = -1;
    for (let i = 0; i < 8; i++) {
      const slot = this.#hand;
      this.#hand = (this.#hand + 1) % this.#used;
      if ((this.path[slot] as number) < 0) continue;
      if (oldest < 0 || (this.lastUs[slot] as number) < (this.lastUs[oldest] as number)) {
        oldest = slot;
      }
    }
    return oldest;
  }

  /** Frees a slot that its directed flow no longer lists. */
  remove(slot: number): void {
    this.path[slot] = -1;
    this.next[slot] = this.#free;
    this.#free = slot;
    this.size--;
  }

  /**
   * Counts a packet (RFC 3550 A.1, A.8). True when it belongs to a rival sequence that runs beside
   * the stream's own: neither late nor a restart.
   */
  update(slot: number, rtp: RtpHeaderView, timeUs: number): boolean {
    this.received[slot] = (this.received[slot] as number) + 1;
    this.lastUs[slot] = timeUs;
    const sequence = rtp.sequenceNumber;
    const delta = ((sequence - (this.#maxSeq[slot] as number) + 0x8000) & 0xffff) - 0x8000;
    if (delta > 0 && delta <= GAP_MAX) {
      if (sequence < (this.#maxSeq[slot] as number)) {
        this.#cycles[slot] = (this.#cycles[slot] as number) + 1;
      }
      this.#maxSeq[slot] = sequence;
      this.#updateJitter(slot, rtp, timeUs);
      return false;
    }
    if (delta <= 0 && delta >= -MISORDER_MAX) return false;
    return this.#updateRival(slot, sequence, delta);
  }

  /** Packets expected so far (RFC 3550 A.3). */
  expected(slot: number): number {
    const highest = (this.#cycles[slot] as number) * 0x10000 + (this.#maxSeq[slot] as number);
    return highest + this.#openGap(slot) - (this.#baseSeq[slot] as number) + 1;
  }

  /** A jump forward after which the stream's own sequence kept silent: a gap, though not yet a restart. */
  #openGap(slot: number): number {
    const run = this.#rivalRun[slot] as number;
    if (run === 0) return 0;
    const own = (this.received[slot] as number) - (this.#ownAtRival[slot] as number) - run;
    const ahead = ((this.#rivalSeq[slot] as number) - (this.#maxSeq[slot] as number)) & 0xffff;
    return own === 0 && ahead < DROPOUT_MAX ? ahead : 0;
  }

  /** Expected less received: negative with duplicates (RFC 3550 A.3). */
  lost(slot: number): number {
    return this.expected(slot) - (this.received[slot] as number);
  }

  /** Interarrival jitter in milliseconds (RFC 3550 A.8). */
  jitterMs(slot: number): number {
    const rate = CLOCK_RATES.get(this.payloadType[slot] as number) ?? 8000;
    return ((this.#jitter[slot] as number) * 1000) / rate;
  }

  #updateRival(slot: number, sequence: number, delta: number): boolean {
    const ahead = (sequence - (this.#rivalSeq[slot] as number)) & 0xffff;
    const run = this.#rivalRun[slot] as number;
    this.#rivalSeq[slot] = sequence;
    if (run === 0 || ahead === 0 || ahead > GAP_MAX) {
      this.#rivalRun[slot] = 1;
      this.#ownAtRival[slot] = (this.received[slot] as number) - 1;
      return false;
    }
    this.#rivalRun[slot] = run + 1;
    const own = (this.received[slot] as number) - (this.#ownAtRival[slot] as number) - (run + 1);
    if (own === 0) {
      if (run + 1 >= RESTART_PACKETS) this.#restart(slot, sequence, delta);
      return false;
    }
    this.rivalPackets[slot] = (this.rivalPackets[slot] as number) + 1;
    return true;
  }

  /** The stream's own sequence fell silent: the sender restarted or jumped. */
  #restart(slot: number, sequence: number, delta: number): void {
    if (delta < 0 && delta > -0x8000 && sequence < (this.#maxSeq[slot] as number)) {
      // A jump backwards starts a new count; what was received so far is taken as complete.
      this.#baseSeq[slot] = sequence - (this.received[slot] as number) + 1;
      this.#cycles[slot] = 0;
    } else if (sequence < (this.#maxSeq[slot] as number)) {
      this.#cycles[slot] = (this.#cycles[slot] as number) + 1;
    }
    this.#maxSeq[slot] = sequence;
    this.#rivalRun[slot] = 0;
  }

  /** RFC 3550 A.8; the transit difference is taken in 32 bits, so that a timestamp wrap is no jump. */
  #updateJitter(slot: number, rtp: RtpHeaderView, timeUs: number): void {
    const rate = rtp.payloadType >= 96 || rtp.payloadType < 35 ? this.#rate(rtp.payloadType) : 8000;
    const arrival = (timeUs / 1_000_000) * rate;
    const transit = ((arrival | 0) - rtp.timestamp) | 0;
    const before = this.#transit[slot] as number;
    this.#transit[slot] = transit;
    if (before === 0) return;
    const difference = Math.abs((transit - before) | 0);
    const jitter = this.#jitter[slot] as number;
    this.#jitter[slot] = jitter + (difference - jitter) / 16;
  }

  #rate(payloadType: number): number {
    return payloadType < 35 && payloadType > 4 && payloadType !== 8
      ? (CLOCK_RATES.get(payloadType) ?? 8000)
      : 8000;
  }
}
