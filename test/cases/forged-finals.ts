import { audioSdp, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account, ackOf } from "./digest.ts";
import { CARRIER, forgedBy, outside, PBX, phone, phone6, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { copyOf } from "./scene.ts";

const KIND = "forged-finals";
const WANTED = "alert answer.*in a forged name <=2";
const SECOND_ROUTER = "00:1b:17:20:00:02";

/** Phones that log in and call, so that the way of the PBX's packets is known. */
function office(scene: Scene): void {
  for (let n = 1; n <= 4; n++) new Account(scene, phone(n), PBX, `20${n}`).login();
  scene.wait(30);
  for (let n = 1; n <= 2; n++) {
    const call = new Call(scene, phone(n), PBX, { from: `20${n}`, to: "204" }).start(2);
    scene.wait(2.03);
    call.hangUp();
    scene.wait(10);
  }
}

interface Forged {
  readonly status: number;
  readonly tag?: string;
  readonly sdp?: string;
  readonly headers?: readonly string[];
}

/** INVITE, and an answer in the callee's name ahead of all of its own; then it rings and takes the call. */
function raced(call: Call, forged: Forged, ahead = 0.001): void {
  const { scene, invite } = call;
  const [caller, callee] = call.parties;
  const { status, tag = scene.hex(8) } = forged;
  scene.send(caller.at, callee.at, invite.text);
  scene.send(forgedBy(callee.at, 128), caller.at, answerOf(call, forged, tag), ahead);
  scene.send(callee.at, caller.at, sipResponse(invite, 100), 0.02);
  if (status >= 300) scene.send(caller.at, callee.at, ackOf(invite, tag), ahead + 0.005);
  scene.send(callee.at, caller.at, call.answer(180), 0.2);
  scene.wait(4);
  call.pickUp();
  scene.wait(5);
  call.hangUp();
  scene.wait(5);
}

function answerOf(call: Call, { status, sdp, headers = [] }: Forged, tag: string): string {
  return sipResponse(call.invite, status, {
    toTag: tag,
    headers,
    ...(sdp !== undefined && { sdp }),
  });
}

/** It rings by its own way before the forged answer comes; the own one follows. */
function interrupted(call: Call, forged: Forged): void {
  const { scene } = call;
  const [caller, callee] = call.parties;
  call.ring();
  scene.send(forgedBy(callee.at, 61), caller.at, answerOf(call, forged, forged.tag ?? "f"));
  scene.wait(1);
  call.pickUp();
  scene.wait(5);
  call.hangUp();
  scene.wait(5);
}

function forgedFinal(name: string, what: string, make: (scene: Scene) => void): Case {
  return { name, expect: WANTED, kind: KIND, what, make };
}

/** All of a host's packets by another router, from now on. */
function behind(host: Endpoint): Endpoint {
  return { ...host, mac: SECOND_ROUTER, ttl: (host.ttl ?? 64) - 4 };
}

export const FORGED_FINALS: readonly Case[] = [
  forgedFinal("forged_486_ahead", "486 in the PBX's name ahead of all its own answers", (scene) => {
    office(scene);
    raced(new Call(scene, phone(1), PBX, { to: "204" }), { status: 486 });
  }),
  forgedFinal(
    "forged_486_to_eight_calls",
    "the same to eight calls, half a minute apart",
    (scene) => {
      office(scene);
      for (let n = 0; n < 8; n++) {
        raced(new Call(scene, phone(1 + (n % 3)), PBX, { from: `20${1 + (n % 3)}`, to: "204" }), {
          status: 486,
        });
        scene.wait(15);
      }
    },
  ),
  forgedFinal("forged_302_ahead", "302 to a number of the attacker's", (scene) => {
    office(scene);
    const headers = ["Contact: <sip:0088263188131@192.0.2.9>"];
    raced(new Call(scene, phone(1), PBX, { to: "204" }), { status: 302, headers });
  }),
  forgedFinal(
    "forged_603_ahead_ipv6",
    "603, between phones (IPv6), of which nothing else is seen",
    (scene) => {
      raced(new Call(scene, phone6(1), phone6(2)), { status: 603 });
    },
  ),
  forgedFinal(
    "forged_200_ahead",
    "200 with the attacker's media; the own one comes 4 s later",
    (scene) => {
      office(scene);
      const sdp = audioSdp("10.20.1.99", 40_000);
      raced(new Call(scene, phone(1), PBX, { to: "204" }), { status: 200, sdp });
    },
  ),
  forgedFinal(
    "forged_486_while_it_rings",
    "486 while it rings; nothing but this call is in the capture",
    (scene) => {
      interrupted(new Call(scene, phone(1), PBX, { to: "204" }), { status: 486 });
    },
  ),
  forgedFinal(
    "forged_200_with_the_tag_of_the_180",
    "200 with the To tag of the 180, which the attacker has read, and other media",
    (scene) => {
      const call = new Call(scene, phone(1), PBX, { to: "204" });
      const sdp = audioSdp("10.20.1.99", 40_000);
      interrupted(call, { status: 200, sdp, tag: call.parties[1].tag });
    },
  ),
  forgedFinal(
    "forged_180_then_603",
    "who knows that the ways of one call are compared rings first, by the way that his 603 comes by; the PBX is known",
    (scene) => {
      office(scene);
      const call = new Call(scene, phone(1), PBX, { to: "204" });
      const liar = forgedBy(PBX, 64);
      scene.send(phone(1), PBX, call.invite.text);
      scene.send(liar, phone(1), sipResponse(call.invite, 180, { toTag: "f" }), 0.001);
      scene.send(PBX, phone(1), sipResponse(call.invite, 100), 0.02);
      scene.send(PBX, phone(1), call.answer(180), 0.2);
      scene.send(liar, phone(1), sipResponse(call.invite, 603, { toTag: "f" }), 1);
      scene.send(phone(1), PBX, ackOf(call.invite, "f"), 1.01);
      scene.wait(20);
      scene.send(PBX, phone(1), call.answer(480));
      scene.wait(5);
    },
  ),
  forgedFinal(
    "forged_486_and_it_rings_for_a_minute",
    "486 at once; the own answer comes when the INVITE is long over",
    (scene) => {
      office(scene);
      const call = new Call(scene, phone(1), PBX, { to: "204" });
      scene.send(phone(1), PBX, call.invite.text);
      scene.send(forgedBy(PBX, 128), phone(1), answerOf(call, { status: 486 }, "f"), 0.001);
      scene.send(phone(1), PBX, ackOf(call.invite, "f"), 0.005);
      scene.wait(60);
      for (let n = 2; n <= 4; n++) new Account(scene, phone(n), PBX, `20${n}`).login();
      call.pickUp();
      scene.wait(5);
    },
  ),
  {
    name: "router_fails_while_it_rings",
    expect: "max 3",
    kind: KIND,
    what: "the carrier rings by one router and answers by the other, MAC and TTL; its 200 is repeated, all that follows comes by the new one",
    make: (scene) => {
      for (let i = 0; i < 3; i++) {
        const call = new Call(scene, PBX, CARRIER, { to: "+493055512" }).start(2);
        scene.wait(2.03);
        call.hangUp();
        scene.wait(5);
      }
      const call = new Call(scene, PBX, CARRIER, { to: "+493055513" }).ring();
      call.parties[1].at = behind(CARRIER);
      const sdp = audioSdp(CARRIER.ip, 11_780);
      scene.send(behind(CARRIER), PBX, call.answer(200, { sdp }));
      scene.send(behind(CARRIER), PBX, call.answer(200, { sdp }), 0.5);
      scene.wait(0.6);
      call.ack();
      scene.wait(4);
      call.hangUp(1);
      scene.wait(5);
    },
  },
  {
    name: "router_flaps_while_it_rings",
    expect: "quiet",
    kind: KIND,
    what: "the carrier rings by one router, answers by the other and repeats the answer by the first",
    make: (scene) => {
      const call = new Call(scene, PBX, CARRIER, { to: "+493055513" }).ring();
      const sdp = audioSdp(CARRIER.ip, 11_780);
      scene.send(behind(CARRIER), PBX, call.answer(200, { sdp }));
      scene.send(CARRIER, PBX, call.answer(200, { sdp }), 0.5);
      scene.wait(0.6);
      call.ack();
      scene.wait(4);
      call.hangUp();
      scene.wait(5);
    },
  },
  {
    name: "fork_answers_on_both_mirrors",
    expect: "quiet",
    kind: KIND,
    what: "a call that two phones answer is mirrored on both sides of a router, the copies 20 ms later and another hop on",
    make: (scene) => {
      const call = new Call(scene, outside(7), PBX, { to: "399" });
      call.ring();
      scene.send(PBX, outside(7), call.answer(180, { tag: "bbbbbbbb" }));
      scene.wait(1);
      scene.send(
        PBX,
        outside(7),
        call.answer(200, { tag: "bbbbbbbb", sdp: audioSdp(PBX.ip, 11_790) }),
      );
      scene.wait(0.1);
      call.pickUp();
      scene.wait(4);
      call.hangUp();
      scene.tap((packet) => [
        packet,
        copyOf(packet, {
          afterUs: 20_000,
          hops: 4,
          srcMac: ROUTER_MAC,
          dstMac: "02:00:00:00:00:01",
        }),
      ]);
    },
  },
  {
    name: "picked_up_at_another_node",
    expect: "max 3",
    kind: KIND,
    what: "the cluster's first node rings, the second one has the address and answers: the call was picked up there",
    make: (scene) => {
      office(scene);
      const node = { ...PBX, mac: "00:50:56:20:00:11" };
      for (let n = 1; n <= 3; n++) {
        const call = new Call(scene, phone(n), PBX, { from: `20${n}`, to: "204" }).ring();
        call.parties[1].at = node;
        call.pickUp().talk(3);
        scene.wait(3.03);
        call.hangUp(1);
        scene.wait(5);
      }
    },
  },
];
