import { describe, expect, test } from "vitest";
import { hostKeyOfText } from "../../../src/decode/host-text.ts";
import { SdpView } from "../../../src/decode/sdp.ts";
import { PayloadRole } from "../../../src/decode/sdp-media.ts";

const ip = (text: string) => text.split(".").reduce((value, part) => value * 256 + Number(part), 0);

function sdpOf(lines: readonly string[], view = new SdpView()) {
  const text = lines.join("\r\n");
  const bytes = Buffer.from(`m=x${text}\r\nm=audio 1 RTP/AVP 0`, "latin1");
  const isSdp = view.decode(bytes, 3, 3 + text.length);
  return {
    isSdp,
    media: view.media.slice(0, view.mediaCount).map((media) => ({ ...media })),
    candidates: [...view.candidateHosts.subarray(0, view.candidateCount)],
    candidatePorts: [...view.candidatePorts.subarray(0, view.candidateCount)],
    ssrcs: [...view.ssrcs.subarray(0, view.ssrcCount)].map((ssrc) => ssrc >>> 0),
    ssrcMedia: [...view.ssrcMedia.subarray(0, view.ssrcCount)],
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
    const { media } = sdpOf(OFFER);
    expect(media).toMatchObject([
      { kind: "audio", port: 4000, isRtp: true, direction: "sendonly" },
      {
        kind: "video",
        port: 4002,
        isRtp: true,
        direction: "inactive",
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

  test("session-level direction and address hold where a section has none of its own", () => {
    const { media } = sdpOf(["v=0", "c=IN IP6 ::1", "a=inactive ", "m=audio 1 RTP/AVP 0"]);
    expect(media[0]).toMatchObject({ direction: "inactive", host: hostKeyOfText("::1") });
  });

  test.each([
    ["a line without =", ["v=0", "nonsense"]],
    ["a port that is no number", ["v=0", "m=audio x RTP/AVP 0"]],
    ["a port beyond 65535", ["v=0", "m=audio 65536 RTP/AVP 0"]],
    ["a c= line of another network", ["v=0", "c=ATM NSAP 47.0091"]],
  ])("what follows %s is still read", (_, lines) => {
    const { media } = sdpOf([...lines, "m=audio 4000 RTP/AVP 0"]);
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
    const many = sdpOf(["v=0", "c=IN IP4 10.0.0.1", ...sections, "c=IN IP4 10.9.9.9"]).media;
    expect(many).toHaveLength(16);
    // What belongs to a section that is not looked at is not the last one's.
    expect(many.at(-1)?.host).toBe(ip("10.0.0.1"));
    const ssrcs = Array.from({ length: 100 }, (_, i) => `a=ssrc:${i} cname:x`);
    expect(sdpOf(["v=0", "m=audio 1 RTP/AVP 0", ...ssrcs]).ssrcs).toHaveLength(64);
    const candidate = "a=candidate:1 1 UDP 1 10.0.0.3 5000 typ host";
    expect(sdpOf(["v=0", ...Array<string>(100).fill(candidate)]).candidates).toHaveLength(64);
    expect(
      sdpOf(["v=0", ...Array<string>(9000).fill("b=AS:1"), "m=audio 1 RTP/AVP 0"]).media,
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

describe("payload types (RFC 8866 6.6, RFC 3551 6)", () => {
  const roles = (lines: readonly string[]) => {
    const [media] = sdpOf(["v=0", ...lines]).media;
    const announced: Record<number, [PayloadRole, number]> = {};
    media?.payloadRoles.forEach((role, type) => {
      if (role !== PayloadRole.NONE)
        announced[type] = [role as PayloadRole, media.clockRates[type]!];
    });
    return announced;
  };

  test("static ones have their clock, payload type 13 is comfort noise", () => {
    expect(roles(["m=audio 1 RTP/AVP 0 9 13 26 99 128 x"])).toEqual({
      0: [PayloadRole.MEDIA, 8000],
      9: [PayloadRole.MEDIA, 8000],
      13: [PayloadRole.COMFORT_NOISE, 8000],
      26: [PayloadRole.MEDIA, 90000],
      99: [PayloadRole.MEDIA, 0],
    });
  });

  test("rtpmap names events, noise and clocks, in any case", () => {
    expect(
      roles([
        "m=audio 1 RTP/AVP 96 97 98",
        "a=rtpmap:96 opus/48000/2",
        "a=rtpmap:97 Telephone-Event/8000",
        "a=rtpmap:98 cn/16000",
        "a=rtpmap:101 telephone-event/48000",
        "a=rtpmap:200 PCMU/8000",
        "a=rtpmap:x PCMU/8000",
        "a=rtpmap:102",
      ]),
    ).toEqual({
      96: [PayloadRole.MEDIA, 48000],
      97: [PayloadRole.TELEPHONE_EVENT, 8000],
      98: [PayloadRole.COMFORT_NOISE, 16000],
      101: [PayloadRole.TELEPHONE_EVENT, 48000],
    });
  });
});

describe("bundles (RFC 9143 6, 7) and SSRCs (RFC 5576)", () => {
  const BUNDLED = [
    "v=0",
    "a=group:LS a v",
    "a=group:BUNDLE a v x",
    "a=ice-ufrag:4ZcD",
    "m=audio 4000 UDP/TLS/RTP/SAVPF 111",
    "c=IN IP4 10.0.0.1",
    "a=mid:a",
    "a=rtcp-mux",
    "a=rtpmap:111 opus/48000/2",
    "m=video 0 UDP/TLS/RTP/SAVPF 96",
    "c=IN IP4 0.0.0.0",
    "a=bundle-only",
    "a=mid:v",
    "a=rtpmap:96 VP8/90000",
    "m=audio 5000 RTP/AVP 0",
    "c=IN IP4 10.0.0.2",
    "a=mid:y",
  ];

  test("a bundle-only section is at the tagged section's address, which carries video too", () => {
    const { media } = sdpOf(BUNDLED);
    const at = { host: ip("10.0.0.1"), port: 4000, rtcpPort: 4000, isShared: true, kind: "video" };
    expect(media).toMatchObject([
      at,
      at,
      { host: ip("10.0.0.2"), port: 5000, isShared: false, kind: "audio" },
    ]);
    for (const section of media.slice(0, 2)) {
      expect([section.clockRates[111], section.clockRates[96]]).toEqual([48000, 90000]);
    }
  });

  test("port 0 without bundle-only is rejected; the tag goes to the next one", () => {
    const lines = BUNDLED.filter((line) => line !== "a=bundle-only");
    expect(sdpOf(lines).media).toMatchObject([
      { port: 4000, isShared: false, kind: "audio" },
      { port: 0, isShared: false },
      { port: 5000 },
    ]);
    const moved = BUNDLED.map((line) => line.replace("BUNDLE a v x", "BUNDLE x v y a"));
    expect(sdpOf(moved).media.map(({ port }) => port)).toEqual([4000, 0, 5000]);
    const turned = BUNDLED.map((line) => line.replace("BUNDLE a v x", "BUNDLE y v a"));
    expect(sdpOf(turned).media).toMatchObject([
      { port: 4000, isShared: true },
      { port: 5000, host: ip("10.0.0.2"), kind: "video" },
      { port: 5000, isShared: true },
    ]);
  });

  test("a group of one shares nothing", () => {
    const lines = ["v=0", "a=group:BUNDLE a", "m=audio 9 RTP/AVP 0", "a=mid:a"];
    expect(sdpOf(lines).media[0]?.isShared).toBe(false);
  });

  test("the announced SSRCs; several of a section share its transport", () => {
    const { media, ssrcs, ssrcMedia } = sdpOf([
      "v=0",
      "a=ssrc:5 cname:x",
      "m=audio 1 RTP/AVP 0",
      "a=ssrc:4294967295 cname:x",
      "a=ssrc:4294967295 msid:y",
      "m=video 3 RTP/AVP 96",
      "a=ssrc:7 cname:x",
      "a=ssrc:8 cname:x",
      "a=ssrc:x cname:x",
      "m=video 5 RTP/AVP 96",
      "a=ssrc-group:FID 1 2",
    ]);
    expect(ssrcs).toEqual([4294967295, 7, 8]);
    expect(ssrcMedia).toEqual([0, 1, 1]);
    expect(media.map(({ isShared }) => isShared)).toEqual([false, true, true]);
  });

  test("ICE: of the session or of a section, by its user or a candidate", () => {
    expect(sdpOf(BUNDLED).media[2]).toMatchObject({ hasIce: true });
    const { media } = sdpOf([
      "v=0",
      "m=audio 1 RTP/AVP 0",
      "m=audio 3 RTP/AVP 0",
      "a=ice-ufrag:abcd",
      "m=audio 5 RTP/AVP 0",
      "a=candidate:1 1 UDP 1 x.local 5001 typ host",
      "m=audio 7 RTP/AVP 0",
      "a=ice-ufrag: ",
    ]);
    expect(media.map(({ hasIce }) => hasIce)).toEqual([false, true, true, false]);
  });
});
