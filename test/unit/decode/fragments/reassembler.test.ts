import { describe, expect, test } from "vitest";
import { decodeFrom, decodePacket } from "../../../../src/decode/decode-packet.ts";
import { FragmentReassembler } from "../../../../src/decode/fragments/reassembler.ts";
import { isLayer } from "../../../../src/decode/layer.ts";
import { PacketView, SkipReason } from "../../../../src/decode/packet.ts";
import { frameOf } from "../../../support/captured.ts";
import { ethernet, ipv4, ipv6, ipv6Extension, udp } from "../../../support/pcap-writer.ts";
import { dice, shuffled } from "../../../support/rewrap.ts";

const START_US = 1.8e15;
const SOME_MIB = 4 * 1_048_576;

/** A piece of a datagram: place and bytes. */
interface Piece {
  readonly offset: number;
  readonly data: Uint8Array;
  readonly more: boolean;
}

class Host {
  readonly reassembler: FragmentReassembler;
  readonly packet = new PacketView();
  nowUs = START_US;

  constructor(bytesMax = SOME_MIB) {
    this.reassembler = new FragmentReassembler(bytesMax);
  }

  /** The payload when the datagram is whole, else the reason. */
  take(bytes: Uint8Array): string | number {
    const { packet } = this;
    let reason = decodePacket(frameOf(bytes), packet);
    packet.timeUs = this.nowUs;
    if (reason === SkipReason.IP_FRAGMENT) {
      const step = this.reassembler.add(packet);
      reason = isLayer(step) ? decodeFrom(step, packet) : step;
    }
    if (reason !== SkipReason.NONE) return reason;
    return packet.bytes.toString("latin1", packet.payloadStart, packet.payloadEnd);
  }
}

function v4(piece: Piece, options: { id?: number; src?: string; dst?: string } = {}): Buffer {
  const fragment = (piece.more ? 0x2000 : 0) | (piece.offset / 8);
  return ethernet(ipv4(piece.data, { id: 7, ...options, fragment }));
}

function v6(piece: Piece, id = 7): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 17;
  header.writeUInt16BE(piece.offset | (piece.more ? 1 : 0), 2);
  header.writeUInt32BE(id, 4);
  const chain = ipv6Extension(44, Buffer.concat([header, piece.data]));
  return ethernet(ipv6(chain, { nextHeader: 60 }));
}

function piecesOf(datagram: Uint8Array, size: number): Piece[] {
  const pieces: Piece[] = [];
  for (let offset = 0; offset < datagram.length; offset += size) {
    const data = datagram.subarray(offset, offset + size);
    pieces.push({ offset, data, more: offset + size < datagram.length });
  }
  return pieces;
}

const TEXT = "REGISTER sip:example.com SIP/2.0 ".repeat(200);

describe.each([
  ["IPv4", v4],
  ["IPv6 behind destination options", v6],
] as const)("%s", (_, make) => {
  test.each([8, 24, 1480])("pieces of %i bytes in any order are the datagram again", (size) => {
    const random = dice(size);
    for (let round = 0; round < 5; round++) {
      const host = new Host();
      const pieces = shuffled(piecesOf(udp(TEXT), size), random);
      const results = pieces.map((piece) => host.take(make(piece)));
      expect(results.at(-1)).toBe(TEXT);
      expect(results.slice(0, -1).every((result) => result === SkipReason.IP_FRAGMENT)).toBe(true);
    }
  });

  test("the whole packet is a packet again: lengths, next header and no fragment left", () => {
    const host = new Host();
    for (const piece of piecesOf(udp("x".repeat(100)), 64)) host.take(make(piece));
    const { packet } = host;
    const again = new PacketView();
    const bytes = packet.bytes.subarray(packet.frameStart, packet.frameEnd);
    expect(decodePacket(frameOf(bytes), again)).toBe(SkipReason.NONE);
    expect(again.payloadWireLength).toBe(100);
    expect(again.srcHost).toBe(packet.srcHost);
    expect(again.srcMacStart).toBeGreaterThan(0);
  });

  test("a missing piece keeps it back, and after a minute it is lost", () => {
    const host = new Host();
    const [first, second] = piecesOf(udp("x".repeat(100)), 64) as [Piece, Piece];
    expect(host.take(make(first))).toBe(SkipReason.IP_FRAGMENT);
    host.nowUs += 61_000_000;
    expect(host.take(make(second))).toBe(SkipReason.IP_FRAGMENT);
    expect(host.reassembler.counts).toMatchObject({ whole: 0, lost: 1 });
    expect(host.take(make(first))).toBe("x".repeat(100));
  });
});

describe("overlaps", () => {
  const data = (fill: string, bytes: number) => Buffer.alloc(bytes, fill);
  /** Two blocks of UDP header and A, then what follows. */
  const head: Piece = { offset: 0, data: udp("A".repeat(8), { length: 48 }), more: true };
  const tail: Piece = { offset: 40, data: data("Z", 8), more: false };

  test.each([
    [
      "of two that start alike the first wins",
      [
        { offset: 16, data: data("B", 24), more: true },
        { offset: 16, data: data("C", 24), more: true },
      ],
      `AAAAAAAA${"B".repeat(24)}ZZZZZZZZ`,
    ],
    [
      "the one that starts earlier wins, although it came later",
      [
        { offset: 24, data: data("B", 16), more: true },
        { offset: 16, data: data("C", 16), more: true },
      ],
      `AAAAAAAA${"C".repeat(16)}${"B".repeat(8)}ZZZZZZZZ`,
    ],
    [
      "the one that starts earlier wins and came first",
      [
        { offset: 16, data: data("B", 16), more: true },
        { offset: 24, data: data("C", 16), more: true },
      ],
      `AAAAAAAA${"B".repeat(16)}${"C".repeat(8)}ZZZZZZZZ`,
    ],
  ])("%s", (_, middle, expected) => {
    const host = new Host();
    const results = [head, ...middle, tail].map((piece) => host.take(v4(piece)));
    expect(results.at(-1)).toBe(expected);
    expect(host.reassembler.counts).toEqual({ whole: 0, overlapping: 1, lost: 0 });
  });

  test("a second end of the datagram is left aside, and so is data beyond the first", () => {
    const host = new Host();
    host.take(v4(head));
    host.take(v4(tail));
    host.take(v4({ offset: 48, data: data("Y", 8), more: false }));
    host.take(v4({ offset: 24, data: data("Y", 8), more: false }));
    host.take(v4({ offset: 48, data: data("Y", 8), more: true }));
    const middle = host.take(v4({ offset: 16, data: data("B", 24), more: true }));
    expect(middle).toBe(`AAAAAAAA${"B".repeat(24)}ZZZZZZZZ`);
  });
});

describe("what belongs together", () => {
  const pieces = piecesOf(udp("x".repeat(100)), 64) as [Piece, Piece];

  test.each([
    ["identification", { id: 8 }],
    ["source", { src: "10.0.0.9" }],
    ["destination", { dst: "10.0.0.9" }],
  ])("pieces that differ in %s do not", (_, options) => {
    const host = new Host();
    host.take(v4(pieces[0]));
    expect(host.take(v4(pieces[1], options))).toBe(SkipReason.IP_FRAGMENT);
  });

  test("pieces on two VLANs are of two networks", () => {
    const host = new Host();
    const tagged = (piece: Piece, vlan: number) =>
      ethernet(v4(piece).subarray(14), { tags: [[0x8100, vlan]], etherType: 0x0800 });
    host.take(tagged(pieces[0], 5));
    expect(host.take(tagged(pieces[1], 6))).toBe(SkipReason.IP_FRAGMENT);
    expect(host.take(tagged(pieces[1], 5))).toBe("x".repeat(100));
  });

  test("a second copy of a piece is a copy; later the identification is used again", () => {
    const host = new Host();
    host.take(v4(pieces[0]));
    host.take(v4(pieces[0]));
    expect(host.take(v4(pieces[1]))).toBe("x".repeat(100));
    host.nowUs += 1000;
    expect(host.take(v4(pieces[1]))).toBe(SkipReason.MIRROR_COPY);
    host.nowUs += 10_000;
    expect(host.take(v4(pieces[0]))).toBe(SkipReason.IP_FRAGMENT);
    expect(host.take(v4(pieces[1]))).toBe("x".repeat(100));
  });

  test("a piece that the capture has cut completes nothing", () => {
    const host = new Host();
    host.take(v4(pieces[0]));
    expect(host.take(v4(pieces[1]).subarray(0, 50))).toBe(SkipReason.IP_TRUNCATED);
  });

  test("a datagram beyond 65,535 bytes is none (CERT CA-1996-26)", () => {
    const host = new Host();
    const piece = { offset: 65_528, data: Buffer.alloc(64), more: false };
    expect(host.take(v4(piece))).toBe(SkipReason.IP_BAD_HEADER);
  });
});

describe("memory", () => {
  test("a datagram of somebody else survives 100,000 of one sender that are never complete", () => {
    const host = new Host();
    const [first, second] = piecesOf(udp("x".repeat(100)), 64) as [Piece, Piece];
    host.take(v4(first, { src: "10.0.0.50" }));
    for (let id = 0; id < 100_000; id++) {
      // Each claims the far end of a datagram.
      host.take(
        v4({ offset: 8 * (id % 8000), data: Buffer.alloc(8), more: true }, { id: id % 65_536 }),
      );
    }
    expect(host.reassembler.evictions).toBeGreaterThan(50_000);
    expect(host.take(v4(second, { src: "10.0.0.50" }))).toBe("x".repeat(100));
  });

  test("senders that are made up push out the oldest only, and never beyond the room", () => {
    const host = new Host();
    const [first, second] = piecesOf(udp("x".repeat(100)), 64) as [Piece, Piece];
    for (let i = 0; i < 20_000; i++) {
      const src = `11.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
      host.take(v4({ offset: 800, data: Buffer.alloc(8), more: true }, { src }));
    }
    expect(host.reassembler.size).toBeLessThanOrEqual(host.reassembler.capacity);
    expect(host.reassembler.evictions).toBeGreaterThan(15_000);
    host.take(v4(first));
    expect(host.take(v4(second))).toBe("x".repeat(100));
  });
});
