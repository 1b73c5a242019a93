import { describe, expect, test } from "vitest";
import { PacketView } from "../../../../src/decode/packet.ts";
import { RtpHeaderView } from "../../../../src/decode/rtp/header.ts";
import { RtpSourceTable } from "../../../../src/track/rtp/rtp-sources.ts";

/** Feeds one source, a packet every 20 ms; gives its counts. */
function stream(sequences: readonly number[]) {
  const packet = new PacketView();
  const table = new RtpSourceTable(4);
  const rtp = new RtpHeaderView();
  let slot = -1;
  for (const [i, sequence] of sequences.entries()) {
    rtp.sequenceNumber = sequence & 0xffff;
    rtp.timestamp = i * 160;
    const timeUs = 1_000_000 + i * 20_000;
    packet.timeUs = timeUs;
    if (slot < 0) slot = table.add(0, rtp, packet);
    table.update(slot, rtp, timeUs);
  }
  return { received: table.received(slot), lost: table.lost(slot) };
}

const run = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

describe("packets lost (RFC 3550 A.1, A.3)", () => {
  test.each<[string, number[], number]>([
    ["none of a whole stream", run(10, 50), 0],
    ["none over the wrap of the sequence number", run(65_500, 80), 0],
    ["a small gap", [...run(10, 20), ...run(35, 20)], 5],
    ["late packets are no loss", [1, 2, 4, 3, 5, 6], 0],
    ["duplicates count as negative loss", [1, 2, 2, 3, 3], -2],
    ["a gap of more than 100 at the end", [...run(10, 20), ...run(200, 5)], 170],
    ["a gap of more than 100 in a long stream", [...run(10, 50), ...run(200, 50)], 140],
    ["a gap over the wrap", [...run(65_500, 20), ...run(65_700, 50)], 180],
    ["a restart elsewhere loses nothing", [...run(30_000, 50), ...run(100, 50)], 0],
    [
      "a restart far ahead under the same SSRC counts anew (RFC 3550 A.1)",
      [...run(100, 50), ...run(24_000, 50)],
      0,
    ],
    ["what is lost after a restart", [...run(100, 50), ...run(24_000, 50), 24_060], 10],
    ["one stray packet far away", [...run(10, 20), 900, ...run(30, 20)], -1],
  ])("%s", (_, sequences, lost) => {
    expect(stream(sequences).lost).toBe(lost);
  });
});
