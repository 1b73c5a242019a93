import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TOP_DISTINCT_MAX, TopList } from "../../../src/base/top-list.ts";

function listWith(max = 10_000): TopList {
  return new TopList({ used: 0, max });
}

function add(list: TopList, key: number): void {
  if (list.add(key)) list.name(key, `v${key}`);
}

describe("a top list", () => {
  it("counts up to 32 values exactly", () => {
    const keys = fc.array(fc.integer({ min: 1, max: 32 }), { maxLength: 300 });
    fc.assert(
      fc.property(keys, (seen) => {
        const list = listWith();
        const counts = new Map<string, number>();
        for (const key of seen) {
          add(list, key);
          counts.set(`v${key}`, (counts.get(`v${key}`) ?? 0) + 1);
        }
        expect(list.isCut).toBe(false);
        expect(list.distinct).toBe(counts.size);
        const expected = [...counts].sort((a, b) => b[1] - a[1]).map(([, count]) => count);
        expect(list.top(100).map(({ count }) => count)).toEqual(expected);
        for (const { text: value, count } of list.top(100)) expect(count).toBe(counts.get(value));
      }),
    );
  });

  it("keeps who comes often through a flood of values that come once, and overstates nobody", () => {
    const list = listWith();
    for (let i = 0; i < 20_000; i++) {
      add(list, 1_000_000 + i);
      if (i % 10 === 0) add(list, 7);
      if (i % 20 === 0) add(list, 8);
    }
    const [first, second, third] = list.top(10);
    expect([first?.text, second?.text]).toEqual(["v7", "v8"]);
    expect(first?.count).toBeLessThanOrEqual(2000);
    expect(first?.count).toBeGreaterThan(1900);
    expect(second?.count).toBeLessThanOrEqual(1000);
    expect(second?.count).toBeGreaterThan(0);
    expect(third?.count ?? 1).toBe(1);
    expect(list.isCut).toBe(true);
    expect(list.distinct).toBe(TOP_DISTINCT_MAX);
  });

  it("makes no text for values that come once in a flood", () => {
    const list = listWith();
    let made = 0;
    for (let key = 1; key <= 5000; key++) {
      if (list.add(key)) made++;
    }
    expect(made).toBe(32);
  });

  it("tells each of many apart, up to the limit", () => {
    const list = listWith();
    for (let round = 0; round < 3; round++) {
      for (let key = 1; key <= TOP_DISTINCT_MAX; key++) add(list, key);
    }
    expect(list.distinct).toBe(TOP_DISTINCT_MAX);
    expect(list.isCut).toBe(false);
    add(list, TOP_DISTINCT_MAX + 1);
    expect(list.isCut).toBe(true);
  });

  it("stays within what all lists may have together, and gives it back", () => {
    const budget = { used: 0, max: 40 };
    const [a, b] = [new TopList(budget), new TopList(budget)];
    for (let key = 1; key <= 100; key++) {
      add(a, key);
      add(b, key);
    }
    expect(budget.used).toBe(40);
    expect(a.distinct + b.distinct).toBe(40);
    expect([a.isCut, b.isCut]).toEqual([true, true]);
    a.release();
    b.release();
    expect(budget.used).toBe(0);
  });
});
