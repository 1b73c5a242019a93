import { expect, it } from "vitest";
import { PacketView } from "../../../../src/decode/packet.ts";
import { RtpHeaderView } from "../../../../src/decode/rtp/header.ts";
import { Compared, CopyRing } from "../../../../src/track/rtp/rtp-copies.ts";

interface Packet {
  readonly ssrc?: number;
  readonly payloadType?: number;
  readonly timestamp?: number;
  readonly payload?: Buffer;
}

function compare(ring: CopyRing, flow: number, sequence: number, more: Packet = {}) {
  const packet = new PacketView();
  const bytes = more.payload ?? voice(1);
  packet.bytes = bytes;
  packet.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  packet.payloadWireLength = bytes.length;
  const rtp = new RtpHeaderView();
  rtp.ssrc = more.ssrc ?? 7;
  rtp.sequenceNumber = sequence;
  rtp.timestamp = more.timestamp ?? sequence * 160;
  rtp.payloadType = more.payloadType ?? 0;
  rtp.payloadEnd = bytes.length;
  return ring.compare(packet, rtp, flow);
}

/** 20 ms of PCMU. */
function voice(level: number): Buffer {
  return Buffer.alloc(160, level);
}

it("the same packet by another flow is a copy, and it tells of which", () => {
  const ring = new CopyRing();
  expect(compare(ring, 4, 100)).toBe(Compared.NEW);
  expect(compare(ring, 9, 100)).toBe(Compared.COPY);
  expect(ring.otherFlow).toBe(4);
});

it("another payload with its number is none, another SSRC or number is new", () => {
  const ring = new CopyRing();
  compare(ring, 4, 100);
  expect(compare(ring, 9, 100, { payload: voice(2) })).toBe(Compared.CONFLICT);
  expect(compare(ring, 9, 101)).toBe(Compared.NEW);
  expect(compare(ring, 9, 100, { ssrc: 8 })).toBe(Compared.NEW);
});

it("a copy with one byte of its own is none, whichever byte it is", () => {
  for (let at = 0; at < 160; at++) {
    const ring = new CopyRing();
    compare(ring, 4, 100);
    const payload = voice(1);
    payload[at] = 2;
    expect(compare(ring, 9, 100, { payload }), `byte ${at}`).toBe(Compared.CONFLICT);
  }
});

it("a copy in another codec is none, whatever timestamp is chosen with it", () => {
  const ring = new CopyRing();
  compare(ring, 4, 100);
  const timestamp = (100 * 160) ^ (8 << 8);
  expect(compare(ring, 9, 100, { payloadType: 8, timestamp })).toBe(Compared.CONFLICT);
});

it("a packet sent twice by its own flow is no copy, and old ones are forgotten", () => {
  const ring = new CopyRing();
  compare(ring, 4, 100);
  expect(compare(ring, 4, 100)).toBe(Compared.NEW);
  for (let i = 0; i < 16; i++) compare(ring, 4, 200 + i);
  expect(compare(ring, 9, 100)).toBe(Compared.NEW);
});
