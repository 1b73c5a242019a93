import { SeenValues } from "../seen-values.ts";
import type { CounterBudget } from "./counter-budget.ts";
import { CounterTable } from "./counter-table.ts";
import type { TrackKey, UniqueField } from "./track-key.ts";

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
const BACKOFF_MAX = 2 ** 32 - 1;
const US_PER_S = 1e6;
/** Windows are fixed: all values of one go together. */
const NO_EPOCH = 0;

class WindowEntry {
  windowUs = 0.5;
  count = 0;
  /** Of them those that have proven where they came from. */
  proven = 0;
  /** Next count that alerts (backoff). */
  next = 0;
  alerts = 0;
  /** The key is silent until then; kept over windows. Null for most keys, as a field that is always a number is 16 bytes more. */
  quietUntilUs: number | null = null;
  seen: SeenValues | null = null;

  get values(): number {
    return this.seen === null ? 0 : this.seen.size;
  }
}

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
  readonly #table: CounterTable<WindowEntry>;
  readonly #windowLengthUs: number;
  readonly #valuesPerKey: number;
  #nowUs = 0.5;
  readonly #isForgettable = (entry: WindowEntry): boolean =>
    this.#isOver(entry) && (entry.quietUntilUs === null || this.#nowUs >= entry.quietUntilUs);

  constructor(threshold: Threshold, budget: CounterBudget) {
    this.threshold = threshold;
    this.#windowLengthUs =
      threshold.type === "backoff" ? Number.POSITIVE_INFINITY : threshold.seconds * US_PER_S;
    this.#valuesPerKey =
      threshold.uniqueOn?.isPort === true ? PORTS : Math.max(KEY_VALUES_MIN, 4 * threshold.count);
    this.#table = new CounterTable(budget);
  }

  get size(): number {
    return this.#table.size;
  }

  /** Where the last match that alerted began to count. */
  get startUs(): number {
    return this.windowUs;
  }

  /** Values of `unique_on` that were seen in the key's window. */
  seen(key: number | string): Iterable<number | string> {
    return this.#table.get(key)?.seen?.values() ?? [];
  }

  /** What the key's window has counted. */
  now(key: number | string): number {
    return this.#table.get(key)?.count ?? 0;
  }

  /** Gives all memory back; the counter is not used any more. */
  drop(): void {
    this.#table.drop();
  }

  /**
   * Counts a match and says whether it alerts. `value` is what `unique_on` names; `isProven`: it could not have been
   * sent from elsewhere.
   */
  match(
    key: number | string,
    value: number | string | null,
    timeUs: number,
    isProven = false,
  ): boolean {
    const { type, count, uniqueOn } = this.threshold;
    if (type === "threshold" && count === 1 && uniqueOn === null) {
      this.#report(1, timeUs, 0);
      this.proven = isProven ? 1 : 0;
      return true;
    }
    if (uniqueOn !== null && value === null) return false;
    this.#nowUs = timeUs;
    let entry = this.#table.get(key);
    if (entry === undefined) {
      entry = new WindowEntry();
      this.#open(entry, value, timeUs);
      this.#table.add(key, entry, this.#isForgettable);
    } else if (entry.quietUntilUs !== null && timeUs < entry.quietUntilUs) {
      return false;
    } else if (this.#isOver(entry)) {
      const before = entry.values;
      this.#open(entry, value, timeUs);
      this.#table.addValues(entry.values - before);
      this.#table.touch(key);
    } else {
      const isCounted = uniqueOn === null || this.#isNew(entry, value as number | string);
      if (isCounted) entry.count++;
      else if (type !== "detection_filter") return false;
      if (isCounted && isProven) entry.proven++;
      return this.#decide(entry);
    }
    entry.proven = isProven ? 1 : 0;
    return this.#decide(entry);
  }

  /** Success clears: forgets the key's counter. */
  forget(key: number | string): void {
    this.#table.delete(key);
  }

  #isOver(entry: WindowEntry): boolean {
    return this.#nowUs > entry.windowUs + this.#windowLengthUs;
  }

  #open(entry: WindowEntry, value: number | string | null, timeUs: number): void {
    entry.windowUs = timeUs;
    entry.count = 1;
    entry.alerts = 0;
    entry.next = this.threshold.count;
    entry.seen = null;
    if (this.threshold.uniqueOn === null || value === null) return;
    entry.seen = new SeenValues();
    entry.seen.set(value, NO_EPOCH);
  }

  #isNew(entry: WindowEntry, value: number | string): boolean {
    const seen = entry.seen;
    if (seen === null || seen.has(value) || seen.size >= this.#valuesPerKey) return false;
    seen.set(value, NO_EPOCH);
    this.#table.addValues(1);
    return true;
  }

  #decide(entry: WindowEntry): boolean {
    const { type, count } = this.threshold;
    const reached = entry.count;
    switch (type) {
      case "limit":
        if (reached > count) return false;
        break;
      case "threshold":
        if (reached < count) return false;
        entry.count = 0;
        break;
      case "both":
        if (reached !== count) return false;
        break;
      case "detection_filter":
        if (reached <= count) return false;
        break;
      case "backoff":
        if (reached !== entry.next) return false;
        entry.next = Math.min(entry.next * this.threshold.multiplier, BACKOFF_MAX);
        break;
    }
    this.#report(reached, entry.windowUs, entry.alerts++);
    this.proven = entry.proven;
    if (entry.count === 0) entry.proven = 0;
    const { quietSeconds } = this.threshold;
    if (quietSeconds > 0) entry.quietUntilUs = this.#nowUs + quietSeconds * US_PER_S;
    return true;
  }

  #report(count: number, windowUs: number, ordinal: number): void {
    this.count = count;
    this.windowUs = windowUs;
    this.ordinal = ordinal;
  }
}
