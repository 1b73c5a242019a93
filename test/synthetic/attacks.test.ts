import { describe, expect, it } from "vitest";
import { Wire } from "../support/wire.ts";
import { SYNTHETIC_ATTACKS } from "./attacks.ts";

describe("the shipped rules find", () => {
  for (const { name, attack, sid, attacker, make } of SYNTHETIC_ATTACKS) {
    it(name, () => {
      const wire = new Wire();
      make(wire);
      const { alarms, facts } = wire.run();
      const right = alarms.filter(
        ({ signature, srcIp }) =>
          signature.metadata.attack?.includes(attack) && (attacker === "" || srcIp === attacker),
      );
      const seen = alarms.map(({ signature, srcIp }) => `${signature.sid} ${srcIp}`);
      const why = JSON.stringify({ seen, facts });
      expect(right.length, why).toBeGreaterThan(0);
      if (sid !== undefined) {
        expect(
          right.map(({ signature }) => signature.sid),
          why,
        ).toContain(sid);
      }
      expect(alarms.length, why).toBeLessThanOrEqual(12);
    });
  }
});
