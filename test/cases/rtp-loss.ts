import { Call } from "./call.ts";
import { forgedBy, phone, phone6 } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { senderReport, Talker, type TalkerOptions } from "./talker.ts";

const KIND = "rtp-loss";

/** A call of 20 s whose caller's stream is as told; the callee's is an ordinary one. */
function streamed(
  scene: Scene,
  isV6: boolean,
  run: (voice: Talker) => void,
  options: TalkerOptions = {},
): void {
  const at = isV6 ? phone6 : phone;
  const call = new Call(scene, at(1), at(2)).start();
  const [plain, theirs] = call.talkers;
  theirs.talk(20);
  run(new Talker(scene, plain.from, plain.to, options));
  scene.wait(20.03);
  call.hangUp();
}

function quiet(
  name: string,
  what: string,
  run: (voice: Talker, scene: Scene) => void,
  options: TalkerOptions & { isV6?: boolean } = {},
): Case {
  const { isV6 = false, ...talker } = options;
  return {
    name,
    expect: "quiet",
    kind: KIND,
    what,
    make: (scene) => streamed(scene, isV6, (voice) => run(voice, scene), talker),
  };
}

export const RTP_LOSS: readonly Case[] = [
  quiet(
    "rtp_restart_lower_ipv6",
    "the phone's media engine restarts at 8 s: same SSRC, sequence and timestamp anew and lower (IPv6)",
    (voice) => {
      voice.talk(8);
      Object.assign(voice, { sequence: 17, timestamp: 0 });
      voice.talk(12, 8.3);
    },
    { isV6: true },
  ),
  quiet(
    "rtp_wraps_with_reordering",
    "sequence and timestamp wrap at 4 s while packets come in swapped pairs",
    (voice) => {
      for (let i = 0; i < 500; i++) {
        const { sequence, timestamp } = voice;
        Object.assign(voice, { sequence: sequence + 1, timestamp: timestamp + 160 });
        voice.packet(i * 0.04);
        Object.assign(voice, { sequence, timestamp });
        voice.packet(i * 0.04 + 0.001);
        Object.assign(voice, { sequence: sequence + 2, timestamp: timestamp + 320 });
      }
    },
    { sequence: 65_336, timestamp: 2 ** 32 - 32_000 },
  ),
  quiet(
    "rtp_ssrc_collision",
    "the caller finds its SSRC used by the callee (RFC 3550 8.2): RTCP BYE is not sent, it takes another at 5 s",
    (voice, scene) => {
      voice.talk(5);
      new Talker(scene, voice.from, voice.to).talk(15, 5.02);
    },
  ),
  quiet(
    "rtp_silence_suppression",
    "voice activity detection: 1 s of talk, 2 s of silence, the sequence goes on, the timestamp jumps, marker at each start",
    (voice) => {
      for (let turn = 0; turn < 6; turn++) {
        voice.packet(turn * 3, { isMarked: true });
        voice.talk(0.98, turn * 3 + 0.02);
        voice.pause(2);
      }
    },
  ),
  quiet(
    "rtp_timestamp_jumps_with_rtcp",
    "the timestamp jumps by an hour at a transcoder's change, sender reports each 5 s, the sequence goes on",
    (voice, scene) => {
      const rtcp = [
        { ...voice.from, port: voice.from.port + 1 },
        { ...voice.to, port: voice.to.port + 1 },
      ] as const;
      for (let i = 0; i < 4; i++) {
        voice.talk(5, i * 5);
        scene.send(rtcp[0], rtcp[1], senderReport(voice, i * 5), i * 5 + 4.9);
        if (i === 1) voice.pause(3600);
      }
    },
  ),
  {
    name: "restart_that_is_an_intruder",
    expect: "alert media|inject <=2",
    kind: KIND,
    what: "it looks like a restart (same SSRC, sequence and timestamp from 0) but comes by another MAC, and the old sequence goes on beside it for 5 s",
    make: (scene) =>
      streamed(scene, false, (voice) => {
        voice.talk(20);
        const { ssrc } = voice;
        new Talker(scene, forgedBy(voice.from, 128), voice.to, {
          ssrc,
          sequence: 0,
          timestamp: 0,
        }).talk(5, 8.01);
      }),
  },
  {
    name: "restarts_between_each_packet",
    expect: "alert media|inject <=3",
    kind: KIND,
    what: "same path: for 4 s a second sequence, 30000 ahead, alternates with the first packet by packet; a restart does not go back",
    make: (scene) =>
      streamed(scene, false, (voice) => {
        voice.talk(20);
        const { ssrc, sequence, timestamp } = voice;
        const second = { ssrc, sequence: sequence + 30_000, timestamp: timestamp + 5_000_000 };
        new Talker(scene, voice.from, voice.to, second).talk(4, 8.01);
      }),
  },
];
