import type { DetectionEvent } from "../../track/facts/event.ts";
import type { CounterBudget } from "./counter-budget.ts";
import { type CounterRows, FLOATS } from "./counter-rows.ts";
import { CounterTable } from "./counter-table.ts";
import type { RatioSide } from "./ratio-side.ts";
import { DENOMINATOR, FREE_FLOAT, NUMERATOR, RowValues, type Side } from "./row-values.ts";
import { NO_VALUE, type TrackKey, type TrackValue, type UniqueField } from "./track-key.ts";

/** `ratio:` as compiled. */
export interface Ratio {
  readonly type: "ratio";
  readonly numerator: RatioSide;
  readonly denominator: RatioSide;
  /** Alerts when numerator / denominator is above this. */
  readonly above: number;
  /** Least numerator that alerts. */
  readonly min: number;
  readonly track: TrackKey;
  readonly seconds: number;
  readonly uniqueOn: UniqueField | null;
  readonly resetOn: readonly number[];
}

/** Parts of a window: it slides in steps of a twelfth, so it covers 11/12 to 12/12 of `seconds`. */
const BUCKETS = 12;
/** Distinct values remembered per side and key; beyond it a side stops growing. */
const SIDE_VALUES_MAX = 4096;
const US_PER_S = 1e6;
/** Place of a sum behind the buckets. */
const SUMS = 2 * BUCKETS;
/** Places in a row: the current bucket, since when both sides have not been empty, when it alerted last. */
const EPOCH = FREE_FLOAT;
const START_US = FREE_FLOAT + 1;
const FIRED_US = FREE_FLOAT + 2;

/**
 * The sliding counters of one `ratio:` rule. A key alerts when its ratio and numerator are high
 * enough, then stays silent for `seconds`: one alert a window while the attack goes on.
 */
export class RatioCounter {
  /** Of the last match that alerted. */
  count = 0;
  windowUs = 0.5;
  ordinal = 0;
  ratio = 0;
  /** Where it began to count. */
  startUs = 0.5;
  readonly spec: Ratio;
  readonly #table: CounterTable;
  readonly #rows: CounterRows;
  readonly #values: RowValues;
  readonly #bucketUs: number;
  #nowUs = 0.5;
  readonly #isOver = (row: number): boolean =>
    this.#epochAt(this.#nowUs) - this.#float(row, EPOCH) >= BUCKETS && !this.#isSilenced(row);

  constructor(spec: Ratio, budget: CounterBudget) {
    this.spec = spec;
    this.#bucketUs = (spec.seconds * US_PER_S) / BUCKETS;
    this.#rows = budget.rows;
    this.#values = new RowValues(budget.rows);
    this.#table = new CounterTable(budget, (row) => this.#valuesOf(row));
  }

  get size(): number {
    return this.#table.size;
  }

  /** Values of `unique_on` that were seen in the key's window, of the side that attacks. */
  seen(key: number): Iterable<number> {
    const row = this.#table.find(key);
    return row < 0 || this.spec.uniqueOn === null ? [] : this.#values.values(row, NUMERATOR);
  }

  /** Numerator and quotient of the key's window. */
  now(key: number): { numerator: number; ratio: number } {
    const row = this.#table.find(key);
    if (row < 0) return { numerator: 0, ratio: 0 };
    const numerator = this.#total(row, NUMERATOR);
    return { numerator, ratio: numerator / Math.max(1, this.#total(row, DENOMINATOR)) };
  }

  /** Gives all memory back; the counter is not used any more. */
  drop(): void {
    this.#table.drop();
  }

  /** Counts an event of one or both sides and says whether the rule alerts. */
  match(key: number, value: TrackValue, event: DetectionEvent): boolean {
    const { spec } = this;
    if (spec.uniqueOn !== null && value === NO_VALUE) return false;
    const isNumerator = spec.numerator.counts(event);
    const isDenominator = spec.denominator.counts(event);
    if (!isNumerator && !isDenominator) return false;
    this.#nowUs = event.timeUs;
    const table = this.#table;
    const valuesBefore = table.values;
    let row = table.find(key);
    const isFirst = row < 0;
    if (isFirst) row = this.#open(key);
    else this.#slide(row);
    if (isNumerator) this.#add(row, NUMERATOR, value);
    if (isDenominator) this.#add(row, DENOMINATOR, value);
    const isAlert = this.#decide(row);
    if (isFirst || table.values > valuesBefore) table.enforce();
    return isAlert;
  }

  forget(key: number): void {
    this.#table.delete(key);
  }

  /** The key has alerted less than a window ago. */
  #isSilenced(row: number): boolean {
    return this.#nowUs <= this.#float(row, FIRED_US) + this.spec.seconds * US_PER_S;
  }

  #decide(row: number): boolean {
    const { spec } = this;
    const numerator = this.#total(row, NUMERATOR);
    if (numerator < spec.min) return false;
    const ratio = numerator / Math.max(1, this.#total(row, DENOMINATOR));
    if (ratio <= spec.above || this.#isSilenced(row)) return false;
    this.#rows.floats[FLOATS * row + FIRED_US] = this.#nowUs;
    this.count = numerator;
    this.ratio = ratio;
    this.windowUs = this.#nowUs;
    this.startUs = Math.max(this.#float(row, START_US), this.#nowUs - spec.seconds * US_PER_S);
    return true;
  }

  #open(key: number): number {
    const row = this.#table.add(key, this.#isOver);
    const { floats, more } = this.#rows;
    floats[FLOATS * row + EPOCH] = this.#epochAt(this.#nowUs);
    floats[FLOATS * row + START_US] = this.#nowUs;
    floats[FLOATS * row + FIRED_US] = Number.NEGATIVE_INFINITY;
    if (this.spec.uniqueOn === null) more[row] = new Array<number>(SUMS + 2).fill(0);
    return row;
  }

  /** Moves the window on, so that it ends now. */
  #slide(row: number): void {
    const { floats } = this.#rows;
    const before = this.#float(row, EPOCH);
    const epoch = this.#epochAt(this.#nowUs);
    if (epoch <= before) return;
    floats[FLOATS * row + EPOCH] = epoch;
    const buckets = this.#buckets(row);
    if (buckets !== null) clearBuckets(buckets, before, epoch);
    else {
      const values = this.#values.total(row);
      this.#values.forgetUntil(row, epoch - BUCKETS);
      this.#table.addValues(this.#values.total(row) - values);
    }
    if (this.#total(row, NUMERATOR) + this.#total(row, DENOMINATOR) === 0) {
      floats[FLOATS * row + START_US] = this.#nowUs;
    }
    this.#table.touch(row);
  }

  #add(row: number, side: Side, value: TrackValue): void {
    const epoch = this.#float(row, EPOCH);
    const buckets = this.#buckets(row);
    if (buckets === null) {
      const values = this.#values;
      const isKnown = values.has(row, side, value);
      if (!isKnown && values.size(row, side) >= SIDE_VALUES_MAX) return;
      values.set(row, side, value, epoch);
      if (!isKnown) this.#table.addValues(1);
      return;
    }
    const at = side * BUCKETS + (epoch % BUCKETS);
    buckets[at] = (buckets[at] as number) + 1;
    buckets[SUMS + side] = (buckets[SUMS + side] as number) + 1;
  }

  #total(row: number, side: Side): number {
    const buckets = this.#buckets(row);
    return buckets === null ? this.#values.size(row, side) : (buckets[SUMS + side] as number);
  }

  /** Counts of each bucket: numerators, then denominators, then both sums. None where values are told apart instead. */
  #buckets(row: number): number[] | null {
    return this.spec.uniqueOn === null ? (this.#rows.more[row] as number[]) : null;
  }

  #valuesOf(row: number): number {
    return this.spec.uniqueOn === null ? 0 : this.#values.total(row);
  }

  #epochAt(timeUs: number): number {
    return Math.floor(timeUs / this.#bucketUs);
  }

  #float(row: number, place: number): number {
    return this.#rows.floats[FLOATS * row + place] as number;
  }
}

/** Clears the buckets that leave the window. */
function clearBuckets(buckets: number[], before: number, epoch: number): void {
  const steps = Math.min(BUCKETS, epoch - before);
  for (let step = 1; step <= steps; step++) {
    const bucket = (before + step) % BUCKETS;
    for (const side of [NUMERATOR, DENOMINATOR]) {
      const at = side * BUCKETS + bucket;
      buckets[SUMS + side] = (buckets[SUMS + side] as number) - (buckets[at] as number);
      buckets[at] = 0;
    }
  }
}
