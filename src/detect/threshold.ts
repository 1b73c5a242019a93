import { BoundedMap } from "../base/bounded-map.ts";
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
}

export interface CounterLimits {
  /** Keys that one rule counts; the one whose window opened first goes. */
  readonly keysMax: number;
  /** Distinct values that one rule remembers over all its keys. */
  readonly valuesMax: number;
}

export const DEFAULT_COUNTER_LIMITS: CounterLimits = { keysMax: 65_536, valuesMax: 262_144 };

/** Distinct values remembered per key: exact up to four times the count, and up to this at least. */
const KEY_VALUES_MIN = 1024;
const PORTS = 65_536;
const BACKOFF_MAX = 2 ** 32 - 1;
const US_PER_S = 1e6;

class WindowEntry {
  windowUs = 0.5;
  count = 0;
  /** Next count that alerts (backoff). */
  next = 0;
  alerts = 0;
  seen: Set<number | string> | null = null;
}

/**
 * The counters of one rule (detect-engine-threshold.c, SURICATA.md 3). Windows are fixed, opened by a
 * match; their end is inclusive; the clock is the packet's. With `unique_on` a value counts once in a
 * window: a repeated one neither counts nor alerts.
 *
 * Unlike Suricata `type threshold, count 1` alerts on every match with `by_flow` too, and a full table
 * forgets its oldest key instead of dropping the alert.
 */
export class WindowCounter {
  /** Of the last match that alerted: its count, its window's start, its number in that window. */
  count = 0;
  windowUs = 0.5;
  ordinal = 0;
  readonly threshold: Threshold;
  readonly #entries: BoundedMap<number | string, WindowEntry>;
  readonly #windowLengthUs: number;
  readonly #valuesPerKey: number;
  readonly #limits: CounterLimits;
  #values = 0;

  constructor(threshold: Threshold, limits: CounterLimits) {
    this.threshold = threshold;
    this.#limits = limits;
    this.#windowLengthUs =
      threshold.type === "backoff" ? Number.POSITIVE_INFINITY : threshold.seconds * US_PER_S;
    this.#valuesPerKey =
      threshold.uniqueOn?.isPort === true ? PORTS : Math.max(KEY_VALUES_MIN, 4 * threshold.count);
    this.#entries = new BoundedMap(limits.keysMax, (entry) => this.#release(entry));
  }

  /** Keys forgotten because a limit was reached. */
  get evictions(): number {
    return this.#entries.evictions;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Counts a match and says whether it alerts. `value` is what `unique_on` names. */
  match(key: number | string, value: number | string | null, timeUs: number): boolean {
    const { type, count, uniqueOn } = this.threshold;
    if (type === "threshold" && count === 1 && uniqueOn === null) {
      this.#report(1, timeUs, 0);
      return true;
    }
    if (uniqueOn !== null && value === null) return false;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#dropExpired(timeUs);
      entry = new WindowEntry();
      this.#entries.set(key, entry);
      this.#open(entry, value, timeUs);
    } else if (timeUs > entry.windowUs + this.#windowLengthUs) {
      this.#open(entry, value, timeUs);
      this.#entries.touch(key);
    } else {
      if (uniqueOn !== null && !this.#isNew(entry, value as number | string)) return false;
      entry.count++;
    }
    return this.#decide(entry);
  }

  /** Success clears: forgets the key's counter. */
  forget(key: number | string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#release(entry);
    this.#entries.delete(key);
  }

  #open(entry: WindowEntry, value: number | string | null, timeUs: number): void {
    this.#release(entry);
    entry.windowUs = timeUs;
    entry.count = 1;
    entry.alerts = 0;
    entry.next = this.threshold.count;
    if (this.threshold.uniqueOn !== null && value !== null) {
      entry.seen = new Set([value]);
      this.#values++;
    }
  }

  #isNew(entry: WindowEntry, value: number | string): boolean {
    const seen = entry.seen;
    if (seen === null || seen.has(value) || seen.size >= this.#valuesPerKey) return false;
    seen.add(value);
    this.#values++;
    while (this.#values > this.#limits.valuesMax && this.#entries.size > 1) this.#dropOldest(entry);
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
    return true;
  }

  #report(count: number, windowUs: number, ordinal: number): void {
    this.count = count;
    this.windowUs = windowUs;
    this.ordinal = ordinal;
  }

  #release(entry: WindowEntry): void {
    if (entry.seen !== null) this.#values -= entry.seen.size;
    entry.seen = null;
  }

  /** The oldest keys whose window is over: as good as unknown. */
  #dropExpired(timeUs: number): void {
    let dropped = 0;
    for (const [key, entry] of this.#entries.entries()) {
      if (timeUs <= entry.windowUs + this.#windowLengthUs || dropped === 2) return;
      this.#release(entry);
      this.#entries.delete(key);
      dropped++;
    }
  }

  #dropOldest(except: WindowEntry): void {
    for (const [key, entry] of this.#entries.entries()) {
      if (entry === except) {
        this.#entries.touch(key);
        continue;
      }
      this.#entries.evictions++;
      this.#release(entry);
      this.#entries.delete(key);
      return;
    }
  }
}
