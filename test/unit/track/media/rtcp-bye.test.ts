import { describe, expect, it } from "vitest";
import { rtcpBye } from "../../../cases/talker.ts";
import { LiveCall, stream } from "../../../support/sip-actors.ts";
import { type Endpoint, Wire } from "../../../support/wire.ts";

const CALLER: Endpoint = { ip: "192.0.2.31", port: 5060 };
const CALLEE: Endpoint = { ip: "192.0.2.32", port: 5060 };
const RELAY: Endpoint = { ip: "192.0.2.10", port: 5060 };
const STRANGER: Endpoint = { ip: "192.0.2.66", port: 10_001 };
const CALLER_SSRC = 0x1111;

const beside = ({ ip, port }: Endpoint): Endpoint => ({ ip, port: port + 1 });

/**
 * A server that gives the callee's answer a port of its own and lets the caller's offer through: the caller's media takes
 * the way over it, the callee's does not. As Kamailio with rtpengine, where only answers are changed.
 */
function halfRelayed(byeFrom: (media: Endpoint) => Endpoint): number {
  const wire = new Wire();
  const callerMedia = { ...CALLER, port: 10_000 };
  const calleeMedia = { ...CALLEE, port: 20_000 };
  const near = new LiveCall(wire, CALLER, RELAY, { calleeMedia: { ...RELAY, port: 30_000 } });
  const far = new LiveCall(wire, RELAY, CALLEE, { callerMedia, calleeMedia });
  wire.now += 0.1;
  stream(wire, callerMedia, near.calleeMedia, { ssrc: CALLER_SSRC, seconds: 8 });
  stream(wire, { ...RELAY, port: 30_002 }, calleeMedia, {
    ssrc: CALLER_SSRC,
    seconds: 8,
    after: 0.001,
  });
  stream(wire, calleeMedia, callerMedia, { ssrc: 0x2222, seconds: 8 });
  wire.send(byeFrom(callerMedia), beside(calleeMedia), rtcpBye(CALLER_SSRC), 4);
  wire.now += 8.1;
  near.hangUp(0.1);
  far.hangUp(0.1);
  return wire.run().facts["rtcp.bye_spoofed"] ?? 0;
}

describe("an RTCP BYE for a stream that a relay brings and that goes on", () => {
  it("is no forgery by whom the call's own offer names as the other end", () => {
    expect(halfRelayed(beside)).toBe(0);
  });

  it("is one by anybody else, and from another port of that end", () => {
    expect(halfRelayed(() => STRANGER)).toBe(1);
    expect(halfRelayed(({ ip }) => ({ ip, port: 40_000 }))).toBe(1);
  });
});
