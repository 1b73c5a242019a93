import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoundedMap } from "../../../src/base/bounded-map.ts";

describe("BoundedMap", () => {
  it("evicts the one longest untouched and tells whom", () => {
    const evicted: [string, number][] = [];
    const map = new BoundedMap<string, number>(2, (value, key) => evicted.push([key, value]));
    map.set("a", 1);
    map.set("b", 2);
    map.touch("a");
    map.set("c", 3);
    expect(evicted).toEqual([["b", 2]]);
    expect([...map.entries()]).toEqual([
      ["a", 1],
      ["c", 3],
    ]);
    expect(map.evictions).toBe(1);
  });

  it("sets a known key without evicting, even when full", () => {
    const map = new BoundedMap<string, number>(1);
    map.set("a", 1);
    map.set("a", 2);
    expect(map.get("a")).toBe(2);
    expect(map.evictions).toBe(0);
  });

  it("touches nothing into being, and lets entries go while iterating", () => {
    const map = new BoundedMap<number, number>(10);
    map.touch(7);
    expect(map.size).toBe(0);
    for (let i = 0; i < 10; i++) map.set(i, i);
    for (const [key] of map.entries()) if (key % 2 === 0) map.delete(key);
    expect([...map.values()]).toEqual([1, 3, 5, 7, 9]);
  });

  it("does as a list in order of last touch does", () => {
    const step = fc.record({
      what: fc.constantFrom("set", "touch", "delete"),
      key: fc.integer({ min: 0, max: 12 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step), (capacity, steps) => {
        const map = new BoundedMap<number, number>(capacity);
        let model: number[] = [];
        for (const { what, key } of steps) {
          const isKnown = model.includes(key);
          if (what === "set") {
            map.set(key, key);
            if (!isKnown) {
              if (model.length === capacity) model.shift();
              model.push(key);
            }
          } else if (what === "touch") {
            map.touch(key);
            if (isKnown) model = [...model.filter((other) => other !== key), key];
          } else {
            expect(map.delete(key)).toBe(isKnown);
            model = model.filter((other) => other !== key);
          }
          expect([...map.values()]).toEqual(model);
          expect(map.size).toBeLessThanOrEqual(capacity);
        }
      }),
    );
  });
});
