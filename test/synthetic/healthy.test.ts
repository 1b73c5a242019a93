import { describe, expect, it } from "vitest";
import { Wire } from "../support/wire.ts";
import { HEALTHY_SCENES } from "./healthy.ts";

describe("the shipped rules stay silent on", () => {
  for (const { name, make } of HEALTHY_SCENES) {
    it(name, () => {
      const wire = new Wire();
      make(wire);
      const { alarms, facts } = wire.run();
      const seen = alarms.map(({ signature, srcIp }) => `${signature.sid} ${srcIp}`);
      expect(Object.keys(facts).length, "the scene raises facts").toBeGreaterThan(0);
      expect(seen, JSON.stringify(facts)).toEqual([]);
    });
  }
});
