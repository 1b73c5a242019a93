import { describe, expect, test } from "vitest";
import { decodePacket } from "../../../../src/decode/decode-packet.ts";
import { PacketView } from "../../../../src/decode/packet.ts";
import { RtpHeaderView } from "../../../../src/decode/rtp/header.ts";
import { frameOf } from "../../../support/captured.ts";
import { udpPacket } from "../../../support/pcap-writer.ts";

function packetOf(payload: readonly number[], cutBytes = 0): PacketView {
  const bytes = udpPacket(String.fromCharCode(...payload));
  const packet = new PacketView();
  decodePacket(frameOf(bytes.subarray(0, bytes.length - cutBytes)), packet);
  return packet;
}

/** RFC 3550 5.1: V=2 PT=8 marker, sequence 0x1234, timestamp 0x80000001, SSRC 0xfffffffe. */
const FIXED = [0x80, 0x88, 0x12, 0x34, 0x80, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe];

function headerOf(payload: readonly number[], cutBytes = 0, view = new RtpHeaderView()) {
  const packet = packetOf(payload, cutBytes);
  if (!view.decode(packet)) return null;
  const { payloadStart, payloadEnd, isOnlyPaddingBad: _, ...fields } = view;
  return {
    ...fields,
    offset: payloadStart - packet.payloadStart,
    payloadBytes: payloadEnd - payloadStart,
  };
}

describe("RTP header (RFC 3550 5.1)", () => {
  test("the fixed header", () => {
    expect(headerOf([...FIXED, 1, 2, 3])).toEqual({
      payloadType: 8,
      sequenceNumber: 0x1234,
      timestamp: -0x7fffffff,
      ssrc: -2,
      offset: 12,
      payloadBytes: 3,
    });
  });

  test("contributing sources are skipped", () => {
    expect(headerOf([0x82, ...FIXED.slice(1), ...Array<number>(8).fill(9), 1])).toMatchObject({
      offset: 20,
      payloadBytes: 1,
    });
  });

  test("a header extension is skipped (5.3.1)", () => {
    const extension = [0xbe, 0xde, 0, 1, 1, 2, 3, 4];
    expect(headerOf([0x90, ...FIXED.slice(1), ...extension, 7])).toMatchObject({
      offset: 20,
      payloadBytes: 1,
    });
  });

  test("padding does not count as payload", () => {
    expect(headerOf([0xa0, ...FIXED.slice(1), 7, 0, 2])).toMatchObject({ payloadBytes: 1 });
  });

  test.each([
    ["version 1", [0x40, ...FIXED.slice(1)]],
    ["eleven bytes", FIXED.slice(0, 11)],
    ["more sources than bytes (A.1)", [0x81, ...FIXED.slice(1), 1, 2, 3]],
    ["an extension that is cut off (A.1)", [0x90, ...FIXED.slice(1), 0, 0, 0]],
    ["an extension beyond the end (A.1)", [0x90, ...FIXED.slice(1), 0, 0, 0, 1]],
    ["padding of zero (A.1)", [0xa0, ...FIXED.slice(1), 0]],
    ["more padding than payload (A.1)", [0xa0, ...FIXED.slice(1), 0, 3]],
  ])("%s is no RTP", (_, payload) => {
    expect(headerOf(payload)).toBeNull();
  });

  test.each([
    ["padding of zero", [0xa0, ...FIXED.slice(1), 0], true],
    ["more padding than payload", [0xa0, ...FIXED.slice(1), 0, 3], true],
    ["more sources than bytes", [0xa1, ...FIXED.slice(1), 1, 2, 3], false],
    ["sound padding", [0xa0, ...FIXED.slice(1), 7, 0, 2], false],
  ])("%s: whether it is the padding alone is told", (_, payload, expected) => {
    const view = new RtpHeaderView();
    view.decode(packetOf(payload));
    expect(view.isOnlyPaddingBad).toBe(expected);
  });

  test("a packet that the capture cut has no padding count", () => {
    expect(headerOf([0xa0, ...FIXED.slice(1), 7, 7, 0, 99], 2)).toMatchObject({ payloadBytes: 2 });
  });

  test("a view keeps nothing of the header before", () => {
    const reused = new RtpHeaderView();
    headerOf([0x92, ...FIXED.slice(1), ...Array<number>(8).fill(9), 0, 0, 0, 0], 0, reused);
    const plain = [0x80, 0, ...FIXED.slice(2), 5];
    expect(headerOf(plain, 0, reused)).toEqual(headerOf(plain));
  });
});
