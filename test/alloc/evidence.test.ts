import { expect, test } from "vitest";
import { PacketView } from "../../src/decode/packet.ts";
import { EvidenceRing } from "../../src/emit/evidence/evidence-ring.ts";

const PACKETS = 50_000;

test("what keeping a media packet allocates: nothing", () => {
  const ring = new EvidenceRing(1_048_576, 216);
  const packet = new PacketView();
  packet.bytes = Buffer.alloc(4096, 7);
  packet.view = new DataView(packet.bytes.buffer, packet.bytes.byteOffset, packet.bytes.length);
  packet.frameEnd = 214;
  const bytesEach = (): number => {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < PACKETS; i++) ring.add(packet, 0, 0, 0);
    return (process.memoryUsage().heapUsed - before) / PACKETS;
  };
  for (let i = 0; i < 5; i++) bytesEach();
  const samples = Array.from({ length: 15 }, bytesEach).sort((a, b) => a - b);
  expect(samples[7]).toBeLessThan(1);
});
