import { afterEach, expect, it, vi } from "vitest";
import { WallClock } from "../../../../src/emit/metrics/wall-clock.ts";

afterEach(() => vi.restoreAllMocks());

it("stays inside the millisecond of the system's clock, with what is finer from the steady one", () => {
  const date = vi.spyOn(Date, "now");
  const steady = vi.spyOn(performance, "now");
  const clock = new WallClock();
  const at = (coarseMs: number, fineMs: number): number => {
    date.mockReturnValue(coarseMs);
    steady.mockReturnValue(fineMs);
    return clock.nowUs() / 1e3;
  };
  // The system's clock was set: both ways it is followed.
  expect(at(1_000_000, 5)).toBeGreaterThanOrEqual(1_000_000);
  expect(at(1_000_000, 5.25) - at(1_000_000, 5)).toBeCloseTo(0.25, 6);
  expect(Math.floor(at(2_000_000, 6))).toBe(2_000_000);
  expect(Math.floor(at(500_000, 7))).toBe(500_000);
});

it("agrees with the system's clock", () => {
  const clock = new WallClock();
  for (let i = 0; i < 1_000; i++) {
    const before = Date.now();
    const nowMs = clock.nowUs() / 1e3;
    expect(nowMs).toBeGreaterThanOrEqual(before);
    expect(nowMs).toBeLessThan(Date.now() + 1);
  }
});
