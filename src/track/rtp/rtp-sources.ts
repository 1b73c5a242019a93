import { macKeyOf } from "../../decode/mac-twins.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";
import { isSameTtl } from "../hosts/way.ts";
import {
  BASE_SEQ,
  CYCLES,
  DIRECTED_FLOW,
  FIRST_US,
  FLAGS,
  GAP_MAX,
  GENERATION,
  INTS,
  LAST_US,
  MAC,
  MAX_SEQ,
  MORE_INTS,
  MORE_REALS,
  NEXT,
  OWN_AT_RIVAL,
  RARE_INTS,
  RARE_REALS,
  REALS,
  RECEIVED,
  RESOLVED_AT,
  RESTART_SHIFT,
  RIVAL_RUN,
  RIVAL_SEQ,
  RtpSourceRows,
  SILENT_US,
  SSRC,
  STATE,
  TTL,
  TYPE_AND_SEQ,
  TYPE_SHIFT,
} from "./rtp-source-rows.ts";

/** RFC 3550 A.1: packets that may be late. */
const MISORDER_MAX = 100;
/** RFC 3550 A.1 MAX_DROPOUT: a larger jump is no gap. */
const DROPOUT_MAX = 3000;
/** A burst may be lost, and times of packets be coarse: so many are loss, whatever the clock says. */
const LOSS_ALWAYS_MAX = 300;
/** Of fewer packets a stream's pace is not known. */
const PACE_PACKETS_MIN = 10;
/** A stream that nobody announced is believed after so many packets, of which no more are missing, or too many. */
const PROBATION_PACKETS = 8;
const PROBATION_LOST = 2;
/** A second sequence that runs while the first stands still this long is a restart, not a rival. */
const RESTART_PACKETS = 25;

/**
 * State of each RTP source on each directed flow (RFC 3550 A.1, A.3), as rows of numbers: nothing
 * is allocated per packet. A slot belongs to one (flow, direction, SSRC); the sources of one directed
 * flow form a list.
 */
export class RtpSourceTable extends RtpSourceRows {
  readonly capacity: number;
  size = 0;
  evictions = 0;
  #free = -1;
  #used = 0;
  #hand = 0;

  constructor(capacity: number) {
    super(capacity);
    this.capacity = capacity;
  }

  /** A fresh slot, or -1 when the table is full: then the caller makes room with `victim`. */
  add(directedFlow: number, rtp: RtpHeaderView, packet: PacketView): number {
    const { timeUs } = packet;
    let slot = this.#free;
    if (slot >= 0) this.#free = this.moreInts[slot * MORE_INTS + NEXT] as number;
    else if (this.#used < this.capacity) slot = this.#used++;
    else return -1;
    this.size++;
    this.moreInts[slot * MORE_INTS + DIRECTED_FLOW] = directedFlow;
    this.ints[slot * INTS + SSRC] = rtp.ssrc;
    this.ints[slot * INTS + TYPE_AND_SEQ] = rtp.payloadType << TYPE_SHIFT;
    this.moreInts[slot * MORE_INTS + NEXT] = -1;
    this.reals[slot * REALS + RECEIVED] = 0;
    this.moreReals[slot * MORE_REALS + FIRST_US] = timeUs;
    this.reals[slot * REALS + LAST_US] = timeUs;
    this.ints[slot * INTS + STATE] = 0;
    this.ints[slot * INTS + RESOLVED_AT] = 0;
    this.ints[slot * INTS + MAC] = macKeyOf(packet);
    this.ints[slot * INTS + TTL] = packet.ttl;
    this.ints[slot * INTS + FLAGS] = 0;
    this.moreInts[slot * MORE_INTS + BASE_SEQ] = rtp.sequenceNumber;
    this.ints[slot * INTS + MAX_SEQ] = rtp.sequenceNumber;
    this.moreInts[slot * MORE_INTS + CYCLES] = 0;
    this.#endRun(slot);
    return slot;
  }

  /** The source that was silent longest among the next few: the one to remove when full. */
  victim(): number {
    let oldest = -1;
    for (let i = 0; i < 8; i++) {
      const slot = this.#hand;
      this.#hand = (this.#hand + 1) % this.#used;
      if ((this.moreInts[slot * MORE_INTS + DIRECTED_FLOW] as number) < 0) continue;
      if (
        oldest < 0 ||
        (this.reals[slot * REALS + LAST_US] as number) <
          (this.reals[oldest * REALS + LAST_US] as number)
      ) {
        oldest = slot;
      }
    }
    return oldest;
  }

  /** Frees a slot that its directed flow no longer lists. */
  remove(slot: number): void {
    this.moreInts[slot * MORE_INTS + DIRECTED_FLOW] = -1;
    this.moreInts[slot * MORE_INTS + GENERATION] =
      ((this.moreInts[slot * MORE_INTS + GENERATION] as number) + 1) & 0xffffff;
    this.moreInts[slot * MORE_INTS + NEXT] = this.#free;
    this.#free = slot;
    this.size--;
  }

  /** Identity of a source as long as it lives: safe to keep. */
  ref(slot: number): number {
    return (this.moreInts[slot * MORE_INTS + GENERATION] as number) * this.capacity + slot;
  }

  /** The slot of a `ref`; -1 when that source has gone since. */
  slotOf(ref: number): number {
    const slot = ref % this.capacity;
    const isSame =
      (this.moreInts[slot * MORE_INTS + GENERATION] as number) === Math.floor(ref / this.capacity);
    return isSame && (this.moreInts[slot * MORE_INTS + DIRECTED_FLOW] as number) >= 0 ? slot : -1;
  }

  /** Latest packet of those sources of which the refs are; 0 when none is left. */
  latestUs(refs: Iterable<number>): number {
    let lastUs = 0;
    for (const ref of refs) {
      const source = this.slotOf(ref);
      if (source >= 0) lastUs = Math.max(lastUs, this.lastUs(source));
    }
    return lastUs;
  }

  /** True when the packet came by the way of the source's own packets. */
  isOwnWay(slot: number, packet: PacketView): boolean {
    const isSameMac = packet.macTwins.areSame(
      this.ints[slot * INTS + MAC] as number,
      macKeyOf(packet),
    );
    return isSameMac && isSameTtl(this.ints[slot * INTS + TTL] as number, packet.ttl);
  }

  /** One of the streams of these refs comes as the packet did; true also where there are none. */
  isWayOfAny(refs: readonly number[], packet: PacketView): boolean {
    let isAny = false;
    for (const ref of refs) {
      const slot = this.slotOf(ref);
      if (slot < 0 || !this.isCounted(slot)) continue;
      if (this.isOwnWay(slot, packet)) return true;
      isAny = true;
    }
    return !isAny;
  }

  /** Router changed over, phone roamed: the source's packets come by this way from now on. */
  moveTo(slot: number, packet: PacketView): void {
    this.ints[slot * INTS + MAC] = macKeyOf(packet);
    this.ints[slot * INTS + TTL] = packet.ttl;
  }

  /** Counts a packet (RFC 3550 A.1). False when it is late, seen before, or far from the sequence. */
  update(slot: number, rtp: RtpHeaderView, timeUs: number): boolean {
    this.reals[slot * REALS + RECEIVED] = (this.reals[slot * REALS + RECEIVED] as number) + 1;
    const silentUs = timeUs - (this.reals[slot * REALS + LAST_US] as number);
    this.reals[slot * REALS + LAST_US] = timeUs;
    const sequence = rtp.sequenceNumber;
    const delta =
      ((sequence - (this.ints[slot * INTS + MAX_SEQ] as number) + 0x8000) & 0xffff) - 0x8000;
    if (delta > 0 && delta <= GAP_MAX) {
      if (sequence < (this.ints[slot * INTS + MAX_SEQ] as number)) {
        this.addCycle(slot);
      }
      this.ints[slot * INTS + MAX_SEQ] = sequence;
      return true;
    }
    if (delta > 0 || delta < -MISORDER_MAX) this.#updateFar(slot, sequence, delta, silentUs);
    // The packet that the source begins with is where its sequence begins.
    return delta === 0 && this.reals[slot * REALS + RECEIVED] === 1;
  }

  /** Packets expected so far (RFC 3550 A.3). */
  expected(slot: number): number {
    const highest =
      (this.moreInts[slot * MORE_INTS + CYCLES] as number) * 0x10000 +
      (this.ints[slot * INTS + MAX_SEQ] as number);
    return (
      highest + this.#openGap(slot) - (this.moreInts[slot * MORE_INTS + BASE_SEQ] as number) + 1
    );
  }

  /** A jump forward after which the stream's own sequence kept silent: a gap, though not yet a restart. */
  #openGap(slot: number): number {
    const run = this.rareInts[slot * RARE_INTS + RIVAL_RUN] as number;
    if (run === 0) return 0;
    const own =
      (this.reals[slot * REALS + RECEIVED] as number) -
      (this.rareReals[slot * RARE_REALS + OWN_AT_RIVAL] as number) -
      run;
    const ahead =
      ((this.rareInts[slot * RARE_INTS + RIVAL_SEQ] as number) -
        (this.ints[slot * INTS + MAX_SEQ] as number)) &
      0xffff;
    return own === 0 && ahead < DROPOUT_MAX && this.#isLoss(slot, ahead) ? ahead : 0;
  }

  /**
   * A jump is loss when so many packets could have been sent in the silence before it, at twice the stream's own pace.
   * A sender that restarts may land a little ahead of where it was, too.
   */
  #isLoss(slot: number, ahead: number): boolean {
    const silentUs = this.rareReals[slot * RARE_REALS + SILENT_US] as number;
    const own =
      (this.reals[slot * REALS + RECEIVED] as number) -
      (this.rareInts[slot * RARE_INTS + RIVAL_RUN] as number);
    const streamUs =
      (this.reals[slot * REALS + LAST_US] as number) -
      (this.moreReals[slot * MORE_REALS + FIRST_US] as number) -
      silentUs;
    if (own < PACE_PACKETS_MIN || streamUs <= 0) return true;
    return ahead <= LOSS_ALWAYS_MAX + (2 * silentUs * own) / streamUs;
  }

  /** Expected less received: negative with duplicates (RFC 3550 A.3). */
  lost(slot: number): number {
    return this.expected(slot) - (this.reals[slot * REALS + RECEIVED] as number);
  }

  /**
   * Enough packets in sequence for a stream that nobody announced. Of a longer one more may be lost, or somebody else's: three packets
   * in its name would hide it for good otherwise. Payloads that only look like RTP are hardly ever in sequence.
   */
  isStream(slot: number): boolean {
    const beyond = this.received(slot) - PROBATION_PACKETS;
    return beyond >= 0 && Math.abs(this.lost(slot)) <= Math.max(PROBATION_LOST, beyond / 2);
  }

  /** RFC 3550 A.1: a jump is believed once it goes on in sequence. */
  #updateFar(slot: number, sequence: number, delta: number, silentUs: number): void {
    const ahead = (sequence - (this.rareInts[slot * RARE_INTS + RIVAL_SEQ] as number)) & 0xffff;
    const run = this.rareInts[slot * RARE_INTS + RIVAL_RUN] as number;
    this.rareInts[slot * RARE_INTS + RIVAL_SEQ] = sequence;
    if (run === 0 || ahead === 0 || ahead > GAP_MAX) {
      this.rareInts[slot * RARE_INTS + RIVAL_RUN] = 1;
      this.rareReals[slot * RARE_REALS + SILENT_US] = silentUs;
      this.rareReals[slot * RARE_REALS + OWN_AT_RIVAL] =
        (this.reals[slot * REALS + RECEIVED] as number) - 1;
      return;
    }
    this.rareInts[slot * RARE_INTS + RIVAL_RUN] = run + 1;
    const own =
      (this.reals[slot * REALS + RECEIVED] as number) -
      (this.rareReals[slot * RARE_REALS + OWN_AT_RIVAL] as number) -
      (run + 1);
    if (own === 0 && run + 1 >= RESTART_PACKETS) this.#restart(slot, sequence, delta);
  }

  /** The stream's own sequence fell silent: the sender restarted or jumped. */
  #restart(slot: number, sequence: number, delta: number): void {
    const isGap = delta >= 0 && delta < DROPOUT_MAX + RESTART_PACKETS;
    if (
      !isGap ||
      !this.#isLoss(slot, delta - (this.rareInts[slot * RARE_INTS + RIVAL_RUN] as number))
    ) {
      // No gap: the count starts anew, and what was received so far is taken as complete.
      this.moreInts[slot * MORE_INTS + BASE_SEQ] =
        sequence - (this.reals[slot * REALS + RECEIVED] as number) + 1;
      this.moreInts[slot * MORE_INTS + CYCLES] = 0;
      this.ints[slot * INTS + STATE] =
        (this.ints[slot * INTS + STATE] as number) + (1 << RESTART_SHIFT);
    } else if (sequence < (this.ints[slot * INTS + MAX_SEQ] as number)) {
      this.addCycle(slot);
    }
    this.ints[slot * INTS + MAX_SEQ] = sequence;
    this.#endRun(slot);
  }

  /** No other sequence is counted. Nothing is written where nothing was. */
  #endRun(slot: number): void {
    const at = slot * RARE_INTS + RIVAL_RUN;
    if (this.rareInts[at] !== 0) this.rareInts[at] = 0;
  }
}
