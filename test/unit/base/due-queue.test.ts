import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DueItem, DueQueue } from "../../../src/base/due-queue.ts";

class Item implements DueItem {
  dueUs = 0.5;
  dueIndex = -1;
  readonly ordinal: number;

  constructor(ordinal: number) {
    this.ordinal = ordinal;
  }
}

function drain(queue: DueQueue<Item>): number[] {
  const ordinals: number[] = [];
  for (let item = queue.first(); item !== undefined; item = queue.first()) {
    ordinals.push(item.ordinal);
    queue.delete(item);
  }
  return ordinals;
}

describe("DueQueue", () => {
  it("tells when the first item is due", () => {
    const queue = new DueQueue<Item>();
    expect(queue.nextUs).toBe(Number.POSITIVE_INFINITY);
    const [a, b] = [new Item(1), new Item(2)];
    queue.reschedule(a, 30);
    queue.reschedule(b, 20);
    expect([queue.nextUs, queue.first(), queue.size]).toEqual([20, b, 2]);
    queue.reschedule(b, 40);
    expect([queue.nextUs, queue.first(), queue.size]).toEqual([30, a, 2]);
  });

  it("gives items that are due at once in the order of their ordinals", () => {
    const queue = new DueQueue<Item>();
    for (const ordinal of [3, 1, 2]) queue.reschedule(new Item(ordinal), 10);
    expect(drain(queue)).toEqual([1, 2, 3]);
  });

  it("ignores the deletion of an item that is in no queue", () => {
    const queue = new DueQueue<Item>();
    queue.reschedule(new Item(1), 10);
    queue.delete(new Item(2));
    expect(queue.size).toBe(1);
  });

  it("stays in order however items are put in, moved and taken out", () => {
    const step = fc.record({
      item: fc.integer({ min: 0, max: 30 }),
      dueUs: fc.integer({ min: 0, max: 50 }),
      isDeleted: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new DueQueue<Item>();
        const items = Array.from({ length: 31 }, (_, ordinal) => new Item(ordinal));
        const expected = new Map<number, number>();
        for (const { item, dueUs, isDeleted } of steps) {
          const chosen = items[item] as Item;
          if (isDeleted) {
            queue.delete(chosen);
            expected.delete(item);
          } else {
            queue.reschedule(chosen, dueUs);
            expected.set(item, dueUs);
          }
        }
        const order = [...expected].sort(([a, x], [b, y]) => x - y || a - b);
        expect(drain(queue)).toEqual(order.map(([item]) => item));
      }),
    );
  });
});
