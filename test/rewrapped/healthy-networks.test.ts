import { describe, expect, it } from "vitest";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { NETWORK_CHANGES } from "../support/changed-networks.ts";
import { packetsOf, runPackets } from "../support/rewrap.ts";

/** Changes that leave no SIP of captures that begin with it. */
const MAY_LOSE_SIP = /starts at|direction/;

describe("healthy captures stay healthy, whatever networks, mirrors and clocks do to them", () => {
  for (const { name, path } of bundledCaptures().filter(({ isHealthy }) => isHealthy)) {
    it(name, async () => {
      const packets = await packetsOf(path);
      const plain = runPackets(packets).pipeline.statistics;
      for (const { name: what, change } of NETWORK_CHANGES) {
        const changed = change(packets);
        if (changed === null) continue;
        const { alerts, pipeline } = runPackets(changed);
        const grave = alerts.filter(({ signature }) => signature.severity <= 2);
        expect(
          grave.map(({ signature }) => signature.sid),
          what,
        ).toEqual([]);
        const { sipMessages } = pipeline.statistics;
        if (plain.sipMessages > 0 && !MAY_LOSE_SIP.test(what)) {
          expect(sipMessages, what).toBeGreaterThan(plain.sipMessages / 3);
        }
        if (what.startsWith("twenty")) expect(sipMessages).toBeGreaterThan(15 * plain.sipMessages);
      }
    });
  }
});
