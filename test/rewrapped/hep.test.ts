import { describe, expect, it } from "vitest";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { byAgent, hep3, hepOld, type Seen } from "../support/hep.ts";
import { packetsOf, type RawPacket, runPackets } from "../support/rewrap.ts";

const VERSIONS: readonly ((seen: Seen) => Buffer)[] = [
  (seen) => hepOld(1, seen),
  (seen) => hepOld(2, seen),
  (seen) => hep3(seen),
];

/** Media without MAC and TTL, and fragments that agents do not see, leave signs out. */
function severe(alerts: readonly Alert[]): string[] {
  const lines = alerts
    .filter(({ signature }) => signature.severity <= 2)
    .map(({ signature, srcIp }) => `${signature.sid} ${srcIp}`);
  return [...new Set(lines)].sort();
}

/** Each MAC and TTL the same, as an agent's packets are: what is left without these signs. */
function withoutWays(packet: RawPacket): RawPacket[] {
  const bytes = Buffer.from(packet.bytes);
  if (packet.linkType !== 1 || bytes.length < 34 || bytes.readUInt16BE(12) !== 0x0800) return [];
  if (bytes[23] !== 17 || (bytes.readUInt16BE(20) & 0x3fff) !== 0) return [];
  bytes.fill(2, 0, 12);
  bytes[22] = 64;
  return [{ ...packet, bytes }];
}

describe("captures by a capture agent accuse whom they accuse without MACs and TTLs", () => {
  for (const [i, { name, path, isHealthy }] of bundledCaptures().entries()) {
    it(`${name}, HEP version ${(i % 3) + 1}`, async () => {
      const packets = await packetsOf(path);
      const encode = VERSIONS[i % 3];
      if (encode === undefined) return;
      const plain = runPackets(packets.flatMap(withoutWays));
      const seen = runPackets(packets.flatMap(byAgent(encode)));
      // One way for all speaks for a sender; no way at all says nothing, so a sign more may be left.
      expect(severe(seen.alerts)).toEqual(expect.arrayContaining(severe(plain.alerts)));
      if (isHealthy) expect(severe(seen.alerts)).toEqual([]);
      expect(seen.pipeline.statistics.sipMessages).toBe(plain.pipeline.statistics.sipMessages);
    });
  }
});
