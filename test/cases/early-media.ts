import { audioSdp } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { CARRIER, forgedBy, outside, PBX, phone, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

const KIND = "early-media";

/** Gateways of the carrier: one plays "your call is forwarded", the other one has the called party. */
const PLAYER: Endpoint = { ip: "192.0.2.141", port: 30_100, mac: ROUTER_MAC, ttl: 58 };
const GATEWAY: Endpoint = { ip: "192.0.2.142", port: 30_200, mac: ROUTER_MAC, ttl: 58 };

/**
 * A forwarded call (RFC 3960): each of the two legs answers 183 with media of its own and a tag of its own, the
 * second one is answered. The first gateway plays for so long, whatever becomes of the call.
 */
function forwarded(scene: Scene, playsSeconds: number): Call {
  const call = new Call(scene, phone(1), CARRIER, { calleeMedia: GATEWAY, to: "0301234567" });
  const [caller, callee] = call.parties;
  const { media } = caller;
  scene.send(caller.at, callee.at, call.invite.text);
  const first = audioSdp(PLAYER.ip, PLAYER.port);
  scene.send(callee.at, caller.at, call.answer(183, { tag: "leg-one", sdp: first }), 0.05);
  new Talker(scene, PLAYER, media).talk(playsSeconds, 0.1);
  scene.wait(2);
  const second = audioSdp(GATEWAY.ip, GATEWAY.port);
  scene.send(callee.at, caller.at, call.answer(183, { sdp: second }));
  call.talkers[1].talk(2, 0.05);
  scene.wait(2.05);
  call.pickUp();
  return call;
}

/** A forwarded call, and what the sensor has of it. */
function partly(name: string, what: string, has: (from: string, index: number) => boolean): Case {
  return {
    name,
    expect: "max 3",
    kind: KIND,
    what,
    make: (scene) => {
      let index = 0;
      scene.tap((packet) => {
        const from = [...packet.bytes.subarray(26, 30)].join(".");
        return has(from, index++) ? [packet] : [];
      });
      const call = forwarded(scene, 13);
      call.talk(6);
      scene.wait(6.03);
      call.hangUp(1);
      scene.wait(8);
    },
  };
}

/** A call by a proxy of which nothing that the proxy sends is mirrored, and so no answer; its gateways' media comes straight to the caller. */
function unanswered(scene: Scene): Call {
  scene.tap((packet) => {
    const from = [...packet.bytes.subarray(26, 30)].join(".");
    return from === PBX.ip ? [] : [packet];
  });
  return new Call(scene, phone(1), PBX, { calleeMedia: GATEWAY, to: "0301234567" });
}

export const EARLY_MEDIA: readonly Case[] = [
  partly(
    "forwarded_seen_one_way",
    "a forwarded call of which only what the carrier sends is mirrored",
    (from) => !from.startsWith("10."),
  ),
  partly(
    "forwarded_before_the_sensor",
    "the sensor is started just before a forwarded call is answered: both gateways play",
    (_, index) => index > 120,
  ),
  {
    name: "gateways_of_a_fork_whose_answers_are_not_mirrored",
    expect: "max 3",
    kind: KIND,
    what: "two gateways play for three seconds, the caller's phone answers the first one, and then the second one is taken; no answer is mirrored",
    make: (scene) => {
      const call = unanswered(scene);
      const { media } = call.parties[0];
      const [own, others] = call.talkers;
      call.ring();
      new Talker(scene, PLAYER, media).talk(3, 0.2);
      others.talk(9, 0.4);
      own.to = PLAYER;
      own.talk(4, 0.3);
      scene.wait(4.3);
      call.pickUp();
      own.to = GATEWAY;
      own.talk(5);
      scene.wait(5.03);
      call.hangUp();
    },
  },
  {
    name: "bleed_of_a_call_whose_answers_are_not_mirrored",
    expect: "alert rtpbleed <=2",
    kind: KIND,
    what: "a stranger sends to the phone's port 40 s into such a call, and gets its media",
    make: (scene) => {
      const call = unanswered(scene);
      const [own, others] = call.talkers;
      call.ring().pickUp();
      own.talk(40);
      others.talk(50);
      scene.wait(40);
      const thief: Endpoint = { ...STRANGER, port: 40_000 };
      new Talker(scene, thief, call.parties[0].media).talk(8);
      own.to = thief;
      own.talk(8, 0.1);
      scene.wait(10.03);
      call.hangUp();
    },
  },
  {
    name: "forwarded_leg_plays_on",
    expect: "max 3",
    kind: KIND,
    what: "a call is forwarded; the first leg's gateway plays its announcement 6 s into the call and 3 s beyond the callee's own hang-up",
    make: (scene) => {
      const call = forwarded(scene, 13);
      call.talk(6);
      scene.wait(6.03);
      call.hangUp(1);
      scene.wait(8);
    },
  },
  {
    name: "forwarded_caller_hangs_up",
    expect: "max 3",
    kind: KIND,
    what: "the same, and the caller hangs up",
    make: (scene) => {
      const call = forwarded(scene, 13);
      call.talk(6);
      scene.wait(6.03);
      call.hangUp(0);
      scene.wait(8);
    },
  },
  {
    name: "forwarded_bye_of_a_stranger",
    expect: "alert bye|teardown <=1",
    kind: KIND,
    what: "a forwarded call whose second leg was answered: a stranger's BYE in the callee's name, both talk on",
    make: (scene) => {
      const call = forwarded(scene, 3);
      call.talk(8);
      scene.wait(3);
      call.ask(1, "BYE", 200, { by: STRANGER });
      scene.wait(9);
    },
  },
  {
    name: "forwarded_bye_in_its_name",
    expect: "alert bye|teardown <=1",
    kind: KIND,
    what: "the same by another MAC and TTL in the callee's own name",
    make: (scene) => {
      const call = forwarded(scene, 3);
      call.talk(8);
      scene.wait(3);
      call.ask(1, "BYE", 200, { by: forgedBy(CARRIER, 128) });
      scene.wait(9);
    },
  },
  {
    name: "forwarded_stranger_plays",
    expect: "alert media|inject <=2",
    kind: KIND,
    what: "a host that no leg named plays into a forwarded call behind its answer",
    make: (scene) => {
      const call = forwarded(scene, 3);
      call.talk(8);
      new Talker(scene, { ...outside(66), port: 7000 }, call.parties[0].media).talk(5, 1);
      scene.wait(8.03);
      call.hangUp(1);
      scene.wait(6);
    },
  },
];
