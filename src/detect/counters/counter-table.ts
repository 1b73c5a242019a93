import type { BudgetedTable, CounterBudget } from "./counter-budget.ts";
import type { CounterRows, RowList } from "./counter-rows.ts";

/** Keys looked at per insertion for expiry: keeps pace with insertions without stalling one of them. */
const SWEEP = 2;
const NONE = -1;

/** The rows of one rule by key (0 to 2^53 - 1), the one touched longest ago first. */
export class CounterTable implements BudgetedTable {
  /** Distinct values that its keys remember: they count against the budget. */
  values = 0;
  readonly rows: CounterRows;
  readonly #list: RowList;
  readonly #budget: CounterBudget;
  readonly #valuesOf: (row: number) => number;
  /** What was asked for last: of a server's messages one after the other. */
  #latestKey = 0.5;
  #latest = NONE;

  /** `valuesOf` says how many values a row remembers. */
  constructor(budget: CounterBudget, valuesOf: (row: number) => number) {
    this.rows = budget.rows;
    this.#list = budget.rows.newList();
    this.#budget = budget;
    this.#valuesOf = valuesOf;
    budget.register(this);
  }

  get size(): number {
    return this.#list.size;
  }

  /** The row of a key; -1 when there is none. */
  find(key: number): number {
    if (this.#latest < 0 || this.#latestKey !== key) {
      this.#latest = this.rows.find(this.#list.table, key);
      this.#latestKey = key;
    }
    return this.#latest;
  }

  /**
   * A row for a key that has none; before that drops the oldest ones for which `isOver` says that they are spent. Call `enforce`
   * when it is filled.
   */
  add(key: number, isOver: (row: number) => boolean): number {
    for (let swept = 0; swept < SWEEP; swept++) {
      const { oldest } = this.#list;
      if (oldest < 0 || !isOver(oldest)) break;
      this.#remove(oldest);
    }
    this.#latest = this.rows.add(this.#list, key);
    this.#latestKey = key;
    this.#budget.keys++;
    return this.#latest;
  }

  /** Keeps to the limits after something was added. A row may be gone then, also the one that was added. */
  enforce(): void {
    this.#budget.enforce();
  }

  /** Makes a row the youngest. */
  touch(row: number): void {
    this.rows.touch(this.#list, row);
  }

  /** Notes that a row now remembers so many values more (or fewer). */
  addValues(change: number): void {
    this.values += change;
    this.#budget.values += change;
  }

  delete(key: number): void {
    const row = this.find(key);
    if (row >= 0) this.#remove(row);
  }

  /** Forgets all keys and leaves the budget. */
  drop(): void {
    while (this.#list.oldest >= 0) this.#remove(this.#list.oldest);
    this.#budget.release(this);
  }

  dropOldest(): void {
    if (this.#list.oldest >= 0) this.#remove(this.#list.oldest);
  }

  #remove(row: number): void {
    this.#latest = NONE;
    this.#budget.keys--;
    this.addValues(-this.#valuesOf(row));
    this.rows.remove(this.#list, row);
  }
}
