import { expect, test } from "vitest";
import { SeenValues } from "../../../src/detect/seen-values.ts";

/** Numbers that repeat for every seed (Numerical Recipes' generator). */
function numbersOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test.for([1, 2, 3, 40])(
  "with up to %i values, values and their epochs are what a Map has",
  (distinct) => {
    const next = numbersOf(distinct);
    const seen = new SeenValues();
    const model = new Map<number | string, number>();
    for (let epoch = 0; epoch < 2_000; epoch++) {
      const at = next(distinct);
      const value = at % 2 === 0 ? at : `user${at}`;
      expect(seen.has(value)).toBe(model.has(value));
      seen.set(value, epoch);
      model.set(value, epoch);
      if (next(4) === 0) {
        const until = epoch - next(2 * distinct);
        seen.forgetUntil(until);
        for (const [old, last] of model) if (last <= until) model.delete(old);
      }
      expect(seen.size).toBe(model.size);
      expect(new Set(seen.values())).toEqual(new Set(model.keys()));
    }
  },
);
