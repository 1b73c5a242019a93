import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { NO_HOST } from "../../../src/decode/host.ts";
import { PacketView, SkipReason } from "../../../src/decode/packet.ts";
import { frameOf } from "../../support/captured.ts";
import {
  address,
  ethernet,
  ipv4,
  ipv6,
  ipv6Extension,
  udp,
  udp6Packet,
  udpPacket,
} from "../../support/pcap-writer.ts";

function decode(bytes: Uint8Array, linkType = 1) {
  const frame = frameOf(bytes, linkType);
  const packet = new PacketView();
  const reason = decodePacket(frame, packet);
  const payload = frame.bytes.toString("latin1", packet.payloadStart, packet.payloadEnd);
  return { frame, packet, reason, payload };
}

const withoutFrame = (packet: PacketView) => ({ ...packet, bytes: null, view: null });

const fragmentHeader = (nextHeader: number, offsetAndFlags: number, payload: Uint8Array) => {
  const header = Buffer.alloc(8);
  header[0] = nextHeader;
  header.writeUInt16BE(offsetAndFlags, 2);
  return Buffer.concat([header, payload]);
};

describe("IPv4 (RFC 791 3.1)", () => {
  test("all fields of a UDP packet", () => {
    const { packet, reason, payload } = decode(
      udpPacket("hello", {
        src: "192.0.2.1",
        dst: "255.0.2.2",
        srcPort: 5060,
        dstPort: 65_535,
        ttl: 63,
        id: 0xabcd,
        checksum: 0x1234,
      }),
    );
    expect([reason, payload]).toEqual([SkipReason.NONE, "hello"]);
    expect(packet).toMatchObject({
      ipVersion: 4,
      ipProtocol: 17,
      ttl: 63,
      ipId: 0xabcd,
      srcHost: 0xc0000201,
      dstHost: 0xff000202,
      srcPort: 5060,
      dstPort: 65_535,
      payloadWireLength: 5,
      udpChecksum: 0x1234,
    });
    expect(packet.ipEnd - packet.ipStart).toBe(33);
    expect(packet.dstAddressStart - packet.srcAddressStart).toBe(4);
  });

  test("options are skipped", () => {
    expect(decode(udpPacket("hello", { options: Buffer.alloc(40, 1) })).payload).toBe("hello");
  });

  test("Ethernet padding behind the total length is no payload", () => {
    const { packet, payload } = decode(Buffer.concat([udpPacket("hi"), Buffer.alloc(16)]));
    expect([payload, packet.payloadWireLength]).toEqual(["hi", 2]);
  });

  test("fragments, the first one too, are counted as such, with their addresses", () => {
    for (const fragment of [0x2000, 0x2001, 0x0001]) {
      const { reason, packet, payload } = decode(udpPacket("hello", { fragment }));
      expect([reason, payload, packet.srcHost]).toEqual([SkipReason.IP_FRAGMENT, "", 0x0a000001]);
    }
    expect(decode(udpPacket("hello", { fragment: 0x4000 })).reason).toBe(SkipReason.NONE);
    expect(decode(udpPacket("hello", { fragment: 0x8000 })).reason).toBe(SkipReason.NONE);
  });

  test.each([
    ["a version that is not 4", ethernet(Buffer.alloc(40), { etherType: 0x0800 })],
    [
      "a header shorter than 20 bytes",
      ethernet(Buffer.concat([Buffer.from([0x44]), Buffer.alloc(39)])),
    ],
    ["a total length inside the header", udpPacket("hello", { totalLength: 19 })],
    ["a total length of zero on UDP", udpPacket("hello", { totalLength: 0 })],
  ])("%s is a bad header", (_, bytes) => {
    expect(decode(bytes).reason).toBe(SkipReason.IP_BAD_HEADER);
  });

  test("TCP that the network card is to segment has total length zero", () => {
    const { reason, packet } = decode(udpPacket("x".repeat(30), { protocol: 6, totalLength: 0 }));
    expect([reason, packet.ipEnd - packet.ipStart]).toEqual([SkipReason.TCP, 58]);
  });

  test("of ICMP what follows its header is the payload", () => {
    const decoded = decode(udpPacket("hello", { protocol: 1 }));
    expect([decoded.reason, decoded.payload]).toEqual([SkipReason.ICMP, "hello"]);
  });

  test.each([
    [6, SkipReason.TCP],
    [132, SkipReason.SCTP],
  ])("protocol %i is skipped by its reason", (protocol, reason) => {
    const decoded = decode(udpPacket("hello", { protocol }));
    expect([decoded.reason, decoded.payload]).toEqual([reason, ""]);
    expect(decoded.packet.ipProtocol).toBe(protocol);
  });
});

describe("IPv6 (RFC 8200)", () => {
  test("all fields of a UDP packet", () => {
    const { frame, packet, reason, payload } = decode(
      udp6Packet("hello", {
        src: "2001:db8::1",
        dst: "fe80::2",
        hopLimit: 5,
        srcPort: 1,
        dstPort: 2,
      }),
    );
    expect([reason, payload]).toEqual([SkipReason.NONE, "hello"]);
    expect(packet).toMatchObject({
      ipVersion: 6,
      ipProtocol: 17,
      ttl: 5,
      ipId: 0,
      srcPort: 1,
      dstPort: 2,
    });
    const at = (start: number) => frame.bytes.subarray(start, start + 16);
    expect(Buffer.compare(at(packet.srcAddressStart), address("2001:db8::1"))).toBe(0);
    expect(Buffer.compare(at(packet.dstAddressStart), address("fe80::2"))).toBe(0);
    expect(packet.srcHost).toBeGreaterThanOrEqual(2 ** 32);
    expect(packet.srcHost).not.toBe(packet.dstHost);
  });

  test("hop-by-hop, routing, destination options and AH are skipped", () => {
    // RFC 4302 2.2: length in words of four bytes, minus two.
    const authentication = Buffer.concat([Buffer.from([17, 4]), Buffer.alloc(22), udp("hello")]);
    const chain = ipv6Extension(43, ipv6Extension(60, ipv6Extension(51, authentication, 2)), 1);
    const { reason, packet, payload } = decode(ethernet(ipv6(chain, { nextHeader: 0 })));
    expect([reason, payload, packet.ipProtocol]).toEqual([SkipReason.NONE, "hello", 17]);
  });

  test("a chain of nine headers is given up", () => {
    let body = ipv6Extension(17, udp("hello"));
    for (let i = 0; i < 7; i++) body = ipv6Extension(60, body);
    expect(decode(ethernet(ipv6(body, { nextHeader: 60 }))).payload).toBe("hello");
    body = ipv6Extension(60, body);
    const { reason } = decode(ethernet(ipv6(body, { nextHeader: 60 })));
    expect(reason).toBe(SkipReason.EXTENSION_HEADERS_TOO_MANY);
  });

  test("fragments are counted, an atomic fragment is a whole packet (RFC 6946)", () => {
    const packetOf = (offsetAndFlags: number) =>
      ethernet(ipv6(fragmentHeader(17, offsetAndFlags, udp("hello")), { nextHeader: 44 }));
    expect(decode(packetOf(1)).reason).toBe(SkipReason.IP_FRAGMENT);
    expect(decode(packetOf(8)).reason).toBe(SkipReason.IP_FRAGMENT);
    expect(decode(packetOf(8)).packet.ipProtocol).toBe(17);
    const atomic = decode(packetOf(0b110));
    expect([atomic.reason, atomic.payload]).toEqual([SkipReason.NONE, "hello"]);
  });

  test("a header chain that its own payload length cuts is a bad header", () => {
    const body = ipv6Extension(17, udp("hello"), 3);
    for (const payloadLength of [0, 7, 8, 31]) {
      const { reason } = decode(ethernet(ipv6(body, { nextHeader: 60, payloadLength })));
      expect(reason).toBe(SkipReason.IP_BAD_HEADER);
    }
  });

  test("ICMPv6 and no next header", () => {
    expect(decode(ethernet(ipv6("", { nextHeader: 58 }))).reason).toBe(SkipReason.ICMP);
    expect(decode(ethernet(ipv6("", { nextHeader: 59 }))).reason).toBe(SkipReason.OTHER_PROTOCOL);
  });
});

describe("UDP (RFC 768)", () => {
  test("a capture that the snaplen cut gives the bytes that are there", () => {
    const whole = udpPacket("x".repeat(1000));
    const { reason, packet, payload } = decode(whole.subarray(0, 142));
    expect([reason, payload.length, packet.payloadWireLength]).toEqual([
      SkipReason.NONE,
      100,
      1000,
    ]);
  });

  test("bytes behind the UDP length are no payload", () => {
    const { payload, packet } = decode(udpPacket("hello", { length: 10 }));
    expect([payload, packet.payloadWireLength]).toEqual(["he", 2]);
  });

  test("an empty payload is a payload", () => {
    const { reason, packet } = decode(udpPacket(""));
    expect([reason, packet.payloadWireLength]).toEqual([SkipReason.NONE, 0]);
  });

  test.each([0, 7, 14, 65_535])("a length of %i that the packet cannot have is bad", (length) => {
    expect(decode(udpPacket("hello", { length })).reason).toBe(SkipReason.UDP_BAD_LENGTH);
    expect(decode(udp6Packet("hello", { length })).reason).toBe(SkipReason.UDP_BAD_LENGTH);
  });

  test("a packet without room for the header is truncated", () => {
    expect(decode(ethernet(ipv4(Buffer.alloc(7)))).reason).toBe(SkipReason.UDP_TRUNCATED);
  });

  test.each([
    ["SIP to VXLAN's port", 4789, "OPTIONS sip:a@b"],
    ["flags that VXLAN does not have", 4789, "\x09\0\0\0\0\0\x07\0more"],
    ["RTP to GENEVE's port", 6081, `\x80\0\0\x01${"x".repeat(20)}`],
    ["RTP to GTP's port", 2152, `\x80\0\0\x01${"x".repeat(20)}`],
    ["RTP to a mirror's port", 37_008, `\x80\0\0\x01${"x".repeat(20)}`],
    ["SIP to Teredo's port", 3544, "INVITE sip:a@b"],
    ["RTP to LISP's port", 4341, `\x80\0\0\x01\0\0\0\x01\x45\0\0\x01${"x".repeat(20)}`],
    ["SIP to LISP's port", 4341, "INVITE sip:a@b SIP/2.0\r\n"],
    ["SIP to the port of MPLS", 6635, "INVITE sip:a@b SIP/2.0\r\n"],
  ])("a tunnel's port alone makes no tunnel: %s", (_, dstPort, payload) => {
    const decoded = decode(udpPacket(payload, { dstPort }));
    expect([decoded.reason, decoded.payload]).toEqual([SkipReason.NONE, payload]);
  });
});

const samples: [string, Buffer][] = [
  ["IPv4", udpPacket("hello", { options: Buffer.alloc(8) })],
  [
    "IPv6",
    ethernet(ipv6(ipv6Extension(60, ipv6Extension(17, udp("hello")), 1), { nextHeader: 0 })),
  ],
  [
    "VLAN",
    ethernet(ipv4(udp("hello")), {
      tags: [
        [0x8100, 5],
        [0x8100, 6],
      ],
    }),
  ],
];

/** What every result has to keep, whatever the bytes were. */
function expectInside(decoded: ReturnType<typeof decode>): void {
  const { frame, packet, reason } = decoded;
  expect(packet.payloadStart).toBeGreaterThanOrEqual(frame.start);
  expect(packet.payloadEnd).toBeGreaterThanOrEqual(packet.payloadStart);
  expect(packet.ipEnd).toBeGreaterThanOrEqual(packet.payloadEnd);
  expect(frame.end).toBeGreaterThanOrEqual(packet.ipEnd);
  expect(packet.payloadWireLength).toBeGreaterThanOrEqual(packet.payloadEnd - packet.payloadStart);
  // Rules look at what ICMP quotes.
  const hasPayload = reason === SkipReason.NONE || reason === SkipReason.ICMP;
  if (!hasPayload) expect(packet.payloadEnd).toBe(packet.payloadStart);
  if (packet.srcHost !== NO_HOST) expect(packet.ipVersion).toBeGreaterThan(0);
}

describe("hostile input", () => {
  test.each(samples)("%s cut at every length is truncated or a shorter payload", (_, bytes) => {
    for (let length = 0; length < bytes.length; length++) {
      const decoded = decode(bytes.subarray(0, length));
      expectInside(decoded);
      if (length < bytes.length - 5) {
        expect([
          SkipReason.LINK_TRUNCATED,
          SkipReason.IP_TRUNCATED,
          SkipReason.UDP_TRUNCATED,
        ]).toContain(decoded.reason);
      } else {
        expect(decoded.payload).toBe("hello".slice(0, length - bytes.length + 5));
        expect(decoded.packet.payloadWireLength).toBe(5);
      }
    }
  });

  test("any bytes on any link type stay inside the frame and never throw", () => {
    const linkTypes = [0, 1, 12, 14, 101, 108, 113, 228, 229, 276, 7];
    const mutated = fc
      .tuple(
        fc.constantFrom(...samples.map(([, bytes]) => bytes)),
        fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
        fc.nat(90),
      )
      .map(([bytes, changes, length]) => {
        const copy = Buffer.from(bytes.subarray(0, Math.max(length, 1)));
        for (const [at, value] of changes) copy[at % copy.length] = value;
        return copy;
      });
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 120 }), mutated),
        fc.constantFrom(...linkTypes),
        (bytes, linkType) => expectInside(decode(bytes, linkType)),
      ),
      { numRuns: 20_000 },
    );
  });

  test("a reused view is the same as a fresh one", () => {
    const frames = [
      ...samples.map(([, bytes]) => frameOf(bytes)),
      frameOf(udpPacket("hello", { fragment: 0x2000 })),
      frameOf(udpPacket("hello").subarray(0, 20)),
      frameOf(Buffer.alloc(3)),
      frameOf(ipv4(udp("raw")), 101),
    ];
    const reused = new PacketView();
    for (const before of frames) {
      for (const frame of frames) {
        decodePacket(before, reused);
        const fresh = new PacketView();
        expect(decodePacket(frame, reused)).toBe(decodePacket(frame, fresh));
        expect(withoutFrame(reused)).toEqual(withoutFrame(fresh));
        expect(reused.bytes).toBe(frame.bytes);
      }
    }
  });
});
