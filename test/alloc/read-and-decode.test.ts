import { expect, test } from "vitest";
import { openSource } from "../../src/capture/file-source.ts";
import { decodePacket } from "../../src/decode/decode-packet.ts";
import { PacketView, SkipReason } from "../../src/decode/packet.ts";
import { inPieces } from "../support/captured.ts";
import { pcapFile, pcapngFile, udp6Packet, udpPacket } from "../support/pcap-writer.ts";

const PACKETS = 2000;
const ROUNDS = 400;

test.each([
  ["pcap, IPv4: nothing", pcapFile, udpPacket, 4],
  // The hash of an address is returned as a number on the heap, 16 bytes each; one is returned twice where V8 inlines less.
  ["pcap, IPv6: two or three numbers", pcapFile, udp6Packet, 56],
  ["pcapng, IPv4: nothing", pcapngFile, udpPacket, 4],
] as const)(
  "what reading and decoding allocates per packet: %s",
  async (_, file, packetOf, bytesMax) => {
    const bytes = file(
      Array.from({ length: PACKETS }, (_, i) => ({
        bytes: packetOf("x".repeat(40), { srcPort: i }),
        timeUs: 1_700_000_000_000_000 + i,
      })),
    );
    const packet = new PacketView();
    let heapBytes = 0;
    let decoded = 0;
    const measure = async (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        let before = 0;
        let after = 0;
        let inRound = 0;
        await openSource(["-"], { stdin: inPieces(bytes, bytes.length) }).run((frame) => {
          if (decodePacket(frame, packet) === SkipReason.NONE) decoded++;
          // The first packets pay for opening; between these two nothing is awaited.
          if (++inRound === 100) before = process.memoryUsage().heapUsed;
          if (inRound === 900) after = process.memoryUsage().heapUsed;
        });
        heapBytes += Math.max(after - before, 0);
      }
    };
    await measure(ROUNDS);
    heapBytes = 0;
    decoded = 0;
    await measure(ROUNDS);
    expect(decoded).toBe(PACKETS * ROUNDS);
    expect(heapBytes / (800 * ROUNDS)).toBeLessThan(bytesMax);
  },
);
