import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { forgedBy, media, outside, outside6, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { type Agent, agentOf, connect, iceLines } from "./stun.ts";
import { Talker } from "./talker.ts";

const KIND = "sdp-bundle";

interface BundleOptions {
  /** Port of the video's m= line: 0 is bundle-only (RFC 9143 6), 9 is "the same as the first" (RFC 8840). */
  readonly videoPort: number;
  readonly extra?: readonly string[];
}

/** Audio and video on one transport. */
function bundleSdp(agent: Agent, { videoPort, extra = [] }: BundleOptions): string {
  const { ip, port } = agent.at;
  const family = ip.includes(":") ? "IP6" : "IP4";
  return [
    "v=0",
    `o=- 4711 2 IN ${family} ${ip}`,
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0 1",
    "a=setup:actpass",
    `a=fingerprint:sha-256 ${Array.from({ length: 32 }, (_, i) => `A${i % 10}`).join(":")}`,
    `m=audio ${port} UDP/TLS/RTP/SAVPF 111`,
    `c=IN ${family} ${ip}`,
    "a=rtpmap:111 opus/48000/2",
    "a=mid:0",
    "a=rtcp-mux",
    `${iceLines(agent, ["host", agent.at])}m=video ${videoPort} UDP/TLS/RTP/SAVPF 96 97`,
    `c=IN ${family} ${videoPort === 0 ? ip : family === "IP6" ? "::" : "0.0.0.0"}`,
    "a=rtpmap:96 VP8/90000",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=mid:1",
    "a=rtcp-mux",
    ...(videoPort === 0 ? ["a=bundle-only"] : []),
    ...extra,
    "",
  ].join("\r\n");
}

interface Bundled {
  readonly call: Call;
  readonly agents: readonly [Agent, Agent];
}

/** A call of `seconds` with audio and HD video (some 300 packets a second each way) in one 5-tuple. */
function bundled(
  scene: Scene,
  ends: readonly [Endpoint, Endpoint],
  seconds: number,
  options: BundleOptions,
): Bundled {
  const agents = [
    agentOf(scene, media(ends[0], 50_000)),
    agentOf(scene, media(ends[1], 30_000)),
  ] as const;
  const call = new Call(scene, ends[0], ends[1], {
    callerMedia: agents[0].at,
    calleeMedia: agents[1].at,
    offer: bundleSdp(agents[0], options),
    answer: bundleSdp(agents[1], { ...options, videoPort: agents[1].at.port }).replace(
      "a=bundle-only\r\n",
      "",
    ),
  }).start();
  connect(scene, agents[0], agents[1], seconds);
  scene.wait(0.2);
  for (const [i, voice] of call.talkers.entries()) {
    voice.payloadType = 111;
    voice.payloadBytes = 80;
    voice.samples = 960;
    voice.talk(seconds, i * 0.004);
    video(scene, voice, seconds, 96);
  }
  return { call, agents };
}

/** 30 frames a second of ten packets each. */
function video(
  scene: Scene,
  voice: Talker,
  seconds: number,
  payloadType: number,
  packets = 10,
): void {
  const stream = new Talker(scene, voice.from, voice.to, { payloadType, payloadBytes: 1100 });
  for (let frame = 0; frame < seconds * 30; frame++) {
    for (let i = 0; i < packets; i++) {
      const isLast = i === packets - 1;
      stream.packet(frame / 30 + i * 0.0012, { isMarked: isLast, samples: isLast ? 3000 : 0 });
    }
  }
}

export const SDP_BUNDLE: readonly Case[] = [
  {
    name: "bundle_only_ipv6",
    expect: "quiet",
    kind: KIND,
    what: "HD video in an m= line with port 0 and a=bundle-only (IPv6), 5 s",
    make: (scene) => {
      const { call } = bundled(scene, [outside6(80), phone6(9)], 5, { videoPort: 0 });
      scene.wait(5.1);
      call.hangUp();
    },
  },
  {
    name: "bundle_video_port_9",
    expect: "quiet",
    kind: KIND,
    what: "a browser's offer: video with port 9 and c=0.0.0.0 in the bundle, and retransmissions (RFC 4588) in an SSRC of their own",
    make: (scene) => {
      const { call } = bundled(scene, [outside(80), phone(9)], 5, { videoPort: 9 });
      for (const voice of call.talkers) video(scene, voice, 5, 97, 1);
      scene.wait(5.1);
      call.hangUp(1);
    },
  },
  {
    name: "bundle_simulcast",
    expect: "quiet",
    kind: KIND,
    what: "simulcast (RFC 8853): three SSRCs of video at once beside the audio in one 5-tuple, same path",
    make: (scene) => {
      const extra = ["a=rid:hi send", "a=rid:lo send", "a=simulcast:send hi;lo"];
      const { call } = bundled(scene, [outside(80), phone(9)], 5, { videoPort: 0, extra });
      video(scene, call.talkers[0], 5, 96, 4);
      video(scene, call.talkers[0], 5, 96, 2);
      scene.wait(5.1);
      call.hangUp();
    },
  },
  {
    name: "bundle_stranger_without_stun",
    expect: "alert media|inject|flood <=2",
    kind: KIND,
    what: "a stranger without STUN sends 4 s of audio and video to the bundled port",
    make: (scene) => {
      const { call, agents } = bundled(scene, [outside(80), phone(9)], 8, { videoPort: 0 });
      scene.wait(2);
      const voice = new Talker(scene, media(STRANGER, 40_000), agents[1].at, {
        payloadType: 111,
        payloadBytes: 80,
        samples: 960,
      });
      voice.talk(4);
      video(scene, voice, 4, 96, 2);
      scene.wait(6.1);
      call.hangUp();
    },
  },
  {
    name: "bundle_other_mac_same_ssrc",
    expect: "alert media|inject <=2",
    kind: KIND,
    what: "in the bundle's 5-tuple by another MAC and TTL: 4 s in the audio's SSRC, ten ahead of it, other payload",
    make: (scene) => {
      const { call } = bundled(scene, [phone(8), phone(9)], 8, { videoPort: 0 });
      const [voice] = call.talkers;
      const ahead = 100 - voice.sent + 10;
      new Talker(scene, forgedBy(voice.from, 128), voice.to, {
        ssrc: voice.ssrc,
        sequence: voice.sequence + ahead,
        timestamp: voice.timestamp + 960 * ahead,
        payloadType: 111,
        payloadBytes: 80,
        samples: 960,
      }).talk(4, 2.004);
      scene.wait(8.1);
      call.hangUp();
    },
  },
];
