import { describe, expect, test } from "vitest";
import { column, columnOver } from "../../../src/base/column.ts";

describe("column", () => {
  test("is a typed array of zeros of that length and kind", () => {
    const times = column(Float64Array, 3);
    expect(times).toBeInstanceOf(Float64Array);
    expect([...times]).toEqual([0, 0, 0]);
    times[2] = 0.5;
    expect(times[2]).toBe(0.5);
    expect(column(Uint8Array, 5).byteLength).toBe(5);
  });

  test.each([3, 300_000])(
    "of %i rows keeps its length, and gives its bytes as another kind",
    (rows) => {
      const times = column(Float64Array, rows);
      const words = columnOver(Int32Array, times);
      expect([times.length, words.length]).toEqual([rows, 2 * rows]);
      times[rows - 1] = 1;
      expect([words[2 * rows - 2], words[2 * rows - 1]]).toEqual([0, 0x3ff00000]);
    },
  );

  test("V8 does not count its memory against the heap", () => {
    const before = process.memoryUsage().external;
    const large = column(Int32Array, 16 * 2 ** 20);
    expect(process.memoryUsage().external - before).toBeLessThan(large.byteLength / 2);
  });
});
