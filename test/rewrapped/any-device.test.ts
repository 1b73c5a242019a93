import { describe, expect, it } from "vitest";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { accusation, ipv4Start, packetsOf, type RawPacket, runPackets } from "../support/rewrap.ts";

const FROM_US = 4;
const TO_SOMEBODY_ELSE = 3;
const LINUX_SLL = 113;
const LINUX_SLL2 = 276;

/** A cooked header as Linux's `any` device has it, in the old or the new form. */
function cooked({ bytes }: RawPacket, direction: number, linkType: number, index: number): Buffer {
  const mac = bytes.subarray(6, 12);
  const ip = bytes.subarray(14);
  const header = Buffer.alloc(linkType === LINUX_SLL ? 16 : 20);
  if (linkType === LINUX_SLL) {
    header.writeUInt16BE(direction, 0);
    header.writeUInt16BE(1, 2);
    header.writeUInt16BE(6, 4);
    mac.copy(header, 6);
    header.writeUInt16BE(0x0800, 14);
  } else {
    header.writeUInt16BE(0x0800, 0);
    header.writeUInt32BE(index, 4);
    header.writeUInt16BE(1, 8);
    header[10] = direction;
    header[11] = 6;
    mac.copy(header, 12);
  }
  return Buffer.concat([header, ip]);
}

/** A bridge between veth pairs shows each packet as it comes in and as it goes out. */
function onAny(linkType: number) {
  return (packet: RawPacket): RawPacket[] => {
    if (ipv4Start(packet) < 0) return [packet];
    return [
      { ...packet, linkType, bytes: cooked(packet, TO_SOMEBODY_ELSE, linkType, 3) },
      { ...packet, linkType, bytes: cooked(packet, FROM_US, linkType, 4) },
    ];
  };
}

describe("both copies of the any device on veth pairs are one packet", () => {
  const captures = bundledCaptures().filter(({ name }) => !name.includes("flood"));
  for (const [i, { name, path }] of captures.entries()) {
    it(name, async () => {
      const linkType = i % 2 === 0 ? LINUX_SLL : LINUX_SLL2;
      const packets = await packetsOf(path);
      const plain = runPackets(packets);
      const any = runPackets(packets.flatMap(onAny(linkType)));
      expect(any.alerts.map(accusation)).toEqual(plain.alerts.map(accusation));
      const { sipMessages, rtpPackets } = plain.pipeline.statistics;
      const seen = any.pipeline.statistics;
      expect([seen.sipMessages, seen.rtpPackets]).toEqual([sipMessages, rtpPackets]);
    });
  }
});
