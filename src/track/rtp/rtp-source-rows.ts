import { column, columnOver } from "../../base/column.ts";
import type { PacketView } from "../../decode/packet.ts";

/** RFC 3550 A.1: a jump of so many numbers is still a gap of the same sequence. */
export const GAP_MAX = 100;

/**
 * What each packet reads or writes is a row of one cache line: the counters, and how evenly packets
 * come (`RtpQuality`) where call records are written. Places in it, in numbers of four and of eight bytes.
 */
const ROW_BYTES = 64;
export const INTS = ROW_BYTES / 4;
export const REALS = ROW_BYTES / 8;
export const RECEIVED = 0;
export const LAST_US = 1;
/** In units of the RTP clock. */
export const JITTER = 2;
export const SSRC = 6;
export const MAX_SEQ = 7;
export const MAC = 8;
export const TTL = 9;
export const FLAGS = 10;
export const RESOLVED_AT = 11;
export const STATE = 12;
export const TIMESTAMP = 13;
/** Payload type of the first packet, above the sequence number of the last one of which quality was taken. */
export const TYPE_AND_SEQ = 14;
/** RTP clock in Hz; 0 while unknown. */
export const CLOCK = 15;
/** The rest of what every source has is a row beside it, half as long. */
const MORE_BYTES = 32;
export const MORE_INTS = MORE_BYTES / 4;
export const MORE_REALS = MORE_BYTES / 8;
export const FIRST_US = 0;
export const CYCLES = 2;
export const DIRECTED_FLOW = 3;
export const NEXT = 4;
/** Runs of lost packets. */
export const LOSS_RUNS = 5;
export const BASE_SEQ = 6;
export const GENERATION = 7;
/** And what few sources ever need is a third one: memory that is not touched is none. */
const RARE_BYTES = 32;
export const RARE_INTS = RARE_BYTES / 4;
export const RARE_REALS = RARE_BYTES / 8;
/** When the packet of `TIMESTAMP` came, where that was not the last one. */
export const ARRIVAL_US = 0;
export const OWN_AT_RIVAL = 1;
export const SILENT_US = 2;
export const RIVAL_RUN = 6;
export const RIVAL_SEQ = 7;

export const TYPE_SHIFT = 16;
/** Bits of `STATE`; how often the sequence began anew stands above them. */
const COUNTED = 1;
const ANNOUNCED = 2;
/** The packet of `TIMESTAMP` was not the last one. */
export const ARRIVED_BEFORE = 4;
export const RESTART_SHIFT = 3;

export const SourceFlag = {
  /** A `SequenceWatch` follows it. */
  WATCHED: 1,
  /** It is the first source of its directed flow, and there is a second one. */
  ACCOMPANIED: 2,
  /** It has sent more than telephone events and comfort noise. */
  VOICE: 4,
} as const;

/** The rows of RTP sources, and what is read and set of them alone. */
export class RtpSourceRows {
  /** For those beside this class that read and write rows; the clock in it has no sign. */
  readonly ints: Int32Array;
  readonly reals: Float64Array;
  readonly moreInts: Int32Array;
  readonly moreReals: Float64Array;
  readonly rareInts: Int32Array;
  readonly rareReals: Float64Array;

  constructor(capacity: number) {
    this.ints = column(Int32Array, INTS * capacity);
    this.reals = columnOver(Float64Array, this.ints);
    this.moreInts = column(Int32Array, MORE_INTS * capacity);
    this.moreReals = columnOver(Float64Array, this.moreInts);
    this.rareInts = column(Int32Array, RARE_INTS * capacity);
    this.rareReals = columnOver(Float64Array, this.rareInts);
  }

  /** Directed flow (`2 * flow slot + direction`) of a slot; -1 when it is free. */
  directedFlow(slot: number): number {
    return this.moreInts[slot * MORE_INTS + DIRECTED_FLOW] as number;
  }

  /** Its bits as int32. */
  ssrc(slot: number): number {
    return this.ints[slot * INTS + SSRC] as number;
  }

  payloadType(slot: number): number {
    return (this.ints[slot * INTS + TYPE_AND_SEQ] as number) >>> TYPE_SHIFT;
  }

  /** Next source of the same directed flow; -1 at the end. */
  next(slot: number): number {
    return this.moreInts[slot * MORE_INTS + NEXT] as number;
  }

  setNext(slot: number, next: number): void {
    this.moreInts[slot * MORE_INTS + NEXT] = next;
  }

  received(slot: number): number {
    return this.reals[slot * REALS + RECEIVED] as number;
  }

  firstUs(slot: number): number {
    return this.moreReals[slot * MORE_REALS + FIRST_US] as number;
  }

  lastUs(slot: number): number {
    return this.reals[slot * REALS + LAST_US] as number;
  }

  /** The stream is believed: announced, or past its probation. */
  isCounted(slot: number): boolean {
    return ((this.ints[slot * INTS + STATE] as number) & COUNTED) !== 0;
  }

  setCounted(slot: number): void {
    this.ints[slot * INTS + STATE] = (this.ints[slot * INTS + STATE] as number) | COUNTED;
  }

  isAnnounced(slot: number): boolean {
    return ((this.ints[slot * INTS + STATE] as number) & ANNOUNCED) !== 0;
  }

  setAnnounced(slot: number): void {
    this.ints[slot * INTS + STATE] = (this.ints[slot * INTS + STATE] as number) | ANNOUNCED;
  }

  /** The ends of its directed flow were looked up at that state of all announcements. */
  isResolvedAt(slot: number, announcements: number): boolean {
    return this.ints[slot * INTS + RESOLVED_AT] === (announcements | 0);
  }

  setResolvedAt(slot: number, announcements: number): void {
    this.ints[slot * INTS + RESOLVED_AT] = announcements;
  }

  /** The way of its own packets: `macKeyOf`, and `ttl`. */
  mac(slot: number): number {
    return this.ints[slot * INTS + MAC] as number;
  }

  ttl(slot: number): number {
    return this.ints[slot * INTS + TTL] as number;
  }

  /** `SourceFlag` bits: what makes a packet of the source worth a closer look. */
  flags(slot: number): number {
    return this.ints[slot * INTS + FLAGS] as number;
  }

  setFlags(slot: number, flags: number): void {
    this.ints[slot * INTS + FLAGS] = flags;
  }

  /** Highest sequence number of its sequence; a number far from it does not count before it has gone on for a while. */
  highest(slot: number): number {
    return this.ints[slot * INTS + MAX_SEQ] as number;
  }

  /** How often its sequence began anew somewhere else: another session by the same SSRC and ports. */
  restarts(slot: number): number {
    return (this.ints[slot * INTS + STATE] as number) >>> RESTART_SHIFT;
  }

  /**
   * The packet goes on with the source as most do: believed, nothing about it to watch, the next numbers of its
   * sequence. Then `update` counts it in order.
   */
  isNext(slot: number, ssrc: number, sequence: number, announcements: number): boolean {
    const ints = this.ints;
    const at = slot * INTS;
    const delta = (sequence - (ints[at + MAX_SEQ] as number)) & 0xffff;
    return (
      ints[at + SSRC] === ssrc &&
      delta - 1 < GAP_MAX &&
      delta !== 0 &&
      ((ints[at + STATE] as number) & COUNTED) !== 0 &&
      ints[at + FLAGS] === SourceFlag.VOICE &&
      ints[at + RESOLVED_AT] === (announcements | 0)
    );
  }

  /** The sequence number has passed its end. */
  protected addCycle(slot: number): void {
    const at = slot * MORE_INTS + CYCLES;
    this.moreInts[at] = (this.moreInts[at] as number) + 1;
  }

  /** Counts a packet that `isNext`. */
  goOn(slot: number, sequence: number, { timeUs }: PacketView): void {
    const ints = this.ints;
    const reals = this.reals;
    reals[slot * REALS + RECEIVED] = (reals[slot * REALS + RECEIVED] as number) + 1;
    reals[slot * REALS + LAST_US] = timeUs;
    const at = slot * INTS;
    if (sequence < (ints[at + MAX_SEQ] as number)) this.addCycle(slot);
    ints[at + MAX_SEQ] = sequence;
  }
}
