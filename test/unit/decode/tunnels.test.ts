import { describe, expect, test } from "vitest";
import { decodePacket } from "../../../src/decode/decode-packet.ts";
import { PacketView, SkipReason } from "../../../src/decode/packet.ts";
import { RoutingDomains } from "../../../src/decode/routing-domains.ts";
import { frameOf } from "../../support/captured.ts";
import { ethernet, ipv4, ipv6, udp } from "../../support/pcap-writer.ts";
import { IPV4_TUNNELS, IPV6_TUNNELS, TUNNELS } from "../../support/tunnels.ts";

const INNER4 = ethernet(ipv4(udp("hello"), { src: "10.1.2.3", dst: "10.9.9.9" }));
const INNER6 = ethernet(ipv6(udp("hello"), { src: "fd00::1", dst: "fd00::2" }));

function decode(bytes: Uint8Array, linkType = 1) {
  const frame = frameOf(bytes, linkType);
  const packet = new PacketView();
  const reason = decodePacket(frame, packet);
  const payload = packet.bytes.toString("latin1", packet.payloadStart, packet.payloadEnd);
  return { reason, payload, packet };
}

test.each(Object.entries(IPV6_TUNNELS))("%s", (_, { wrap }) => {
  const { reason, payload, packet } = decode(wrap(INNER6, INNER6.subarray(14)));
  expect([reason, payload, packet.ipVersion]).toEqual([SkipReason.NONE, "hello", 6]);
});

describe.each(Object.entries(TUNNELS))("%s", (name, { wrap, linkType = 1 }) => {
  test("the packet inside is found, with its addresses", () => {
    const { reason, payload, packet } = decode(wrap(INNER4, INNER4.subarray(14)), linkType);
    if (name === "authentication header") {
      expect([reason, payload]).toEqual([SkipReason.NONE, "hello"]);
      return;
    }
    expect([reason, payload, packet.srcHost]).toEqual([SkipReason.NONE, "hello", 0x0a010203]);
  });

  if (!IPV4_TUNNELS.includes(name)) {
    test("IPv6 too", () => {
      const { reason, payload, packet } = decode(wrap(INNER6, INNER6.subarray(14)), linkType);
      expect([reason, payload, packet.ipVersion]).toEqual([SkipReason.NONE, "hello", 6]);
    });
  }

  test("cut anywhere nothing is read beyond the end", () => {
    const bytes = wrap(INNER4, INNER4.subarray(14));
    for (let length = 0; length < bytes.length; length++) {
      const { packet } = decode(bytes.subarray(0, length), linkType);
      const end = 64 + length;
      expect(packet.payloadEnd).toBeLessThanOrEqual(end);
      expect(packet.payloadStart).toBeLessThanOrEqual(packet.payloadEnd);
    }
  });

  test("any byte changed, nothing throws and nothing leaves the frame", () => {
    const bytes = wrap(INNER4, INNER4.subarray(14));
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0x00, 0x45, 0x60, 0x7f, 0x80, 0xff]) {
        const copy = Buffer.from(bytes);
        copy[at] = value;
        const { packet } = decode(copy, linkType);
        expect(packet.payloadEnd).toBeLessThanOrEqual(64 + copy.length);
        expect(packet.payloadStart).toBeGreaterThanOrEqual(64);
      }
    }
  });
});

test("tunnels in tunnels are followed eight deep", () => {
  const ipip = (ip: Buffer) => ipv4(ip, { protocol: 4 });
  let packet = INNER4.subarray(14);
  for (let depth = 1; depth <= 9; depth++) {
    packet = ipip(packet);
    const { reason } = decode(ethernet(packet));
    expect(reason).toBe(depth <= 8 ? SkipReason.NONE : SkipReason.TUNNEL);
  }
});

test("tags around a tunnel are not those of what is inside", () => {
  const mirrored = TUNNELS.VXLAN?.wrap(INNER4, INNER4.subarray(14)) ?? Buffer.alloc(0);
  const tags = [
    [0x88a8, 5],
    [0x8100, 6],
  ] as const;
  const { packet } = decode(ethernet(Buffer.from(mirrored.subarray(14)), { tags }));
  expect([packet.tunnels, packet.vlan, packet.innerVlan]).toEqual([1, -1, -1]);
});

describe("private addresses are those of the tunnel that they are in", () => {
  const vxlan = (id: number) => {
    const bytes = Buffer.from(TUNNELS.VXLAN?.wrap(INNER4, INNER4.subarray(14)) ?? []);
    bytes.writeUInt32BE(id * 256, 46);
    return bytes;
  };
  const tagged = (outer: number, inner: number) =>
    ethernet(INNER4.subarray(14), {
      tags: [
        [0x88a8, outer],
        [0x8100, inner],
      ],
      etherType: 0x0800,
    });

  test.each([
    ["VXLAN", vxlan(1), vxlan(2)],
    ["inner VLAN tags", tagged(5, 1), tagged(5, 2)],
    ["outer VLAN tags", tagged(5, 1), tagged(6, 1)],
    ["VXLAN and none", vxlan(1), INNER4],
  ])("%s", (_, one, other) => {
    const domains = new RoutingDomains(true);
    const host = (bytes: Buffer) => {
      const { packet } = decode(bytes);
      packet.network = domains.networkOf(packet);
      domains.place(packet);
      return packet.srcHost;
    };
    const first = host(one);
    const second = host(other);
    expect(second).not.toBe(first);
    expect([host(one), host(other)]).toEqual([first, second]);
  });

  test("who makes up more networks than there can be shares one", () => {
    const domains = new RoutingDomains(true);
    const packet = new PacketView();
    const seen = new Set<number>();
    for (let key = 1; key < 100_000; key++) {
      packet.networkKey = key;
      seen.add(domains.networkOf(packet));
    }
    expect(seen.size).toBeLessThan(16_384);
  });
});
