import { describe, expect, it } from "vitest";
import { RtpHeaderView } from "../../../../src/decode/rtp/header.ts";
import { mayBeKey, OwnKeys } from "../../../../src/track/rtp/own-keys.ts";

const STREAM = 77;

function rtp(sequenceNumber: number, timestamp = 1000): RtpHeaderView {
  return Object.assign(new RtpHeaderView(), {
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp,
  });
}

const inOrder = { isLate: false, lost: 0, nowUs: 1e6 };

describe("keys among a stream's own packets (RFC 4733 2.2.1)", () => {
  it("of four, eight and fourteen bytes may be one, in clear and with tags of SRTP", () => {
    const lengths = Array.from({ length: 200 }, (_, bytes) => bytes).filter(mayBeKey);
    expect(lengths).toEqual([4, 8, 14]);
  });

  it("tell once that three of their numbers are the voice's, over the wrap of the sequence", () => {
    const keys = new OwnKeys();
    for (let i = 0; i < 8; i++) expect(keys.key(STREAM, rtp(65_533 + i), inOrder)).toBe(false);
    const told = [65_530, 65_533, 65_533, 65_534, 65_536, 65_537].map((number) =>
      keys.voice(STREAM, rtp(number), 1e6),
    );
    expect(told).toEqual([false, false, false, false, true, false]);
  });

  it("count what comes late only where the stream had lost and repeated nothing", () => {
    const late = (lost: number) => ({ isLate: true, lost, nowUs: 1e6 });
    const exact = new OwnKeys();
    expect([-1, -2, -3].map((lost, i) => exact.key(STREAM, rtp(i), late(lost)))).toEqual([
      false,
      false,
      true,
    ]);
    const repeated = new OwnKeys();
    expect([-9, -10, -11].some((lost, i) => repeated.key(STREAM, rtp(i), late(lost)))).toBe(false);
    const lossy = new OwnKeys();
    expect([3, 2, 1].some((lost, i) => lossy.key(STREAM, rtp(i), late(lost)))).toBe(false);
  });

  it("do not count a copy of their packets, another stream, nor what comes two seconds later", () => {
    const keys = new OwnKeys();
    for (const n of [1, 2, 3]) keys.key(STREAM, rtp(n), inOrder);
    for (let i = 0; i < 5; i++) {
      expect(keys.key(STREAM, rtp(1), { isLate: true, lost: -1 - i, nowUs: 1e6 })).toBe(false);
    }
    expect([1, 2, 3].some((n) => keys.voice(STREAM + 1, rtp(n), 1e6))).toBe(false);
    expect([1, 2, 3].some((n) => keys.voice(STREAM, rtp(n), 4e6))).toBe(false);
  });
});
