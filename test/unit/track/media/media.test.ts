import { describe, expect, it } from "vitest";
import { ask, LiveCall, requestOf, stream } from "../../../support/sip-actors.ts";
import { audioSdp, sipResponse } from "../../../support/sip-builder.ts";
import { type Endpoint, Wire } from "../../../support/wire.ts";

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

  it.each([300, 330, 360, 390, 420, 450])(
    "that %d packets a second of a stranger flood is flooded by the stranger, whoever's packet makes the number full",
    (packetsPerSecond) => {
      const wire = new Wire();
      const { callerMedia, calleeMedia } = new LiveCall(wire, CALLER, CALLEE);
      wire.now += 0.1;
      stream(wire, callerMedia, calleeMedia, { ssrc: 1, seconds: 4, packetsPerSecond: 250 });
      wire.now += 1;
      stream(wire, STRANGER, calleeMedia, { ssrc: 7, seconds: 2, packetsPerSecond });
      const floods = wire.run().alerts.filter(({ signature }) => signature.sid === 9_105_010);
      expect(floods.map(({ srcIp }) => srcIp)).toEqual([STRANGER.ip]);
    },
  );

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

/** Sids of the alarms. */
function sidsOf(then: (wire: Wire, call: LiveCall) => void): readonly number[] {
  const wire = new Wire();
  const call = new LiveCall(wire, CALLER, CALLEE);
  wire.now += 0.1;
  then(wire, call);
  return wire.run().sids;
}

/** The same address, from another box on the segment. */
function forged(endpoint: Endpoint): Endpoint {
  return { ...endpoint, mac: "3c:97:0e:12:ab:9f", ttl: 128 };
}

describe("what a rival is worth", () => {
  it("is severity 1 for another SSRC by another way, 3 by the stream's own", () => {
    for (const [isForged, sid] of [
      [true, 9105002],
      [false, 9105007],
    ] as const) {
      const sids = sidsOf((wire, call) => {
        call.talk(6);
        wire.now += 2;
        const from = isForged ? forged(call.callerMedia) : call.callerMedia;
        stream(wire, from, call.calleeMedia, { ssrc: 7, seconds: 3, after: 0.01 });
      });
      expect(sids).toEqual([sid]);
    }
  });

  it("is severity 2 for a new SSRC in each packet, by the stream's own way", () => {
    const sids = sidsOf((wire, call) => {
      call.talk(6);
      for (let i = 0; i < 150; i++) {
        const seconds = 0.02;
        const ssrc = Math.imul(i + 1, 0x9e3779b1);
        stream(wire, call.callerMedia, call.calleeMedia, { ssrc, seconds, after: 2.01 + i / 50 });
      }
    });
    expect(sids).toContain(9105005);
  });

  it("is nothing for a few SSRCs of a mixer that nobody follows for long", () => {
    const sids = sidsOf((wire, call) => {
      call.talk(8);
      for (let i = 0; i < 12; i++) {
        stream(wire, call.callerMedia, call.calleeMedia, {
          ssrc: i + 9,
          seconds: 0.4,
          after: i / 2,
        });
      }
    });
    expect(sids).not.toContain(9105005);
  });
});

describe("an injected stream", () => {
  it("is found although the stranger's own INVITE names both addresses", () => {
    const sids = sidsOf((wire, call) => {
      call.talk(8);
      const sdp = audioSdp(STRANGER.ip, STRANGER.port).replace(
        "a=sendrecv",
        `a=candidate:1 1 UDP 1 ${call.calleeMedia.ip} ${call.calleeMedia.port} typ host`,
      );
      const invite = requestOf(wire, STRANGER, CALLEE, "INVITE", "999", { sdp });
      wire.send(STRANGER, CALLEE, invite.text, 1);
      stream(wire, STRANGER, call.calleeMedia, { ssrc: 7, seconds: 4, after: 2 });
    });
    expect(sids).toContain(9105001);
  });

  it("is found when its sender knows a host of the call to be named, but comes another way", () => {
    const sids = sidsOf((wire, call) => {
      call.talk(8);
      for (let i = 0; i < 4; i++) {
        ask(wire, CALLER, CALLEE, requestOf(wire, CALLER, CALLEE, "OPTIONS", "202"), 200);
      }
      const from = forged({ ip: CALLER.ip, port: 44_444 });
      stream(wire, from, call.calleeMedia, { ssrc: 7, seconds: 4, after: 2 });
    });
    expect(sids.some((sid) => sid === 9105001 || sid === 9105008)).toBe(true);
  });

  it("that takes the place of one that fell silent is a hand-over", () => {
    const facts = factsOf((wire, call) => {
      stream(wire, call.callerMedia, call.calleeMedia, { ssrc: 1, seconds: 3 });
      const roaming = { ...STRANGER, port: call.callerMedia.port };
      stream(wire, roaming, call.calleeMedia, { ssrc: 1, seconds: 5, sequence: 1148, after: 2.96 });
      stream(wire, call.callerMedia, call.calleeMedia, { ssrc: 1, seconds: 0.04, after: 3.3 });
    });
    expect(mediaFacts(facts).filter((name) => name !== "rtp.unannounced")).toEqual([]);
  });
});

describe("RTPbleed", () => {
  const RELAY: Endpoint = { ip: "192.0.2.32", port: 20_000 };

  function probe(wire: Wire, ports: number, packets = 4): void {
    for (let i = 0; i < ports; i++) {
      const to = { ...RELAY, port: RELAY.port + 2 * i };
      stream(wire, STRANGER, to, { ssrc: 0, seconds: packets / 50, after: 1 + i / 10 });
    }
  }

  it("is probed for by a packet or two to each port", () => {
    expect(sidsOf((wire) => probe(wire, 20))).toContain(9105020);
  });

  it("is not what streams do that nobody announced", () => {
    const facts = factsOf((wire) => probe(wire, 20, 400));
    expect(facts["rtp.bleed_probe"]).toBeUndefined();
  });

  it("is not what short conversations do that nobody announced", () => {
    const facts = factsOf((wire) => {
      probe(wire, 20);
      for (let i = 0; i < 20; i++) {
        const from = { ...RELAY, port: RELAY.port + 2 * i };
        stream(wire, from, STRANGER, { ssrc: 3, seconds: 0.08, after: 1 + i / 10 });
      }
    });
    expect(facts["rtp.bleed_probe"]).toBeUndefined();
  });

  it("leaks when the relay sends to who has sent to its port, and the party goes on", () => {
    const leaking = (after: number) => (wire: Wire, call: LiveCall) => {
      call.talk(6);
      stream(wire, STRANGER, call.calleeMedia, { ssrc: 0, seconds: 0.08, after });
      stream(wire, call.calleeMedia, STRANGER, { ssrc: 0x2222, seconds: 0.5, after: after + 0.01 });
    };
    expect(sidsOf(leaking(2))).toContain(9105021);
  });

  it("is not what symmetric NAT does: the party's media comes from there and nowhere else", () => {
    const sids = sidsOf((wire, call) => {
      const nat = { ...STRANGER, port: 31_000 };
      stream(wire, nat, call.calleeMedia, { ssrc: 1, seconds: 6 });
      stream(wire, call.calleeMedia, nat, { ssrc: 2, seconds: 6, after: 0.1 });
    });
    expect(sids).toEqual([]);
  });
});

describe("RTCP BYE", () => {
  const bye = (ssrc: number) => {
    const bytes = Buffer.alloc(16);
    bytes.set([0x80, 201, 0, 1, 0, 0, 0, 0, 0x81, 203, 0, 1]);
    bytes.writeUInt32BE(ssrc, 4);
    bytes.writeUInt32BE(ssrc, 12);
    return bytes;
  };

  function byes(from: (endpoint: Endpoint) => Endpoint, seconds: number): readonly number[] {
    return sidsOf((wire, call) => {
      call.talk(seconds);
      const [a, b] = [call.callerMedia, call.calleeMedia];
      const rtcp = { ...a, port: a.port + 1 };
      wire.send(from(rtcp), { ...b, port: b.port + 1 }, bye(0x1111), 2);
    });
  }

  it("by another way is forged when the stream goes on", () => {
    expect(byes(forged, 6)).toEqual([9105011]);
  });

  it("is nothing to report when the stream stops, or by the stream's own way (a hold)", () => {
    expect(byes(forged, 2.1)).toEqual([]);
    expect(byes((endpoint) => endpoint, 6)).toEqual([]);
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
