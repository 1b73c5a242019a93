import { expect, test } from "vitest";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { PacketView, SkipReason } from "../../../src/decode/packet.ts";
import { SctpChunks } from "../../../src/decode/sctp.ts";
import { SctpPieces } from "../../../src/decode/sctp-pieces.ts";
import { frameOf } from "../../support/captured.ts";
import { ethernet, ipv4, uint16 } from "../../support/pcap-writer.ts";
import { dice, shuffled } from "../../support/rewrap.ts";

function chunk(type: number, flags: number, body: string, headerBytes = 16): Buffer {
  const bytes = Buffer.alloc((headerBytes + body.length + 3) & ~3);
  bytes[0] = type;
  bytes[1] = flags;
  bytes.writeUInt16BE(headerBytes + body.length, 2);
  bytes.write(body, headerBytes, "latin1");
  return bytes;
}

interface SctpOptions {
  readonly captured?: number;
  readonly tag?: number;
  readonly pieces?: SctpPieces;
}

/** Messages of an SCTP packet with these chunks, cut to so many bytes. */
function messages(chunks: readonly Buffer[], options: SctpOptions = {}) {
  const { captured = Number.POSITIVE_INFINITY, pieces = new SctpPieces(65_536), tag = 7 } = options;
  const ends = Buffer.concat([uint16(5060), uint16(5062), Buffer.alloc(8)]);
  ends.writeUInt32BE(tag, 4);
  const bytes = ethernet(ipv4(Buffer.concat([ends, ...chunks]), { protocol: 132 }));
  const packet = new PacketView();
  const reason = decodePacket(frameOf(bytes.subarray(0, captured)), packet);
  const sctp = new SctpChunks();
  const found: string[] = [];
  const show = ({ bytes: all, payloadStart, payloadEnd }: PacketView) =>
    found.push(all.toString("latin1", payloadStart, payloadEnd));
  if (reason === SkipReason.SCTP && sctp.begin(packet)) {
    while (sctp.next(packet)) {
      const isWhole = sctp.begins && sctp.ends;
      const message = isWhole ? packet : pieces.take(packet, sctp);
      if (message !== null) show(message);
    }
  }
  return { found, dstPort: packet.dstPort };
}

/** A piece of a message as DATA, or as I-DATA of message `mid`. */
function piece(text: string, flags: number, number: number, mid = -1): Buffer {
  const bytes = chunk(mid < 0 ? 0 : 64, flags, text, mid < 0 ? 16 : 20);
  if (mid < 0) bytes.writeInt32BE(number | 0, 4);
  else {
    bytes.writeUInt32BE(mid, 12);
    bytes.writeUInt32BE((flags & 2) === 0 ? number : 46, 16);
  }
  return bytes;
}

/** The text in pieces of so many bytes, the first with that number. */
function inPieces(text: string, size: number, first: number, mid = -1): Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0; at < text.length; at += size) {
    const flags = (at === 0 ? 2 : 0) | (at + size >= text.length ? 1 : 0);
    out.push(piece(text.slice(at, at + size), flags, first + out.length, mid));
  }
  return out;
}

const INVITE = `INVITE sip:bob@example.com SIP/2.0\r\nSubject: ${"x".repeat(200)}\r\n\r\n`;
const BYE = INVITE.replaceAll("INVITE", "BYE");

test("each DATA chunk that is whole is a message, other chunks are passed over (RFC 9260 3.3.1)", () => {
  const sack = chunk(3, 0, "x".repeat(12), 4);
  const chunks = [sack, chunk(0, 3, "one"), chunk(64, 7, "three", 20), chunk(0, 3, "seven77")];
  const { found, dstPort } = messages(chunks);
  expect([found, dstPort]).toEqual([["one", "three", "seven77"], 5062]);
});

test("pieces are put together in any order, over the wrap of their numbers (RFC 9260 6.9)", () => {
  for (let seed = 0; seed < 50; seed++) {
    const random = dice(seed);
    const pieces = new SctpPieces(65_536);
    const both = [...inPieces(INVITE, 30, 2 ** 31 - 4), ...inPieces(BYE, 50, 2 ** 31 + 40)];
    const found = shuffled(both, random).flatMap((one) => messages([one], { pieces }).found);
    expect(found.sort()).toEqual([BYE, INVITE]);
    expect([pieces.heldBytes, pieces.size]).toEqual([0, 0]);
  }
});

test("pieces of I-DATA belong to their message (RFC 8260 2.1)", () => {
  const [one, two] = [inPieces(INVITE, 100, 0, 5), inPieces(BYE, 100, 0, 6)];
  const mixed = one.flatMap((chunk, i) => [two[i] ?? chunk, chunk]);
  expect(messages(mixed).found).toEqual([BYE, INVITE]);
});

test("who does not know the association's tag adds nothing, and of one number the first counts", () => {
  const pieces = new SctpPieces(65_536);
  const [head, ...rest] = inPieces(INVITE, 100, 1);
  const forged = inPieces(BYE, 100, 1);
  expect(messages([head as Buffer], { pieces }).found).toEqual([]);
  expect(messages(forged.slice(1), { pieces, tag: 8 }).found).toEqual([]);
  expect(messages([forged[0] as Buffer], { pieces }).found).toEqual([]);
  expect(messages(rest, { pieces }).found).toEqual([INVITE]);
});

test("what is never completed, or is none of SIP's, stays within bounds", () => {
  const pieces = new SctpPieces(65_536);
  for (let i = 0; i < 20_000; i++) {
    messages([piece("x".repeat(700), 0, 2 * i)], { pieces, tag: i % 5 });
    messages([piece(INVITE, 2, 1)], { pieces, tag: i });
    messages([piece("M3UA", 2, 1)], { pieces, tag: 100_000 + i });
  }
  expect(pieces.heldBytes).toBeLessThanOrEqual(65_536);
  expect(pieces.size).toBeLessThan(200);
});

test("a message longer than any is shown as far as one goes", () => {
  const { found } = messages(inPieces(INVITE + "x".repeat(15_000), 200, 1));
  expect(found.map((text) => text.length)).toEqual([INVITE.length + 15_000]);
});

test("cut anywhere, or with any length, nothing throws and nothing leaves the packet", () => {
  const chunks = [chunk(0, 3, "one"), chunk(0, 3, "two")];
  for (let captured = 0; captured < 100; captured++) messages(chunks, { captured });
  for (const length of [0, 1, 3, 4, 15, 16, 17, 40, 65_535]) {
    const bad = chunk(0, 3, "one");
    bad.writeUInt16BE(length, 2);
    for (const text of messages([bad, chunk(0, 3, "two")]).found) {
      expect(text.length).toBeLessThan(64);
    }
  }
});
