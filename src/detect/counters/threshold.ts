import type { CounterBudget } from "./counter-budget.ts";
import { type CounterRows, FLOATS, INTS } from "./counter-rows.ts";
import { CounterTable } from "./counter-table.ts";
import { FREE_FLOAT, FREE_INT, NUMERATOR, RowValues } from "./row-values.ts";
import { NO_VALUE, type TrackKey, type TrackValue, type UniqueField } from "./track-key.ts";

export type ThresholdType = "limit" | "threshold" | "both" | "detection_filter" | "backoff";

/** `threshold:` or `detection_filter:` as compiled. */
export interface Threshold {
  readonly type: ThresholdType;
  readonly track: TrackKey;
  readonly count: number;
  /** 0 for backoff, which has no window. */
  readonly seconds: number;
  /** Backoff only. */
  readonly multiplier: number;
  readonly uniqueOn: UniqueField | null;
  /** Event kinds that forget the key's counter. */
  readonly resetOn: readonly number[];
  /** Seconds for which a key stays silent after an alert: a long attack is one alert, then one now and then. */
  readonly quietSeconds: number;
}

/** Distinct values remembered per key: exact up to four times the count, and up to this at least. */
const KEY_VALUES_MIN = 1024;
const PORTS = 65_536;
/** Counts stay at that. */
const COUNT_MAX = 2 ** 32 - 1;
const US_PER_S = 1e6;
/** Windows are fixed: all values of one go together. */
const NO_EPOCH = 0;

/** Places in a row: how many of the count have proven where they came from, the count (of 32 bits), alerts of the window. */
const PROVEN = FREE_INT;
const COUNT = INTS - 2;
const ALERTS = INTS - 1;
/** Where the window begins, and until when the key is silent, over windows. */
const WINDOW_US = FREE_FLOAT;
const QUIET_UNTIL_US = FREE_FLOAT + 1;

/**
 * The counters of one rule (Suricata's detect-engine-threshold.c). Windows are fixed, opened by a
 * match; their end is inclusive; the clock is the packet's. With `unique_on` a value counts once in a
 * window. A repeated one alerts where every match beyond the count does, with `detection_filter`, and
 * nowhere else.
 *
 * Unlike Suricata `type threshold, count 1` alerts on every match with `by_flow` too, and a full table
 * forgets its oldest key instead of dropping the alert.
 */
export class WindowCounter {
  /** Of the last match that alerted: its count, its window's start, its number in that window. */
  count = 0;
  windowUs = 0.5;
  ordinal = 0;
  /** How many of the count have proven where they came from. */
  proven = 0;
  readonly threshold: Threshold;
  readonly #table: CounterTable;
  readonly #rows: CounterRows;
  readonly #values: RowValues;
  readonly #windowLengthUs: number;
  readonly #valuesPerKey: number;
  #nowUs = 0.5;
  readonly #isForgettable = (row: number): boolean => this.#isOver(row) && !this.#isQuiet(row);

  constructor(threshold: Threshold, budget: CounterBudget) {
    this.threshold = threshold;
    this.#windowLengthUs =
      threshold.type === "backoff" ? Number.POSITIVE_INFINITY : threshold.seconds * US_PER_S;
    this.#valuesPerKey =
      threshold.uniqueOn?.isPort === true ? PORTS : Math.max(KEY_VALUES_MIN, 4 * threshold.count);
    this.#rows = budget.rows;
    const values = new RowValues(budget.rows);
    this.#values = values;
    this.#table = new CounterTable(budget, (row) => values.total(row));
  }

  get size(): number {
    return this.#table.size;
  }

  /** Where the last match that alerted began to count. */
  get startUs(): number {
    return this.windowUs;
  }

  /** Values of `unique_on` that were seen in the key's window. */
  seen(key: number): Iterable<number> {
    const row = this.#table.find(key);
    return row < 0 ? [] : this.#values.values(row, NUMERATOR);
  }

  /** What the key's window has counted. */
  now(key: number): number {
    const row = this.#table.find(key);
    return row < 0 ? 0 : this.#count(row);
  }

  /** Gives all memory back; the counter is not used any more. */
  drop(): void {
    this.#table.drop();
  }

  /**
   * Counts a match and says whether it alerts. `value` is what `unique_on` names; `isProven`: it could not have been
   * sent from elsewhere.
   */
  match(key: number, value: TrackValue, timeUs: number, isProven = false): boolean {
    const { type, count, uniqueOn } = this.threshold;
    if (type === "threshold" && count === 1 && uniqueOn === null) {
      this.#report(1, timeUs, 0);
      this.proven = isProven ? 1 : 0;
      return true;
    }
    if (uniqueOn !== null && value === NO_VALUE) return false;
    this.#nowUs = timeUs;
    const table = this.#table;
    const valuesBefore = table.values;
    let row = table.find(key);
    const isFirst = row < 0;
    if (isFirst) row = table.add(key, this.#isForgettable);
    else if (this.#isQuiet(row)) return false;
    if (isFirst || this.#isOver(row)) this.#open(row, value, isProven);
    else if (!this.#add(row, value, isProven)) return false;
    const isAlert = this.#decide(row);
    if (isFirst || table.values > valuesBefore) table.enforce();
    return isAlert;
  }

  /** Success clears: forgets the key's counter. */
  forget(key: number): void {
    this.#table.delete(key);
  }

  #count(row: number): number {
    return (this.#rows.ints[INTS * row + COUNT] as number) >>> 0;
  }

  #proven(row: number): number {
    return this.#rows.ints[INTS * row + PROVEN] as number;
  }

  #windowUs(row: number): number {
    return this.#rows.floats[FLOATS * row + WINDOW_US] as number;
  }

  #isOver(row: number): boolean {
    return this.#nowUs > this.#windowUs(row) + this.#windowLengthUs;
  }

  #isQuiet(row: number): boolean {
    return this.#nowUs < (this.#rows.floats[FLOATS * row + QUIET_UNTIL_US] as number);
  }

  /** A window begins with the match at hand. */
  #open(row: number, value: TrackValue, isProven: boolean): void {
    const { floats, ints } = this.#rows;
    floats[FLOATS * row + WINDOW_US] = this.#nowUs;
    ints[INTS * row + COUNT] = 1;
    ints[INTS * row + PROVEN] = isProven ? 1 : 0;
    ints[INTS * row + ALERTS] = 0;
    this.#table.touch(row);
    if (this.threshold.uniqueOn === null) return;
    const before = this.#values.total(row);
    this.#values.clear(row);
    this.#values.set(row, NUMERATOR, value, NO_EPOCH);
    this.#table.addValues(1 - before);
  }

  /** A further match in a window. False when it cannot alert. */
  #add(row: number, value: TrackValue, isProven: boolean): boolean {
    const { type, uniqueOn } = this.threshold;
    if (uniqueOn !== null && !this.#isNew(row, value)) return type === "detection_filter";
    const { ints } = this.#rows;
    const count = this.#count(row);
    if (count < COUNT_MAX) ints[INTS * row + COUNT] = count + 1;
    if (isProven) ints[INTS * row + PROVEN] = this.#proven(row) + 1;
    return true;
  }

  #isNew(row: number, value: number): boolean {
    const values = this.#values;
    if (values.has(row, NUMERATOR, value)) return false;
    if (values.size(row, NUMERATOR) >= this.#valuesPerKey) return false;
    values.set(row, NUMERATOR, value, NO_EPOCH);
    this.#table.addValues(1);
    return true;
  }

  #decide(row: number): boolean {
    const { ints } = this.#rows;
    const { type, count } = this.threshold;
    const reached = this.#count(row);
    const alerts = ints[INTS * row + ALERTS] as number;
    switch (type) {
      case "limit":
        if (reached > count) return false;
        break;
      case "threshold":
        if (reached < count) return false;
        ints[INTS * row + COUNT] = 0;
        break;
      case "both":
        if (reached !== count) return false;
        break;
      case "detection_filter":
        if (reached <= count) return false;
        break;
      case "backoff":
        if (reached !== this.#backoff(alerts)) return false;
        break;
    }
    this.#report(reached, this.#windowUs(row), alerts);
    ints[INTS * row + ALERTS] = alerts + 1;
    this.proven = this.#proven(row);
    if (this.#count(row) === 0) ints[INTS * row + PROVEN] = 0;
    const { quietSeconds } = this.threshold;
    if (quietSeconds > 0) {
      this.#rows.floats[FLOATS * row + QUIET_UNTIL_US] = this.#nowUs + quietSeconds * US_PER_S;
    }
    return true;
  }

  /** The count that alerts next, after so many alerts. */
  #backoff(alerts: number): number {
    const { count, multiplier } = this.threshold;
    return Math.min(count * multiplier ** alerts, COUNT_MAX);
  }

  #report(count: number, windowUs: number, ordinal: number): void {
    this.count = count;
    this.windowUs = windowUs;
    this.ordinal = ordinal;
  }
}
