import fc from "fast-check";
import { expect, test } from "vitest";
import { PacketView } from "../../../../src/decode/packet.ts";
import { RtpHeaderView } from "../../../../src/decode/rtp/header.ts";
import { RtpQuality } from "../../../../src/track/rtp/rtp-quality.ts";
import { RtpSourceTable } from "../../../../src/track/rtp/rtp-sources.ts";

interface Step {
  readonly ahead: number;
  readonly payloadType: number;
  readonly tick: number;
  readonly waitUs: number;
}

/** Mostly the next packet of the stream; else a gap, a copy, one that is late, another type. */
const step: fc.Arbitrary<Step> = fc.record({
  ahead: fc.oneof({ weight: 8, arbitrary: fc.constant(1) }, fc.integer({ min: -3, max: 5 })),
  payloadType: fc.oneof({ weight: 8, arbitrary: fc.constant(8) }, fc.constantFrom(7, 9, 101)),
  tick: fc.oneof({ weight: 8, arbitrary: fc.constant(160) }, fc.integer({ min: -400, max: 4000 })),
  waitUs: fc.integer({ min: 0, max: 60_000 }),
});

/** Jitter and runs of loss after these packets; `isShort` tries the way of most packets first. */
function quality(steps: readonly Step[], first: number, isShort: boolean): string {
  const packet = new PacketView();
  const rtp = new RtpHeaderView();
  const table = new RtpSourceTable(4);
  const measured = new RtpQuality(table, () => 8000);
  packet.timeUs = 1_000_000;
  rtp.payloadType = 8;
  rtp.sequenceNumber = first;
  rtp.timestamp = 0;
  const slot = table.add(0, rtp, packet);
  measured.rtp(slot, rtp, packet);
  table.update(slot, rtp, packet.timeUs);
  for (const { ahead, payloadType, tick, waitUs } of steps) {
    packet.timeUs += waitUs;
    rtp.payloadType = payloadType;
    rtp.sequenceNumber = (rtp.sequenceNumber + ahead) & 0xffff;
    rtp.timestamp = (rtp.timestamp + tick) | 0;
    const word = 0x80800000 | (payloadType << 16) | rtp.sequenceNumber;
    const isDone = isShort && measured.goesOn(slot, word, rtp.timestamp, packet);
    if (!isDone) measured.rtp(slot, rtp, packet);
    table.update(slot, rtp, packet.timeUs);
  }
  const lost = { lost: 100, expected: 1000 };
  return `${measured.jitterMs(slot)} ${measured.burstRatio(slot, lost)}`;
}

test("the way of most packets measures what the general one does", () => {
  const first = fc.constantFrom(0, 17, 65_530, 65_535);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), first, (steps, at) => {
      expect(quality(steps, at, true)).toBe(quality(steps, at, false));
    }),
    { numRuns: 500 },
  );
});

test("another type with the number that the sequence begins anew with is not the next packet", () => {
  const steps = [
    { ahead: 1, payloadType: 8, tick: 160, waitUs: 20_000 },
    { ahead: 1, payloadType: 9, tick: 9_000, waitUs: 20_000 },
  ];
  expect(quality(steps, 65_534, true)).toBe(quality(steps, 65_534, false));
});
