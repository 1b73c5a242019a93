import { build, type Histogram } from "hdr-histogram-js";

/** Quantiles in milliseconds; all 0 when nothing was recorded. */
export interface LatencyQuantiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Time from a record being readable in the spool to its acknowledgement. */
export interface LatencySnapshot {
  readonly count: number;
  readonly sumMs: number;
  /** Since the start. */
  readonly all: LatencyQuantiles;
  /** Of the last one to two minutes. */
  readonly recent: LatencyQuantiles;
}

const US_PER_MS = 1_000;
/** A longer wait counts as a day: then it is the outage that matters. */
const LONGEST_US = 86_400_000_000;
const WINDOW_MS = 60_000;

export const NO_LATENCY: LatencySnapshot = {
  count: 0,
  sumMs: 0,
  all: { p50: 0, p90: 0, p99: 0, p999: 0, max: 0 },
  recent: { p50: 0, p90: 0, p99: 0, p999: 0, max: 0 },
};

/** Records acknowledgement times to two digits, in about 100 KiB. */
export class AckLatency {
  readonly #all = makeHistogram();
  #recent = makeHistogram();
  #previous = makeHistogram();
  #windowStartMs = 0;
  #count = 0;
  #sumMs = 0;

  /** `count` records that took `ms` each; `nowMs` is any clock that only moves on. */
  record(ms: number, count: number, nowMs: number): void {
    this.#turn(nowMs);
    const us = Math.min(Math.max(Math.round(ms * US_PER_MS), 1), LONGEST_US);
    this.#all.recordValueWithCount(us, count);
    this.#recent.recordValueWithCount(us, count);
    this.#count += count;
    this.#sumMs += Math.max(ms, 0) * count;
  }

  snapshot(nowMs: number): LatencySnapshot {
    if (this.#count === 0) return NO_LATENCY;
    this.#turn(nowMs);
    const recent = makeHistogram();
    recent.add(this.#previous);
    recent.add(this.#recent);
    return {
      count: this.#count,
      sumMs: this.#sumMs,
      all: quantilesOf(this.#all),
      recent: quantilesOf(recent),
    };
  }

  #turn(nowMs: number): void {
    const ageMs = nowMs - this.#windowStartMs;
    if (ageMs < WINDOW_MS) return;
    [this.#previous, this.#recent] = [this.#recent, this.#previous];
    this.#recent.reset();
    if (ageMs >= 2 * WINDOW_MS) this.#previous.reset();
    this.#windowStartMs = nowMs;
  }
}

function makeHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_US,
    numberOfSignificantValueDigits: 2,
    bitBucketSize: 64,
  });
}

function quantilesOf(histogram: Histogram): LatencyQuantiles {
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / US_PER_MS;
  if (histogram.totalCount === 0) return NO_LATENCY.recent;
  return {
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: histogram.maxValue / US_PER_MS,
  };
}
