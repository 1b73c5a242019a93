import { expect, test } from "vitest";
import { CounterBudget } from "../../../../src/detect/counters/counter-budget.ts";
import { CounterTable } from "../../../../src/detect/counters/counter-table.ts";
import { FREE_FLOAT, RowValues, type Side } from "../../../../src/detect/counters/row-values.ts";
import { numbersOf } from "../../../support/numbers-of.ts";

const UNIT = 2 ** 32;

test("tables of one pool keep the same keys apart, and give them back oldest first", () => {
  const next = numbersOf(7);
  const budget = new CounterBudget({ keysMax: 300, valuesMax: 10 });
  const tables = [0, 1, 2].map(() => new CounterTable(budget, () => 0));
  const models = tables.map(() => new Map<number, number>());
  for (let step = 0; step < 20_000; step++) {
    const at = next(3);
    const [table, model] = [tables[at], models[at]];
    if (table === undefined || model === undefined) throw new Error("no table");
    // Keys that have their low or their high word in common.
    const key = next(12) + next(12) * UNIT;
    const row = table.find(key);
    expect(row >= 0).toBe(model.has(key));
    if (row < 0) {
      budget.rows.floats[8 * table.add(key, () => false) + FREE_FLOAT] = step;
      model.set(key, step);
    } else if (next(3) === 0) {
      table.delete(key);
      model.delete(key);
    } else {
      expect(budget.rows.floats[8 * row + FREE_FLOAT]).toBe(model.get(key));
      table.touch(row);
      model.delete(key);
      model.set(key, budget.rows.floats[8 * row + FREE_FLOAT] as number);
    }
    if (next(50) === 0) {
      table.dropOldest();
      const [oldest] = model.keys();
      if (oldest !== undefined) model.delete(oldest);
    }
    table.enforce();
    if (models.reduce((sum, { size }) => sum + size, 0) > budget.keys) {
      const largest = models.reduce((a, b) => (b.size > a.size ? b : a));
      largest.delete([...largest.keys()][0] as number);
    }
    expect(tables.map(({ size }) => size)).toEqual(models.map(({ size }) => size));
  }
  expect(budget.keys).toBe(models.reduce((sum, { size }) => sum + size, 0));
  expect(budget.evictions).toBeGreaterThan(0);
  for (const table of tables) table.drop();
  expect(budget.keys).toBe(0);
});

test.for([1, 2, 3, 40])("a row with up to %i values knows what a Map would", (distinct) => {
  const next = numbersOf(distinct);
  const budget = new CounterBudget({ keysMax: 3, valuesMax: 10 });
  const values = new RowValues(budget.rows);
  const table = new CounterTable(budget, (row) => values.total(row));
  const row = table.add(1, () => false);
  const models = [new Map<number, number>(), new Map<number, number>()] as const;
  // Bits of an epoch beyond 32 are lost in the row: twelfths of a second since 1970 have 35.
  const first = 20_400_000_000;
  for (let epoch = first; epoch < first + 2_000; epoch++) {
    const side = next(3) === 0 ? 1 : 0;
    const model = models[side];
    const value = next(distinct) * 2 ** 40;
    expect(values.has(row, side, value)).toBe(model.has(value));
    values.set(row, side, value, epoch);
    model.set(value, epoch);
    if (next(4) === 0) {
      const until = epoch - next(2 * distinct);
      values.forgetUntil(row, until);
      for (const known of models) {
        for (const [old, last] of known) if (last <= until) known.delete(old);
      }
    }
    expect(values.total(row)).toBe(models[0].size + models[1].size);
    for (const at of [0, 1] satisfies Side[]) {
      expect(values.size(row, at)).toBe(models[at].size);
      expect(new Set(values.values(row, at))).toEqual(new Set(models[at].keys()));
    }
  }
});
