import type { PacketView } from "../../decode/packet.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";
import {
  ARRIVAL_US,
  ARRIVED_BEFORE,
  CLOCK,
  INTS,
  JITTER,
  LAST_US,
  LOSS_RUNS,
  MORE_INTS,
  RARE_REALS,
  REALS,
  type RtpSourceRows,
  STATE,
  TIMESTAMP,
  TYPE_AND_SEQ,
  TYPE_SHIFT,
} from "./rtp-source-rows.ts";

/** A larger step is a jump of the sequence, not a run of lost packets. */
const RUN_MAX = 3000;
/** The clock of a payload type may be announced after its first packets: asked again at this interval. */
const ASK_EVERY = 32;
const SEQUENCE_MASK = 0xffff;
/** In the first word of an RTP header (RFC 3550 5.1), and as `TYPE_AND_SEQ` keeps them. */
const TYPE_AND_SEQUENCE = 0x7fffff;
/** RTP ticks in a microsecond, by a clock in Hz. */
const TICKS_PER_HZ = 1e-6;

/**
 * How evenly packets come, in the rows of RTP sources: interarrival jitter (RFC 3550 A.8) and the runs in which packets
 * were lost. Kept only while call records are written; nothing is allocated per packet.
 */
export class RtpQuality {
  readonly #sources: RtpSourceRows;
  readonly #reals: Float64Array;
  readonly #ints: Int32Array;
  readonly #clockOf: (directedFlow: number, payloadType: number) => number;

  /** `clockOf`: RTP clock of a payload type on a directed flow, Hz; 0 when no description names it. */
  constructor(
    sources: RtpSourceRows,
    clockOf: (directedFlow: number, payloadType: number) => number,
  ) {
    this.#sources = sources;
    this.#reals = sources.reals;
    this.#ints = sources.ints;
    this.#clockOf = clockOf;
  }

  /** A packet of the source in that slot, before the table counts it. */
  rtp(slot: number, rtp: RtpHeaderView, packet: PacketView): void {
    if (this.#sources.received(slot) === 0) this.#begin(slot, rtp);
    else this.packet(slot, rtp.payloadType, rtp.sequenceNumber, rtp.timestamp, packet);
  }

  /**
   * The same of a packet that comes as most do, right after the last one and of its type: `word` is the first of its header.
   * Changes nothing and returns false where it is any other.
   */
  goesOn(slot: number, word: number, timestamp: number, { timeUs }: PacketView): boolean {
    const ints = this.#ints;
    const at = INTS * slot;
    const clock = (ints[at + CLOCK] as number) >>> 0;
    const typeAndSequence = word & TYPE_AND_SEQUENCE;
    // Of number 0 the last one had another type, or the sequence has begun anew.
    const isAhead =
      (word & SEQUENCE_MASK) !== 0 && typeAndSequence - (ints[at + TYPE_AND_SEQ] as number) === 1;
    if (!isAhead || clock === 0 || ((ints[at + STATE] as number) & ARRIVED_BEFORE) !== 0) {
      return false;
    }
    const reals = this.#reals;
    const real = REALS * slot;
    const waited = (timeUs - (reals[real + LAST_US] as number)) * (clock * TICKS_PER_HZ);
    const difference = Math.abs(waited - ((timestamp - (ints[at + TIMESTAMP] as number)) | 0));
    const jitter = reals[real + JITTER] as number;
    reals[real + JITTER] = jitter + (difference - jitter) / 16;
    ints[at + TYPE_AND_SEQ] = typeAndSequence;
    ints[at + TIMESTAMP] = timestamp;
    return true;
  }

  /** The same of any packet but the first, without a header view. Of the timestamp the bits count, whichever sign. */
  packet(
    slot: number,
    payloadType: number,
    sequenceNumber: number,
    timestamp: number,
    packet: PacketView,
  ): void {
    const ints = this.#ints;
    const at = INTS * slot;
    const last = ints[at + TYPE_AND_SEQ] as number;
    const ahead = (sequenceNumber - last) & SEQUENCE_MASK;
    if (ahead === 0 || ahead >= 0x8000) {
      this.#passOver(slot);
      return;
    }
    if (ahead > 1 && ahead < RUN_MAX) this.#countRun(slot);
    ints[at + TYPE_AND_SEQ] = (last & ~SEQUENCE_MASK) | sequenceNumber;
    // Events and comfort noise have timestamps of their own (RFC 4733 2.2.1).
    if (payloadType !== last >>> TYPE_SHIFT) {
      this.#passOver(slot);
      return;
    }
    const clock = (ints[at + CLOCK] as number) >>> 0;
    if (clock === 0) {
      if ((this.#sources.received(slot) + 1) % ASK_EVERY === 0) this.#askClock(slot, payloadType);
    } else if (ahead < RUN_MAX) {
      const isOlder = ((ints[at + STATE] as number) & ARRIVED_BEFORE) !== 0;
      const reals = this.#reals;
      const real = REALS * slot;
      const arrivalUs = isOlder ? this.#arrivalUs(slot) : (reals[real + LAST_US] as number);
      const waited = (packet.timeUs - arrivalUs) * (clock * TICKS_PER_HZ);
      const difference = Math.abs(waited - ((timestamp - (ints[at + TIMESTAMP] as number)) | 0));
      const jitter = reals[real + JITTER] as number;
      reals[real + JITTER] = jitter + (difference - jitter) / 16;
    }
    ints[at + STATE] = (ints[at + STATE] as number) & ~ARRIVED_BEFORE;
    ints[at + TIMESTAMP] = timestamp;
  }

  /** Null when the clock of the payload type is not known. */
  jitterMs(slot: number): number | null {
    const clock = ((this.#ints[INTS * slot + CLOCK] as number) >>> 0) * TICKS_PER_HZ;
    return clock === 0 ? null : (this.#reals[REALS * slot + JITTER] as number) / (1000 * clock);
  }

  /** How much longer runs of lost packets were than by chance (ITU-T G.107 BurstR); 1 by chance and below. */
  burstRatio(slot: number, { lost, expected }: { lost: number; expected: number }): number {
    const runs = this.#sources.moreInts[MORE_INTS * slot + LOSS_RUNS] as number;
    if (runs === 0 || lost <= 0 || expected <= 0) return 1;
    return Math.max(1, (lost / runs) * (1 - Math.min(1, lost / expected)));
  }

  #begin(slot: number, rtp: RtpHeaderView): void {
    const ints = this.#ints;
    const at = INTS * slot;
    ints[at + TYPE_AND_SEQ] = (rtp.payloadType << TYPE_SHIFT) | rtp.sequenceNumber;
    ints[at + TIMESTAMP] = rtp.timestamp;
    this.#sources.moreInts[MORE_INTS * slot + LOSS_RUNS] = 0;
    ints[at + STATE] = (ints[at + STATE] as number) & ~ARRIVED_BEFORE;
    this.#reals[REALS * slot + JITTER] = 0;
    this.#askClock(slot, rtp.payloadType);
  }

  /** The next packet is compared with the one before this. */
  #passOver(slot: number): void {
    const state = this.#ints[INTS * slot + STATE] as number;
    if ((state & ARRIVED_BEFORE) !== 0) return;
    this.#ints[INTS * slot + STATE] = state | ARRIVED_BEFORE;
    this.#sources.rareReals[RARE_REALS * slot + ARRIVAL_US] = this.#sources.lastUs(slot);
  }

  #arrivalUs(slot: number): number {
    return this.#sources.rareReals[RARE_REALS * slot + ARRIVAL_US] as number;
  }

  #countRun(slot: number): void {
    const { moreInts } = this.#sources;
    const at = MORE_INTS * slot + LOSS_RUNS;
    moreInts[at] = (moreInts[at] as number) + 1;
  }

  #askClock(slot: number, payloadType: number): void {
    const directedFlow = this.#sources.directedFlow(slot);
    this.#ints[INTS * slot + CLOCK] = this.#clockOf(directedFlow, payloadType);
  }
}
