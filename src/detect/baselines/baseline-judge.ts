import { type Baseline, partsOf } from "./baseline.ts";
import { countVariance } from "./baseline-profile.ts";
import { type BaselineRow, BUCKETS, NO_LIMIT } from "./baseline-row.ts";
import { BIN_US, periodOf } from "./week-bins.ts";

const US_PER_S = 1e6;
const HOUR_US = 3_600 * US_PER_S;
const WEEK_HOURS = 168;
const MEDIAN_WEEKS = 3;
/**
 * However wide a key has been made to vary, a count of three times the usual is beyond its limit, unless chance alone
 * could bring it about: traffic that is made to swing from week to week buys no more than that.
 */
const LIMIT_MOST = 3;

/** What a window was judged by. */
export interface BaselineVerdict {
  /** What was measured: a count, share, mean or distance. */
  readonly value: number;
  readonly usual: number;
  /** The one that it went beyond. */
  readonly limit: number;
  /** Standard deviations between the value and the usual one. */
  readonly deviations: number;
  /** Events behind the value. */
  readonly weight: number;
}

/** Compares windows of a key with what is usual at that time of the week. */
export class BaselineJudge {
  /** Weeks of a half hour that have to be known. */
  readonly weeksNeeded: number;
  readonly #spec: Baseline;
  readonly #windowUs: number;
  readonly #counts: Float64Array;

  constructor(spec: Baseline) {
    this.#spec = spec;
    this.#windowUs = spec.seconds * US_PER_S;
    this.weeksNeeded = Math.max(
      1,
      Math.min(MEDIAN_WEEKS, Math.round(spec.warmupHours / WEEK_HOURS)),
    );
    this.#counts = new Float64Array(partsOf(spec));
  }

  /** The key has been watched for as long as the rule wants. */
  isWarm(row: BaselineRow, timeUs: number): boolean {
    return timeUs - row.bornPeriod * BIN_US >= this.#spec.warmupHours * HOUR_US;
  }

  /** Of a count: what is usual of the window that ends with the bucket at hand, and its limit. */
  aim(row: BaselineRow, bucketUs: number): void {
    const endUs = (row.bucket + 1) * bucketUs;
    if (!this.isWarm(row, row.bucket * bucketUs)) {
      row.high = NO_LIMIT;
      return;
    }
    const { deviation, factor } = this.#spec;
    const level = this.#overWindow(endUs, (bin) => row.profile.level(bin, this.weeksNeeded));
    const usual = level / BIN_US;
    const spread = this.#countSpread(row, endUs, usual);
    const wanted = usual + Math.max((factor - 1) * usual, deviation * spread);
    const chance = usual + deviation * Math.sqrt(usual + 1);
    row.usual = usual;
    row.high = Math.min(wanted, Math.max(LIMIT_MOST * usual, chance));
  }

  /** A count whose window is over, or is just being counted. */
  count(row: BaselineRow, value: number): BaselineVerdict {
    const { usual, high } = row;
    const spread = (high - usual) / this.#spec.deviation;
    const deviations = spread > 0 ? (value - usual) / spread : 0;
    return { value, usual, limit: high, deviations, weight: value };
  }

  /**
   * The window that ended before the bucket at hand, which `row` has just moved to. Null where it is as usual, or has
   * too little in it.
   */
  whole(row: BaselineRow, bucketUs: number): BaselineVerdict | null {
    const endUs = row.bucket * bucketUs;
    const { measure, min } = this.#spec;
    if (!this.isWarm(row, endUs)) return null;
    const counts = this.#counts;
    for (let part = 0; part < counts.length; part++) {
      counts[part] = row.total(part, row.bucket - BUCKETS, row.bucket - 1);
    }
    if (measure === "count") return this.#fewer(row, endUs, counts[0] as number);
    const weight = row.weight(counts);
    if (weight < min) return null;
    const variance = this.#variance(row, endUs);
    return measure === "mix"
      ? this.#mix(row, endUs, weight, variance)
      : this.#ratio(row, endUs, weight, variance);
  }

  #ratio(
    row: BaselineRow,
    endUs: number,
    weight: number,
    variance: number,
  ): BaselineVerdict | null {
    const { deviation, direction, factor, measure } = this.#spec;
    const { profile } = row;
    if (profile.poolHours < POOL_HOURS_MIN) return null;
    const level = this.#overWindow(endUs, (bin) => profile.level(bin, this.weeksNeeded));
    const usual = level / this.#windowUs;
    const chance = measure === "share" ? usual * (1 - usual) : 0;
    const spread = Math.sqrt(Math.max(variance, chance, CHANCE_MIN) / weight);
    const value = row.value(this.#counts);
    const deviations = (value - usual) / spread;
    const high = usual + Math.max((factor - 1) * usual, deviation * spread);
    const low = usual - Math.max((1 - 1 / factor) * usual, deviation * spread);
    if (value > high && direction !== "below")
      return { value, usual, limit: high, deviations, weight };
    if (value < low && direction !== "above")
      return { value, usual, limit: low, deviations, weight };
    return null;
  }

  #mix(row: BaselineRow, endUs: number, weight: number, variance: number): BaselineVerdict | null {
    const { deviation, factor } = this.#spec;
    const { profile } = row;
    if (profile.poolHours < POOL_HOURS_MIN) return null;
    const known = (bin: number) => profile.seen(bin) >= this.weeksNeeded;
    // Hours in which too little happened to be learned are not judged either.
    if (this.#overWindow(endUs, (bin) => (known(bin) ? 1 : 0)) < this.#windowUs) return null;
    const value = row.distance(this.#counts, (side) =>
      this.#overWindow(endUs, (bin) => profile.share(bin >> 1, side)),
    );
    // n events spread over k sides by chance alone have a mean squared distance of (k - 1) / 8n.
    const chance = (this.#counts.length - 1) / 8;
    const spread = Math.sqrt(Math.max(variance, chance) / weight);
    const limit = Math.max(factor, deviation * spread);
    return value > limit ? { value, usual: 0, limit, deviations: value / spread, weight } : null;
  }

  /** A count that has fallen. */
  #fewer(row: BaselineRow, endUs: number, value: number): BaselineVerdict | null {
    const { deviation, direction, factor, min } = this.#spec;
    if (direction === "above") return null;
    const level = this.#overWindow(endUs, (bin) => row.profile.level(bin, this.weeksNeeded));
    const usual = level / BIN_US;
    if (usual < min) return null;
    const spread = this.#countSpread(row, endUs, usual);
    const limit = usual - Math.max((1 - 1 / factor) * usual, deviation * spread);
    const deviations = (value - usual) / spread;
    return value < limit ? { value, usual, limit, deviations, weight: value } : null;
  }

  /** Of a count; never less than chance. */
  #countSpread(row: BaselineRow, endUs: number, usual: number): number {
    return Math.sqrt(Math.max(usual + 1, this.#variance(row, endUs) * countVariance(usual)));
  }

  /** Integral over the window of what each half hour has, in microseconds. */
  #overWindow(endUs: number, of: (bin: number) => number): number {
    const startUs = endUs - this.#windowUs;
    let sum = 0;
    for (let period = periodOf(startUs); period * BIN_US < endUs; period++) {
      const from = Math.max(startUs, period * BIN_US);
      const until = Math.min(endUs, (period + 1) * BIN_US);
      sum += of(this.#spec.bins.of(period)) * (until - from);
    }
    return sum;
  }

  /** Of the hours at both ends of the window, the one that varies more. */
  #variance(row: BaselineRow, endUs: number): number {
    const { bins } = this.#spec;
    const first = bins.of(periodOf(endUs - this.#windowUs)) >> 1;
    const last = bins.of(periodOf(endUs - 1)) >> 1;
    return Math.max(row.profile.variance(first), row.profile.variance(last));
  }
}

const CHANCE_MIN = 1e-6;
/** How a share, mean or mix varies has to be known from so many hours. */
const POOL_HOURS_MIN = 24;
