import { expect, test } from "vitest";
import { Fuzzer } from "./fuzzer.ts";

/** Seeds that found something once; what it was stays found. */
const SEEDS: readonly number[] = [];
const ROUNDS = 150;

test("carried in every way and broken, packets throw nothing and much of them is still read", async () => {
  const fuzzer = await Fuzzer.open();
  for (const seed of SEEDS) fuzzer.round(seed, false);
  for (let seed = 1; seed <= ROUNDS; seed++) fuzzer.round(seed, false);
  fuzzer.pipeline.finish();
  expect(fuzzer.figures.faults).toEqual([]);
  const { sipMessages, tcpMessages } = fuzzer.pipeline.statistics;
  expect(sipMessages).toBeGreaterThan(1000);
  expect(tcpMessages).toBeGreaterThan(100);
  for (const { name, size, capacity } of fuzzer.pipeline.tables()) {
    expect([name, size <= capacity]).toEqual([name, true]);
  }
});

test("the same seed is the same run", async () => {
  const counts = [];
  for (let run = 0; run < 2; run++) {
    const fuzzer = await Fuzzer.open();
    for (let seed = 500; seed < 520; seed++) fuzzer.round(seed, false);
    counts.push([fuzzer.figures.packets, fuzzer.pipeline.statistics.sipMessages]);
  }
  expect(counts[0]).toEqual(counts[1]);
});
