import type { PacketView } from "../../decode/packet.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";
import type { RtpSourceTable } from "./rtp-sources.ts";

/** A larger step is a jump of the sequence, not a run of lost packets. */
const RUN_MAX = 3000;
/** The clock of a payload type may be announced after its first packets: asked again at this interval. */
const ASK_EVERY = 32;

/**
 * Places in a row, in numbers of eight and of four bytes: two rows are a line of memory, since each packet touches one of
 * each stream.
 */
const ROW_BYTES = 32;
const REALS = ROW_BYTES / 8;
const INTS = ROW_BYTES / 4;
const ARRIVAL_US = 0;
/** In units of the RTP clock. */
const JITTER = 1;
const TIMESTAMP = 4;
/** Payload type that the clock belongs to, above the sequence number of the last packet. */
const LAST = 5;
/** RTP clock in Hz; 0 while unknown. */
const CLOCK = 6;
/** Runs of lost packets. */
const RUNS = 7;
const TYPE_SHIFT = 16;
const SEQUENCE_MASK = 0xffff;

const HZ_PER_TICK = 1_000_000;

/**
 * How evenly packets come, for each slot of `RtpSourceTable`: interarrival jitter (RFC 3550 A.8) and the runs
 * in which packets were lost. Kept only while call records are written; nothing is allocated per packet.
 */
export class RtpQuality {
  readonly #sources: RtpSourceTable;
  readonly #reals: Float64Array;
  readonly #ints: Uint32Array;
  readonly #clockOf: (directedFlow: number, payloadType: number) => number;

  /** `clockOf`: RTP clock of a payload type on a directed flow, Hz; 0 when no description names it. */
  constructor(
    sources: RtpSourceTable,
    clockOf: (directedFlow: number, payloadType: number) => number,
  ) {
    this.#sources = sources;
    this.#reals = new Float64Array(REALS * sources.capacity);
    this.#ints = new Uint32Array(this.#reals.buffer);
    this.#clockOf = clockOf;
  }

  /** A packet of the source in that slot, which the table has counted. */
  rtp(slot: number, rtp: RtpHeaderView, packet: PacketView): void {
    this.packet(slot, rtp.payloadType, rtp.sequenceNumber, rtp.timestamp, packet);
  }

  /** The same of a packet without a header view. Of the timestamp the bits count, whichever sign. */
  packet(
    slot: number,
    payloadType: number,
    sequenceNumber: number,
    timestamp: number,
    packet: PacketView,
  ): void {
    const ints = this.#ints;
    const at = INTS * slot;
    const received = this.#sources.received(slot);
    const isFirst = received === 1;
    if (isFirst) this.#begin(slot, payloadType);
    const last = ints[at + LAST] as number;
    const ahead = isFirst ? 1 : (sequenceNumber - last) & SEQUENCE_MASK;
    if (ahead === 0 || ahead >= 0x8000) return;
    if (ahead > 1 && ahead < RUN_MAX) ints[at + RUNS] = (ints[at + RUNS] as number) + 1;
    const type = last >>> TYPE_SHIFT;
    ints[at + LAST] = (type << TYPE_SHIFT) | sequenceNumber;
    // Events and comfort noise have timestamps of their own (RFC 4733 2.2.1).
    if (payloadType !== type) return;
    const reals = this.#reals;
    const real = REALS * slot;
    const clock = ints[at + CLOCK] as number;
    const { timeUs } = packet;
    if (clock === 0) {
      if (received % ASK_EVERY === 0) this.#askClock(slot, payloadType);
    } else if (!isFirst && ahead < RUN_MAX) {
      const waited = (timeUs - (reals[real + ARRIVAL_US] as number)) * (clock / HZ_PER_TICK);
      const difference = Math.abs(waited - ((timestamp - (ints[at + TIMESTAMP] as number)) | 0));
      const jitter = reals[real + JITTER] as number;
      reals[real + JITTER] = jitter + (difference - jitter) / 16;
    }
    reals[real + ARRIVAL_US] = timeUs;
    ints[at + TIMESTAMP] = timestamp;
  }

  /** Null when the clock of the payload type is not known. */
  jitterMs(slot: number): number | null {
    const clock = (this.#ints[INTS * slot + CLOCK] as number) / HZ_PER_TICK;
    return clock === 0 ? null : (this.#reals[REALS * slot + JITTER] as number) / (1000 * clock);
  }

  /** How much longer runs of lost packets were than by chance (ITU-T G.107 BurstR); 1 by chance and below. */
  burstRatio(slot: number, { lost, expected }: { lost: number; expected: number }): number {
    const runs = this.#ints[INTS * slot + RUNS] as number;
    if (runs === 0 || lost <= 0 || expected <= 0) return 1;
    return Math.max(1, (lost / runs) * (1 - Math.min(1, lost / expected)));
  }

  #begin(slot: number, payloadType: number): void {
    this.#ints.fill(0, INTS * slot, INTS * slot + INTS);
    this.#ints[INTS * slot + LAST] = payloadType << TYPE_SHIFT;
    this.#askClock(slot, payloadType);
  }

  #askClock(slot: number, payloadType: number): void {
    const directedFlow = this.#sources.directedFlow(slot);
    this.#ints[INTS * slot + CLOCK] = this.#clockOf(directedFlow, payloadType);
  }
}
