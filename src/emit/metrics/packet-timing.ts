import type { Frame } from "../../capture/frame.ts";
import { decodePacket } from "../../decode/decode-packet.ts";
import { PacketView } from "../../decode/packet.ts";
import type { Alert } from "../../detect/alerts/alert.ts";
import { LatencyHistogram, type LatencySnapshot } from "./latency-histogram.ts";
import { WallClock } from "./wall-clock.ts";

/**
 * Packets are timed this far apart, as they come: to time one costs about a microsecond, caches being cold, so
 * this keeps the cost far below a hundredth of the thread (bench/cases/timing.ts).
 */
const SAMPLE_MS = 0.5;
/** Odd steps: traffic comes in turns, and an even one could meet the same sender each time. */
const STEP_MAX = 1_023;
/** Of a replay that is not long the alerts of all packets are timed: a few milliseconds in all. */
const PACKETS_WITH_START = 65_536;

/** Where the time of a run went. */
export interface Latencies {
  /** From the kernel's time of a packet to its turn here, a sample: how far live capture is behind. Of a replay there is none. */
  readonly lag: LatencySnapshot;
  /** Link, IP and UDP layers of one packet; a sample. */
  readonly decode: LatencySnapshot;
  /** A packet from decoding to its last alert handed over; a sample. */
  readonly packet: LatencySnapshot;
  /** From a packet to its alert: see `PacketTiming.alert`. */
  readonly alert: LatencySnapshot;
}

/**
 * Times the packet loop by sampling. `isLive`: packets carry the time of the wall clock, so an alert's
 * latency counts from when the kernel took the packet; else from when the pipeline was given it.
 */
export class PacketTiming {
  readonly #lagTimes = new LatencyHistogram();
  readonly #decodeTimes = new LatencyHistogram();
  readonly #packetTimes = new LatencyHistogram();
  readonly #alertTimes = new LatencyHistogram();
  readonly #clock = new WallClock();
  readonly #packet = new PacketView();
  readonly #isLive: boolean;
  /** Start of the packet at hand; 0 when it is not timed. */
  #startMs = 0;
  #isSample = false;
  /** Packets from one sample to the next, and to the next one. */
  #step = 1;
  #packetsToSample = 1;
  #sampledMs = 0;
  #packetsWithStart: number;
  /** Of the last packet that was timed, milliseconds; -1 before the first, and in a replay. */
  lagMs = -1;

  constructor(options: { readonly isLive: boolean }) {
    this.#isLive = options.isLive;
    this.#packetsWithStart = options.isLive ? 0 : PACKETS_WITH_START;
  }

  /** Before the pipeline takes a packet. Says how many packets further the next one is that is timed. */
  begin(frame: Frame): number {
    this.#isSample = --this.#packetsToSample === 0;
    this.#startMs = performance.now();
    if (this.#isSample) this.#sample(frame);
    if (this.#packetsWithStart > 0 && --this.#packetsWithStart > 0) return 1;
    const packets = this.#packetsToSample;
    this.#packetsToSample = 1;
    return packets;
  }

  /** After the packet's last alert. */
  done(): void {
    if (this.#isSample) recordSince(this.#startMs, this.#packetTimes);
    this.#startMs = 0;
  }

  /**
   * An alert is handed over. Live: its wall time less its packet's. Replay: time since its packet was
   * taken: of the first 65,536 packets, then of the timed ones. What time passing raised has no packet and
   * does not count.
   */
  alert({ packetNumber, timeUs }: Alert): void {
    if (packetNumber === 0) return;
    if (this.#isLive) {
      this.#alertTimes.record((this.#clock.nowUs() - timeUs) / 1e3, 1, performance.now());
    } else if (this.#startMs > 0) {
      recordSince(this.#startMs, this.#alertTimes);
    }
  }

  latencies(): Latencies {
    const nowMs = performance.now();
    return {
      lag: this.#lagTimes.snapshot(nowMs),
      decode: this.#decodeTimes.snapshot(nowMs),
      packet: this.#packetTimes.snapshot(nowMs),
      alert: this.#alertTimes.snapshot(nowMs),
    };
  }

  /** A clock that was set back meanwhile makes no negative time. */
  #measureLag(captureUs: number, nowMs: number): void {
    this.lagMs = Math.max(0, (this.#clock.nowUs() - captureUs) / 1e3);
    this.#lagTimes.record(this.lagMs, 1, nowMs);
  }

  #sample(frame: Frame): void {
    const sinceMs = this.#startMs - this.#sampledMs;
    if (sinceMs < SAMPLE_MS) this.#step = Math.min(2 * this.#step + 1, STEP_MAX);
    else if (sinceMs > 4 * SAMPLE_MS) this.#step = Math.max(this.#step >> 1, 1);
    this.#packetsToSample = this.#step;
    this.#sampledMs = this.#startMs;
    decodePacket(frame, this.#packet);
    const nowMs = performance.now();
    this.#decodeTimes.record(nowMs - this.#startMs, 1, nowMs);
    if (this.#isLive) this.#measureLag(frame.timeUs, nowMs);
    this.#startMs = this.#isLive ? performance.now() : nowMs;
  }
}

function recordSince(startMs: number, histogram: LatencyHistogram): void {
  const nowMs = performance.now();
  histogram.record(nowMs - startMs, 1, nowMs);
}
