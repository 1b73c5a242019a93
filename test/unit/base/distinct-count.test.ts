import { describe, expect, it } from "vitest";
import { DistinctCount } from "../../../src/base/distinct-count.ts";
import { halfSipHash53 } from "../../../src/base/hash.ts";

function plainOf(text: string): number {
  const bytes = Buffer.from(text);
  return halfSipHash53(bytes, 0, bytes.length, 0, 0);
}

/** Counts so many texts, each three times, under keys that another seed would give. */
function counted(texts: number, seed: number): number {
  const count = new DistinctCount();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < texts; i++) {
      const key = seed + 7 * i;
      if (!count.knows(key)) count.add(key, plainOf(`${i}@192.0.2.1`));
    }
  }
  return count.count;
}

describe("DistinctCount", () => {
  it.each([0, 1, 8_192])("is exact for %i keys", (texts) => {
    expect(counted(texts, 1)).toBe(texts);
  });

  it.each([8_193, 20_000, 300_000])("is near %i keys, and the same whatever the seed", (texts) => {
    const estimate = counted(texts, 1);
    expect(Math.abs(estimate / texts - 1)).toBeLessThan(0.03);
    expect(counted(texts, 2 ** 40)).toBe(estimate);
  });
});
