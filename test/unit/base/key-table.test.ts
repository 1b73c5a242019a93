import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyTable } from "../../../src/base/key-table.ts";

/** A large key that differs from its neighbours in both halves. */
const keyOf = (n: number): number => n * (2 ** 32 + 7) + 1;

describe("KeyTable", () => {
  it("finds what a Map finds, through additions, removals, touches and promotions", () => {
    const step = fc.record({
      do: fc.constantFrom("add", "remove", "touch", "promote"),
      n: fc.nat(40),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const table = new KeyTable(64);
        const model = new Map<number, number>();
        for (const { do: what, n } of steps) {
          const row = table.find(keyOf(n));
          expect(row).toBe(model.get(n) ?? -1);
          if (what === "add" && row < 0) model.set(n, table.add(keyOf(n)));
          if (row < 0) continue;
          if (what === "touch") table.touch(row);
          if (what === "promote") table.promote(row);
          if (what !== "remove") continue;
          table.remove(row);
          model.delete(n);
        }
        expect(table.size).toBe(model.size);
        for (const [n, row] of model) expect(table.find(keyOf(n))).toBe(row);
      }),
    );
  });

  it("full: strangers go first, oldest first; what was promoted stays", () => {
    const table = new KeyTable(100);
    const gone: number[] = [];
    const rows = Array.from({ length: 50 }, (_, n) => table.add(keyOf(n)));
    for (const row of rows.slice(0, 30)) table.promote(row);
    table.onEvict = (row) => gone.push(row);
    for (let n = 1000; n < 11_000; n++) table.add(keyOf(n));
    expect(table.size).toBe(100);
    for (let n = 0; n < 30; n++) expect(table.find(keyOf(n))).toBe(rows[n]);
    for (let n = 30; n < 50; n++) expect(table.find(keyOf(n))).toBe(-1);
    expect(gone.slice(0, 20)).toEqual(rows.slice(30));
    expect(table.evictions).toBe(9950);
    expect(table.provenEvictions).toBe(0);
  });

  it("promoted rows never take the tenth that is kept for newcomers", () => {
    const table = new KeyTable(100);
    for (let n = 0; n < 200; n++) table.promote(table.add(keyOf(n)));
    const added = Array.from({ length: 10 }, (_, i) => table.add(keyOf(1000 + i)));
    expect(added.map((row) => table.find(keyOf(1000 + added.indexOf(row))))).toEqual(added);
    expect(Array.from({ length: 10 }, (_, i) => table.find(keyOf(1000 + i)))).toEqual(added);
  });

  it("a ref of a row that went reads as gone, also when the row is used again", () => {
    const table = new KeyTable(4);
    const row = table.add(keyOf(1));
    const ref = table.ref(row);
    expect(table.rowOf(ref)).toBe(row);
    table.remove(row);
    expect(table.rowOf(ref)).toBe(-1);
    expect(table.add(keyOf(2))).toBe(row);
    expect(table.rowOf(ref)).toBe(-1);
    for (const none of [0, -1, Number.NaN, table.ref(row) + 2 ** 40]) {
      expect(table.rowOf(none)).toBe(-1);
    }
    expect(table.rowOf(table.ref(row))).toBe(row);
  });

  it("a touched row outlives an older one", () => {
    const table = new KeyTable(3);
    const [a] = [1, 2, 3].map((n) => table.add(keyOf(n)));
    table.touch(a as number);
    table.add(keyOf(4));
    expect(table.find(keyOf(1))).toBe(a);
    expect(table.find(keyOf(2))).toBe(-1);
  });
});
