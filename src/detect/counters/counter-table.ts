import { AgedMap } from "../../base/aged-map.ts";
import type { BudgetedTable, CounterBudget } from "./counter-budget.ts";

/** What a table keeps per key. */
export interface CounterEntry {
  /** Distinct values that it remembers: they count against the budget. */
  readonly values: number;
}

/** Keys looked at per insertion for expiry: keeps pace with insertions without stalling one of them. */
const SWEEP = 2;

/** Counters of one rule by key, the one touched longest ago first. */
export class CounterTable<E extends CounterEntry> implements BudgetedTable {
  values = 0;
  readonly #map = new AgedMap<number | string, E>();
  readonly #budget: CounterBudget;
  /** What was asked for last: of a server's messages one after the other. */
  #latestKey: number | string = "";
  #latest: E | undefined = undefined;

  constructor(budget: CounterBudget) {
    this.#budget = budget;
    budget.register(this);
  }

  get size(): number {
    return this.#map.size;
  }

  get(key: number | string): E | undefined {
    if (this.#latest === undefined || this.#latestKey !== key) {
      this.#latest = this.#map.get(key);
      this.#latestKey = key;
    }
    return this.#latest;
  }

  /** Adds a key; before that drops the oldest ones for which `isOver` says that they are spent. */
  add(key: number | string, entry: E, isOver: (entry: E) => boolean): void {
    for (let swept = 0; swept < SWEEP; swept++) {
      const oldKey = this.#map.oldestKey();
      if (oldKey === undefined) break;
      const old = this.#map.get(oldKey);
      if (old === undefined || !isOver(old)) break;
      this.delete(oldKey);
    }
    this.#map.set(key, entry);
    this.#budget.keys++;
    this.addValues(entry.values);
    this.#budget.enforce();
  }

  /** Makes a key the youngest. */
  touch(key: number | string): void {
    this.#map.touch(key);
  }

  /** Notes that an entry in the table now remembers so many values more (or fewer). */
  addValues(change: number): void {
    this.values += change;
    this.#budget.values += change;
    if (change > 0) this.#budget.enforce();
  }

  delete(key: number | string): void {
    const entry = this.#map.get(key);
    if (entry === undefined) return;
    this.#map.delete(key);
    this.#latest = undefined;
    this.#budget.keys--;
    this.addValues(-entry.values);
  }

  /** Forgets all keys and leaves the budget. */
  drop(): void {
    this.#budget.release(this);
    this.values = 0;
    this.#latest = undefined;
    this.#map.clear();
  }

  dropOldest(): void {
    const key = this.#map.oldestKey();
    if (key !== undefined) this.delete(key);
  }
}
