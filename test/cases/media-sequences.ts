import { audioSdp } from "../support/sip-builder.ts";
import { Call } from "./call.ts";
import { forgedBy, phone, phone6 } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

/** A call of 12 s whose callee's 5-tuple carries something beside the voice. */
function beside(scene: Scene, isV6: boolean, more: (voice: Talker) => void): void {
  const at = isV6 ? phone6 : phone;
  const call = new Call(scene, at(1), at(2)).start(12);
  more(call.talkers[1]);
  scene.wait(12.03);
  call.hangUp();
}

function withCn(host: string, port: number): string {
  return audioSdp(host, port).replace("AVP 0 101", "AVP 0 13 101");
}

export const MEDIA_SECOND_SEQUENCE: readonly Case[] = [
  {
    name: "dtmf_own_ssrc_ipv6_long",
    expect: "max 3",
    kind: "media-second-sequence",
    what: "a PIN of twelve digits in an SSRC of its own while the voice goes on (IPv6, RFC 4733)",
    make: (scene) =>
      beside(scene, true, (voice) => {
        const keys = new Talker(scene, voice.from, voice.to);
        for (let i = 0; i < 12; i++) {
          keys.digit(i % 10, 2 + i * 0.7);
          keys.pause(0.5);
        }
      }),
  },
  {
    name: "comfort_noise_own_sequence",
    expect: "max 3",
    kind: "media-second-sequence",
    what: "a gateway sends comfort noise (RFC 3389, payload type 13) each 200 ms with a count of its own in the voice's SSRC",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2), {
        offer: withCn(phone(1).ip, 16_384),
        answer: withCn(phone(2).ip, 11_780),
      }).start();
      const [mine, voice] = call.talkers;
      mine.talk(12);
      const noise = new Talker(scene, voice.from, voice.to, {
        ssrc: voice.ssrc,
        sequence: 300,
        payloadType: 13,
        payloadBytes: 1,
      });
      for (let turn = 0; turn < 4; turn++) {
        voice.talk(2, turn * 3);
        voice.pause(1);
        for (let i = 0; i < 5; i++) noise.packet(turn * 3 + 2 + i * 0.2, { samples: 1600 });
      }
      scene.wait(12.03);
      call.hangUp();
    },
  },
  {
    name: "dtmf_both_ways_own_sequence",
    expect: "max 3",
    kind: "media-second-sequence",
    what: "both ends press keys at once, each with a count of its own in the voice's SSRC",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(12);
      for (const voice of call.talkers) {
        const keys = new Talker(scene, voice.from, voice.to, {
          ssrc: voice.ssrc,
          sequence: 40_000,
        });
        for (let i = 0; i < 5; i++) keys.digit(i, 3 + i * 0.4);
      }
      scene.wait(12.03);
      call.hangUp();
    },
  },
  {
    name: "second_voice_other_mac_same_ssrc",
    expect: "alert media|inject <=2",
    kind: "media-second-sequence",
    what: "a second sequence of voice in the callee's SSRC, by another MAC and TTL, far from the first (offset 20000)",
    make: (scene) =>
      beside(scene, false, ({ from, to, ssrc, sequence, timestamp }) => {
        const fake = { ssrc, sequence: sequence + 20_000, timestamp: timestamp + 3_200_000 };
        new Talker(scene, forgedBy(from, 128), to, fake).talk(4, 4.01);
      }),
  },
  {
    name: "second_voice_dressed_as_dtmf",
    expect: "alert media|inject <=2",
    kind: "media-second-sequence",
    what: "160-byte packets with the payload type of telephone events in an SSRC of their own, 50 a second for 5 s, by another MAC: no digit looks like that",
    make: (scene) =>
      beside(scene, false, ({ from, to }) => {
        new Talker(scene, forgedBy(from, 128), to, { payloadType: 101 }).talk(5, 4.01);
      }),
  },
  {
    name: "digits_by_another_mac",
    expect: "alert media|inject|dtmf <=3",
    kind: "media-second-sequence",
    what: "sixteen digits in the caller's SSRC, but by another MAC and TTL than its voice: somebody else presses the keys",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(12);
      const [{ from, to, ssrc, sequence, timestamp }] = call.talkers;
      const fake = { ssrc, sequence: sequence + 5, timestamp: timestamp + 800 };
      const keys = new Talker(scene, forgedBy(from, 128), to, fake);
      for (let i = 0; i < 16; i++) keys.digit(i % 10, 2 + i * 0.5);
      scene.wait(12.03);
      call.hangUp();
    },
  },
  {
    name: "two_threads_one_counter",
    expect: "quiet",
    kind: "media-second-sequence",
    what: "after a re-INVITE two threads of the callee send, each 20 ms, with one SSRC and one counter: now and then both write the same number and the next is left out (pyVoIP 1.6.8)",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start();
      const [mine, first] = call.talkers;
      mine.talk(12);
      first.talk(2);
      const { from, to, ssrc } = first;
      const second = new Talker(scene, from, to, { ssrc });
      for (let i = 0; i < 500; i++) {
        const isRace = i % 6 === 0;
        const { sequence, timestamp } = first;
        first.packet(2 + i * 0.02);
        second.sequence = isRace ? sequence : first.sequence;
        second.timestamp = isRace ? timestamp : first.timestamp;
        second.packet(2 + i * 0.02 + 0.00005);
        first.sequence = sequence + 2;
        first.timestamp = timestamp + 320;
      }
      scene.wait(12.03);
      call.hangUp();
    },
  },
];
