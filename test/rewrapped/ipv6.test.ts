import { describe, expect, it } from "vitest";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { datagramOf, ipv6Text, overIpv6 } from "../support/readdressed.ts";
import {
  accusation,
  dice,
  packetsOf,
  pieces,
  type RawPacket,
  runPackets,
  shuffled,
  type Wrap,
} from "../support/rewrap.ts";
import { IPV4_TUNNELS, IPV6_TUNNELS, inTunnel, TUNNELS } from "../support/tunnels.ts";

/** Those that show the addresses of the link. */
const tunnels = Object.entries({ ...IPV6_TUNNELS, ...TUNNELS }).filter(
  ([name, { linkType = 1 }]) => linkType === 1 && !IPV4_TUNNELS.includes(name),
);
/** svcrack binds 1.1.1.1, which is nobody's in the capture and so stays as it is: who is over IPv6 may well have an IPv4 address, too. */
const BINDS_STRANGER = "bruteforce/svcrack_range.pcap";
const BINDING_OF_THIRD_PARTY = "9108009";
const HEADER_BYTES = 40;
const FRAGMENT = 44;
const FRAGMENT_BYTES = 48;

/** Datagrams over IPv6 in fragments of 48 bytes (RFC 8200 4.5), shuffled. */
function inFragments6(random: () => number): Wrap {
  let id = 0;
  return (packet) => {
    const { bytes } = packet;
    const start = 14 + HEADER_BYTES;
    const body = bytes.subarray(start);
    if (body.length <= FRAGMENT_BYTES) return [packet];
    id++;
    const parts = pieces(body, FRAGMENT_BYTES).map((part, i) => {
      const isLast = (i + 1) * FRAGMENT_BYTES >= body.length;
      const header = Buffer.alloc(8);
      header[0] = bytes[20] as number;
      header.writeUInt16BE((i * FRAGMENT_BYTES) | (isLast ? 0 : 1), 2);
      header.writeUInt32BE(id, 4);
      const frame = Buffer.concat([bytes.subarray(0, start), header, part]);
      frame.writeUInt16BE(8 + part.length, 18);
      frame[20] = FRAGMENT;
      return { ...packet, bytes: frame };
    });
    return shuffled(parts, random);
  };
}

/** Which rule accuses whom, each once. */
function accused(alerts: readonly Alert[], textOf = (address: string) => address): string[] {
  const lines = alerts.map(
    ({ signature, srcIp, destIp }) => `${signature.sid} ${textOf(srcIp)} ${textOf(destIp)}`,
  );
  return [...new Set(lines)].sort();
}

function shortened(address: string): string {
  return address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

describe("captures over IPv6 accuse whom they accuse over IPv4, and say the same through tunnels and in fragments", () => {
  for (const [i, { name, path }] of bundledCaptures().entries()) {
    it(name, async () => {
      const packets = await packetsOf(path);
      const over6 = overIpv6(packets);
      if (over6 === null) return;
      const plain = runPackets(packets.filter((packet: RawPacket) => datagramOf(packet) !== null));
      const six = runPackets(over6);
      const textOf = (address: string) => shortened(ipv6Text(address));
      const expected = accused(plain.alerts, textOf).filter(
        (line) => name !== BINDS_STRANGER || !line.startsWith(BINDING_OF_THIRD_PARTY),
      );
      expect(accused(six.alerts, shortened)).toEqual(expected);
      const said = six.alerts.map(accusation);
      const [through = "", tunnel] = tunnels[i % tunnels.length] ?? [];
      if (tunnel === undefined) return;
      const inside = runPackets(over6.flatMap(inTunnel(tunnel)));
      expect([through, ...inside.alerts.map(accusation)]).toEqual([through, ...said]);
      const cut = runPackets(over6.flatMap(inFragments6(dice(i))));
      expect(cut.alerts.map(accusation)).toEqual(said);
    });
  }
});
