import fc from "fast-check";
import { expect, test } from "vitest";
import { AgedMap } from "../../../src/base/aged-map.ts";

test("the oldest key is the one a plain Map would name, whatever was added, touched and deleted", () => {
  const step = fc.record({
    what: fc.constantFrom("set", "touch", "delete", "drop"),
    key: fc.integer({ min: 1, max: 12 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const aged = new AgedMap<number, string>();
      const plain = new Map<number, string>();
      for (const { what, key } of steps) {
        if (what === "set") {
          aged.set(key, `${key}`);
          plain.set(key, `${key}`);
        } else if (what === "touch") {
          aged.touch(key);
          if (plain.delete(key)) plain.set(key, `${key}`);
        } else if (what === "delete") {
          expect(aged.delete(key)).toBe(plain.delete(key));
        } else {
          const [oldest] = plain.keys();
          expect(aged.oldestKey()).toBe(oldest);
          if (oldest !== undefined) aged.delete(oldest);
          plain.delete(oldest ?? 0);
        }
        expect(aged.size).toBe(plain.size);
      }
      expect([...aged.entries()]).toEqual([...plain]);
    }),
  );
});

test("setting a known key keeps its age", () => {
  const aged = new AgedMap<string, number>();
  aged.set("a", 1);
  aged.set("b", 2);
  expect(aged.oldestKey()).toBe("a");
  aged.set("a", 3);
  expect(aged.oldestKey()).toBe("a");
  expect(aged.get("a")).toBe(3);
});
