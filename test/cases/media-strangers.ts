import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { forgedBy, media, outside, PBX, phone, ROUTER_MAC, STRANGER } from "./lab.ts";
import { rtcpOf } from "./media-games.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

const KIND = "media-games";

function end(scene: Scene, call: Call, seconds: number): void {
  scene.wait(seconds);
  call.hangUp();
}

/** Floods that differ in what tells their packets apart. */
function flood(scene: Scene, packet: (fake: Talker, i: number) => void): void {
  const call = new Call(scene, phone(1), phone(2)).start(10);
  const fake = new Talker(scene, media(STRANGER, 40_000), call.parties[1].media);
  for (let i = 0; i < 2000; i++) {
    packet(fake, i);
    fake.packet(3 + i * 0.001);
  }
  end(scene, call, 10.03);
}

/** A call of 28 s with a player that nobody announced: beside the callee's voice, or in its pauses. */
function played(scene: Scene, by: Endpoint, inPauses: boolean): void {
  const call = new Call(scene, phone(1), PBX, { calleeMedia: media(PBX, 18_000) }).start();
  const [mine, theirs] = call.talkers;
  mine.talk(28);
  const player = new Talker(scene, media(by, 40_000), theirs.to);
  if (inPauses) {
    for (let i = 0; i < 7; i++) {
      theirs.talk(1.5, i * 4);
      theirs.pause(2.5);
      player.talk(1.4, i * 4 + 3.9 - 1.5);
    }
  } else {
    theirs.talk(28);
    player.talk(1.8, 26.2);
  }
  end(scene, call, 28.03);
}

/** Keys, floods and addresses that belong to nobody of the call. */
export const MEDIA_STRANGERS: readonly Case[] = [
  {
    name: "two_seconds_of_a_stranger",
    expect: "alert inject <=2",
    kind: KIND,
    what: "1.8 s of a stranger's voice in the middle of a call, whose victim then hangs up",
    make: (scene) => played(scene, STRANGER, false),
  },
  {
    name: "two_seconds_of_a_players_tone",
    expect: "max 3",
    kind: KIND,
    what: "the same by a player of the site that no signalling names: a tone before the call's time is up",
    make: (scene) =>
      played(scene, { ip: "10.20.9.60", port: 5060, mac: ROUTER_MAC, ttl: 63 }, false),
  },
  {
    name: "stranger_in_the_pauses",
    expect: "alert inject <=2",
    kind: KIND,
    what: "a stranger speaks whenever the callee is silent, which sends nothing then (VAD)",
    make: (scene) => played(scene, STRANGER, true),
  },
  {
    name: "music_in_the_pauses",
    expect: "max 3",
    kind: KIND,
    what: "the same by a music server of the site: the callee puts the call on hold again and again",
    make: (scene) =>
      played(scene, { ip: "10.20.9.60", port: 5060, mac: ROUTER_MAC, ttl: 63 }, true),
  },
  {
    name: "dtmf_pressed_by_a_stranger",
    expect: "alert dtmf_injection <=2",
    kind: KIND,
    what: "a stranger of another network presses four keys (RFC 4733) into a call that talks",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      const keys = new Talker(scene, media(STRANGER, 40_000), call.parties[1].media);
      for (let i = 0; i < 4; i++) keys.digit(i, 3 + i * 0.3);
      end(scene, call, 10.03);
    },
  },
  {
    name: "dtmf_pressed_by_another_way",
    expect: "alert dtmf_injection <=3",
    kind: KIND,
    what: "one key in the caller's name and SSRC by another MAC",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      const [{ from, to, ssrc, sequence }] = call.talkers;
      const keys = new Talker(scene, forgedBy(from), to, { ssrc, sequence: sequence - 300 });
      keys.digit(1, 4);
      end(scene, call, 10.03);
    },
  },
  {
    name: "dtmf_pressed_by_another_way_other_ssrc",
    expect: "alert dtmf_injection <=2",
    kind: KIND,
    what: "three keys in the caller's name by another MAC, with an SSRC of their own",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      const [{ from, to }] = call.talkers;
      const keys = new Talker(scene, forgedBy(from), to);
      for (let i = 0; i < 3; i++) keys.digit(i, 4 + i * 0.3);
      end(scene, call, 10.03);
    },
  },
  {
    name: "dtmf_out_of_the_streams_sequence",
    expect: "max 3",
    kind: KIND,
    what: "keys by the caller's own way with its SSRC, far from its sequence and clock: gateways do that",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      const [{ from, to, ssrc, sequence }] = call.talkers;
      const keys = new Talker(scene, from, to, { ssrc, sequence: sequence + 22_000 });
      for (let i = 0; i < 4; i++) keys.digit(i, 4 + i * 0.4);
      end(scene, call, 10.03);
    },
  },
  {
    name: "dtmf_of_a_gateway_ssrc_of_its_own",
    expect: "quiet",
    kind: KIND,
    what: "a gateway sends keys with an SSRC of its own from the stream's address",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      const [{ from, to }] = call.talkers;
      const keys = new Talker(scene, from, to);
      for (let i = 0; i < 4; i++) keys.digit(i, 4 + i * 0.4);
      end(scene, call, 10.03);
    },
  },
  {
    name: "flood_with_one_ssrc",
    expect: "alert flood <=2",
    kind: KIND,
    what: "1,000 packets a second of a stranger to a media port, one SSRC",
    make: (scene) => flood(scene, () => {}),
  },
  {
    name: "flood_with_counting_ssrcs",
    expect: "alert flood <=2",
    kind: KIND,
    what: "the same, each packet with the next SSRC",
    make: (scene) => flood(scene, (fake, i) => Object.assign(fake, { ssrc: 1 + i })),
  },
  {
    name: "flood_with_the_streams_ssrc_from_everywhere",
    expect: "alert flood <=2",
    kind: KIND,
    what: "the same, each packet from another address",
    make: (scene) =>
      flood(scene, (fake, i) =>
        Object.assign(fake, { from: media(outside(1 + (i % 250)), 1024 + i) }),
      ),
  },
  {
    name: "flood_of_no_rtp",
    expect: "alert flood <=2",
    kind: KIND,
    what: "the same with bytes that are no RTP",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      const junk = Buffer.alloc(40, 0x41);
      for (let i = 0; i < 2000; i++) {
        scene.send(media(STRANGER, 40_000), call.parties[1].media, junk, 3 + i * 0.001);
      }
      end(scene, call, 10.03);
    },
  },
  {
    name: "flood_of_rtcp",
    expect: "alert flood <=2",
    kind: KIND,
    what: "1,000 receiver reports a second to the RTCP port of a call",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      const [, to] = rtcpOf(call, 0);
      const report = Buffer.alloc(8);
      report.set([0x80, 201, 0, 1, 1, 2, 3, 4]);
      for (let i = 0; i < 2000; i++) {
        scene.send(media(STRANGER, 40_001), to, report, 3 + i * 0.001);
      }
      end(scene, call, 10.03);
    },
  },
  {
    name: "media_from_nobodys_address",
    expect: "alert forged|nobody|media <=3",
    kind: KIND,
    what: "the stream's packets come between those of a loopback and a broadcast address",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      for (const ip of ["127.0.0.1", "255.255.255.255", "0.0.0.0"]) {
        const from = { ip, port: 5000, mac: ROUTER_MAC, ttl: 60 };
        new Talker(scene, from, call.parties[1].media).talk(0.3, 3);
      }
      end(scene, call, 10.03);
    },
  },
  {
    name: "media_to_nobodys_address",
    expect: "alert nobody|media <=3",
    kind: KIND,
    what: "a phone is told by a stranger's offer to send its media to the broadcast address of its network",
    make: (scene) => {
      const call = new Call(scene, STRANGER, phone(2), {
        callerMedia: { ip: "255.255.255.255", port: 9 },
      }).start();
      call.talkers[1].talk(5);
      end(scene, call, 5.03);
    },
  },
  {
    name: "srtp_injected_by_a_stranger",
    expect: "alert inject|media <=2",
    kind: KIND,
    what: "a stranger sends into an SRTP call: all that is seen are headers",
    make: (scene) => {
      const sdp = (at: Endpoint) =>
        [
          "v=0",
          `o=- 1 1 IN IP4 ${at.ip}`,
          "s=-",
          `c=IN IP4 ${at.ip}`,
          "t=0 0",
          `m=audio ${at.port} RTP/SAVP 0`,
          "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz",
          "",
        ].join("\r\n");
      const [one, other] = [media(phone(1), 16_384), media(phone(2), 11_780)];
      const call = new Call(scene, phone(1), phone(2), {
        offer: sdp(one),
        answer: sdp(other),
      }).start(10);
      new Talker(scene, media(STRANGER, 40_000), other, { payloadBytes: 170 }).talk(3, 3);
      end(scene, call, 10.03);
    },
  },
];
