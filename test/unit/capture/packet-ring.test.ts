import { expect, test } from "vitest";
import { BLOCK_BYTES_MAX, Frame } from "../../../src/capture/frame.ts";
import { PacketRing } from "../../../src/capture/packet-ring.ts";

const MIB = BLOCK_BYTES_MAX;
const packet = Buffer.alloc(262_144);
const words = new Int32Array(packet.buffer, packet.byteOffset);
const header = new Uint32Array(4);

function offer(ring: PacketRing, length: number, marker: number, wireLength = length): boolean {
  packet.fill(marker & 255, 0, length);
  header.set([1_700_000_000, marker, length, wireLength]);
  return ring.offer(header, packet, words);
}

function take(ring: PacketRing) {
  const frame = new Frame();
  if (!ring.take(frame)) return null;
  expect(frame.view.byteLength).toBe(frame.bytes.length);
  const bytes = frame.bytes.subarray(frame.start, frame.end);
  const marker = frame.timeUs - 1_700_000_000_000_000;
  expect(bytes.every((byte) => byte === (marker & 255))).toBe(true);
  return { marker, length: bytes.length, wireLength: frame.wireLength };
}

test("gives back what was put in, in order, also over the ends of slabs", () => {
  const ring = new PacketRing(3 * MIB);
  const lengths = [0, 1, 7, 60, 255, 256, 257, 1514, 65_535, 262_144];
  let offered = 0;
  let taken = 0;
  for (let round = 0; round < 200; round++) {
    for (let i = 0; i < 1 + (round % 5); i++) {
      expect(offer(ring, lengths[offered % lengths.length]!, offered)).toBe(true);
      offered++;
    }
    const left = round % 3;
    while (offered - taken > left) {
      expect(take(ring)).toMatchObject({ marker: taken, length: lengths[taken % lengths.length] });
      taken++;
    }
  }
  while (taken < offered) expect(take(ring)?.marker).toBe(taken++);
  expect(take(ring)).toBeNull();
  expect(ring.dropped).toBe(0);
});

test("keeps the length on the wire of a packet that was cut", () => {
  const ring = new PacketRing(2 * MIB);
  offer(ring, 100, 1, 1514);
  expect(take(ring)).toMatchObject({ length: 100, wireLength: 1514 });
});

test("drops and counts what finds no room, and takes packets again when there is some", () => {
  const ring = new PacketRing(4 * MIB);
  let offered = 0;
  while (offer(ring, 1000, offered)) offered++;
  expect(offered).toBeGreaterThan(4000);
  expect(offered).toBeLessThan(4 * 1048);
  expect(offer(ring, 1000, 0)).toBe(false);
  expect(ring.dropped).toBe(2);
  for (let i = 0; i < offered / 2; i++) expect(take(ring)?.marker).toBe(i);
  expect(offer(ring, 1000, offered)).toBe(true);
  let last = -1;
  for (let next = take(ring); next !== null; next = take(ring)) last = next.marker;
  expect(last).toBe(offered);
});

test("never cuts a packet to less than was captured, nor reads past its buffer", () => {
  const ring = new PacketRing(2 * MIB);
  const short = Buffer.alloc(64);
  header.set([0, 0, 4_000_000_000, 4_000_000_000]);
  expect(ring.offer(header, short, new Int32Array(short.buffer, short.byteOffset))).toBe(true);
  const frame = new Frame();
  expect(ring.take(frame)).toBe(true);
  expect([frame.end - frame.start, frame.wireLength]).toEqual([64, 4_000_000_000]);
});
