import { expect, test } from "vitest";
import { SeenValues } from "../../../src/detect/seen-values.ts";
import { numbersOf } from "../../support/numbers-of.ts";

test.for([1, 2, 3, 40])(
  "with up to %i values, values and their epochs are what a Map has",
  (distinct) => {
    const next = numbersOf(distinct);
    const seen = new SeenValues();
    const model = new Map<number, number>();
    for (let epoch = 0; epoch < 2_000; epoch++) {
      // Hashes are of 53 bits.
      const at = next(distinct);
      const value = at % 2 === 0 ? at : at * 2 ** 40;
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
