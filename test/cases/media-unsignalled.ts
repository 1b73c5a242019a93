import type { Endpoint } from "../support/wire.ts";
import { forgedBy, media, outside, PBX, PBX6, phone, phone6, STRANGER, STRANGER6 } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { check } from "./stun.ts";
import { Talker } from "./talker.ts";

const KIND = "media-unsignalled";

interface Run {
  /** Seconds after the phone's own stream began. */
  readonly after: number;
  readonly seconds: number;
}

/** A call that was up when the capture began, and somebody who sends to the phone beside the PBX. */
function beside(scene: Scene, by: Endpoint, ends: readonly [Endpoint, Endpoint], run: Run): void {
  const [own, server] = [media(ends[0], 11_800), media(ends[1], 24_680)];
  const talkS = 240;
  new Talker(scene, own, server).talk(talkS, 0.5);
  new Talker(scene, server, own).talk(talkS, 0.505);
  new Talker(scene, by, own).talk(run.seconds, 0.5 + run.after);
  scene.wait(talkS + 1);
}

/** Somebody prepares the injection by a few packets in the phone's name, or in the PBX's. */
function prepared(scene: Scene, prepare: (own: Endpoint, down: Talker) => void): void {
  const [own, server] = [media(phone(1), 11_800), media(PBX, 24_680)];
  const [up, down] = [new Talker(scene, own, server), new Talker(scene, server, own)];
  up.talk(20);
  const { sequence } = down;
  down.talk(20, 0.005);
  down.sequence = sequence;
  prepare(own, down);
  new Talker(scene, media(STRANGER, 9999), own).talk(8, 8);
  scene.wait(21);
}

const ENDS = [phone(1), PBX] as const;
const ENDS6 = [phone6(1), PBX6] as const;

/** Two senders to one phone, in calls of which no signalling is seen. */
export const MEDIA_UNSIGNALLED: readonly Case[] = [
  {
    name: "unsignalled_injection_from_the_start",
    expect: "alert media injection <=2",
    kind: KIND,
    what: "who knows that forks of a call may ring side by side injects from the call's first second on, for four minutes",
    make: (scene) => beside(scene, media(STRANGER, 9999), ENDS, { after: 0.03, seconds: 235 }),
  },
  {
    name: "unsignalled_injection_before_the_call_ipv6",
    expect: "alert media injection <=2",
    kind: KIND,
    what: "the same half a second before the call's own media (IPv6)",
    make: (scene) => beside(scene, media(STRANGER6, 9999), ENDS6, { after: -0.5, seconds: 235 }),
  },
  {
    name: "unsignalled_fork_rings_to_the_end",
    expect: "max 3",
    kind: KIND,
    what: "two gateways of a call ring side by side for 170 s, as long as a proxy lets them (RFC 3261 16.6), then one goes on",
    make: (scene) => beside(scene, media(outside(30), 25_000), ENDS, { after: 0.3, seconds: 170 }),
  },
  {
    name: "unsignalled_injection_answered_in_name",
    expect: "alert media injection <=1",
    kind: KIND,
    what: "the injector sends himself RTP in the phone's name, by his own MAC and TTL: he seems to be answered",
    make: (scene) =>
      prepared(scene, (own) => {
        new Talker(scene, forgedBy(own, 50), media(STRANGER, 9999)).talk(8, 8);
      }),
  },
  {
    name: "unsignalled_injection_checked_in_name",
    expect: "alert media injection <=1",
    kind: KIND,
    what: "the injector answers his ICE check in the phone's name",
    make: (scene) =>
      prepared(scene, (own) => {
        const [mine, theirs] = [
          { at: media(STRANGER, 9999), ufrag: "abcd", password: scene.hex(24) },
          { at: own, ufrag: "efgh", password: scene.hex(24) },
        ];
        check(scene, mine, theirs, { after: 7.9, isAnswered: false });
        check(scene, mine, { ...theirs, at: forgedBy(own, 50) }, { after: 7.95 });
      }),
  },
  {
    name: "unsignalled_injection_after_strays",
    expect: "alert media injection <=1",
    kind: KIND,
    what: "four packets far ahead in the PBX's name, right behind the first ones of its stream, as if it were none",
    make: (scene) =>
      prepared(scene, (own, { from, sequence, ssrc }) => {
        const stray = new Talker(scene, forgedBy(from, 50), own, {
          ssrc,
          sequence: sequence + 1000,
        });
        for (let i = 0; i < 4; i++) stray.packet(0.046 + 0.001 * i);
      }),
  },
  {
    name: "unsignalled_peer_is_answered",
    expect: "quiet",
    kind: KIND,
    what: "a phone that talks with two at once (a call waiting, a conference of its own), both answered",
    make: (scene) =>
      prepared(scene, (own) => {
        new Talker(scene, own, media(STRANGER, 9999)).talk(8, 8);
      }),
  },
  {
    name: "unsignalled_recorder",
    expect: "max 3",
    kind: KIND,
    what: "a recorder gets both directions of a call at one port for five minutes, and sends nothing",
    make: (scene) => {
      const recorder = media(outside(40), 40_000);
      new Talker(scene, media(phone(1), 11_800), recorder).talk(300);
      new Talker(scene, media(PBX, 24_680), recorder).talk(300, 0.3);
      scene.wait(301);
    },
  },
];
