import type { Float64Histogram, Histogram } from "hdr-histogram-js";
import { loadLater } from "../../base/load-later.ts";

/** What takes longer counts as a day: then it is the outage that matters. */
const LONGEST_NS = 86_400e9;
const NS_PER_MS = 1e6;
/** A quantile is off by at most 1 %. */
const DIGITS = 2;
const WINDOW_MS = 60_000;

/** Quantiles in milliseconds; all 0 when nothing was recorded. */
interface LatencyQuantiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Plain numbers: it travels between threads. */
export interface LatencySnapshot {
  readonly count: number;
  readonly sumMs: number;
  /** Since the start. */
  readonly all: LatencyQuantiles;
  /** Of the last one to two minutes. */
  readonly recent: LatencyQuantiles;
}

const NO_QUANTILES: LatencyQuantiles = { p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
export const NO_LATENCY: LatencySnapshot = {
  count: 0,
  sumMs: 0,
  all: NO_QUANTILES,
  recent: NO_QUANTILES,
};

/**
 * Times from 1 ns to a day in HDR histograms, about 150 KiB in all, each made when it is first needed: a short
 * replay needs one of them. Recording costs the current window; older windows are added up when one has passed.
 */
export class LatencyHistogram {
  #past: Histogram | null = null;
  #previous: Histogram | null = null;
  #current: Histogram | null = null;
  #windowEndMs = 0;
  #count = 0;
  #sumMs = 0;

  /** `count` things that took `ms` each, below 0 counting as 0; `nowMs` is any clock that only moves on. */
  record(ms: number, count: number, nowMs: number): void {
    if (nowMs >= this.#windowEndMs) this.#turn(nowMs);
    const time = Math.max(0, ms);
    const ns = Math.min(Math.round(time * NS_PER_MS), LONGEST_NS);
    this.#current ??= makeHistogram();
    if (count === 1) this.#current.recordValue(ns);
    else this.#current.recordValueWithCount(ns, count);
    this.#count += count;
    this.#sumMs += time * count;
  }

  snapshot(nowMs: number): LatencySnapshot {
    if (this.#count === 0) return NO_LATENCY;
    if (nowMs >= this.#windowEndMs) this.#turn(nowMs);
    const recent = sumOf(this.#previous, this.#current);
    return {
      count: this.#count,
      sumMs: this.#sumMs,
      all: quantilesOf(sumOf(this.#past, recent)),
      recent: quantilesOf(recent),
    };
  }

  #turn(nowMs: number): void {
    const isLongAgo = nowMs >= this.#windowEndMs + WINDOW_MS;
    this.#pass(this.#previous);
    [this.#previous, this.#current] = [this.#current, this.#previous];
    if (isLongAgo) this.#pass(this.#previous);
    this.#windowEndMs = nowMs + WINDOW_MS;
  }

  /** Adds a window to all that is past, and empties it. */
  #pass(window: Histogram | null): void {
    if (window === null || window.totalCount === 0) return;
    this.#past ??= makeHistogram();
    this.#past.add(window);
    window.reset();
  }
}

function makeHistogram(): Histogram {
  // This file of the package alone: what the rest needs (zlib, WebAssembly) takes as long to load as all of this program.
  const { default: Float64 } = loadLater("hdr-histogram-js/dist/Float64Histogram.js") as {
    readonly default: typeof Float64Histogram;
  };
  return new Float64(1, LONGEST_NS, DIGITS);
}

function sumOf(a: Histogram | null, b: Histogram | null): Histogram | null {
  if (a === null || b === null) return a ?? b;
  const sum = makeHistogram();
  sum.add(a);
  sum.add(b);
  return sum;
}

function quantilesOf(histogram: Histogram | null): LatencyQuantiles {
  if (histogram === null || histogram.totalCount === 0) return NO_QUANTILES;
  const max = histogram.maxValue;
  // A quantile is the upper end of its bucket, and the longest time is known exactly.
  const at = (percentile: number) =>
    Math.min(histogram.getValueAtPercentile(percentile), max) / NS_PER_MS;
  return {
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: max / NS_PER_MS,
  };
}
