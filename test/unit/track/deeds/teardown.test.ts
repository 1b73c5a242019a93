import { describe, expect, it } from "vitest";
import { ask, LiveCall, register, requestOf, stream } from "../../../support/sip-actors.ts";
import { audioSdp, sipResponse } from "../../../support/sip-builder.ts";
import { type Endpoint, sentBy, Wire, type WireRun } from "../../../support/wire.ts";

const CALLER: Endpoint = { ip: "192.0.2.31", port: 5060 };
const CALLEE: Endpoint = { ip: "192.0.2.32", port: 5060 };
const STRANGER: Endpoint = { ip: "198.51.100.66", port: 5060 };
const OTHER_WAY = { mac: "02:66:66:66:66:66", ttl: 48 };

function inCall(then: (wire: Wire, call: LiveCall) => void): WireRun {
  const wire = new Wire();
  const call = new LiveCall(wire, CALLER, CALLEE);
  wire.now += 2;
  then(wire, call);
  wire.now += 10;
  ask(wire, CALLEE, STRANGER, requestOf(wire, CALLEE, STRANGER, "OPTIONS", "1"), 200);
  return wire.run();
}

/** `sid severity` of the alarms about calls. */
function verdicts({ alarms }: WireRun): string[] {
  return alarms
    .filter(({ signature }) => signature.sid >= 9_104_000 && signature.sid < 9_105_000)
    .map(({ signature }) => `${signature.sid} ${signature.severity}`)
    .sort();
}

describe("one sign", () => {
  it("is worth a look: another way than the party's own packets", () => {
    const run = inCall((wire, call) => {
      ask(wire, { ...CALLER, ...OTHER_WAY }, CALLEE, call.inDialog("BYE"), 200);
    });
    expect(verdicts(run)).toEqual(["9104005 3"]);
  });

  it("is a BYE of a host that has dealt with the victim before", () => {
    const run = inCall((wire, call) => {
      new LiveCall(wire, { ...STRANGER }, CALLEE, { callerMedia: { ...STRANGER, port: 4000 } });
      wire.now += 1;
      ask(wire, STRANGER, CALLEE, call.inDialog("BYE", { sentBy: sentBy(STRANGER) }), 200);
    });
    expect(verdicts(run)).toEqual(["9104005 3"]);
  });

  it("is nothing when it is a CSeq that does not rise, equal ones included", () => {
    const run = inCall((wire, call) => {
      ask(wire, CALLER, CALLEE, call.inDialog("INFO", { cseq: 7 }), 200);
      wire.now += 1;
      ask(wire, CALLER, CALLEE, call.inDialog("BYE", { cseq: 7 }), 200);
    });
    expect(verdicts(run)).toEqual([]);
    expect(run.facts["sip.bye_cseq_out_of_order"]).toBe(1);
  });
});

describe("two signs", () => {
  it("are an attack: a host that is no party and that the victim does not know", () => {
    const run = inCall((wire, call) => {
      ask(wire, STRANGER, CALLEE, call.inDialog("BYE", { sentBy: sentBy(STRANGER) }), 200);
    });
    expect(verdicts(run)).toEqual(["9104001 2"]);
  });

  it("are an attack: another way, and a CSeq that was used already", () => {
    const run = inCall((wire, call) => {
      ask(wire, CALLER, CALLEE, call.inDialog("INFO", { cseq: 7 }), 200);
      wire.now += 1;
      ask(wire, { ...CALLER, ...OTHER_WAY }, CALLEE, call.inDialog("BYE", { cseq: 7 }), 200);
    });
    expect(verdicts(run)).toEqual(["9104002 2"]);
  });

  it.each(["REFER", "INFO", "MESSAGE", "NOTIFY"])("are an attack by %s", (method) => {
    const run = inCall((wire, call) => {
      ask(wire, STRANGER, CALLEE, call.inDialog(method, { sentBy: sentBy(STRANGER) }), 202);
    });
    expect(verdicts(run)).toEqual([method === "REFER" ? "9104030 2" : "9104040 2"]);
  });

  it("are an answer to an INVITE by a host that was not asked, beside the real one", () => {
    const wire = new Wire();
    const sdp = audioSdp(CALLER.ip, 12_000);
    const invite = requestOf(wire, CALLER, CALLEE, "INVITE", "201", { to: "202", sdp });
    wire.send(CALLER, CALLEE, invite.text);
    wire.send(STRANGER, CALLER, sipResponse(invite, 302, { toTag: "x" }), 0.01);
    wire.send(CALLEE, CALLER, sipResponse(invite, 180, { toTag: "tb" }), 0.05);
    wire.now += 5;
    expect(verdicts(wire.run())).toEqual(["9104050 2"]);
  });
});

describe("a proof", () => {
  it("is media that goes on, and outweighs that everything else was right", () => {
    const run = inCall((wire, call) => {
      call.talk(4);
      wire.now += 1;
      ask(wire, CALLER, CALLEE, call.inDialog("BYE"), 200);
    });
    expect(verdicts(run)).toEqual(["9104003 1"]);
  });

  it("is not a single late packet", () => {
    const run = inCall((wire, call) => {
      call.talk(1);
      wire.now += 1;
      ask(wire, CALLER, CALLEE, call.inDialog("BYE"), 200);
      wire.now += 1.2;
      call.talk(0.1);
    });
    expect(verdicts(run)).toEqual([]);
  });

  it("is the third call of others that one source ends", () => {
    const wire = new Wire();
    for (let i = 0; i < 3; i++) {
      const caller = { ...CALLER, ip: `192.0.2.${100 + i}` };
      const call = new LiveCall(wire, caller, CALLEE, {
        calleeMedia: { ...CALLEE, port: 22_000 + i },
      });
      wire.now += 1;
      ask(wire, STRANGER, CALLEE, call.inDialog("BYE", { sentBy: sentBy(STRANGER) }), 200);
      wire.now += 4;
    }
    ask(wire, CALLEE, STRANGER, requestOf(wire, CALLEE, STRANGER, "OPTIONS", "1"), 200);
    expect(verdicts(wire.run())).toContain("9104006 1");
  });

  it("is not the party's own second BYE that meets 481: one sign, unless it is glare", () => {
    const later = (seconds: number) =>
      inCall((wire, call) => {
        ask(wire, CALLER, CALLEE, call.inDialog("BYE"), 200);
        wire.now += seconds;
        ask(wire, CALLER, CALLEE, call.inDialog("BYE"), 481);
      });
    expect(verdicts(later(1.5))).toEqual([]);
    expect(verdicts(later(2.5))).toEqual(["9104005 3"]);
  });

  it("is the party's own BYE after one of another host", () => {
    const run = inCall((wire, call) => {
      ask(wire, STRANGER, CALLEE, call.inDialog("BYE", { sentBy: sentBy(STRANGER) }), 200);
      wire.now += 5;
      ask(wire, CALLER, CALLEE, call.inDialog("BYE"), 481);
    });
    expect(verdicts(run)).toContain("9104004 1");
  });

  it("is the same for a call that was up before the sensor", () => {
    const wire = new Wire();
    const dialog = { to: "202", callId: "old", fromTag: "fa", toTag: "tb" };
    const bye = (from: Endpoint, cseq: number) =>
      requestOf(wire, CALLER, CALLEE, "BYE", "201", { ...dialog, cseq, sentBy: sentBy(from) });
    ask(wire, STRANGER, CALLEE, bye(STRANGER, 4), 200);
    wire.now += 5;
    ask(wire, CALLER, CALLEE, bye(CALLER, 5), 481);
    wire.now += 5;
    expect(verdicts(wire.run())).toEqual(["9104004 1"]);
  });
});

describe("what speaks for the sender", () => {
  it("is a registration at a party of the call", () => {
    const moved: Endpoint = { ip: "203.0.113.9", port: 5060 };
    const run = inCall((wire, call) => {
      register(wire, moved, CALLEE, "201");
      wire.now += 0.5;
      const sdp = audioSdp(moved.ip, 14_000);
      ask(wire, moved, CALLEE, call.inDialog("INVITE", { sentBy: sentBy(moved), sdp }), 200);
      wire.now += 4;
      ask(wire, moved, CALLEE, call.inDialog("BYE", { sentBy: sentBy(moved) }), 200);
    });
    expect(verdicts(run)).toEqual([]);
  });

  it("is not that the stranger sent other requests with the Call-ID before", () => {
    const run = inCall((wire, call) => {
      const { callId, fromTag } = call.invite;
      for (const method of ["OPTIONS", "MESSAGE", "SUBSCRIBE", "INVITE"]) {
        const options = { callId, fromTag, to: "202" };
        ask(wire, STRANGER, CALLEE, requestOf(wire, STRANGER, CALLEE, method, "201", options), 486);
        wire.now += 0.5;
      }
      ask(wire, STRANGER, CALLEE, call.inDialog("BYE", { sentBy: sentBy(STRANGER) }), 200);
    });
    expect(verdicts(run)).toEqual(["9104001 2"]);
  });
});

describe("a CANCEL", () => {
  function ringing(then: (wire: Wire, invite: ReturnType<typeof requestOf>) => void): WireRun {
    const wire = new Wire();
    const sdp = audioSdp(CALLER.ip, 12_000);
    const invite = requestOf(wire, CALLER, CALLEE, "INVITE", "201", { to: "202", sdp });
    wire.send(CALLER, CALLEE, invite.text);
    wire.send(CALLEE, CALLER, sipResponse(invite, 180, { toTag: "tb" }), 0.01);
    wire.now += 1;
    then(wire, invite);
    wire.now += 5;
    return wire.run();
  }

  it("of who only repeated the INVITE is not its sender's", () => {
    const run = ringing((wire, invite) => {
      wire.send(STRANGER, CALLEE, invite.text);
      wire.now += 0.3;
      const { callId, branch, fromTag } = invite;
      const options = { to: "202", callId, branch, fromTag };
      const cancel = requestOf(wire, CALLER, CALLEE, "CANCEL", "201", options);
      ask(wire, STRANGER, CALLEE, cancel, 200);
    });
    expect(verdicts(run)).toEqual(["9104010 2"]);
  });
});

describe("a gap without packets before the verdict", () => {
  function forgedBefore(gapS: number, talkS: number): string[] {
    const run = inCall((wire, call) => {
      call.talk(3);
      wire.now += 3;
      ask(wire, STRANGER, CALLEE, call.inDialog("BYE", { sentBy: sentBy(STRANGER) }), 200);
      wire.now += gapS;
      const goesOn = { seconds: talkS, sequence: 1150, timestamp: 24_000 };
      stream(wire, call.callerMedia, call.calleeMedia, { ...goesOn, ssrc: 0x1111 });
      stream(wire, call.calleeMedia, call.callerMedia, { ...goesOn, ssrc: 0x2222 });
      wire.now += talkS;
    });
    return verdicts(run);
  }

  it("hides nothing: what follows it is looked at, too", () => {
    expect(forgedBefore(90, 4)).toEqual(["9104003 1"]);
  });

  it("holds no verdict back for longer", () => {
    expect(forgedBefore(90, 0)).toEqual(["9104005 3"]);
  });
});
