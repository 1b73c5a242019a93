import { expect, test } from "vitest";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { PacketView, SkipReason } from "../../../src/decode/packet.ts";
import { SctpChunks } from "../../../src/decode/sctp.ts";
import { frameOf } from "../../support/captured.ts";
import { ethernet, ipv4, uint16 } from "../../support/pcap-writer.ts";

function chunk(type: number, flags: number, body: string, headerBytes = 16): Buffer {
  const bytes = Buffer.alloc((headerBytes + body.length + 3) & ~3);
  bytes[0] = type;
  bytes[1] = flags;
  bytes.writeUInt16BE(headerBytes + body.length, 2);
  bytes.write(body, headerBytes, "latin1");
  return bytes;
}

/** Whole messages of an SCTP packet with these chunks, cut to so many bytes. */
function messages(chunks: readonly Buffer[], captured = Number.POSITIVE_INFINITY) {
  const common = Buffer.concat([uint16(5060), uint16(5062), Buffer.alloc(8)]);
  const bytes = ethernet(ipv4(Buffer.concat([common, ...chunks]), { protocol: 132 }));
  const packet = new PacketView();
  const reason = decodePacket(frameOf(bytes.subarray(0, captured)), packet);
  const sctp = new SctpChunks();
  const found: string[] = [];
  if (reason === SkipReason.SCTP && sctp.begin(packet)) {
    while (sctp.next(packet)) {
      found.push(packet.bytes.toString("latin1", packet.payloadStart, packet.payloadEnd));
    }
  }
  return { found, pieces: sctp.pieces, dstPort: packet.dstPort };
}

test("each DATA chunk that is whole is a message, other chunks are passed over (RFC 9260 3.3.1)", () => {
  const sack = chunk(3, 0, "x".repeat(12), 4);
  const chunks = [sack, chunk(0, 3, "one"), chunk(64, 7, "three", 20), chunk(0, 3, "seven77")];
  const { found, dstPort } = messages(chunks);
  expect([found, dstPort]).toEqual([["one", "three", "seven77"], 5062]);
});

test("pieces of a message are counted and not shown", () => {
  const { found, pieces } = messages([chunk(0, 2, "be"), chunk(0, 0, "gi"), chunk(0, 1, "n")]);
  expect([found, pieces]).toEqual([[], 3]);
});

test("cut anywhere, or with any length, nothing throws and nothing leaves the packet", () => {
  const chunks = [chunk(0, 3, "one"), chunk(0, 3, "two")];
  for (let captured = 0; captured < 100; captured++) messages(chunks, captured);
  for (const length of [0, 1, 3, 4, 15, 16, 17, 40, 65_535]) {
    const bad = chunk(0, 3, "one");
    bad.writeUInt16BE(length, 2);
    for (const text of messages([bad, chunk(0, 3, "two")]).found) {
      expect(text.length).toBeLessThan(64);
    }
  }
});
