import fc from "fast-check";
import { expect, it } from "vitest";
import { type RecencyLinks, RecencyList } from "../../../src/base/recency-list.ts";

class Item implements RecencyLinks<Item> {
  older: Item | null = null;
  younger: Item | null = null;
  readonly name: number;

  constructor(name: number) {
    this.name = name;
  }
}

it("knows the item longest unused, however items come, are used and go", () => {
  const step = fc.record({ item: fc.integer({ min: 0, max: 8 }), isDeleted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const list = new RecencyList<Item>();
      const items = Array.from({ length: 9 }, (_, name) => new Item(name));
      const expected: number[] = [];
      for (const { item, isDeleted } of steps) {
        const chosen = items[item] as Item;
        const at = expected.indexOf(item);
        if (at >= 0) expected.splice(at, 1);
        // One that is not in the list changes nothing.
        if (isDeleted) list.delete(chosen);
        else if (!isDeleted && at >= 0) list.touch(chosen);
        else if (!isDeleted) list.add(chosen);
        if (!isDeleted) expected.push(item);
        expect(list.oldest?.name).toBe(expected[0]);
      }
      for (const name of expected) {
        expect(list.oldest?.name).toBe(name);
        list.delete(items[name] as Item);
      }
      expect(list.oldest).toBeNull();
    }),
  );
});
