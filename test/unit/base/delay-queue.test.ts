import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DelayQueue } from "../../../src/base/delay-queue.ts";

function takeAll<T>(queue: DelayQueue<T>, nowUs: number): T[] {
  const taken: T[] = [];
  for (let due = queue.takeDue(nowUs); due !== undefined; due = queue.takeDue(nowUs))
    taken.push(due);
  return taken;
}

describe("DelayQueue", () => {
  it("gives an item once its delay has passed, not before", () => {
    const queue = new DelayQueue<string>(1000, 10);
    queue.push("a", 5000);
    expect(queue.isDue(5999)).toBe(false);
    expect(queue.takeDue(5999)).toBeUndefined();
    expect(queue.isDue(6000)).toBe(true);
    expect(queue.takeDue(6000)).toBe("a");
    expect(queue.takeDue(9e9)).toBeUndefined();
  });

  it("gives at the end what waits, in order, and what is put in afterwards", () => {
    const queue = new DelayQueue<string>(1000, 10);
    queue.push("a", 5000);
    queue.push("b", 5500);
    expect(queue.isEnded).toBe(false);
    expect(queue.endedUs).toBe(Number.POSITIVE_INFINITY);
    queue.end(5500);
    expect([queue.isEnded, queue.endedUs]).toEqual([true, 5500]);
    expect(takeAll(queue, 5500)).toEqual(["a", "b"]);
    queue.push("c", 5600);
    expect(takeAll(queue, 5600)).toEqual(["c"]);
    expect(queue.isDue(9e9)).toBe(false);
  });

  it("refuses what is beyond its capacity", () => {
    const queue = new DelayQueue<number>(1, 3);
    for (let i = 0; i < 5; i++) queue.push(i, 0);
    expect(queue.size).toBe(3);
    expect(takeAll(queue, 1)).toEqual([0, 1, 2]);
    queue.push(9, 1);
    expect(takeAll(queue, 2)).toEqual([9]);
  });

  it("keeps the order when it grows in the middle of its ring", () => {
    const queue = new DelayQueue<number>(0, 100_000);
    for (let i = 0; i < 1000; i++) queue.push(i, i);
    for (let i = 0; i < 700; i++) expect(queue.takeDue(1e6)).toBe(i);
    for (let i = 1000; i < 6000; i++) queue.push(i, i);
    expect(takeAll(queue, 1e6)).toEqual(Array.from({ length: 5300 }, (_, i) => 700 + i));
    expect(queue.size).toBe(0);
  });

  it("does as an array of due times does", () => {
    const step = fc.record({ pushes: fc.nat(6), pause: fc.nat(40) });
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.integer({ min: 1, max: 9 }),
        fc.array(step),
        (delay, capacity, steps) => {
          const queue = new DelayQueue<number>(delay, capacity);
          const model: { item: number; due: number }[] = [];
          let nowUs = 0;
          let next = 0;
          for (const { pushes, pause } of steps) {
            for (let i = 0; i < pushes; i++) {
              if (model.length < capacity) model.push({ item: next, due: nowUs + delay });
              queue.push(next++, nowUs);
            }
            nowUs += pause;
            const due = model.filter((entry) => entry.due <= nowUs);
            model.splice(0, due.length);
            expect(takeAll(queue, nowUs)).toEqual(due.map(({ item }) => item));
            expect(queue.size).toBe(model.length);
          }
        },
      ),
    );
  });
});
