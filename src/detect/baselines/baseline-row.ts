import { type Baseline, partsOf } from "./baseline.ts";
import { BaselineProfile, countVariance } from "./baseline-profile.ts";
import { BIN_US } from "./week-bins.ts";

const US_PER_S = 1e6;
/** A window slides in steps of a twelfth. */
export const BUCKETS = 12;
/** And the one that is being filled. */
const RING = BUCKETS + 1;
/** An hour's share, mean or mix of fewer events teaches nothing. */
export const LEARN_MIN = 5;
/** With no such number a window is not judged. */
export const NO_LIMIT = Number.POSITIVE_INFINITY;

/** A key that was seen in so many half hours over a week stays before those that were not. */
const LEARNED_PERIODS = 24;
const LEARNED_AGE = 336;

/** What a baseline counts of one key, and what it knows of it. Reused for another key once its own is forgotten. */
export class BaselineRow {
  key = 0.5;
  /** The same in every run. */
  text = "";
  /** Half hour in which it was seen first, and last. */
  bornPeriod = 0;
  lastPeriod = 0;
  /** Half hours in which it was seen. */
  periodsSeen = 0;
  /** The half hour at hand has been beyond the limit. */
  isOver = false;
  quietUntilUs = Number.NEGATIVE_INFINITY;
  /** Number of the bucket at hand since 1970. */
  bucket = 0;
  /** Of `count`: events in the window that ends with the bucket at hand. */
  sum = 0;
  /** Of that window: what is usual, and beyond which it is not. */
  usual = 0;
  high = NO_LIMIT;
  readonly profile: BaselineProfile;
  /** Lists, as short typed arrays take four times as much, and there may be a row for every host. */
  readonly ring: number[];
  /** Counts of the half hour at hand, and of the one before it. */
  readonly half: number[];
  readonly halfBefore: number[];
  /** The one before was seen whole, belongs to the same hour and was no attack; what was usual of it. */
  isBeforeGood = false;
  usualBefore = 0;
  /** Windows shorter than an hour: the one at hand, its count, and squared deviations of the half hour so far. */
  window = 0;
  windowCount = 0;
  squares = 0;
  readonly #spec: Baseline;
  readonly #parts: number;
  readonly #shares: number[];
  /** Its counts are of events, not of the numbers that these carry. */
  readonly isWholeNumbers: boolean;

  constructor(spec: Baseline) {
    this.#spec = spec;
    this.#parts = partsOf(spec);
    this.isWholeNumbers = spec.measure !== "mean";
    this.profile = new BaselineProfile(spec.measure === "count");
    this.ring = zeros(RING * this.#parts);
    this.half = zeros(this.#parts);
    this.halfBefore = zeros(this.#parts);
    this.#shares = zeros(spec.measure === "mix" ? this.#parts : 0);
  }

  begin(key: number, text: string, period: number, bucket: number): void {
    this.key = key;
    this.text = text;
    this.bornPeriod = period;
    this.lastPeriod = period;
    this.periodsSeen = 0;
    this.isOver = false;
    this.quietUntilUs = Number.NEGATIVE_INFINITY;
    this.bucket = bucket;
    this.sum = 0;
    this.usual = 0;
    this.high = NO_LIMIT;
    this.profile.clear();
    this.ring.fill(0);
    this.half.fill(0);
    this.halfBefore.fill(0);
    this.isBeforeGood = false;
    this.usualBefore = 0;
    this.window = Math.floor(bucket / BUCKETS);
    this.windowCount = 0;
    this.squares = 0;
  }

  add(part: number, amount: number): void {
    const at = part * RING + (this.bucket % RING);
    this.ring[at] = (this.ring[at] as number) + amount;
    this.half[part] = (this.half[part] as number) + amount;
    this.sum += amount;
    this.windowCount += amount;
  }

  /** Moves on to a later bucket: what the ring has of its place is older than any window. */
  moveTo(bucket: number): void {
    const steps = Math.min(RING, bucket - this.bucket);
    for (let step = 1; step <= steps; step++) {
      for (let part = 0; part < this.#parts; part++) {
        this.ring[part * RING + ((this.bucket + step) % RING)] = 0;
      }
    }
    this.bucket = bucket;
    this.sum = this.total(0, bucket - BUCKETS + 1, bucket);
  }

  /** Sum of a part over some of the last buckets. */
  total(part: number, from: number, to: number): number {
    let sum = 0;
    for (let bucket = from; bucket <= to; bucket++) {
      sum += this.ring[part * RING + (bucket % RING)] as number;
    }
    return sum;
  }

  /** Windows of less than an hour: notes by how much those differed that have ended. `level` is that of the half hour. */
  closeWindows(window: number, level: number): void {
    if (window <= this.window) return;
    const usual = (level * this.#spec.seconds * US_PER_S) / BIN_US;
    const skipped = window - this.window - 1;
    this.squares += (this.windowCount - usual) ** 2 + skipped * usual ** 2;
    this.window = window;
    this.windowCount = 0;
  }

  /** A half hour has passed: learns it, unless it was not seen whole. */
  closePeriod(period: number, isWhole: boolean, weeksNeeded: number): void {
    const { profile } = this;
    const bin = this.#spec.bins.of(period);
    if (this.#spec.measure === "count") this.#closeCount(period, bin, isWhole, weeksNeeded);
    else this.#closeOther(bin, isWhole, weeksNeeded);
    if (this.#spec.measure === "count" && bin % 48 === 47) profile.findPeak();
    if (this.half[0] !== 0) {
      this.periodsSeen++;
      this.lastPeriod = period;
    }
    for (const [part, count] of this.half.entries()) this.halfBefore[part] = count;
    this.half.fill(0);
    this.squares = 0;
    this.isOver = false;
  }

  #closeCount(period: number, bin: number, isWhole: boolean, weeksNeeded: number): void {
    const { profile } = this;
    const { seconds } = this.#spec;
    const level = profile.level(bin, weeksNeeded);
    const count = this.half[0] as number;
    const isGood = isWhole && !this.isOver;
    const isKnown = profile.seen(bin) >= weeksNeeded;
    const windowUs = seconds * US_PER_S;
    if (windowUs <= BIN_US) {
      this.closeWindows(Math.floor(((period + 1) * BIN_US) / windowUs), level);
      const squared = (this.squares * windowUs) / BIN_US;
      if (isGood && isKnown) {
        profile.learnSpread(bin >> 1, squared / countVariance((level * windowUs) / BIN_US));
      }
    } else if ((bin & 1) === 1 && isGood && isKnown && this.isBeforeGood) {
      const usual = this.usualBefore + level;
      const seen = (this.halfBefore[0] as number) + count;
      profile.learnDeviation(bin >> 1, (seen - usual) / Math.sqrt(countVariance(usual)));
    }
    this.isBeforeGood = isGood && isKnown && (bin & 1) === 0;
    this.usualBefore = level;
    if (isWhole) profile.learn(bin, count, this.isOver);
  }

  /** Shares and means: of the whole hour where there is one, as half an hour has few calls. */
  #closeOther(bin: number, isWhole: boolean, weeksNeeded: number): void {
    const { profile } = this;
    const isMix = this.#spec.measure === "mix";
    if (isWhole && !isMix && this.weight(this.half) >= LEARN_MIN) {
      profile.learn(bin, this.value(this.half), this.isOver);
    }
    const hour = bin >> 1;
    if ((bin & 1) === 0) {
      this.isBeforeGood = isWhole && !this.isOver;
      return;
    }
    if (!isWhole || !this.isBeforeGood || this.isOver) return;
    for (let part = 0; part < this.#parts; part++) {
      this.half[part] = (this.half[part] as number) + (this.halfBefore[part] as number);
    }
    const weight = this.weight(this.half);
    if (weight < LEARN_MIN) return;
    const deviation = isMix
      ? this.distance(this.half, (side) => profile.share(hour, side))
      : this.value(this.half) - profile.level(bin, weeksNeeded);
    const isKnown = profile.seen(bin) >= weeksNeeded;
    if (isKnown && isMix) profile.learnSpread(hour, deviation ** 2 * weight);
    else if (isKnown) profile.learnDeviation(hour, deviation * Math.sqrt(weight));
    if (isMix) profile.learnShares(hour, this.#sharesOf(this.half), false);
    else this.#learnCommon(this.value(this.half), weight);
  }

  /** Share or mean of all hours, for those in which too little happens to have one of their own. */
  #learnCommon(value: number, weight: number): void {
    const { profile } = this;
    const pace = profile.common === 0 ? 1 : Math.min(0.02, weight / 5_000);
    const most = profile.common === 0 ? value : 0.25 * Math.max(profile.common, 0.01);
    const deviation = Math.max(-most, Math.min(most, value - profile.common));
    profile.common += pace * deviation;
  }

  /** Events that a share or mean is of. */
  weight(counts: ArrayLike<number>): number {
    if (this.#spec.measure === "share") return counts[1] as number;
    if (this.#spec.measure === "mean") return counts[0] as number;
    let sum = 0;
    for (let part = 0; part < this.#parts; part++) sum += counts[part] as number;
    return sum;
  }

  /** The share or mean itself. */
  value(counts: ArrayLike<number>): number {
    const [first = 0, second = 0] = [counts[0], counts[1]];
    return this.#spec.measure === "share" ? first / second : second / first;
  }

  #sharesOf(counts: ArrayLike<number>): readonly number[] {
    const sum = this.weight(counts);
    for (let part = 0; part < this.#parts; part++) {
      this.#shares[part] = (counts[part] as number) / sum;
    }
    return this.#shares;
  }

  /**
   * Hellinger distance of what was counted from usual shares: 0 the same, 1 nothing in common. It weighs a side that
   * is usually rare more than a plain difference does (Sengar et al., Fast Detection of Denial-of-Service Attacks on
   * IP Telephony, IWQoS 2006).
   */
  distance(counts: ArrayLike<number>, usual: (side: number) => number): number {
    const shares = this.#sharesOf(counts);
    let whole = 0;
    for (let side = 0; side < this.#parts; side++) whole += usual(side);
    if (whole === 0) return 0;
    let common = 0;
    for (let side = 0; side < this.#parts; side++) {
      common += Math.sqrt((shares[side] as number) * (usual(side) / whole));
    }
    return Math.sqrt(Math.max(0, 1 - common));
  }
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}

/** It stays before those that were not seen for so long. */
export function isLearned({ bornPeriod, periodsSeen }: BaselineRow, period: number): boolean {
  return periodsSeen >= LEARNED_PERIODS && period - bornPeriod >= LEARNED_AGE;
}
