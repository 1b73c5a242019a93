import { expect, test } from "vitest";
import { announcedStreams } from "../../bench/against/media.ts";
import { pipelineOf } from "../../bench/pipeline-of.ts";
import { collect, GROUPS, tapesOf } from "../support/tape.ts";

const STREAMS = 500;
/** Packets of each stream in a group, and before all of them. */
const EACH = 16;
const WARM = 300;
const MESSAGES_MAX = 10 * STREAMS;

/**
 * Each number beyond 31 bits that goes into a function or out of it by itself is allocated: 16 bytes, for each packet that
 * comes by. What is left is of a packet in 50 or 64, which is looked at more closely.
 */
test("bytes allocated for a packet of media", () => {
  const { pipeline } = pipelineOf();
  const packets = announcedStreams(STREAMS, WARM + (GROUPS + 1) * EACH);
  const [warm, ...tapes] = tapesOf(packets, MESSAGES_MAX + WARM * STREAMS, EACH * STREAMS);
  warm?.play(pipeline);
  const bytes = tapes.map((tape) => {
    collect();
    const before = process.memoryUsage().heapUsed;
    tape.play(pipeline);
    return (process.memoryUsage().heapUsed - before) / tape.length;
  });
  expect(pipeline.statistics.rtpPackets).toBeGreaterThan((WARM + GROUPS * EACH - 20) * STREAMS);
  expect(Math.min(...bytes)).toBeLessThan(10);
});
