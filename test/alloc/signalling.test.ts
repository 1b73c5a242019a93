import { afterEach, describe, expect, test, vi } from "vitest";
import { scan } from "../../bench/against/intruders.ts";
import { openCalls } from "../../bench/against/media.ts";
import { CYCLE_MESSAGES, phones } from "../../bench/against/phones.ts";
import { pipelineOf } from "../../bench/pipeline-of.ts";
import { KeyTable } from "../../src/base/key-table.ts";
import { collect, GROUPS, tapesOf } from "../support/tape.ts";

/** Compiled, and tables have grown. */
const WARM_MESSAGES = 24_000;
/** Whole cycles of the phones, and far less than what makes the collector run. */
const MESSAGES = 50 * CYCLE_MESSAGES;

/** Little more than it is today: a cost of its own, for each message or call, is seen and has to be meant. */
const TRAFFIC = [
  [
    "phones that register, are asked and call",
    phones,
    // 0.2 of the looks and 0.1 of the keys tell that a phone's calls are too few for a baseline, which had a row in a Map of its own before.
    // 0.2 more ask whether a challenge to REGISTER is its registrar's own, and 0.4 (0.1 of the keys) what was proven of who is served, whom a host has registered, and
    // which numbers calls get through to. 0.1 more count how often one host acknowledges one call.
    { heapBytes: 1_750, finds: 13.9, adds: 3.8 },
  ],
  // 0.75 of the looks ask whether an unknown user is a telephone's that will come back, and 0.65 what was proven of who is served, which is a fact of 60
  // bytes more for each that is asked by OPTIONS.
  ["a scan of names", scan, { heapBytes: 1_060, finds: 8.2, adds: 1.75 }],
] as const;

describe("what a message of signalling costs, by count", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test.each(TRAFFIC)("bytes allocated: %s", (_, packets, limits) => {
    const { pipeline } = pipelineOf();
    const count = WARM_MESSAGES + GROUPS * MESSAGES;
    const [warm, ...tapes] = tapesOf(packets(count), WARM_MESSAGES, MESSAGES);
    warm?.play(pipeline);
    const bytes = tapes.map((tape) => {
      collect();
      const before = process.memoryUsage().heapUsed;
      tape.play(pipeline);
      return (process.memoryUsage().heapUsed - before) / MESSAGES;
    });
    // A round in which code was compiled has what the compiler noted in it.
    const least = Math.min(...bytes);
    expect(least).toBeGreaterThan(100);
    expect(least).toBeLessThan(limits.heapBytes);
  });

  test.each(TRAFFIC)("looks into tables: %s", (_, packets, limits) => {
    const { pipeline } = pipelineOf();
    const warmMessages = 2 * MESSAGES;
    const [warm, tape] = tapesOf(packets(warmMessages + GROUPS * MESSAGES), warmMessages, MESSAGES);
    warm?.play(pipeline);
    const find = vi.spyOn(KeyTable.prototype, "find");
    const add = vi.spyOn(KeyTable.prototype, "add");
    tape?.play(pipeline);
    expect(find.mock.calls.length / MESSAGES).toBeGreaterThan(1);
    expect(find.mock.calls.length / MESSAGES).toBeLessThan(limits.finds);
    expect(add.mock.calls.length / MESSAGES).toBeLessThan(limits.adds);
  });
});

test("what a call with two media addresses takes of the heap for as long as it is up", () => {
  const { pipeline } = pipelineOf();
  const few = 2_500;
  const each = 400;
  const calls = few + GROUPS * each;
  const [warm, ...tapes] = tapesOf(openCalls(calls), 3 * few, 3 * each);
  warm?.play(pipeline);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (const tape of tapes) tape.play(pipeline);
  collect();
  expect(pipeline.tracker.dialogs.calls.size).toBe(calls);
  const bytes = (process.memoryUsage().heapUsed - before) / (GROUPS * each);
  expect(bytes).toBeGreaterThan(500);
  expect(bytes).toBeLessThan(1_950);
});
