import { describe, expect, it } from "vitest";
import { LiveCall, stream } from "../../../support/sip-actors.ts";
import { type Endpoint, Wire } from "../../../support/wire.ts";

const CALLER: Endpoint = { ip: "192.0.2.31", port: 5060 };
const CALLEE: Endpoint = { ip: "192.0.2.32", port: 5060 };
const STRANGER: Endpoint = { ip: "198.51.100.66", port: 40_000 };
const SIGN = 9105008;
const PROOF = 9105001;

/** Alerts about a stranger's packets into a call that talks for `talkS`. */
function sidsOf(talkS: number, inject: (wire: Wire, call: LiveCall) => void): number[] {
  const wire = new Wire();
  const call = new LiveCall(wire, CALLER, CALLEE);
  wire.now += 0.1;
  call.talk(talkS);
  inject(wire, call);
  return wire
    .run()
    .alerts.map(({ signature }) => signature.sid)
    .filter((sid) => sid === SIGN || sid === PROOF);
}

describe("a stranger beside a stream's own sender", () => {
  it("who goes on is one deed and one alert, of its gravest kind", () => {
    for (const packetsPerSecond of [50, 5, 2]) {
      const sids = sidsOf(40, (wire, call) =>
        stream(wire, STRANGER, call.calleeMedia, {
          ssrc: 7,
          seconds: 30,
          after: 2,
          packetsPerSecond,
        }),
      );
      expect(sids, `${packetsPerSecond}`).toEqual([PROOF]);
    }
  });

  it("who stops before there is a proof is told as a sign", () => {
    const sids = sidsOf(20, (wire, call) =>
      stream(wire, STRANGER, call.calleeMedia, { ssrc: 7, seconds: 1.6, after: 2 }),
    );
    expect(sids).toEqual([SIGN]);
  });

  it("is told as a sign when the capture ends, or the call, while there may be more", () => {
    for (const talkS of [3.7, 3.9]) {
      const sids = sidsOf(talkS, (wire, call) =>
        stream(wire, STRANGER, call.calleeMedia, { ssrc: 7, seconds: talkS - 2, after: 2 }),
      );
      expect(sids, `${talkS}`).toEqual([SIGN]);
    }
  });

  it("is proven while signs of many others are waited for", () => {
    const wire = new Wire();
    const calls = Array.from({ length: 40 }, (_, i) => {
      const caller = { ip: `192.0.2.${60 + i}`, port: 5060 };
      return new LiveCall(wire, caller, { ...CALLEE, ip: `192.0.2.${110 + i}` });
    });
    wire.now += 0.1;
    for (const [i, call] of calls.entries()) {
      call.talk(6);
      const seconds = i === 0 ? 4 : 1.5;
      stream(wire, STRANGER, call.calleeMedia, { ssrc: 7, seconds, after: 1.5 });
    }
    const { alerts } = wire.run();
    const count = (wanted: number) =>
      alerts.filter(({ signature }) => signature.sid === wanted).length;
    expect([count(PROOF), count(SIGN)]).toEqual([1, 39]);
  });
});
