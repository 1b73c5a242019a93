import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RowIndex } from "../../../src/base/row-index.ts";

/** Finds the row as an owner of rows does; -1 when the index does not have it. */
function find(index: RowIndex, hash: number, row: number): number {
  for (let at = index.first(hash); at >= 0; at = index.next(hash, at)) {
    if (index.row(at) === row) return row;
  }
  return -1;
}

describe("RowIndex", () => {
  it("has what was added and not removed, while it grows: as a Set does", () => {
    // Blocks of rows come and go, so that removals meet every state of an index that is on the move.
    const step = fc.record({
      first: fc.nat(9_000),
      count: fc.integer({ min: 1, max: 1_500 }),
      isAdded: fc.boolean(),
    });
    const spread = fc.constantFrom(0x9e3779b1, 0x01000001, 1);
    fc.assert(
      fc.property(spread, fc.array(step, { minLength: 1, maxLength: 12 }), (factor, steps) => {
        const hashOf = (row: number) => Math.imul(row, factor);
        const index = new RowIndex(10_500, hashOf);
        const model = new Set<number>();
        for (const { first, count, isAdded } of steps) {
          for (let row = first; row < first + count; row++) {
            if (isAdded === model.has(row)) continue;
            if (isAdded) {
              index.add(hashOf(row), row);
              model.add(row);
            } else {
              index.remove(hashOf(row), row);
              model.delete(row);
            }
          }
          // A comparison by `expect` of each row took most of the time.
          const wrong: number[] = [];
          for (let row = 0; row < 10_500; row += 7) {
            if (find(index, hashOf(row), row) !== (model.has(row) ? row : -1)) wrong.push(row);
          }
          expect(wrong).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("tells rows of one hash apart, to the last of them", () => {
    const index = new RowIndex(4_096, () => 7);
    for (let row = 0; row < 700; row++) index.add(7, row);
    for (let row = 0; row < 700; row += 2) index.remove(7, row);
    const found = Array.from({ length: 700 }, (_, row) => find(index, 7, row));
    expect(found).toEqual(found.map((_, row) => (row % 2 === 1 ? row : -1)));
  });

  it("holds a full table", () => {
    const hashOf = (row: number) => Math.imul(row, 0x9e3779b1);
    const index = new RowIndex(3_000, hashOf);
    for (let round = 0; round < 3; round++) {
      for (let row = 0; row < 3_000; row++) index.add(hashOf(row), row);
      for (let row = 0; row < 3_000; row++) expect(find(index, hashOf(row), row)).toBe(row);
      for (let row = 0; row < 3_000; row++) index.remove(hashOf(row), row);
      expect(index.first(hashOf(1))).toBe(-1);
    }
  });
});
