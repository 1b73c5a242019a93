import { describe, expect, it } from "vitest";
import { LiveCall, register } from "../../support/sip-actors.ts";
import { type Endpoint, Wire } from "../../support/wire.ts";
import { loadText } from "../detect/rig.ts";

const CALLER: Endpoint = { ip: "192.0.2.31", port: 5060 };
const CALLEE: Endpoint = { ip: "192.0.2.32", port: 5060 };
const PBX: Endpoint = { ip: "192.0.2.10", port: 5060 };
const DAY_S = 86_400;
const RULE =
  'alert call any any -> any any (msg:"ended"; app-layer-event:call.ended; sid:1000001; rev:1;)';

describe("facts of a call", () => {
  it("tell once that it was acknowledged and once that it ended, with its seconds", () => {
    const wire = new Wire({ ruleSet: loadText(RULE).ruleSet });
    const call = new LiveCall(wire, CALLER, CALLEE);
    // The same ACK again, as a retransmitted 2xx makes it come (RFC 3261 13.2.2.4).
    wire.send(CALLER, CALLEE, call.inDialog("ACK", { cseq: 1 }).text, 1);
    wire.now = 90;
    call.hangUp();
    const { facts, alerts } = wire.run();
    expect(facts["call.acknowledged"]).toBe(1);
    expect(facts["call.ended"]).toBe(1);
    expect(alerts.map(({ voip }) => Math.round(voip.value ?? 0))).toEqual([90]);
  });

  it("have no end while it is up", () => {
    const wire = new Wire();
    new LiveCall(wire, CALLER, CALLEE).talk(5);
    expect(wire.run().facts).not.toHaveProperty("call.ended");
  });
});

describe("a new source", () => {
  it("is one after a day in which hosts could be met, and only at its first request", () => {
    const wire = new Wire();
    register(wire, CALLER, PBX, "201");
    wire.now = DAY_S + 60;
    register(wire, CALLER, PBX, "201");
    register(wire, CALLEE, PBX, "202");
    wire.now += 60;
    register(wire, CALLEE, PBX, "202");
    expect(wire.run().facts["sip.new_source"]).toBe(1);
  });
});
