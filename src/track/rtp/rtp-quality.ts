import type { PacketView } from "../../decode/packet.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";
import type { RtpSourceTable } from "./rtp-sources.ts";

/** A larger step is a jump of the sequence, not a run of lost packets. */
const RUN_MAX = 3000;
/** The clock of a payload type may be announced after its first packets: asked again at this interval. */
const ASK_EVERY = 32;

/** Numbers of a row, side by side so that a packet touches one line of memory. */
const ARRIVAL_US = 0;
const TIMESTAMP = 1;
/** In units of the RTP clock. */
const JITTER = 2;
/** RTP clock in ticks a microsecond; 0 while unknown. */
const CLOCK = 3;
const PAYLOAD_TYPE = 4;
const LAST_SEQ = 5;
/** Runs of lost packets. */
const RUNS = 6;
const ROW = 8;

const HZ_PER_TICK = 1_000_000;

/**
 * How evenly packets come, for each slot of `RtpSourceTable`: interarrival jitter (RFC 3550 A.8) and the runs
 * in which packets were lost. Kept only while call records are written; nothing is allocated per packet.
 */
export class RtpQuality {
  readonly #sources: RtpSourceTable;
  readonly #rows: Float64Array;
  readonly #clockOf: (directedFlow: number, payloadType: number) => number;

  /** `clockOf`: RTP clock of a payload type on a directed flow, Hz; 0 when no description names it. */
  constructor(
    sources: RtpSourceTable,
    clockOf: (directedFlow: number, payloadType: number) => number,
  ) {
    this.#sources = sources;
    this.#rows = new Float64Array(ROW * sources.capacity);
    this.#clockOf = clockOf;
  }

  /** A packet of the source in that slot, which the table has counted. */
  packet(slot: number, rtp: RtpHeaderView, packet: PacketView): void {
    const rows = this.#rows;
    const row = ROW * slot;
    const received = this.#sources.received(slot);
    const { payloadType, sequenceNumber, timestamp } = rtp;
    const isFirst = received === 1;
    if (isFirst) this.#begin(slot, payloadType);
    const ahead = isFirst ? 1 : (sequenceNumber - (rows[row + LAST_SEQ] as number)) & 0xffff;
    if (ahead === 0 || ahead >= 0x8000) return;
    if (ahead > 1 && ahead < RUN_MAX) rows[row + RUNS] = (rows[row + RUNS] as number) + 1;
    rows[row + LAST_SEQ] = sequenceNumber;
    // Events and comfort noise have timestamps of their own (RFC 4733 2.2.1).
    if (payloadType !== rows[row + PAYLOAD_TYPE]) return;
    const clock = rows[row + CLOCK] as number;
    if (clock === 0) {
      if (received % ASK_EVERY === 0) this.#askClock(slot, payloadType);
    } else if (!isFirst && ahead < RUN_MAX) {
      const waited = (packet.timeUs - (rows[row + ARRIVAL_US] as number)) * clock;
      const step = (timestamp - (rows[row + TIMESTAMP] as number)) | 0;
      const difference = Math.abs(waited - step);
      const jitter = rows[row + JITTER] as number;
      rows[row + JITTER] = jitter + (difference - jitter) / 16;
    }
    rows[row + ARRIVAL_US] = packet.timeUs;
    rows[row + TIMESTAMP] = timestamp;
  }

  /** Null when the clock of the payload type is not known. */
  jitterMs(slot: number): number | null {
    const clock = this.#rows[ROW * slot + CLOCK] as number;
    return clock === 0 ? null : (this.#rows[ROW * slot + JITTER] as number) / (1000 * clock);
  }

  /** How much longer runs of lost packets were than by chance (ITU-T G.107 BurstR); 1 by chance and below. */
  burstRatio(slot: number, { lost, expected }: { lost: number; expected: number }): number {
    const runs = this.#rows[ROW * slot + RUNS] as number;
    if (runs === 0 || lost <= 0 || expected <= 0) return 1;
    return Math.max(1, (lost / runs) * (1 - Math.min(1, lost / expected)));
  }

  #begin(slot: number, payloadType: number): void {
    const row = ROW * slot;
    this.#rows.fill(0, row, row + ROW);
    this.#rows[row + PAYLOAD_TYPE] = payloadType;
    this.#askClock(slot, payloadType);
  }

  #askClock(slot: number, payloadType: number): void {
    const directedFlow = this.#sources.directedFlow(slot);
    this.#rows[ROW * slot + CLOCK] = this.#clockOf(directedFlow, payloadType) / HZ_PER_TICK;
  }
}
