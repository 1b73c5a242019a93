import { CounterRows } from "./counter-rows.ts";

/** A table of counters that shares the budget: its own oldest key goes when it is the largest. */
export interface BudgetedTable {
  readonly size: number;
  /** Distinct values that its keys remember. */
  readonly values: number;
  dropOldest(): void;
}

export interface CounterLimits {
  /** Keys counted by thresholds, detection filters and ratios, over all rules. */
  readonly keysMax: number;
  /** Distinct values remembered for `unique_on`, over all rules and keys. */
  readonly valuesMax: number;
  /** Keys that `baseline` learns, over all rules. */
  readonly baselineKeysMax?: number;
}

export const DEFAULT_COUNTER_LIMITS: CounterLimits = { keysMax: 262_144, valuesMax: 1_048_576 };

/**
 * Bounds the counters of all rules together. What is over is taken from the largest table, so that
 * a flood of spoofed sources wears out the counters that count it and no others.
 */
export class CounterBudget {
  keys = 0;
  values = 0;
  /** Keys forgotten because a limit was reached. */
  evictions = 0;
  /** One more than may be kept: what is new is added before something goes for it. */
  readonly rows: CounterRows;
  readonly #limits: CounterLimits;
  readonly #tables = new Set<BudgetedTable>();

  constructor(limits: CounterLimits) {
    this.#limits = limits;
    this.rows = new CounterRows(limits.keysMax + 1);
  }

  register(table: BudgetedTable): void {
    this.#tables.add(table);
  }

  /** The table is given up; it has dropped what was in it. */
  release(table: BudgetedTable): void {
    this.#tables.delete(table);
  }

  /** Call after adding; also the key that was added to may go. */
  enforce(): void {
    while (this.keys > this.#limits.keysMax && this.#evict("size"));
    while (this.values > this.#limits.valuesMax && this.#evict("values"));
  }

  #evict(by: "size" | "values"): boolean {
    const table = largest(this.#tables, by);
    if (table === undefined || table.size === 0) return false;
    table.dropOldest();
    this.evictions++;
    return true;
  }
}

function largest(
  tables: Iterable<BudgetedTable>,
  by: "size" | "values",
): BudgetedTable | undefined {
  let best: BudgetedTable | undefined;
  for (const table of tables) if (best === undefined || table[by] > best[by]) best = table;
  return best;
}
