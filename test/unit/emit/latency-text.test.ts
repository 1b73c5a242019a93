import { expect, it } from "vitest";
import { latencyLine, latencyLines } from "../../../src/emit/latency-text.ts";

it("prints a compact line, each time in its unit", () => {
  const figures = { mean: 1, p90: 1, p999: 1 };
  expect(
    latencyLine("decode", { ...figures, count: 12_345, p50: 0.1234, p99: 999.4, max: 1_234 }),
  ).toBe("decode: median 0.123 us, 99 % 999 us, longest 1.23 ms (12,345 timed)");
  expect(latencyLine("a", { ...figures, count: 1, p50: 0, p99: 5e5, max: 61e6 })).toBe(
    "a: median 0 us, 99 % 500 ms, longest 61 s (1 timed)",
  );
});

it("has a line for each stage and output that was timed", () => {
  const figures = { count: 1, mean: 1, p50: 1, p90: 1, p99: 1, p999: 1, max: 1 };
  const acknowledgement = { "kafka://a:9092/t": figures, "syslog://b:514": null };
  const stages = { lag: figures, decode: figures, packet: null, alert: null };
  expect(latencyLines({ ...stages, acknowledgement })).toEqual([
    "capture to turn: median 1 us, 99 % 1 us, longest 1 us (1 timed)",
    "decode: median 1 us, 99 % 1 us, longest 1 us (1 timed)",
    "acknowledged by kafka://a:9092/t: median 1 us, 99 % 1 us, longest 1 us (1 timed)",
  ]);
});
