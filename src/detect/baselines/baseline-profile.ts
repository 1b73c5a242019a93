import { MIX_SIDES_MAX } from "./baseline.ts";
import { code8, code16, value8, value16 } from "./baseline-codes.ts";

/** Half hours of a week: a call centre that opens at 8:30 has a step there, which whole hours would blur. */
export const BINS = 336;
const HOURS = BINS / 2;
/** Weeks after which a value is the median of three: one holiday or one attack among them changes nothing. */
const MEDIAN_WEEKS = 3;
/** Weeks that are told apart, and those in which values still move fast. */
const WEEKS_MAX = 15;
const EARLY_WEEKS = 6;
/** Part of its deviation by which a value follows. */
const PACE = 0.25;
/**
 * Largest step of a week, as part of the value; at first, while a median of three may be off, twice as much. It is what a
 * year of healthy growth needs (1.03^52 = 4.6), so who raises his traffic by more from week to week is found once he is
 * beyond the limit, as if he had begun at once; and a month of holidays does not make the month after it look like an attack.
 */
const STEP = 0.03;
const STEP_EARLY = 0.06;
/** Counts near 0 move by this part of their standard deviation of chance (Poisson), other values by so much. */
const STEP_CHANCE = 0.1;
const STEP_MIN = 2e-3;
/** What has been beyond the limit in so many weeks on end, and was told each time, is the new usual. */
const ACCEPTED_WEEKS = 4;
const SPREAD_PACE = 1 / 8;
const POOL_PACE = 1 / HOURS;
/** A deviation counts as this many times the squared usual one at most. */
const SPREAD_CLIP = 8;
const LOW_CLIP = 2;
/** In standard deviations. */
const DRIFT_CLIP = 3;
const POOL_CLIP = 14;
const POOL_CLIP_EARLY = 25;
/** A count is taken to vary as counts do, until so many hours have shown how it varies. */
const POOL_PRIOR_HOURS = 24;
/** Hours until the common spread is a moving mean. */
const POOL_EARLY_HOURS = 50;
/** Weight of the spread that all hours have together, in weeks. */
const POOL_WEIGHT = 6;
const BYTE_ONE = 255;
const MIX_STEP = 0.03;
/** No variance is taken for less, so that a value that never varied can begin to. */
const CHANCE_MIN = 1e-3;

/** A share or mean counts as much as in so many weeks of the same half hour the one of all hours does. */
const COMMON_WEIGHT = 8;
/** A count of so many varies by chance as much as days do by themselves (14 %): between the two its variance bends. */
const COUNT_BEND = 50;

/**
 * What a count of that mean varies by: little ones by chance (Poisson), large ones in proportion, as days differ. A
 * spread in units of it is about the same by day and by night, so what is learned by day helps at night.
 */
export function countVariance(mean: number): number {
  return (mean + 1) * (1 + mean / COUNT_BEND);
}

interface Learned {
  readonly levels: Uint16Array;
  /** Until both half hours of an hour have a median, the second values of the two, in 8 bits each. */
  readonly spreads: Uint16Array;
  /** Weeks that a bin was seen in (low four bits), and of the last ones those beyond the limit (high). */
  readonly weeks: Uint8Array;
}

/**
 * What is usual of one key: a level for each half hour of the week, a spread for each hour of it and one of all
 * together. Levels are of what is measured; spreads are variances, of counts in units of `countVariance`, of shares
 * and means for a single event. Nothing is learned faster than the steps above say, from whatever is fed.
 */
export class BaselineProfile {
  /** Made with the first half hour that is learned: most keys of a flood are gone by then. */
  #learned: Learned | null = null;
  /** Common spread, and hours that it was learned in. */
  pool = 0;
  poolHours = 0;
  /** Mean deviation of the last week, with its sign. */
  drift = 0;
  /** What bins that are not learned yet are taken for. */
  common = 0;
  readonly #isCount: boolean;

  constructor(isCount: boolean) {
    this.#isCount = isCount;
    this.clear();
  }

  get levels(): Uint16Array {
    return this.#tables().levels;
  }

  get spreads(): Uint16Array {
    return this.#tables().spreads;
  }

  get weeks(): Uint8Array {
    return this.#tables().weeks;
  }

  clear(): void {
    this.#learned = null;
    this.pool = this.#isCount ? 1 : 0;
    this.poolHours = this.#isCount ? POOL_PRIOR_HOURS : 0;
    this.drift = 0;
    this.common = 0;
  }

  seen(bin: number): number {
    return this.#learned === null ? 0 : (this.#learned.weeks[bin] as number) & WEEKS_MAX;
  }

  /** The usual value of a half hour; the common one before `weeks` of it were seen. */
  level(bin: number, weeks: number): number {
    const seen = this.seen(bin);
    if (seen < weeks || seen === 0) return this.common;
    const first = value16(this.levels[bin] as number);
    const own = seen === 2 ? (first + this.#second(bin)) / 2 : first;
    if (this.#isCount) return own;
    return (seen * own + COMMON_WEIGHT * this.common) / (seen + COMMON_WEIGHT);
  }

  /** Learns the value of a half hour that has passed. `isOver`: it was beyond the limit and is not to be believed. */
  learn(bin: number, value: number, isOver: boolean): void {
    const seen = this.seen(bin);
    const over = (this.weeks[bin] as number) >> 4;
    if (isOver && seen >= MEDIAN_WEEKS) {
      this.#believeOver(bin, value, over + 1);
      return;
    }
    const next = Math.min(WEEKS_MAX, seen + 1);
    this.weeks[bin] = next;
    if (seen === 0) this.levels[bin] = code16(value);
    else if (seen === 1) this.#keepSecond(bin, value);
    else if (seen === 2) {
      const median = medianOf(value16(this.levels[bin] as number), this.#second(bin), value);
      this.levels[bin] = code16(median);
      if (this.seen(bin ^ 1) >= MEDIAN_WEEKS) this.spreads[bin >> 1] = code16(this.pool);
    } else this.#step(bin, value, seen);
  }

  /** Variance of an hour of the week, of its own as far as that is known. */
  variance(hour: number): number {
    const seen = Math.min(this.seen(2 * hour), this.seen(2 * hour + 1));
    if (seen < MEDIAN_WEEKS) return this.pool;
    const weight = (seen - MEDIAN_WEEKS + 1) / (seen - MEDIAN_WEEKS + 1 + POOL_WEIGHT);
    return weight * value16(this.spreads[hour] as number) + (1 - weight) * this.pool;
  }

  /**
   * Learns by how much an hour has differed, in units whose square spreads are in. What has been off to one side for
   * days is no spread: traffic that is raised from week to week must not widen its own limit.
   */
  learnDeviation(hour: number, deviation: number): void {
    const most = DRIFT_CLIP * Math.sqrt(Math.max(this.pool, CHANCE_MIN));
    const centred = deviation - this.drift;
    this.drift += POOL_PACE * (Math.max(-most, Math.min(most, deviation)) - this.drift);
    this.learnSpread(hour, centred ** 2, deviation < 0);
  }

  /**
   * The same of a square whose sign nobody knows. `isLow`: it was too low, as on a holiday, which must not widen what
   * may come from above.
   */
  learnSpread(hour: number, squared: number, isLow = false): void {
    const seen = Math.min(this.seen(2 * hour), this.seen(2 * hour + 1));
    if (seen >= MEDIAN_WEEKS) {
      const before = value16(this.spreads[hour] as number);
      const most = (isLow ? LOW_CLIP : SPREAD_CLIP) * Math.max(this.variance(hour), CHANCE_MIN);
      const clipped = Math.min(squared, most);
      this.spreads[hour] = code16(before + SPREAD_PACE * (clipped - before));
    }
    const hours = ++this.poolHours;
    const isEarly = hours <= POOL_EARLY_HOURS;
    const clip = isLow ? LOW_CLIP : isEarly ? POOL_CLIP_EARLY : POOL_CLIP;
    const most = hours > 5 ? clip * Math.max(this.pool, CHANCE_MIN) : Number.POSITIVE_INFINITY;
    const pace = Math.max(POOL_PACE, 1 / hours);
    this.pool += pace * (Math.min(squared, most) - this.pool);
  }

  /** The largest level: an hour of which nothing is known is measured by the busiest one. */
  findPeak(): void {
    let peak = 0;
    for (let bin = 0; bin < BINS; bin++) {
      if (this.seen(bin) > 0) peak = Math.max(peak, this.levels[bin] as number);
    }
    this.common = value16(peak);
  }

  /** Usual share of a side of `mix` in an hour of the week. */
  share(hour: number, side: number): number {
    if (this.#learned === null) return 0;
    return (this.#shares()[MIX_SIDES_MAX * hour + side] as number) / BYTE_ONE;
  }

  learnShares(hour: number, shares: ArrayLike<number>, isOver: boolean): void {
    const bin = 2 * hour;
    const seen = this.seen(bin);
    if (isOver && seen >= MEDIAN_WEEKS) return;
    const bytes = this.#shares();
    for (let side = 0; side < shares.length; side++) {
      const at = MIX_SIDES_MAX * hour + side;
      const before = (bytes[at] as number) / BYTE_ONE;
      const deviation = ((shares[side] as number) - before) / (seen + 1);
      const step = Math.max(-MIX_STEP, Math.min(MIX_STEP, deviation));
      bytes[at] = Math.round(BYTE_ONE * (seen === 0 ? (shares[side] as number) : before + step));
    }
    this.weeks[bin] = Math.min(WEEKS_MAX, seen + 1);
    this.weeks[bin + 1] = this.weeks[bin] as number;
  }

  #tables(): Learned {
    this.#learned ??= {
      levels: new Uint16Array(BINS),
      spreads: new Uint16Array(HOURS),
      weeks: new Uint8Array(BINS),
    };
    return this.#learned;
  }

  /** `mix` keeps four bytes for each hour where others have two half hours. */
  #shares(): Uint8Array {
    const { buffer, byteOffset } = this.levels;
    return new Uint8Array(buffer, byteOffset, MIX_SIDES_MAX * HOURS);
  }

  #step(bin: number, value: number, seen: number): void {
    const level = value16(this.levels[bin] as number);
    const chance = this.#isCount ? STEP_CHANCE * Math.sqrt(level + 1) : STEP_MIN;
    const most = Math.max(chance, (seen < EARLY_WEEKS ? STEP_EARLY : STEP) * level);
    const step = Math.max(-most, Math.min(most, PACE * (value - level)));
    this.levels[bin] = code16(level + step);
  }

  #believeOver(bin: number, value: number, weeks: number): void {
    const isUsual = weeks >= ACCEPTED_WEEKS;
    if (isUsual) this.levels[bin] = code16(value);
    this.weeks[bin] = this.seen(bin) | (isUsual ? 0 : weeks << 4);
  }

  #second(bin: number): number {
    const word = this.spreads[bin >> 1] as number;
    return value8((bin & 1) === 0 ? word & 0xff : word >> 8);
  }

  #keepSecond(bin: number, value: number): void {
    const code = code8(value);
    const word = this.spreads[bin >> 1] as number;
    this.spreads[bin >> 1] = (bin & 1) === 0 ? (word & 0xff00) | code : (word & 0xff) | (code << 8);
  }
}

function medianOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
