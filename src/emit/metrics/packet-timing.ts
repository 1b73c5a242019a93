import type { Alert } from "../../detect/alert.ts";
import { LatencyHistogram, type LatencySnapshot } from "./latency-histogram.ts";
import { WallClock } from "./wall-clock.ts";

/**
 * One packet in so many is timed, which costs as much as an RTP packet does: bench/cases/timing.ts. A prime,
 * because traffic comes in turns, and a multiple of their period would meet the same sender each time.
 */
const PACKETS_PER_SAMPLE = 127;
/** Of a replay that is not long the alerts of all packets are timed: a few milliseconds in all. */
const PACKETS_WITH_START = 65_536;

/** Where the time of a run went. */
export interface Latencies {
  /** Link, IP and UDP layers of one packet; one in 127. */
  readonly decode: LatencySnapshot;
  /** A packet from decoding to its last alert handed over; one in 127. */
  readonly packet: LatencySnapshot;
  /** From a packet to its alert: see `PacketTiming.alert`. */
  readonly alert: LatencySnapshot;
}

/**
 * Times the packet loop by sampling. `isLive`: packets carry the time of the wall clock, so an alert's
 * latency counts from when the kernel took the packet; else from when the pipeline was given it.
 */
export class PacketTiming {
  readonly #decode = new LatencyHistogram();
  readonly #packet = new LatencyHistogram();
  readonly #alert = new LatencyHistogram();
  readonly #clock = new WallClock();
  readonly #isLive: boolean;
  /** Start of the packet at hand; 0 when it is not timed. */
  #startMs = 0;
  #packetsToSample = 1;
  #packetsWithStart: number;

  constructor(options: { readonly isLive: boolean }) {
    this.#isLive = options.isLive;
    this.#packetsWithStart = options.isLive ? 0 : PACKETS_WITH_START;
  }

  /** Before a packet is decoded. True when it is this packet's turn to be timed. */
  begin(): boolean {
    if (--this.#packetsToSample > 0) {
      if (this.#packetsWithStart > 0) this.#noteStart();
      return false;
    }
    this.#packetsToSample = PACKETS_PER_SAMPLE;
    this.#startMs = performance.now();
    return true;
  }

  /** After the UDP layer. */
  decoded(): void {
    recordSince(this.#startMs, this.#decode);
  }

  /** After the packet's last alert. */
  done(): void {
    recordSince(this.#startMs, this.#packet);
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
      this.#alert.record((this.#clock.nowUs() - timeUs) / 1e3, 1, performance.now());
    } else if (this.#startMs > 0) {
      recordSince(this.#startMs, this.#alert);
    }
  }

  latencies(): Latencies {
    const nowMs = performance.now();
    return {
      decode: this.#decode.snapshot(nowMs),
      packet: this.#packet.snapshot(nowMs),
      alert: this.#alert.snapshot(nowMs),
    };
  }

  #noteStart(): void {
    this.#packetsWithStart--;
    this.#startMs = this.#packetsWithStart > 0 ? performance.now() : 0;
  }
}

function recordSince(startMs: number, histogram: LatencyHistogram): void {
  const nowMs = performance.now();
  histogram.record(nowMs - startMs, 1, nowMs);
}
