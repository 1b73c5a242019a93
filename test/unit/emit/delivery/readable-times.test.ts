import { describe, expect, it } from "vitest";
import { ReadableTimes } from "../../../../src/emit/delivery/readable-times.ts";

describe("ReadableTimes", () => {
  it("knows since when each record is there", () => {
    const times = new ReadableTimes();
    times.mark(10, 100);
    times.mark(11, 200);
    expect([1, 10, 11, 12].map((n) => times.timeOf(n))).toEqual([100, 100, 200, undefined]);
  });

  it("forgets what is acknowledged and keeps the rest", () => {
    const times = new ReadableTimes();
    for (let n = 1; n <= 1_000; n++) times.mark(n, 2 * n);
    times.forget(900);
    expect(times.timeOf(901)).toBe(1_802);
    expect(times.timeOf(1_000)).toBe(2_000);
    times.forget(1_000);
    expect(times.timeOf(1_000)).toBeUndefined();
  });

  it("stays small over a long outage, and nearly right", () => {
    const times = new ReadableTimes();
    for (let n = 1; n <= 100_000; n++) times.mark(n, n);
    const early = Array.from({ length: 100_000 }, (_, i) => i + 1 - (times.timeOf(i + 1) ?? 0));
    expect(early.every((ms) => ms >= 0 && ms < 200)).toBe(true);
    times.forget(100_000);
    times.mark(100_001, 5);
    times.mark(100_002, 6);
    expect(times.timeOf(100_002)).toBe(6);
  });
});
