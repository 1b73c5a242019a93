import { describe, expect, it } from "vitest";
import { ask, LiveCall, stream } from "../../support/sip-actors.ts";
import { audioSdp, sipResponse } from "../../support/sip-builder.ts";
import { type Endpoint, Wire } from "../../support/wire.ts";

const CALLER: Endpoint = { ip: "192.0.2.31", port: 5060 };
const CALLEE: Endpoint = { ip: "192.0.2.32", port: 5060 };
const STRANGER: Endpoint = { ip: "198.51.100.66", port: 40_000 };

function factsOf(then: (wire: Wire, call: LiveCall) => void): Readonly<Record<string, number>> {
  const wire = new Wire();
  const call = new LiveCall(wire, CALLER, CALLEE);
  wire.now += 0.1;
  then(wire, call);
  return wire.run().facts;
}

function mediaFacts(facts: Readonly<Record<string, number>>): string[] {
  return Object.keys(facts).filter((name) => name.startsWith("rtp."));
}

describe("an announced stream", () => {
  it("is nothing to report", () => {
    expect(mediaFacts(factsOf((_, call) => call.talk(5)))).toEqual([]);
  });

  it("with a second sender beside its own has a foreign source", () => {
    const facts = factsOf((wire, call) => {
      call.talk(6);
      wire.now += 2;
      stream(wire, STRANGER, call.calleeMedia, { ssrc: 7, seconds: 2 });
    });
    expect(facts["rtp.foreign_source"]).toBeGreaterThan(0);
  });

  it("has one too when the foreign packets carry its own SSRC", () => {
    const facts = factsOf((wire, call) => {
      call.talk(6);
      wire.now += 2;
      stream(wire, STRANGER, call.calleeMedia, { ssrc: 0x1111, seconds: 2, sequence: 1102 });
    });
    expect(facts["rtp.foreign_source"]).toBeGreaterThan(0);
  });

  it("with a second SSRC on its own path has a foreign SSRC", () => {
    const facts = factsOf((wire, call) => {
      call.talk(6);
      wire.now += 2;
      stream(wire, call.callerMedia, call.calleeMedia, { ssrc: 7, seconds: 2, after: 0.01 });
    });
    expect(facts["rtp.foreign_ssrc"]).toBeGreaterThan(0);
  });

  it("with a rival sequence of its own SSRC is hijacked", () => {
    const facts = factsOf((wire, call) => {
      call.talk(6);
      wire.now += 2;
      stream(wire, call.callerMedia, call.calleeMedia, {
        ...{ ssrc: 0x1111, seconds: 2, sequence: 5000, after: 0.01 },
      });
    });
    expect(facts["rtp.sequence_hijack"]).toBeGreaterThan(0);
  });

  it("at ten times the rate of audio is a flood", () => {
    const facts = factsOf((wire, call) => {
      stream(wire, call.callerMedia, call.calleeMedia, {
        ssrc: 1,
        seconds: 2,
        packetsPerSecond: 600,
      });
    });
    expect(facts["rtp.flood"]).toBeGreaterThan(0);
  });

  it("that changes its SSRC with a re-INVITE is nothing to report", () => {
    const facts = factsOf((wire, call) => {
      call.talk(3);
      wire.now += 3;
      const { ip, port } = call.callerMedia;
      ask(wire, CALLER, CALLEE, call.inDialog("INVITE", { sdp: audioSdp(ip, port, 2) }), 200);
      wire.now += 0.1;
      call.talk(3, [0x9999, 0x8888]);
    });
    expect(mediaFacts(facts)).toEqual([]);
  });

  it("that comes from another port of its host, one after the other, is nothing to report", () => {
    const facts = factsOf((wire, call) => {
      stream(wire, call.callerMedia, call.calleeMedia, { ssrc: 1, seconds: 3 });
      stream(wire, { ...call.callerMedia, port: 33_333 }, call.calleeMedia, {
        ...{ ssrc: 1, seconds: 3, sequence: 1150, timestamp: 24_000, after: 3.02 },
      });
    });
    expect(mediaFacts(facts)).toEqual([]);
  });

  it("that goes on where a re-INVITE moved it is nothing to report", () => {
    const facts = factsOf((wire, call) => {
      call.talk(3);
      wire.now += 3;
      const moved: Endpoint = { ip: "192.0.2.40", port: 30_000 };
      const invite = call.inDialog("INVITE", { sdp: audioSdp(moved.ip, moved.port, 2) });
      wire.send(CALLER, CALLEE, invite.text);
      const { ip, port } = call.calleeMedia;
      wire.send(CALLEE, CALLER, sipResponse(invite, 200, { sdp: audioSdp(ip, port, 2) }), 0.02);
      stream(wire, moved, call.calleeMedia, { ssrc: 5, seconds: 3, after: 0.05 });
      stream(wire, call.calleeMedia, moved, {
        ssrc: 0x2222,
        seconds: 3,
        sequence: 1150,
        after: 0.05,
      });
    });
    expect(mediaFacts(facts)).toEqual([]);
  });
});

describe("a stream that nobody announced", () => {
  it("is told once, and is nothing more than that", () => {
    const wire = new Wire();
    stream(wire, { ...CALLER, port: 10_000 }, { ...CALLEE, port: 20_000 }, { ssrc: 1, seconds: 3 });
    const { facts } = wire.run();
    expect(facts).toEqual({ "rtp.unannounced": 1 });
  });

  it("is not made of a few packets that only look like RTP", () => {
    const wire = new Wire();
    for (let i = 0; i < 200; i++) {
      const seconds = 0.02;
      stream(wire, { ...CALLER, port: 10_000 + i }, CALLEE, { ssrc: i, seconds, sequence: i * 77 });
    }
    expect(mediaFacts(wire.run().facts)).toEqual([]);
  });
});
