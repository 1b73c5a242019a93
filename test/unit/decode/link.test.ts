import { describe, expect, test } from "vitest";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { PacketView, SkipReason } from "../../../src/decode/packet.ts";
import { frameOf } from "../../support/captured.ts";
import { ethernet, ipv4, ipv6, MAC_A, udp, uint16 } from "../../support/pcap-writer.ts";

const V4 = ipv4(udp("hello"));
const V6 = ipv6(udp("hello"));
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

function decode(bytes: Uint8Array, linkType = 1) {
  const frame = frameOf(bytes, linkType);
  const packet = new PacketView();
  const reason = decodePacket(frame, packet);
  return {
    reason,
    packet,
    payload: frame.bytes.toString("latin1", packet.payloadStart, packet.payloadEnd),
    mac:
      packet.srcMacStart < 0
        ? ""
        : frame.bytes.toString("hex", packet.srcMacStart, packet.srcMacStart + 6),
  };
}

const sll = (protocol: number, arphrd = 1) =>
  Buffer.concat([uint16(0), uint16(arphrd), hex("0006 02000000000a 0000"), uint16(protocol)]);
const sll2 = (protocol: number, arphrd = 1) =>
  Buffer.concat([
    uint16(protocol),
    hex("0000 00000003"),
    uint16(arphrd),
    hex("0006 02000000000a 0000"),
  ]);
const SNAP = hex("aaaa03 000000");

describe("link layers that carry IP", () => {
  test.each<[string, number, Uint8Array, Uint8Array]>([
    ["Ethernet", 1, ethernet(V4), ethernet(V6)],
    ["802.1Q", 1, ethernet(V4, { tags: [[0x8100, 42]] }), ethernet(V6, { tags: [[0x8100, 42]] })],
    ["Linux cooked (SLL)", 113, Buffer.concat([sll(0x0800), V4]), Buffer.concat([sll(0x86dd), V6])],
    ["SLL2", 276, Buffer.concat([sll2(0x0800), V4]), Buffer.concat([sll2(0x86dd), V6])],
    ["RAW", 101, V4, V6],
    ["RAW as BSD wrote it", 12, V4, V6],
    ["RAW as OpenBSD wrote it", 14, V4, V6],
    [
      "NULL, little-endian",
      0,
      Buffer.concat([hex("02000000"), V4]),
      Buffer.concat([hex("1e000000"), V6]),
    ],
    [
      "NULL, big-endian",
      0,
      Buffer.concat([hex("00000002"), V4]),
      Buffer.concat([hex("00000018"), V6]),
    ],
    ["LOOP", 108, Buffer.concat([hex("00000002"), V4]), Buffer.concat([hex("0000001c"), V6])],
    [
      "LOOP, little-endian",
      108,
      Buffer.concat([hex("02000000"), V4]),
      Buffer.concat([hex("0a000000"), V6]),
    ],
    [
      "802.2 LLC with SNAP (RFC 1042)",
      1,
      ethernet(Buffer.concat([SNAP, uint16(0x0800), V4]), { etherType: 8 + V4.length }),
      ethernet(Buffer.concat([SNAP, uint16(0x86dd), V6]), { etherType: 8 + V6.length }),
    ],
    [
      "SLL with 802.2",
      113,
      Buffer.concat([sll(4), SNAP, uint16(0x0800), V4]),
      Buffer.concat([sll(4), SNAP, uint16(0x86dd), V6]),
    ],
    [
      "PPPoE (RFC 2516)",
      1,
      ethernet(Buffer.concat([hex("1100 0001 0023 0021"), V4]), { etherType: 0x8864 }),
      ethernet(Buffer.concat([hex("1100 0001 0037 0057"), V6]), { etherType: 0x8864 }),
    ],
    [
      "PPPoE inside a VLAN",
      1,
      ethernet(Buffer.concat([hex("1100 0001 0023 0021"), V4]), {
        etherType: 0x8864,
        tags: [[0x8100, 7]],
      }),
      ethernet(Buffer.concat([hex("1100 0001 0037 0057"), V6]), {
        etherType: 0x8864,
        tags: [[0x8100, 7]],
      }),
    ],
  ])("%s", (_, linkType, v4, v6) => {
    for (const [version, bytes] of [
      [4, v4],
      [6, v6],
    ] as const) {
      const { reason, packet, payload } = decode(bytes, linkType);
      expect([reason, packet.ipVersion, payload]).toEqual([SkipReason.NONE, version, "hello"]);
    }
  });

  test("link types of one IP version", () => {
    expect(decode(V4, 228).payload).toBe("hello");
    expect(decode(V6, 229).payload).toBe("hello");
    expect(decode(V6, 228).reason).toBe(SkipReason.IP_BAD_HEADER);
  });

  test("three stacked VLAN tags are kept, without priority bits (802.1ad), in the same view anew", () => {
    const packet = new PacketView();
    const vlansOf = (...tags: readonly (readonly [number, number])[]) => {
      expect(decodePacket(frameOf(ethernet(V4, { tags })), packet)).toBe(SkipReason.NONE);
      return [packet.vlan, packet.innerVlan, packet.thirdVlan];
    };
    expect(vlansOf([0x88a8, 0xe000 | 100], [0x9100, 200], [0x8100, 300], [0x8100, 400])).toEqual([
      100, 200, 300,
    ]);
    expect(vlansOf([0x8100, 5])).toEqual([5, -1, -1]);
    expect(vlansOf([0x8100, 5], [0x8100, 6])).toEqual([5, 6, -1]);
    expect(vlansOf()).toEqual([-1, -1, -1]);
  });

  test("the sender's MAC address is found where the link has one", () => {
    const mac = MAC_A.replaceAll(":", "");
    expect(decode(ethernet(V4, { tags: [[0x8100, 1]] })).mac).toBe(mac);
    expect(decode(Buffer.concat([sll(0x0800), V4]), 113).mac).toBe(mac);
    expect(decode(Buffer.concat([sll2(0x0800), V4]), 276).mac).toBe(mac);
    expect(decode(V4, 101).mac).toBe("");
  });
});

describe("what is not IP is told by reason", () => {
  test.each<[string, number, Uint8Array, number]>([
    ["ARP", 1, ethernet(V4, { etherType: 0x0806 }), SkipReason.NOT_IP],
    ["spanning tree", 1, ethernet(hex("424203 0000000000"), { etherType: 38 }), SkipReason.NOT_IP],
    ["MPLS", 1, ethernet(V4, { etherType: 0x8847 }), SkipReason.TUNNEL],
    ["PPPoE discovery", 1, ethernet(V4, { etherType: 0x8863 }), SkipReason.NOT_IP],
    [
      "PPP control",
      1,
      ethernet(hex("1100 0001 0004 c021 0000"), { etherType: 0x8864 }),
      SkipReason.NOT_IP,
    ],
    ["netlink", 113, Buffer.concat([sll(0x0800, 824), V4]), SkipReason.NOT_IP],
    ["netlink on SLL2", 276, Buffer.concat([sll2(0x0800, 824), V4]), SkipReason.NOT_IP],
    ["an unknown loopback family", 0, Buffer.concat([hex("07000000"), V4]), SkipReason.NOT_IP],
    ["RAW of another version", 101, hex("50"), SkipReason.NOT_IP],
    ["an unknown link type", 147, ethernet(V4), SkipReason.LINK_TYPE_UNKNOWN],
    [
      "nine VLAN tags",
      1,
      ethernet(V4, { tags: Array.from({ length: 9 }, () => [0x8100, 1] as const) }),
      SkipReason.NOT_IP,
    ],
    ["an empty frame", 1, new Uint8Array(0), SkipReason.LINK_TRUNCATED],
    ["an empty RAW frame", 101, new Uint8Array(0), SkipReason.LINK_TRUNCATED],
  ])("%s", (_, linkType, bytes, reason) => {
    const decoded = decode(bytes, linkType);
    expect([decoded.reason, decoded.payload]).toEqual([reason, ""]);
  });
});
