import { describe, expect, it } from "vitest";
import { defaultConfig } from "../../../../src/config/config.ts";
import { CallTable } from "../../../../src/track/calls/call-table.ts";
import { Call } from "../../../../src/track/calls/calls.ts";
import { LiveCall, requestOf } from "../../../support/sip-actors.ts";
import { type Endpoint, Wire } from "../../../support/wire.ts";

const CALLER: Endpoint = { ip: "192.0.2.31", port: 5060 };
const CALLEE: Endpoint = { ip: "192.0.2.32", port: 5060 };
const LINGER_US = 30_000_000;

function newTable(capacity = 4): CallTable {
  return new CallTable(capacity, { idleMs: 60_000, lingerMs: LINGER_US / 1000 });
}

function newCall(callKey: number, nowUs = 1): Call {
  const keys = { callKey, foldedKey: callKey, fromTagKey: callKey + 0.5 };
  return new Call(keys, { client: 1, viaCount: 1, cseq: 1 }, nowUs);
}

describe("CallTable", () => {
  it("forgets a call once, however it changed meanwhile", () => {
    const calls = newTable();
    const removed: Call[] = [];
    calls.onRemove = (call) => removed.push(call);
    const call = newCall(1);
    calls.add(call, 1);
    calls.change(call, () => {
      call.endedUs = 2;
    });
    // Outside of `change`, as a judge of the call's BYEs once did.
    call.isDisputed = true;
    for (let at = 1; at <= 3; at++) calls.add(newCall(1 + at, 1e9 * at), 1e9 * at);
    expect(removed.filter((gone) => gone === call)).toHaveLength(1);
    expect(calls.size).toBe([...calls.all()].length);
  });

  it("leaves one that it has forgotten alone, and all others in their places", () => {
    const calls = newTable(1);
    const removed: Call[] = [];
    calls.onRemove = (call) => removed.push(call);
    const gone = newCall(1);
    calls.add(gone, 1);
    const kept = newCall(2);
    calls.add(kept, 2);
    calls.change(gone, () => {
      gone.endedUs = 3;
    });
    calls.touch(gone, 4);
    calls.add(newCall(3), 5);
    expect(removed.map(({ key }) => key)).toEqual([1, 2]);
    expect(calls.size).toBe(1);
  });
});

it("keeps to its limit behind a BYE in the name of a party that talks on", () => {
  const standard = defaultConfig();
  const config = { ...standard, track: { ...standard.track, callsMax: 64 } };
  const wire = new Wire({ config });
  const call = new LiveCall(wire, CALLER, CALLEE);
  call.talk(8);
  wire.now += 3;
  call.hangUp();
  // The disputed call is forgotten, then come more INVITEs than there is room for.
  wire.now += 5 * 3600;
  for (let at = 0; at < 200; at++) {
    wire.now += 0.1;
    wire.send(CALLER, CALLEE, requestOf(wire, CALLER, CALLEE, "INVITE", "201", { to: "202" }).text);
  }
  expect(wire.run().facts["sip.bye_media_continues"]).toBe(1);
  const { calls } = wire.pipeline.tracker.dialogs;
  expect(calls.size).toBe([...calls.all()].length);
  expect(calls.size).toBeLessThanOrEqual(64);
});
