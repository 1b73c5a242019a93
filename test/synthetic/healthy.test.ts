import { describe, expect, it } from "vitest";
import { Wire } from "../support/wire.ts";
import { HEALTHY_SCENES, type HealthyScene } from "./healthy.ts";
import { MORE_HEALTHY_SCENES } from "./healthy-more.ts";
import { HEALTHY_REGISTRATIONS } from "./registrations.ts";
import { HONEST_CALLS } from "./toll.ts";

const scenes: readonly HealthyScene[] = [
  ...HEALTHY_SCENES,
  ...MORE_HEALTHY_SCENES,
  ...HEALTHY_REGISTRATIONS,
  ...HONEST_CALLS,
];

describe("the shipped rules stay silent on", () => {
  for (const { name, falseAlarm, make } of scenes) {
    const test = falseAlarm === undefined ? it : it.fails;
    test(falseAlarm === undefined ? name : `${name} (not yet: ${falseAlarm})`, () => {
      const wire = new Wire();
      make(wire);
      const { alarms, facts } = wire.run();
      const seen = alarms.map(({ signature, srcIp }) => `${signature.sid} ${srcIp}`);
      expect(seen, JSON.stringify(facts)).toEqual([]);
    });
  }
});
