import { column } from "../../base/column.ts";
import { macKeyOf } from "../../decode/mac-twins.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";
import { isSameTtl } from "./rtp-way.ts";

/** RFC 3550 A.1: packets that may be late, and the probation of a new source. */
const MISORDER_MAX = 100;
const GAP_MAX = 100;
/** RFC 3550 A.1 MAX_DROPOUT: a larger jump is no gap. */
const DROPOUT_MAX = 3000;
/** A burst may be lost, and times of packets be coarse: so many are loss, whatever the clock says. */
const LOSS_ALWAYS_MAX = 300;
/** Of fewer packets a stream's pace is not known. */
const PACE_PACKETS_MIN = 10;
/** A second sequence that runs while the first stands still this long is a restart, not a rival. */
const RESTART_PACKETS = 25;

export const SourceFlag = {
  /** A `SequenceWatch` follows it. */
  WATCHED: 1,
  /** It is the first source of its directed flow, and there is a second one. */
  ACCOMPANIED: 2,
  /** It has sent more than telephone events and comfort noise. */
  VOICE: 4,
} as const;

/**
 * State of each RTP source on each directed flow (RFC 3550 A.1, A.3), as typed arrays: nothing
 * is allocated per packet. A slot belongs to one (flow, direction, SSRC); the sources of one directed
 * flow form a list.
 */
export class RtpSourceTable {
  readonly capacity: number;
  size = 0;
  evictions = 0;
  /** Directed flow (`2 * flow slot + direction`) of each slot; -1 when free. */
  readonly directedFlow: Int32Array;
  readonly ssrc: Int32Array;
  readonly payloadType: Uint8Array;
  /** Next source of the same directed flow; -1 at the end. */
  readonly next: Int32Array;
  readonly received: Float64Array;
  readonly firstUs: Float64Array;
  readonly lastUs: Float64Array;
  /** 1 once the stream is believed: announced, or past its probation. */
  readonly isCounted: Uint8Array;
  readonly isAnnounced: Uint8Array;
  /** State of all announcements when the ends of its directed flow were looked up last. */
  readonly resolvedAt: Uint32Array;
  /** The way of its own packets: `macKeyOf`, and TTL. */
  readonly mac: Int32Array;
  readonly ttl: Uint8Array;
  /** `SourceFlag` bits: what makes a packet of the source worth a closer look. */
  readonly flags: Uint8Array;
  /** How often its sequence began anew somewhere else (modulo 256): another session by the same SSRC and ports. */
  readonly restarts: Uint8Array;
  readonly #generation: Uint32Array;
  readonly #baseSeq: Int32Array;
  readonly #maxSeq: Int32Array;
  readonly #cycles: Int32Array;
  readonly #rivalSeq: Int32Array;
  readonly #ownAtRival: Float64Array;
  readonly #rivalRun: Uint32Array;
  /** How long nothing had come before the jump. */
  readonly #silentUs: Float64Array;
  #free = -1;
  #used = 0;
  #hand = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.directedFlow = column(Int32Array, capacity);
    this.ssrc = column(Int32Array, capacity);
    this.payloadType = column(Uint8Array, capacity);
    this.next = column(Int32Array, capacity);
    this.received = column(Float64Array, capacity);
    this.firstUs = column(Float64Array, capacity);
    this.lastUs = column(Float64Array, capacity);
    this.isCounted = column(Uint8Array, capacity);
    this.isAnnounced = column(Uint8Array, capacity);
    this.resolvedAt = column(Uint32Array, capacity);
    this.mac = column(Int32Array, capacity);
    this.ttl = column(Uint8Array, capacity);
    this.flags = column(Uint8Array, capacity);
    this.restarts = column(Uint8Array, capacity);
    this.#generation = column(Uint32Array, capacity);
    this.#baseSeq = column(Int32Array, capacity);
    this.#maxSeq = column(Int32Array, capacity);
    this.#cycles = column(Int32Array, capacity);
    this.#rivalSeq = column(Int32Array, capacity);
    this.#ownAtRival = column(Float64Array, capacity);
    this.#rivalRun = column(Uint32Array, capacity);
    this.#silentUs = column(Float64Array, capacity);
  }

  /** A fresh slot, or -1 when the table is full: then the caller makes room with `victim`. */
  add(directedFlow: number, rtp: RtpHeaderView, packet: PacketView): number {
    const { timeUs } = packet;
    let slot = this.#free;
    if (slot >= 0) this.#free = this.next[slot] as number;
    else if (this.#used < this.capacity) slot = this.#used++;
    else return -1;
    this.size++;
    this.directedFlow[slot] = directedFlow;
    this.ssrc[slot] = rtp.ssrc;
    this.payloadType[slot] = rtp.payloadType;
    this.next[slot] = -1;
    this.received[slot] = 0;
    this.firstUs[slot] = timeUs;
    this.lastUs[slot] = timeUs;
    this.isCounted[slot] = 0;
    this.isAnnounced[slot] = 0;
    this.resolvedAt[slot] = 0;
    this.mac[slot] = macKeyOf(packet);
    this.ttl[slot] = packet.ttl;
    this.flags[slot] = 0;
    this.restarts[slot] = 0;
    this.#baseSeq[slot] = rtp.sequenceNumber;
    this.#maxSeq[slot] = rtp.sequenceNumber;
    this.#cycles[slot] = 0;
    this.#rivalRun[slot] = 0;
    return slot;
  }

  /** The source that was silent longest among the next few: the one to remove when full. */
  victim(): number {
    let oldest = -1;
    for (let i = 0; i < 8; i++) {
      const slot = this.#hand;
      this.#hand = (this.#hand + 1) % this.#used;
      if ((this.directedFlow[slot] as number) < 0) continue;
      if (oldest < 0 || (this.lastUs[slot] as number) < (this.lastUs[oldest] as number)) {
        oldest = slot;
      }
    }
    return oldest;
  }

  /** Frees a slot that its directed flow no longer lists. */
  remove(slot: number): void {
    this.directedFlow[slot] = -1;
    this.#generation[slot] = ((this.#generation[slot] as number) + 1) & 0xffffff;
    this.next[slot] = this.#free;
    this.#free = slot;
    this.size--;
  }

  /** Identity of a source as long as it lives: safe to keep. */
  ref(slot: number): number {
    return (this.#generation[slot] as number) * this.capacity + slot;
  }

  /** The slot of a `ref`; -1 when that source has gone since. */
  slotOf(ref: number): number {
    const slot = ref % this.capacity;
    const isSame = (this.#generation[slot] as number) === Math.floor(ref / this.capacity);
    return isSame && (this.directedFlow[slot] as number) >= 0 ? slot : -1;
  }

  /** When the last of these sources was heard; 0 when all have gone. */
  latestUs(refs: readonly number[]): number {
    let lastUs = 0;
    for (const ref of refs) {
      const slot = this.slotOf(ref);
      if (slot >= 0) lastUs = Math.max(lastUs, this.lastUs[slot] as number);
    }
    return lastUs;
  }

  /** True when the packet came by the way of the source's own packets. */
  isOwnWay(slot: number, packet: PacketView): boolean {
    const isSameMac = packet.macTwins.areSame(this.mac[slot] as number, macKeyOf(packet));
    return isSameMac && isSameTtl(this.ttl[slot] as number, packet.ttl);
  }

  /** Router changed over, phone roamed: the source's packets come by this way from now on. */
  moveTo(slot: number, packet: PacketView): void {
    this.mac[slot] = macKeyOf(packet);
    this.ttl[slot] = packet.ttl;
  }

  /** Counts a packet (RFC 3550 A.1). False when it is late, seen before, or far from the sequence. */
  update(slot: number, rtp: RtpHeaderView, timeUs: number): boolean {
    this.received[slot] = (this.received[slot] as number) + 1;
    const silentUs = timeUs - (this.lastUs[slot] as number);
    this.lastUs[slot] = timeUs;
    const sequence = rtp.sequenceNumber;
    const delta = ((sequence - (this.#maxSeq[slot] as number) + 0x8000) & 0xffff) - 0x8000;
    if (delta > 0 && delta <= GAP_MAX) {
      if (sequence < (this.#maxSeq[slot] as number)) {
        this.#cycles[slot] = (this.#cycles[slot] as number) + 1;
      }
      this.#maxSeq[slot] = sequence;
      return true;
    }
    if (delta > 0 || delta < -MISORDER_MAX) this.#updateFar(slot, sequence, delta, silentUs);
    // The packet that the source begins with is where its sequence begins.
    return delta === 0 && this.received[slot] === 1;
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
    return own === 0 && ahead < DROPOUT_MAX && this.#isLoss(slot, ahead) ? ahead : 0;
  }

  /**
   * A jump is loss when so many packets could have been sent in the silence before it, at twice the stream's own pace.
   * A sender that restarts may land a little ahead of where it was, too.
   */
  #isLoss(slot: number, ahead: number): boolean {
    const silentUs = this.#silentUs[slot] as number;
    const own = (this.received[slot] as number) - (this.#rivalRun[slot] as number);
    const streamUs = (this.lastUs[slot] as number) - (this.firstUs[slot] as number) - silentUs;
    if (own < PACE_PACKETS_MIN || streamUs <= 0) return true;
    return ahead <= LOSS_ALWAYS_MAX + (2 * silentUs * own) / streamUs;
  }

  /** Expected less received: negative with duplicates (RFC 3550 A.3). */
  lost(slot: number): number {
    return this.expected(slot) - (this.received[slot] as number);
  }

  /** RFC 3550 A.1: a jump is believed once it goes on in sequence. */
  #updateFar(slot: number, sequence: number, delta: number, silentUs: number): void {
    const ahead = (sequence - (this.#rivalSeq[slot] as number)) & 0xffff;
    const run = this.#rivalRun[slot] as number;
    this.#rivalSeq[slot] = sequence;
    if (run === 0 || ahead === 0 || ahead > GAP_MAX) {
      this.#rivalRun[slot] = 1;
      this.#silentUs[slot] = silentUs;
      this.#ownAtRival[slot] = (this.received[slot] as number) - 1;
      return;
    }
    this.#rivalRun[slot] = run + 1;
    const own = (this.received[slot] as number) - (this.#ownAtRival[slot] as number) - (run + 1);
    if (own === 0 && run + 1 >= RESTART_PACKETS) this.#restart(slot, sequence, delta);
  }

  /** The stream's own sequence fell silent: the sender restarted or jumped. */
  #restart(slot: number, sequence: number, delta: number): void {
    const isGap = delta >= 0 && delta < DROPOUT_MAX + RESTART_PACKETS;
    if (!isGap || !this.#isLoss(slot, delta - (this.#rivalRun[slot] as number))) {
      // No gap: the count starts anew, and what was received so far is taken as complete.
      this.#baseSeq[slot] = sequence - (this.received[slot] as number) + 1;
      this.#cycles[slot] = 0;
      this.restarts[slot] = (this.restarts[slot] as number) + 1;
    } else if (sequence < (this.#maxSeq[slot] as number)) {
      this.#cycles[slot] = (this.#cycles[slot] as number) + 1;
    }
    this.#maxSeq[slot] = sequence;
    this.#rivalRun[slot] = 0;
  }
}
