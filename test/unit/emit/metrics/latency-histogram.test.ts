import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LatencyHistogram, NO_LATENCY } from "../../../../src/emit/metrics/latency-histogram.ts";

const WINDOW_MS = 60_000;

describe("LatencyHistogram", () => {
  it("says nothing of nothing", () => {
    expect(new LatencyHistogram().snapshot(5)).toEqual(NO_LATENCY);
  });

  it("gives each quantile within 1 % of the exact one, from nanoseconds to a day", () => {
    const times = fc.array(fc.double({ min: 1e-6, max: 86_400e3, noNaN: true }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(times, (values) => {
        const histogram = new LatencyHistogram();
        for (const ms of values) histogram.record(ms, 1, 0);
        const { all, count, sumMs } = histogram.snapshot(0);
        const sorted = [...values].sort((a, b) => a - b);
        const exact = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
        const nearest = 1e-6;
        for (const [got, share] of [
          [all.p50, 0.5],
          [all.p90, 0.9],
          [all.p99, 0.99],
          [all.p999, 0.999],
          [all.max, 1],
        ] as const) {
          expect(Math.abs(got - exact(share))).toBeLessThanOrEqual(0.01 * exact(share) + nearest);
        }
        expect(count).toBe(values.length);
        const sum = values.reduce((a, b) => a + b, 0);
        expect(Math.abs(sumMs - sum)).toBeLessThanOrEqual(1e-9 * sum);
      }),
    );
  });

  it("counts many of one time at once", () => {
    const histogram = new LatencyHistogram();
    histogram.record(2, 1_000_000, 0);
    const { count, sumMs, all } = histogram.snapshot(0);
    expect([count, sumMs]).toEqual([1_000_000, 2_000_000]);
    expect(all.p50).toBeCloseTo(2, 1);
  });

  it("takes a clock that was set back, and what is longer than a day, without complaint", () => {
    const histogram = new LatencyHistogram();
    histogram.record(-5, 1, 0);
    expect(histogram.snapshot(0).all.max).toBe(0);
    histogram.record(1e15, 1, 0);
    expect(histogram.snapshot(0).all.max).toBeCloseTo(86_400e3, -6);
  });

  it("forgets in `recent` what is older than two minutes, and in `all` nothing", () => {
    const histogram = new LatencyHistogram();
    histogram.record(100, 1, 0);
    histogram.record(1, 1, WINDOW_MS);
    expect(histogram.snapshot(WINDOW_MS).recent.max).toBeCloseTo(100, 0);
    histogram.record(2, 1, 2 * WINDOW_MS);
    expect(histogram.snapshot(2 * WINDOW_MS).recent.max).toBeCloseTo(2, 1);
    const later = histogram.snapshot(10 * WINDOW_MS);
    expect(later.recent).toEqual(NO_LATENCY.recent);
    expect(later.all.max).toBeCloseTo(100, 0);
    expect(later.count).toBe(3);
  });

  it("forgets both windows when nothing came for long", () => {
    const histogram = new LatencyHistogram();
    histogram.record(100, 1, 0);
    histogram.record(1, 1, 5 * WINDOW_MS);
    const { recent, all } = histogram.snapshot(5 * WINDOW_MS);
    expect(recent.max).toBeCloseTo(1, 1);
    expect(all.max).toBeCloseTo(100, 0);
  });
});
