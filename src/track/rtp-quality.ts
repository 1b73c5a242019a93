import type { RtpHeaderView } from "../decode/rtp/header.ts";
import type { RtpSourceTable } from "./rtp-sources.ts";

/** A larger step is a jump of the sequence, not a run of lost packets. */
const RUN_MAX = 3000;
/** The clock of a payload type may be announced after its first packets: asked again at this interval. */
const ASK_EVERY = 32;

/**
 * How evenly packets come, for each slot of `RtpSourceTable`: interarrival jitter (RFC 3550 A.8) and the runs
 * in which packets were lost. Kept only while call records are written; nothing is allocated per packet.
 */
export class RtpQuality {
  readonly #sources: RtpSourceTable;
  readonly #arrivalUs: Float64Array;
  readonly #timestamp: Int32Array;
  /** In units of the RTP clock. */
  readonly #jitter: Float64Array;
  /** RTP clock in Hz; 0 while unknown. */
  readonly #clock: Uint32Array;
  readonly #payloadType: Uint8Array;
  readonly #lastSeq: Uint16Array;
  readonly #runs: Uint32Array;
  readonly #clockOf: (directedFlow: number, payloadType: number) => number;

  /** `clockOf`: RTP clock of a payload type on a directed flow, Hz; 0 when no description names it. */
  constructor(
    sources: RtpSourceTable,
    clockOf: (directedFlow: number, payloadType: number) => number,
  ) {
    const { capacity } = sources;
    this.#sources = sources;
    this.#arrivalUs = new Float64Array(capacity);
    this.#timestamp = new Int32Array(capacity);
    this.#jitter = new Float64Array(capacity);
    this.#clock = new Uint32Array(capacity);
    this.#payloadType = new Uint8Array(capacity);
    this.#lastSeq = new Uint16Array(capacity);
    this.#runs = new Uint32Array(capacity);
    this.#clockOf = clockOf;
  }

  /** A packet of the source in that slot, which the table has counted. */
  packet(slot: number, rtp: RtpHeaderView, timeUs: number): void {
    const { sequenceNumber, payloadType } = rtp;
    if (this.#sources.received[slot] === 1) this.#begin(slot, payloadType);
    else {
      const ahead = (sequenceNumber - (this.#lastSeq[slot] as number)) & 0xffff;
      if (ahead === 0 || ahead >= 0x8000) return;
      if (ahead > 1 && ahead < RUN_MAX) this.#runs[slot] = (this.#runs[slot] as number) + 1;
      const isMedia = payloadType === this.#payloadType[slot];
      if (isMedia && ahead < RUN_MAX) this.#arrived(slot, rtp, timeUs);
    }
    this.#lastSeq[slot] = sequenceNumber;
    // Events and comfort noise have timestamps of their own (RFC 4733 2.2.1).
    if (payloadType !== this.#payloadType[slot]) return;
    this.#arrivalUs[slot] = timeUs;
    this.#timestamp[slot] = rtp.timestamp;
  }

  /** Null when the clock of the payload type is not known. */
  jitterMs(slot: number): number | null {
    const clock = this.#clock[slot] as number;
    return clock === 0 ? null : ((this.#jitter[slot] as number) * 1000) / clock;
  }

  /** How much longer runs of lost packets were than by chance (ITU-T G.107 BurstR); 1 by chance and below. */
  burstRatio(slot: number, { lost, expected }: { lost: number; expected: number }): number {
    const runs = this.#runs[slot] as number;
    if (runs === 0 || lost <= 0 || expected <= 0) return 1;
    return Math.max(1, (lost / runs) * (1 - Math.min(1, lost / expected)));
  }

  #begin(slot: number, payloadType: number): void {
    this.#jitter[slot] = 0;
    this.#runs[slot] = 0;
    this.#payloadType[slot] = payloadType;
    this.#clock[slot] = this.#clockOf(this.#sources.directedFlow[slot] as number, payloadType);
  }

  #arrived(slot: number, rtp: RtpHeaderView, timeUs: number): void {
    const clock = this.#clock[slot] as number;
    if (clock === 0) {
      this.#askClock(slot, rtp.payloadType);
      return;
    }
    const waited = ((timeUs - (this.#arrivalUs[slot] as number)) * clock) / 1_000_000;
    const difference = Math.abs(waited - ((rtp.timestamp - (this.#timestamp[slot] as number)) | 0));
    const jitter = this.#jitter[slot] as number;
    this.#jitter[slot] = jitter + (difference - jitter) / 16;
  }

  #askClock(slot: number, payloadType: number): void {
    const { directedFlow, received } = this.#sources;
    if ((received[slot] as number) % ASK_EVERY !== 0) return;
    this.#clock[slot] = this.#clockOf(directedFlow[slot] as number, payloadType);
  }
}
