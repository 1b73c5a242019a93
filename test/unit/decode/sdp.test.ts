import { describe, expect, test } from "vitest";
import { SdpView } from "../../../src/decode/sdp.ts";

const ip = (text: string) => text.split(".").reduce((value, part) => value * 256 + Number(part), 0);

function sdpOf(lines: readonly string[], view = new SdpView()) {
  const text = lines.join("\r\n");
  const bytes = Buffer.from(`m=x${text}\r\nm=audio 1 RTP/AVP 0`, "latin1");
  const isSdp = view.decode(bytes, 3, 3 + text.length);
  return {
    isSdp,
    isMalformed: view.isMalformed,
    isBundle: view.isBundle,
    media: view.media.slice(0, view.mediaCount).map((media) => ({ ...media })),
    candidates: [...view.candidateHosts.subarray(0, view.candidateCount)],
    candidatePorts: [...view.candidatePorts.subarray(0, view.candidateCount)],
  };
}

const OFFER = [
  "v=0",
  "o=- 1 1 IN IP4 10.0.0.1",
  "s=-",
  "c=IN IP4 10.0.0.1",
  "t=0 0",
  "a=sendonly",
  "m=audio 4000 RTP/AVP 0 8",
  "a=rtcp:4010",
  "m=video 4002/2 RTP/SAVP 96",
  "c=IN IP4 10.0.0.2/127",
  "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x",
  "a=rtcp-mux",
  "a=inactive",
  "m=image 0 udptl t38",
];

describe("session descriptions (RFC 8866)", () => {
  test("the section's c= line counts before the session's (5.7)", () => {
    const { media } = sdpOf(OFFER);
    expect(media.map(({ host }) => host)).toEqual([ip("10.0.0.1"), ip("10.0.0.2"), ip("10.0.0.1")]);
  });

  test("kind, port, profile and direction of each section", () => {
    const { media, isMalformed } = sdpOf(OFFER);
    expect(isMalformed).toBe(false);
    expect(media).toMatchObject([
      { kind: "audio", port: 4000, isRtp: true, isSecure: false, direction: "sendonly" },
      {
        kind: "video",
        port: 4002,
        isRtp: true,
        isSecure: true,
        direction: "inactive",
        hasCrypto: true,
      },
      { kind: "other", port: 0, isRtp: false },
    ]);
  });

  test("RTCP port: a=rtcp (RFC 3605), rtcp-mux (RFC 5761), else the next one", () => {
    expect(sdpOf(OFFER).media.map(({ rtcpPort }) => rtcpPort)).toEqual([4010, 4002, 0]);
    expect(sdpOf(["v=0", "m=audio 4000 RTP/AVP 0"]).media[0]?.rtcpPort).toBe(4001);
  });

  test("ICE candidates of all sections, IPv4 and ports in range only (RFC 8839 5.1)", () => {
    const { candidates, candidatePorts } = sdpOf([
      "v=0",
      "m=audio 9 RTP/AVP 0",
      "a=candidate:1 1 UDP 2130706431 10.0.0.3 5000 typ host",
      "a=candidate:2 1 UDP 1 example.local 5001 typ host",
      "a=candidate:3 1 UDP 1 10.0.0.4 70000 typ host",
    ]);
    expect(candidates).toEqual([ip("10.0.0.3")]);
    expect(candidatePorts).toEqual([5000]);
  });

  test("bundled sections share their transport (RFC 9143)", () => {
    const { media, isBundle } = sdpOf(["v=0", "a=group:BUNDLE 0 1", "m=audio 9 RTP/AVP 0"]);
    expect([isBundle, media[0]?.isShared]).toEqual([true, true]);
  });

  test.each([
    ["a line without =", ["v=0", "nonsense"]],
    ["a port that is no number", ["v=0", "m=audio x RTP/AVP 0"]],
    ["a port beyond 65535", ["v=0", "m=audio 65536 RTP/AVP 0"]],
    ["a c= line of another network", ["v=0", "c=ATM NSAP 47.0091"]],
  ])("%s is malformed, and what follows is still read", (_, lines) => {
    const { isMalformed, media } = sdpOf([...lines, "m=audio 4000 RTP/AVP 0"]);
    expect(isMalformed).toBe(true);
    expect(media.at(-1)?.port).toBe(4000);
  });

  test.each([[""], ["x=1"], ["v"], ["--b\r\nv=0"]])("%j is no session description", (text) => {
    expect(sdpOf([text]).isSdp).toBe(false);
  });

  test("line ends of LF alone are read", () => {
    expect(sdpOf([OFFER.join("\n")])).toEqual(sdpOf(OFFER));
  });

  test("only so many sections, candidates and lines are read", () => {
    const sections = Array.from({ length: 40 }, (_, i) => `m=audio ${4000 + i} RTP/AVP 0`);
    expect(sdpOf(["v=0", ...sections]).media).toHaveLength(16);
    const candidate = "a=candidate:1 1 UDP 1 10.0.0.3 5000 typ host";
    expect(sdpOf(["v=0", ...Array<string>(100).fill(candidate)]).candidates).toHaveLength(64);
    expect(
      sdpOf(["v=0", ...Array<string>(600).fill("b=AS:1"), "m=audio 1 RTP/AVP 0"]).media,
    ).toEqual([]);
  });

  test("a view keeps nothing of the description before", () => {
    const reused = new SdpView();
    sdpOf(OFFER, reused);
    sdpOf(
      ["v=0", "a=group:BUNDLE 0", "a=candidate:1 1 UDP 1 10.0.0.3 5000 typ host", "junk"],
      reused,
    );
    for (const lines of [["v=0", "m=audio 1 RTP/AVP 0"], OFFER, ["x"]]) {
      expect(sdpOf(lines, reused)).toEqual(sdpOf(lines));
    }
  });

  test("cut at every length, nothing throws and nothing behind the end is read", () => {
    const text = OFFER.join("\r\n");
    for (let length = 0; length <= text.length; length++) {
      expect(sdpOf([text.slice(0, length)]).media.length).toBeLessThanOrEqual(3);
    }
  });
});
