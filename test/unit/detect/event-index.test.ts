import { describe, expect, it } from "vitest";
import { SIP_METHOD_NAMES } from "../../../src/decode/sip/methods.ts";
import { NO_SUBJECT } from "../../../src/track/facts/event.ts";
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

const BY_METHOD = [
  'alert sip any any -> any any (app-layer-event:sip.failed; sip.method; content:"REGISTER"; bsize:8; sid:1;)',
  'alert sip any any -> any any (app-layer-event:sip.failed; sip.method; pcre:"/^(REGISTER|INVITE)$/"; sid:2;)',
  'alert sip any any -> any any (app-layer-event:sip.failed; sip.method; pcre:!"/^(REGISTER|BYE)$/"; sid:3;)',
  'alert sip any any -> any any (app-layer-event:sip.failed; sip.method; to_lowercase; content:"bye"; sid:4;)',
  'alert sip any any -> any any (app-layer-event:sip.failed; sip.method; content:"E"; distance:2; sid:5;)',
].join("\n");

describe("rules that ask for a method", () => {
  const rig = new Rig(BY_METHOD);

  /** Rules that are evaluated, and those that match, on a fact about a transaction of that method. */
  function run(method: string, methodId?: number): [evaluated: number, sids: number[]] {
    const before = rig.engine.counters.evaluations;
    rig.alerts.length = 0;
    rig.send({ payload: request("OPTIONS") }, () => {
      rig.addEvent("sip.failed", {}, true);
      const event = rig.events.at(rig.events.length - 1);
      const { client, srcPort, server, dstPort } = event;
      event.aimAtTransaction({
        ...NO_SUBJECT,
        ...{ client, clientPort: srcPort, server, serverPort: dstPort },
        ...{ srcHost: client, srcPort, dstHost: server, dstPort },
        ...{ method, place: 0, flowStartUs: 0, startUs: 0 },
        ...(methodId !== undefined && { methodId }),
      } as unknown as Parameters<typeof event.aimAtTransaction>[0]);
    });
    const sids = rig.alerts.map(({ signature }) => signature.sid);
    return [rig.engine.counters.evaluations - before, sids.sort((a, b) => a - b)];
  }

  it.each([
    ["REGISTER", 4],
    ["INVITE", 4],
    ["BYE", 2],
    ["OPTIONS", 2],
  ])("%s: %i are evaluated, and match as without the number of the method", (method, count) => {
    const [evaluated, sids] = run(method, SIP_METHOD_NAMES.indexOf(method));
    expect(run(method)).toEqual([5, sids]);
    expect(evaluated).toBe(count);
    expect(sids.length).toBeGreaterThan(0);
  });

  it("another method than those that have a number: all", () => {
    expect(run("SPARK", 0)).toEqual([5, [3]]);
  });
});
