import { describe, expect, it } from "vitest";
import { bundledCaptures } from "../support/bundled-captures.ts";
import {
  accusation,
  dice,
  inFragments,
  packetsOf,
  type RewrappedRun,
  runPackets,
} from "../support/rewrap.ts";

function verdict({ alerts }: RewrappedRun): string[] {
  return alerts.map(accusation);
}

describe("captures in fragments of 24 bytes, shuffled, say what the whole packets say", () => {
  for (const { name, path } of bundledCaptures()) {
    it(name, async () => {
      const packets = await packetsOf(path);
      const random = dice(24);
      const plain = runPackets(packets);
      const cut = packets.flatMap(inFragments(24, random));
      const rebuilt = runPackets(cut);
      expect(verdict(rebuilt)).toEqual(verdict(plain));
      const { statistics } = rebuilt.pipeline;
      expect(statistics.sipMessages).toBe(plain.pipeline.statistics.sipMessages);
      expect(statistics.udpPackets).toBe(plain.pipeline.statistics.udpPackets);
    });
  }
});
