import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import {
  CARRIER,
  CARRIER_MEDIA,
  forgedBy,
  media,
  PBX,
  phone,
  phone6,
  ROUTER_MAC,
  STRANGER,
} from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

const KIND = "media-pauses";
const SECOND_ROUTER = "00:1b:17:20:00:02";
const TURNS = 7;
/** Seconds of talk, and of the silence behind it. */
const TALK = 1.5;
const SILENCE = 2.5;

/** A caller with silence suppression and a callee who talks; what happens in each pause. */
function inPauses(
  scene: Scene,
  [caller, callee]: readonly [Endpoint, Endpoint],
  pause: (mine: Talker, at: number, i: number) => void,
): void {
  const call = new Call(scene, caller, callee, {
    ...(caller === CARRIER && { callerMedia: CARRIER_MEDIA }),
  }).start();
  const [mine, theirs] = call.talkers;
  const length = TURNS * (TALK + SILENCE);
  theirs.talk(length);
  for (let i = 0; i < TURNS; i++) {
    const at = i * (TALK + SILENCE);
    mine.talk(TALK, at);
    pause(mine, at + TALK, i);
    mine.pause(SILENCE);
  }
  scene.wait(length + 0.03);
  call.hangUp();
}

/** Goes on from a stream's last number, as who has read it would. */
function goesOn(scene: Scene, voice: Talker, by: Endpoint): Talker {
  const { sequence, ssrc, timestamp, to } = voice;
  return new Talker(scene, by, to, { ssrc, sequence, timestamp: timestamp + 1600 });
}

function spoken(
  name: string,
  what: string,
  ends: readonly [Endpoint, Endpoint],
  pause: (scene: Scene, mine: Talker, at: number, i: number) => void,
): Case {
  return {
    name,
    expect: "alert inject.*in a forged name <=2",
    kind: KIND,
    what,
    make: (scene) => inPauses(scene, ends, (mine, at, i) => pause(scene, mine, at, i)),
  };
}

/** The carrier's packets by its second router. */
function bySecond(at: Endpoint): Endpoint {
  return { ...at, mac: SECOND_ROUTER, ttl: 54 };
}

/** A caller that is on hold is silent for ten seconds; then it goes on. */
function onHold(scene: Scene, hold: (mine: Talker) => void, goesOnFor = 8): void {
  const call = new Call(scene, phone(1), PBX, { calleeMedia: media(PBX, 18_000) }).start();
  const [mine, theirs] = call.talkers;
  theirs.talk(14 + goesOnFor);
  mine.talk(4);
  hold(mine);
  mine.pause(10);
  mine.talk(goesOnFor, 14);
  scene.wait(14 + goesOnFor + 0.03);
  call.hangUp();
}

/** Who speaks in a stream's own name and by another way while its sender is silent (VAD, hold). */
export const MEDIA_PAUSES: readonly Case[] = [
  spoken(
    "pauses_spoken_in_by_another_mac",
    "in each pause of a phone somebody goes on with its SSRC and next numbers, by another MAC",
    [phone(1), phone(2)],
    (scene, mine, at) => goesOn(scene, mine, forgedBy(mine.from)).talk(1.4, at + 0.5),
  ),
  spoken(
    "pauses_spoken_in_by_another_ssrc_ipv6",
    "the same with an SSRC of its own (IPv6)",
    [phone6(1), phone6(2)],
    (scene, mine, at) => {
      new Talker(scene, forgedBy(mine.from, 128), mine.to).talk(1.4, at + 0.5);
    },
  ),
  spoken(
    "one_pause_spoken_in_far_from_the_sequence",
    "in one pause, with the phone's SSRC and numbers far from its own",
    [CARRIER, PBX],
    (scene, mine, at, i) => {
      if (i !== 3) return;
      const { from, sequence, ssrc, to } = mine;
      const far = { ssrc, sequence: sequence + 22_000 };
      new Talker(scene, forgedBy(from), to, far).talk(1.9, at + 0.2);
    },
  ),
  {
    name: "speech_in_the_name_of_who_is_on_hold",
    expect: "alert inject.*in a forged name <=2",
    kind: KIND,
    what: "a phone is silent for ten seconds, in which somebody speaks in its SSRC by another MAC; then it goes on",
    make: (scene) =>
      onHold(scene, (mine) => goesOn(scene, mine, forgedBy(mine.from, 128)).talk(6, 6)),
  },
  {
    name: "pauses_between_two_routers",
    expect: "quiet",
    kind: KIND,
    what: "two routers share a stream out by bursts: what is said between two pauses comes by one of them, and the numbers go on",
    make: (scene) =>
      inPauses(scene, [CARRIER, PBX], (mine, _, i) => {
        mine.from = i % 2 === 0 ? bySecond(CARRIER_MEDIA) : CARRIER_MEDIA;
      }),
  },
  {
    name: "pauses_of_a_phone_that_roams",
    expect: "max 3",
    kind: KIND,
    what: "a wireless phone between two routed access points sends each time by the one that is nearer",
    make: (scene) =>
      inPauses(scene, [phone(1), PBX], (mine, _, i) => {
        const own = media(phone(1), mine.from.port);
        mine.from = i % 2 === 0 ? { ...own, mac: SECOND_ROUTER, ttl: 63 } : own;
      }),
  },
  {
    name: "router_fails_in_a_pause_and_is_back",
    expect: "quiet",
    kind: KIND,
    what: "the carrier's first router fails while the caller talks, and is back eight seconds later (VRRP)",
    make: (scene) =>
      inPauses(scene, [CARRIER, PBX], (mine, _, i) => {
        mine.from = i >= 2 && i < 4 ? bySecond(CARRIER_MEDIA) : CARRIER_MEDIA;
      }),
  },
  {
    name: "music_of_the_standby_in_a_pause",
    expect: "max 3",
    kind: KIND,
    what: "a cluster's other node plays music with the cluster's address and an SSRC of its own while a user holds the call; then the voice goes on where it was",
    make: (scene) =>
      onHold(scene, ({ from, to }) => {
        const standby = { ...from, mac: "00:50:56:20:00:99" };
        new Talker(scene, standby, to).talk(9, 4.5);
      }),
  },
  {
    name: "noise_of_a_gateway_in_each_pause",
    expect: "max 3",
    kind: KIND,
    what: "a gateway in front of the phone makes the comfort noise of its pauses: its own TTL, five packets a second",
    make: (scene) =>
      inPauses(scene, [phone(1), PBX], (mine, at) => {
        const { from, sequence, ssrc, timestamp, to } = mine;
        const by = { ...from, mac: ROUTER_MAC, ttl: 60 };
        const noise = { ssrc, sequence, timestamp, payloadType: 13, payloadBytes: 1 };
        const gateway = new Talker(scene, by, to, noise);
        for (let i = 0; i < 12; i++) gateway.packet(at + 0.1 + i * 0.2, { samples: 1600 });
      }),
  },
  {
    name: "keys_of_a_stranger_in_a_pause",
    expect: "alert dtmf_injection <=2",
    kind: KIND,
    what: "a stranger presses five keys while the caller is silent, with the caller's SSRC and next numbers; then that goes on",
    make: (scene) =>
      onHold(scene, (mine) => {
        const keys = goesOn(scene, mine, media(STRANGER, 40_000));
        for (let i = 0; i < 5; i++) keys.digit(i, 5 + i * 0.5);
      }),
  },
  {
    name: "keys_of_a_phone_that_has_moved",
    expect: "max 3",
    kind: KIND,
    what: "a phone that was silent has another network's address when it presses five keys, and goes on from there",
    make: (scene) =>
      onHold(scene, (mine) => {
        mine.from = { ip: "100.64.9.9", port: 16_384, mac: ROUTER_MAC, ttl: 47 };
        for (let i = 0; i < 5; i++) mine.digit(i, 5 + i * 0.5);
      }),
  },
];
