import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketView } from "../../../../src/decode/packet.ts";
import { EvidenceRing } from "../../../../src/emit/evidence/evidence-ring.ts";

const SOURCE = Buffer.from(Array.from({ length: 8192 }, (_, i) => (i * 131) ^ (i >> 5)));

/** A packet of `length` bytes somewhere in a block, with fields that follow from its number. */
function packetOf(number: number, length: number): PacketView {
  const packet = new PacketView();
  packet.bytes = SOURCE;
  packet.view = new DataView(SOURCE.buffer, SOURCE.byteOffset, SOURCE.length);
  packet.frameStart = (number * 7) % 1000;
  packet.frameEnd = packet.frameStart + length;
  packet.wireLength = length + 3;
  packet.captureUs = 1e15 + number;
  packet.number = number;
  packet.linkType = number % 300;
  packet.srcHost = 2 ** 52 + number;
  packet.dstHost = number;
  packet.srcPort = 60_000 + (number % 5000);
  packet.dstPort = number % 65_536;
  return packet;
}

function numbersOf(ring: EvidenceRing): number[] {
  const numbers: number[] = [];
  for (let at = ring.newest; at >= 0; at = ring.older(at)) numbers.push(ring.number(at));
  return numbers;
}

function bytesOf(ring: EvidenceRing, at: number): Buffer {
  const bytes = Buffer.alloc(ring.length(at));
  ring.copyTo(at, bytes, 0);
  return bytes;
}

describe("the ring of recent packets", () => {
  it("holds the youngest packets without a gap, each as it was, whatever their sizes", () => {
    const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 1500 }), fc.constant(214)), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 4000, max: 20_000 }), (sizes, bytesMax) => {
        const ring = new EvidenceRing(bytesMax, 100);
        for (const [i, length] of sizes.entries()) {
          expect(ring.add(packetOf(i, length), i + 1, i + 2, i + 3)).toBeGreaterThanOrEqual(0);
          const numbers = numbersOf(ring);
          expect(numbers).toHaveLength(ring.size);
          expect(numbers).toEqual(Array.from(numbers, (_, k) => (numbers[0] as number) - k));
          for (let at = ring.newest; at >= 0; at = ring.older(at)) {
            const { frameStart, frameEnd } = packetOf(
              ring.number(at),
              sizes[ring.number(at)] as number,
            );
            expect(bytesOf(ring, at).equals(SOURCE.subarray(frameStart, frameEnd))).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("keeps every field", () => {
    const ring = new EvidenceRing(100_000, 200);
    const at = ring.add(packetOf(77, 214), 0xffffffff, 5, 6);
    const packet = packetOf(77, 214);
    expect(ring.timeUs(at)).toBe(packet.captureUs);
    expect([ring.srcHost(at), ring.dstHost(at)]).toEqual([packet.srcHost, packet.dstHost]);
    expect([ring.srcPort(at), ring.dstPort(at)]).toEqual([packet.srcPort, packet.dstPort]);
    expect([ring.length(at), ring.wireLength(at), ring.linkType(at)]).toEqual([214, 217, 77]);
    expect([ring.callKey(at), ring.fromKey(at), ring.toKey(at)]).toEqual([0xffffffff, 5, 6]);
  });

  it("uses the room that it was given: as many packets of the usual size as fit", () => {
    const ring = new EvidenceRing(1_048_576, 216);
    for (let i = 0; i < 10_000; i++) ring.add(packetOf(i, 214), 0, 0, 0);
    expect(ring.size).toBeGreaterThan(0.99 * (1_048_576 / (216 + 64)));
  });

  it("takes no packet that is larger than itself, and stays as it is", () => {
    const ring = new EvidenceRing(2000, 100);
    ring.add(packetOf(1, 100), 0, 0, 0);
    expect(ring.add(packetOf(2, 2500), 0, 0, 0)).toBe(-1);
    expect(numbersOf(ring)).toEqual([1]);
  });

  it("cuts packets to its snaplen and remembers their length on the wire", () => {
    const ring = new EvidenceRing(100_000, 96, 96);
    const at = ring.add(packetOf(9, 214), 0, 0, 0);
    expect([ring.length(at), ring.wireLength(at)]).toEqual([96, 217]);
    expect(bytesOf(ring, at)).toEqual(SOURCE.subarray(63, 63 + 96));
  });
});
