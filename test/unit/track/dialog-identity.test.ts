import { describe, expect, it } from "vitest";
import { ask, LiveCall, requestOf } from "../../support/sip-actors.ts";
import { audioSdp, type SipRequest, sipResponse } from "../../support/sip-builder.ts";
import { type Endpoint, sentBy, Wire, type WireRun } from "../../support/wire.ts";

const CALLER: Endpoint = { ip: "192.0.2.31", port: 5060 };
const CALLEE: Endpoint = { ip: "192.0.2.32", port: 5060 };
const STRANGER: Endpoint = { ip: "198.51.100.66", port: 5060 };

function wrong({ facts }: WireRun): string[] {
  return Object.keys(facts).filter((name) => /bye_|cancel_|redirected|by_stranger/.test(name));
}

/** Severities of the alarms about a call. */
function severities({ alarms }: WireRun): number[] {
  return alarms
    .filter(({ signature }) => signature.sid >= 9_104_000 && signature.sid < 9_105_000)
    .map(({ signature }) => signature.severity)
    .sort();
}

/** An INVITE whose fields are those of another one but for what is given. */
function again(wire: Wire, invite: SipRequest, fields: Partial<SipRequest>): SipRequest {
  const { to, callId, fromTag } = invite;
  const options = { to, callId, fromTag, sdp: audioSdp(CALLER.ip, 12_000), ...fields };
  return requestOf(wire, CALLER, CALLEE, "INVITE", invite.from, options);
}

function ack(wire: Wire, invite: SipRequest, toTag: string): void {
  const { to, callId, fromTag, cseq = 1 } = invite;
  const options = { to, callId, fromTag, toTag, cseq };
  wire.send(
    CALLER,
    CALLEE,
    requestOf(wire, CALLER, CALLEE, "ACK", invite.from, options).text,
    0.02,
  );
}

function bye(wire: Wire, invite: SipRequest, toTag: string, from: Endpoint = CALLER): SipRequest {
  const { to, callId, fromTag } = invite;
  const options = { to, callId, fromTag, toTag, cseq: 9, sentBy: sentBy(from) };
  return requestOf(wire, CALLER, CALLEE, "BYE", invite.from, options);
}

describe("a call", () => {
  for (const status of [302, 422, 484, 488, 503]) {
    it(`goes on when its INVITE is sent again after ${status} (RFC 3261 8.1.3.5)`, () => {
      const wire = new Wire();
      const first = again(
        wire,
        requestOf(wire, CALLER, CALLEE, "INVITE", "201", { to: "202" }),
        {},
      );
      ask(wire, CALLER, CALLEE, first, status);
      wire.now += 0.1;
      const second = again(wire, first, { cseq: 2 });
      wire.send(CALLER, CALLEE, second.text);
      wire.send(CALLEE, CALLER, sipResponse(second, 200, { toTag: "tb" }), 0.01);
      ack(wire, second, "tb");
      wire.now += 40;
      ask(wire, STRANGER, CALLEE, bye(wire, second, "tb", STRANGER), 200);
      expect(severities(wire.run())).toEqual([2]);
    });
  }

  it("is not ended by 491 (RFC 3261 14.1)", () => {
    const wire = new Wire();
    const first = again(wire, requestOf(wire, CALLER, CALLEE, "INVITE", "201", { to: "202" }), {});
    wire.send(CALLER, CALLEE, first.text);
    wire.send(CALLEE, CALLER, sipResponse(first, 180, { toTag: "tb" }), 0.01);
    wire.send(CALLEE, CALLER, sipResponse(first, 491, { toTag: "tb" }), 0.02);
    wire.now += 1;
    const { callId, branch, fromTag } = first;
    const options = { to: "202", callId, branch, fromTag, sentBy: sentBy(CALLER) };
    ask(wire, STRANGER, CALLEE, requestOf(wire, CALLER, CALLEE, "CANCEL", "201", options), 481);
    expect(wrong(wire.run())).toEqual(["sip.cancel_foreign_source"]);
  });

  it("is another one when an answered one with the same Call-ID and From tag has ended", () => {
    const wire = new Wire();
    const first = new LiveCall(wire, CALLER, CALLEE);
    wire.now += 2;
    first.hangUp();
    wire.now += 0.1;
    const second = again(wire, first.invite, {});
    wire.send(CALLER, CALLEE, second.text);
    wire.send(CALLEE, CALLER, sipResponse(second, 200, { toTag: "t2" }), 0.01);
    ack(wire, second, "t2");
    wire.now += 2;
    ask(wire, STRANGER, CALLEE, bye(wire, second, "t2", STRANGER), 200);
    expect(severities(wire.run())).toEqual([2]);
  });

  it("with another's Call-ID and From tag takes neither its tags nor its parties", () => {
    const wire = new Wire();
    const call = new LiveCall(wire, CALLER, CALLEE);
    wire.now += 2;
    const copy = again(wire, call.invite, { sentBy: sentBy(STRANGER) });
    wire.send(STRANGER, CALLEE, copy.text);
    wire.send(CALLEE, STRANGER, sipResponse(copy, 200, { toTag: call.toTag }), 0.01);
    wire.now += 1;
    ask(wire, STRANGER, CALLEE, bye(wire, call.invite, call.toTag, STRANGER), 200);
    expect(severities(wire.run())).toEqual([2]);
  });
});

describe("a dialog (RFC 3261 12)", () => {
  it("of a fork that was answered second is ended without a word (RFC 3261 13.2.2.4)", () => {
    const wire = new Wire();
    const call = new LiveCall(wire, CALLER, CALLEE);
    wire.send(CALLEE, CALLER, sipResponse(call.invite, 200, { toTag: "fork" }), 0.1);
    const { callId, fromTag } = call.invite;
    const options = { to: "202", callId, fromTag, toTag: "fork", cseq: 1 };
    wire.send(CALLER, CALLEE, requestOf(wire, CALLER, CALLEE, "ACK", "201", options).text, 0.12);
    wire.now += 0.5;
    ask(wire, CALLER, CALLEE, call.inDialog("BYE", { toTag: "fork" }), 200);
    call.talk(6);
    wire.now += 6.1;
    call.hangUp();
    expect(wrong(wire.run())).toEqual([]);
  });

  it("is not made by the callee's answer to a re-INVITE with a To tag of its own", () => {
    const wire = new Wire();
    const call = new LiveCall(wire, CALLER, CALLEE);
    wire.now += 2;
    const move = call.inDialog("INVITE");
    wire.send(CALLER, CALLEE, move.text);
    // A broken or forged answer: the To tag is another one than the request's.
    wire.send(CALLEE, CALLER, sipResponse({ ...move, toTag: "alien" }, 200), 0.01);
    wire.now += 1;
    ask(wire, CALLER, CALLEE, call.inDialog("BYE", { toTag: "alien" }), 481);
    expect(wrong(wire.run())).toEqual(["sip.bye_tag_mismatch"]);
  });

  it("is found by a Call-ID in other case, as pjsip finds it", () => {
    const wire = new Wire();
    const call = new LiveCall(wire, CALLER, CALLEE);
    wire.now += 2;
    const { callId } = call.invite;
    const shouted = call.inDialog("BYE", {
      callId: callId.toUpperCase(),
      sentBy: sentBy(STRANGER),
    });
    ask(wire, STRANGER, CALLEE, shouted, 200);
    expect(wrong(wire.run())).toEqual(["sip.bye_foreign_source"]);
  });
});
