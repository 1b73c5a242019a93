import { describe, expect, it } from "vitest";
import { ask, LiveCall, register, requestOf } from "../../../support/sip-actors.ts";
import { audioSdp, type SipRequest, sipResponse } from "../../../support/sip-builder.ts";
import { type Endpoint, sentBy, Wire } from "../../../support/wire.ts";

const CALLER: Endpoint = { ip: "192.0.2.31", port: 5060 };
const CALLEE: Endpoint = { ip: "192.0.2.32", port: 5060 };
const STRANGER: Endpoint = { ip: "198.51.100.66", port: 5060 };
const PBX: Endpoint = { ip: "192.0.2.10", port: 5060 };

/** A live call whose ends are known by MAC and TTL, and what `then` does to it. */
function factsOf(then: (wire: Wire, call: LiveCall) => void): Readonly<Record<string, number>> {
  const wire = new Wire();
  for (let i = 0; i < 3; i++) {
    register(wire, CALLER, PBX, "201");
    register(wire, CALLEE, PBX, "202");
    wire.now += 1;
  }
  const call = new LiveCall(wire, CALLER, CALLEE);
  wire.now += 2;
  then(wire, call);
  wire.now += 10;
  register(wire, CALLER, PBX, "201");
  return wire.run().facts;
}

/** The same request as a proxy passes it on. */
function proxied(request: SipRequest, proxy: Endpoint, branch: string): SipRequest {
  const via = `Via: SIP/2.0/UDP ${sentBy(proxy)};branch=z9hG4bK${branch}\r\n`;
  const at = request.text.indexOf("Via: ");
  const text = request.text.slice(0, at) + via + request.text.slice(at);
  return { ...request, sentBy: sentBy(proxy), branch, text };
}

function teardownFacts(facts: Readonly<Record<string, number>>): string[] {
  return Object.keys(facts).filter((name) => /bye_|cancel_|redirected/.test(name));
}

describe("BYE (RFC 3261 15)", () => {
  it("of either party is nothing to report", () => {
    expect(teardownFacts(factsOf((_, call) => call.hangUp()))).toEqual([]);
    const byCallee = factsOf((wire, call) => {
      ask(wire, CALLEE, CALLER, call.inDialogOfCallee("BYE"), 200);
    });
    expect(teardownFacts(byCallee)).toEqual([]);
  });

  it("of a host that is no party is foreign, whatever its tags say", () => {
    const facts = factsOf((wire, call) => {
      ask(wire, STRANGER, CALLEE, call.inDialog("BYE", { sentBy: sentBy(STRANGER) }), 200);
    });
    expect(facts["sip.bye_foreign_source"]).toBe(1);
  });

  it("of the proxy that the call goes through is not foreign", () => {
    const wire = new Wire();
    const options = { to: "202", sdp: audioSdp(CALLER.ip, 12_000) };
    const invite = requestOf(wire, CALLER, PBX, "INVITE", "201", options);
    wire.send(CALLER, PBX, invite.text);
    const passedOn = proxied(invite, PBX, wire.unique("b"));
    wire.send(PBX, CALLEE, passedOn.text, 0.001);
    wire.send(CALLEE, PBX, sipResponse(passedOn, 200, { toTag: "to" }), 0.01);
    wire.send(PBX, CALLER, sipResponse(invite, 200, { toTag: "to" }), 0.011);
    const { callId, fromTag } = invite;
    const dialog = { to: "202", callId, fromTag, toTag: "to" };
    wire.send(CALLER, PBX, requestOf(wire, CALLER, PBX, "ACK", "201", dialog).text, 0.02);
    wire.now += 2;
    const bye = { to: "201", callId, fromTag: "to", toTag: fromTag };
    ask(wire, PBX, CALLER, requestOf(wire, PBX, CALLER, "BYE", "202", bye), 200);
    const fromCallee = { ...bye, cseq: 2 };
    ask(wire, CALLEE, CALLER, requestOf(wire, CALLEE, CALLER, "BYE", "202", fromCallee), 200);
    expect(teardownFacts(wire.run().facts)).toEqual([]);
  });

  it("with tags of no leg of the live dialog is a mismatch (RFC 3261 12.2.2)", () => {
    const facts = factsOf((wire, call) => {
      ask(wire, CALLER, CALLEE, call.inDialog("BYE", { fromTag: "guessed", toTag: "too" }), 481);
    });
    expect(facts["sip.bye_tag_mismatch"]).toBe(1);
  });

  it("with a CSeq that is not above the last one is out of order (RFC 3261 12.2.2)", () => {
    const facts = factsOf((wire, call) => {
      for (let i = 0; i < 5; i++) {
        wire.now += 1;
        ask(wire, CALLER, CALLEE, call.inDialog("INFO"), 200);
      }
      ask(wire, CALLER, CALLEE, call.inDialog("BYE", { cseq: 3 }), 200);
    });
    expect(facts["sip.bye_cseq_out_of_order"]).toBe(1);
  });

  it.each([
    ["MAC", { mac: "02:66:66:66:66:66" }],
    ["TTL", { ttl: 48 }],
  ])("from a party's address with another %s has changed its path", (_, change) => {
    const facts = factsOf((wire, call) => {
      ask(wire, { ...CALLER, ...change }, CALLEE, call.inDialog("BYE"), 200);
    });
    expect(facts["sip.bye_path_changed"]).toBe(1);
  });

  it("with a TTL that differs by two has not", () => {
    const facts = factsOf((wire, call) => {
      ask(wire, { ...CALLER, ttl: 62 }, CALLEE, call.inDialog("BYE"), 200);
    });
    expect(teardownFacts(facts)).toEqual([]);
  });

  it("after which its alleged sender talks on is disproved by the media", () => {
    const facts = factsOf((wire, call) => {
      call.talk(8);
      wire.now += 3;
      call.hangUp();
    });
    expect(facts["sip.bye_media_continues"]).toBe(1);
  });

  it("after which media stops within half a second is not", () => {
    const facts = factsOf((wire, call) => {
      call.talk(3.5);
      wire.now += 3;
      call.hangUp();
    });
    expect(teardownFacts(facts)).toEqual([]);
  });

  it("that its party sends again, later, and that meets 481, disowns the first", () => {
    const facts = factsOf((wire, call) => {
      ask(wire, CALLER, CALLEE, call.inDialog("BYE"), 200);
      wire.now += 4;
      ask(wire, CALLER, CALLEE, call.inDialog("BYE"), 481);
    });
    expect(facts["sip.bye_disowned"]).toBe(1);
  });

  it("that is retransmitted is one BYE", () => {
    const facts = factsOf((wire, call) => {
      const bye = call.inDialog("BYE");
      for (const after of [0, 0.5, 1.5, 3.5]) wire.send(CALLER, CALLEE, bye.text, after);
      wire.send(CALLEE, CALLER, sipResponse(bye, 200), 3.6);
    });
    expect(teardownFacts(facts)).toEqual([]);
  });

  it("for a call that ended is nothing to report", () => {
    const facts = factsOf((wire, call) => {
      call.hangUp();
      wire.now += 1;
      ask(wire, STRANGER, CALLEE, call.inDialog("BYE", { sentBy: sentBy(STRANGER) }), 481);
    });
    expect(facts["sip.bye_foreign_source"]).toBeUndefined();
  });
});

describe("CANCEL (RFC 3261 9.1)", () => {
  function ringing(cancelFrom: Endpoint): Readonly<Record<string, number>> {
    return factsOf((wire) => {
      const invite = requestOf(wire, CALLER, CALLEE, "INVITE", "201", {
        to: "202",
        sdp: audioSdp(CALLER.ip, 12_000),
      });
      wire.send(CALLER, CALLEE, invite.text);
      wire.send(CALLEE, CALLER, sipResponse(invite, 180, { toTag: "ring" }), 0.02);
      wire.now += 2;
      const { callId, branch, fromTag } = invite;
      const options = { to: "202", callId, branch, fromTag };
      ask(wire, cancelFrom, CALLEE, requestOf(wire, CALLER, CALLEE, "CANCEL", "201", options), 200);
      wire.send(CALLEE, CALLER, sipResponse(invite, 487, { toTag: "ring" }), 0.02);
    });
  }

  it("of who sent the INVITE is nothing to report", () => {
    expect(teardownFacts(ringing(CALLER))).toEqual([]);
  });

  it("of anybody else is foreign", () => {
    expect(ringing(STRANGER)["sip.cancel_foreign_source"]).toBe(1);
  });

  it("in the sender's name by another way has changed its path", () => {
    const facts = ringing({ ...CALLER, mac: "02:66:66:66:66:66" });
    expect(facts["sip.cancel_path_changed"]).toBe(1);
  });
});

describe("re-INVITE and UPDATE (RFC 3261 14, RFC 3311)", () => {
  it.each(["INVITE", "UPDATE"])("%s of a stranger redirects the media", (method) => {
    const facts = factsOf((wire, call) => {
      const sdp = audioSdp(STRANGER.ip, 7000);
      ask(wire, STRANGER, CALLEE, call.inDialog(method, { sentBy: sentBy(STRANGER), sdp }), 200);
    });
    expect(facts["sip.media_redirected_by_stranger"]).toBe(1);
  });

  it("of a party may name any new address", () => {
    const facts = factsOf((wire, call) => {
      ask(
        wire,
        CALLER,
        CALLEE,
        call.inDialog("INVITE", { sdp: audioSdp("192.0.2.99", 7000) }),
        200,
      );
    });
    expect(teardownFacts(facts)).toEqual([]);
  });
});
