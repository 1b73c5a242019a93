import { column, columnOver } from "../../base/column.ts";
import type { PacketView } from "../../decode/packet.ts";

/** RFC 3550 A.1: a jump of so many numbers is still a gap of the same sequence. */
export const GAP_MAX = 100;

/**
 * A row is two cache lines, and what each packet reads or writes fills the first one: the counters, and how evenly packets
 * come (`RtpQuality`) where call records are written. Places in it, in numbers of four and of eight bytes.
 */
const ROW_BYTES = 128;
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
export const CYCLES = 16;
export const DIRECTED_FLOW = 17;
export const NEXT = 18;
/** Runs of lost packets. */
export const LOSS_RUNS = 19;
/** When the packet of `TIMESTAMP` came, where that was not the last one. */
export const ARRIVAL_US = 10;
export const FIRST_US = 11;
export const OWN_AT_RIVAL = 12;
export const SILENT_US = 13;
export const RIVAL_RUN = 28;
export const RIVAL_SEQ = 29;
export const BASE_SEQ = 30;
export const GENERATION = 31;

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

  constructor(capacity: number) {
    this.ints = column(Int32Array, INTS * capacity);
    this.reals = columnOver(Float64Array, this.ints);
  }

  /** Directed flow (`2 * flow slot + direction`) of a slot; -1 when it is free. */
  directedFlow(slot: number): number {
    return this.ints[slot * INTS + DIRECTED_FLOW] as number;
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
    return this.ints[slot * INTS + NEXT] as number;
  }

  setNext(slot: number, next: number): void {
    this.ints[slot * INTS + NEXT] = next;
  }

  received(slot: number): number {
    return this.reals[slot * REALS + RECEIVED] as number;
  }

  firstUs(slot: number): number {
    return this.reals[slot * REALS + FIRST_US] as number;
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

  /** Counts a packet that `isNext`. */
  goOn(slot: number, sequence: number, { timeUs }: PacketView): void {
    const ints = this.ints;
    const reals = this.reals;
    reals[slot * REALS + RECEIVED] = (reals[slot * REALS + RECEIVED] as number) + 1;
    reals[slot * REALS + LAST_US] = timeUs;
    const at = slot * INTS;
    if (sequence < (ints[at + MAX_SEQ] as number))
      ints[at + CYCLES] = (ints[at + CYCLES] as number) + 1;
    ints[at + MAX_SEQ] = sequence;
  }
}
