import { describe, expect, it } from "vitest";
import { LiveCall } from "../support/sip-actors.ts";
import { audioSdp, rtpPacket, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, Wire } from "../support/wire.ts";

const CALLER: Endpoint = { ip: "192.0.2.31", port: 5060 };
const CALLEE: Endpoint = { ip: "192.0.2.32", port: 5060 };
const PACKETS = 200;
/** What a cipher leaves of the padding count: any byte. */
const CIPHER_BYTES = [0xf1, 0, 0x8a, 3];

/** RFC 4568 9.1, and RFC 5763 with RFC 8122: keys in the offer, or the fingerprint of who brings them. */
const KEYS = {
  "a=crypto":
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n",
  "a=fingerprint": "a=fingerprint:sha-256 00:11:22\r\na=setup:actpass\r\n",
  "no keys": "",
};

/** A call whose phones pad each fourth packet (RFC 3550 5.1), as browsers do, and report in the midst of them. */
function paddedCall(keys: string) {
  const wire = new Wire();
  const call = new LiveCall(wire, CALLER, CALLEE);
  const { callerMedia, calleeMedia } = call;
  const profile = keys === "" ? "RTP/AVP" : "RTP/SAVPF";
  const sdpOf = ({ ip, port }: Endpoint) =>
    `${audioSdp(ip, port, 2).replace("RTP/AVP", profile)}${keys}`;
  wire.now += 1;
  const again = call.inDialogOfCallee("INVITE", { cseq: 7, sdp: sdpOf(calleeMedia) });
  wire.send(CALLEE, CALLER, again.text);
  const answer = { contact: "a@192.0.2.31:5060", sdp: sdpOf(callerMedia) };
  wire.send(CALLER, CALLEE, sipResponse(again, 200, answer), 0.05);
  wire.send(CALLEE, CALLER, call.inDialogOfCallee("ACK", { cseq: 7 }).text, 0.1);
  wire.now += 0.5;
  for (let i = 0; i < PACKETS; i++) {
    const packet = rtpPacket({ sequence: i, timestamp: 160 * i, ssrc: 7, payloadBytes: 40 });
    if (i % 4 === 3) {
      packet[0] = 0xa0;
      packet[packet.length - 1] = CIPHER_BYTES[(i >> 2) % CIPHER_BYTES.length] as number;
    }
    wire.send(callerMedia, calleeMedia, packet, 0.02 * i);
    wire.send(
      calleeMedia,
      callerMedia,
      rtpPacket({ sequence: i, timestamp: 160 * i, ssrc: 8 }),
      0.02 * i,
    );
  }
  // Feedback of RFC 4585 6.1 in SRTCP: behind eight bytes in clear lie a cipher's, an index and a tag.
  const report = Buffer.alloc(42, 0x5c);
  report.set([0xaf, 205, 0, 6, 0, 0, 0, 7]);
  wire.send(callerMedia, calleeMedia, report, 2);
  wire.now += 0.02 * PACKETS;
  call.hangUp(1);
  const { alarms, facts } = wire.run();
  const { rtpPackets, rtcpPackets } = wire.pipeline.statistics;
  return {
    alarms,
    bad: [facts["rtp.bad_header"] ?? 0, facts["rtcp.bad_header"] ?? 0],
    rtpPackets,
    rtcpPackets,
  };
}

describe("padded packets", () => {
  // RFC 3711 3.1: the padding count is a part of what is encrypted.
  it.each(["a=crypto", "a=fingerprint"] as const)("of a call with %s are RTP and RTCP", (what) => {
    const seen = paddedCall(KEYS[what]);
    expect(seen).toEqual({ alarms: [], bad: [0, 0], rtpPackets: 2 * PACKETS, rtcpPackets: 1 });
  });

  it("of a call without keys contradict themselves", () => {
    const { bad, rtpPackets } = paddedCall(KEYS["no keys"]);
    // Of four counts three are none: two that are longer than the packet, and zero.
    const broken = (PACKETS / 16) * 3;
    expect(bad[0]).toBeGreaterThanOrEqual(Math.floor(broken));
    expect(bad[1]).toBe(1);
    expect(rtpPackets).toBe(2 * PACKETS - (bad[0] as number));
  });
});
