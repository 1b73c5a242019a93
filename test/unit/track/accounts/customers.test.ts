import { describe, expect, it } from "vitest";
import { ask, LiveCall, register, requestOf } from "../../../support/sip-actors.ts";
import { challenge, credentials, sipResponse } from "../../../support/sip-builder.ts";
import { type Endpoint, Wire, type WireRun } from "../../../support/wire.ts";

const PHONE: Endpoint = { ip: "192.0.2.31", port: 5060 };
const NEIGHBOUR: Endpoint = { ip: "192.0.2.31", port: 5070 };
const PBX: Endpoint = { ip: "192.0.2.10", port: 5060 };
const TRUNK: Endpoint = { ip: "203.0.113.5", port: 5060 };

function run(make: (wire: Wire) => void): WireRun {
  const wire = new Wire();
  make(wire);
  wire.now += 30;
  ask(wire, TRUNK, PBX, requestOf(wire, TRUNK, PBX, "OPTIONS", "x"), 200);
  return wire.run();
}

/** A call or subscription that is challenged, sent again with credentials and refused with that answer. */
function authenticated(wire: Wire, method: string, from: string, to: string, status: number): void {
  const callId = wire.unique("call-");
  const fromTag = wire.unique("f");
  const nonce = wire.unique("n");
  const options = { to, callId, fromTag };
  ask(wire, PHONE, PBX, requestOf(wire, PHONE, PBX, method, from, options), 407, [
    challenge(nonce, "pbx", 407),
  ]);
  wire.now += 0.02;
  const headers = [credentials(from, nonce, `r-${nonce}`, "pbx", 407)];
  const again = requestOf(wire, PHONE, PBX, method, from, { ...options, cseq: 2, headers });
  ask(wire, PHONE, PBX, again, status);
  wire.now += 1;
}

describe("a customer clears its own failures", () => {
  it("dead BLF keys of a registered account", () => {
    const { facts, sids } = run((wire) => {
      register(wire, PHONE, PBX, "201");
      for (let i = 0; i < 14; i++) authenticated(wire, "SUBSCRIBE", "201", `${310 + i}`, 404);
    });
    expect(sids).toEqual([]);
    expect(facts["sip.customer_failed"]).toBe(14);
    expect(facts["sip.user_unknown"]).toBeUndefined();
  });

  it("misdials of an account whose registration was before the capture, from the second on", () => {
    const { facts, sids } = run((wire) => {
      for (let i = 0; i < 14; i++) authenticated(wire, "INVITE", "201", `${310 + i}`, 404);
    });
    expect(sids).toEqual([]);
    expect(facts).toMatchObject({ "sip.customer_failed": 13, "sip.user_unknown": 1 });
  });

  it("unallocated numbers of a trunk whose calls are answered and acknowledged", () => {
    const { sids } = run((wire) => {
      new LiveCall(wire, TRUNK, PBX, { from: "49891", to: "4930555" }).hangUp(5);
      for (let i = 0; i < 30; i++) {
        wire.now += 1;
        const invite = requestOf(wire, TRUNK, PBX, "INVITE", "49891", { to: `493070${100 + i}` });
        ask(wire, TRUNK, PBX, invite, 404);
      }
    });
    expect(sids).toEqual([]);
  });

  it("but not a walk over three hundred extensions with its credentials", () => {
    const { sids } = run((wire) => {
      register(wire, PHONE, PBX, "201");
      for (let i = 0; i < 300; i++) {
        authenticated(wire, "INVITE", "201", `${1000 + i}`, 404);
        wire.now -= 0.9;
      }
    });
    expect(sids).toContain(9_101_003);
  });

  it("and not a walk without credentials from the address of a registered phone", () => {
    const { sids } = run((wire) => {
      register(wire, PHONE, PBX, "201");
      for (let i = 0; i < 40; i++) {
        const request = requestOf(wire, NEIGHBOUR, PBX, "REGISTER", `${1000 + i}`);
        ask(wire, NEIGHBOUR, PBX, request, 404);
        wire.now += 0.2;
      }
    });
    expect(sids).toContain(9_101_001);
  });

  it("and accounts that are tried once each prove nothing by a 404", () => {
    const { facts } = run((wire) => {
      for (let i = 0; i < 20; i++) authenticated(wire, "INVITE", `${400 + i}`, "500", 404);
    });
    // From the twelfth account on they are guesses.
    expect(facts["sip.user_unknown"]).toBe(11);
    expect(facts["sip.auth_failed"]).toBe(9);
    expect(facts["sip.customer_failed"]).toBeUndefined();
  });
});

describe("a challenge is taken up (RFC 3261 22.1)", () => {
  const challenged = (wire: Wire, user: string, callId: string): void =>
    ask(wire, PHONE, PBX, requestOf(wire, PHONE, PBX, "REGISTER", user, { callId }), 401, [
      challenge(wire.unique("n")),
    ]);
  const answer = (wire: Wire, user: string, callId: string): void => {
    wire.now += 0.02;
    const headers = [credentials(user, "n", wire.unique("r"))];
    const request = requestOf(wire, PHONE, PBX, "REGISTER", user, { callId, cseq: 2, headers });
    ask(wire, PHONE, PBX, request, 200);
  };

  it("with the same user in another call, or in the same call for another user", () => {
    const { facts } = run((wire) => {
      challenged(wire, "201", "one");
      answer(wire, "201", "two");
      challenged(wire, "202", "three");
      answer(wire, "203", "three");
    });
    expect(facts["sip.challenge_abandoned"]).toBeUndefined();
  });

  it("but not by another user in another call", () => {
    const { facts } = run((wire) => {
      challenged(wire, "201", "one");
      answer(wire, "202", "two");
    });
    expect(facts["sip.challenge_abandoned"]).toBe(1);
  });

  it("also when the capture has lost the request and shows its 200 only", () => {
    const { facts } = run((wire) => {
      challenged(wire, "201", "one");
      wire.now += 0.02;
      const headers = [credentials("201", "n", "r")];
      const lost = requestOf(wire, PHONE, PBX, "REGISTER", "201", {
        callId: "one",
        cseq: 2,
        headers,
      });
      wire.send(PBX, PHONE, okTo(lost), 0.004);
    });
    expect(facts["sip.challenge_abandoned"]).toBeUndefined();
  });
});

describe("an ordinary end of a call is no failure", () => {
  const called = (status: number, options: { to: string; rings: boolean }) =>
    run((wire) => {
      const invite = requestOf(wire, TRUNK, PBX, "INVITE", "49891", { to: options.to });
      wire.send(TRUNK, PBX, invite.text);
      const ringing = sipResponse(invite, 180, { toTag: "t" });
      if (options.rings) wire.send(PBX, TRUNK, ringing, 0.01);
      wire.send(PBX, TRUNK, sipResponse(invite, status, { toTag: "t" }), 3);
    }).facts;

  it.each([480, 486, 487, 600, 603])("%i after ringing", (status) => {
    const facts = called(status, { to: "4930555123", rings: true });
    expect(facts["sip.failed"]).toBeUndefined();
    expect(facts["sip.probe_failed"]).toBeUndefined();
  });

  it.each([480, 486, 487, 600, 603])("%i of an extension that never rang", (status) => {
    const facts = called(status, { to: "201", rings: false });
    expect(facts["sip.failed"]).toBeUndefined();
    expect(facts["sip.probe_failed"]).toBeUndefined();
  });

  it.each([
    [480, 1],
    [486, undefined],
    [487, undefined],
    [600, 1],
    [603, 1],
  ])(
    "but %i to a long number that never rang is a dial plan's no, without credentials",
    (status, times) => {
      const facts = called(status, { to: "4930555123", rings: false });
      expect(facts["sip.failed"]).toBeUndefined();
      expect(facts["sip.probe_failed"]).toBeUndefined();
      expect(facts["call.number_refused"]).toBe(times);
    },
  );
});

function okTo(request: Parameters<typeof sipResponse>[0]): string {
  return sipResponse(request, 200, { toTag: "t" });
}
