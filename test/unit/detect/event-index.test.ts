import { describe, expect, it } from "vitest";
import { Rig, request } from "./rig.ts";

const RULES = [
  "alert sip any any -> any any (ratio:call.step / INVITE, above 0.5, min 3, track by_client, seconds 60; sid:1;)",
  "alert sip any any -> any any (baseline:count REGISTER, seconds 3600, deviation 4.5, min 100, warmup 504, track by_server, quiet 86400; sid:2;)",
  "alert sip any any -> any any (app-layer-event:sip.request; noalert; sid:3;)",
  "alert sip any any -> any any (ratio:call.step / BYE, above 0.5, min 3, track by_client, seconds 60; xbits:set,seen,track ip_src; sid:4;)",
].join("\n");

describe("rules on a request", () => {
  const rig = new Rig(RULES);

  /** How many rules are evaluated on the fact of a request. */
  function evaluated(method: string, isOwnRequest: boolean): number {
    const before = rig.engine.counters.evaluations;
    rig.send({ payload: request(method) }, () => {
      rig.addEvent("sip.request", { subject: { method } }, true);
      rig.events.at(rig.events.length - 1).isOwnRequest = isOwnRequest;
    });
    return rig.engine.counters.evaluations - before;
  }

  it.each([
    ["INVITE", 3],
    ["REGISTER", 3],
    ["OPTIONS", 2],
    ["BYE", 2],
    ["SPARK", 3],
  ])(
    "%s: of those that count by sides only where a side counts it, or that set bits: %i",
    (method, count) => {
      expect(evaluated(method, true)).toBe(count);
    },
  );

  it("that shows in an answer, of which the method is none: all", () => {
    // But of a baseline, which tells by itself that it does not count the method.
    expect(evaluated("OPTIONS", false)).toBe(3);
  });
});
