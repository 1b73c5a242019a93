import { audioSdp, type SipRequest, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, type CallOptions } from "./call.ts";
import { acknowledges, inCall, lateOffer } from "./in-dialog-strangers.ts";
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
import { type Case, copyOf, type Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

const KIND = "odd-answers";
const THIEF = media(STRANGER, 7000);
/** Another phone of the segment, whose owner listens in. */
const LISTENER = media(phone(77), 7000);
const NODE: Endpoint = { ...CARRIER, ip: "192.0.2.133" };
const SECOND_ROUTER = "00:1b:17:20:00:02";

function attack(name: string, expect: string, what: string, make: (scene: Scene) => void): Case {
  return { name, expect: `alert ${expect}`, kind: KIND, what, make };
}

function healthy(name: string, what: string, make: (scene: Scene) => void): Case {
  return { name, expect: "max 3", kind: KIND, what, make };
}

function sdpAt({ ip, port }: Endpoint): string {
  return audioSdp(ip, port);
}

/** It rings; then somebody answers 183 with a session description, and the callee picks up three seconds later. */
function ringsWith(scene: Scene, call: Call, by: Endpoint, to: Endpoint): Call {
  const [caller, callee] = call.parties;
  scene.send(caller.at, callee.at, call.invite.text);
  scene.send(callee.at, caller.at, sipResponse(call.invite, 100), 0.01);
  scene.send(callee.at, caller.at, call.answer(180), 0.08);
  scene.send(by, caller.at, call.answer(183, { tag: "early-1", sdp: sdpAt(to) }), 0.5);
  scene.wait(3);
  return call;
}

function ends(scene: Scene, call: Call): void {
  call.pickUp().talk(6);
  scene.wait(6.05);
  call.hangUp();
  scene.wait(2);
}

/** The caller hangs up, somebody answers, and the callee talks on for so long. */
function hangsUp(
  scene: Scene,
  call: Call,
  { by, talksOn }: { by: Endpoint; talksOn: number },
): void {
  const [caller, callee] = call.parties;
  call.start(4);
  scene.wait(4.03);
  call.talkers[1].talk(talksOn);
  const bye: SipRequest = call.request(0, "BYE");
  scene.send(caller.at, callee.at, bye.text);
  scene.send(by, caller.at, sipResponse(bye, 200), 0.01);
  scene.wait(talksOn + 4);
}

function withCarrier(scene: Scene, options: CallOptions = {}): Call {
  return new Call(scene, PBX, CARRIER, { calleeMedia: CARRIER_MEDIA, ...options });
}

/** Packets of the carrier come by one of two routers, one of them five hops further, each at random. */
function byTwoRouters(scene: Scene): void {
  const router = Buffer.from(ROUTER_MAC.replaceAll(":", ""), "hex");
  scene.tap((packet) => {
    const isCarriers = router.equals(packet.bytes.subarray(6, 12));
    if (!isCarriers || scene.random() < 0.5) return [packet];
    return [copyOf(packet, { afterUs: 0, hops: 5, srcMac: SECOND_ROUTER })];
  });
}

/** Answers, and ACKs with answers, that are not of whom they seem to be. */
export const ODD_ANSWERS: readonly Case[] = [
  attack(
    "early_answer_in_the_callees_name",
    "forged answer.*in a forged name <=2",
    "while a phone rings a 183 in its name by another MAC and TTL leads the caller's media to a stranger, who plays",
    (scene) => {
      const call = new Call(scene, phone(1), phone(2));
      ringsWith(scene, call, forgedBy(phone(2), 128), THIEF);
      new Talker(scene, THIEF, call.parties[0].media).talk(2, -2);
      ends(scene, call);
    },
  ),
  attack(
    "early_answer_to_a_host_of_the_segment_ipv6",
    "forged answer.*in a forged name <=2",
    "the same to another host of the phones' own network (IPv6)",
    (scene) => {
      const call = new Call(scene, phone6(1), phone6(2));
      const by = forgedBy(phone6(2), 128);
      ends(scene, ringsWith(scene, call, by, { ip: "2001:db8:77::9", port: 7000 }));
    },
  ),
  attack(
    "early_answers_player_plays_on",
    "inject <=2",
    "who is named by such a 183 plays on into the answered call",
    (scene) => {
      const call = new Call(scene, phone(1), phone(2));
      ringsWith(scene, call, forgedBy(phone(2), 128), LISTENER);
      new Talker(scene, LISTENER, call.parties[0].media).talk(8, -2);
      ends(scene, call);
    },
  ),
  healthy(
    "early_answers_by_two_routers",
    "eight calls to a carrier whose packets come by two routers of other depth at random; only signalling is mirrored",
    (scene) => {
      byTwoRouters(scene);
      for (let i = 0; i < 8; i++) {
        const call = ringsWith(scene, withCarrier(scene), CARRIER, CARRIER_MEDIA).pickUp();
        scene.wait(5);
        call.hangUp();
        scene.wait(2);
      }
    },
  ),
  healthy(
    "early_answer_behind_a_router_that_took_over",
    "a router takes over between 180 and 183, and all comes by it from then on",
    (scene) => {
      const call = withCarrier(scene);
      const second = { mac: SECOND_ROUTER, ttl: 53 };
      ringsWith(scene, call, { ...CARRIER, ...second }, { ...CARRIER_MEDIA, ip: "192.0.2.199" });
      call.parties[1].at = { ...CARRIER, ...second };
      call.talkers[1].from = { ...CARRIER_MEDIA, ...second };
      ends(scene, call);
    },
  ),
  attack(
    "bye_swallowed_by_a_stranger",
    "answer.*in its own name <=2",
    "the caller's BYE never arrives, a stranger answers it, and the callee talks on",
    (scene) => {
      const call = new Call(scene, phone(1), phone(2));
      hangsUp(scene, call, { by: STRANGER, talksOn: 5 });
    },
  ),
  attack(
    "bye_swallowed_in_the_callees_name",
    "forged answer.*in a forged name <=2",
    "the same, answered in the callee's name by another MAC and TTL",
    (scene) => {
      const call = new Call(scene, phone(1), PBX);
      hangsUp(scene, call, { by: forgedBy(PBX, 128), talksOn: 5 });
    },
  ),
  {
    name: "bye_answered_by_the_sister_node",
    expect: "quiet",
    kind: KIND,
    what: "another node of the carrier answers the BYE, and an announcement plays for three seconds more",
    make: (scene) => hangsUp(scene, withCarrier(scene), { by: NODE, talksOn: 3 }),
  },
  {
    name: "bye_answered_by_another_router",
    expect: "quiet",
    kind: KIND,
    what: "a router takes over as the BYE is answered, and media of two seconds comes by it",
    make: (scene) => {
      const second = { mac: SECOND_ROUTER, ttl: 53 };
      const at = media(CARRIER, 30_000);
      const call = withCarrier(scene, { calleeMedia: at }).start(4);
      scene.wait(4.03);
      call.talkers[1].from = { ...at, ...second };
      call.talkers[1].talk(2);
      const bye = call.request(0, "BYE");
      scene.send(PBX, CARRIER, bye.text);
      scene.send({ ...CARRIER, ...second }, PBX, sipResponse(bye, 200), 0.01);
      scene.wait(5);
    },
  },
  attack(
    "offer_answered_twice_by_the_callers_own_way",
    "re-INVITE.*in a forged name <=2",
    "an offer in the 200: an ACK by the caller's very MAC and TTL leads the callee's media to a stranger, ahead of the caller's own",
    (scene) => {
      const call = new Call(scene, phone(1), phone(2));
      lateOffer(scene, call, () => {
        acknowledges(call, THIEF, phone(1));
        acknowledges(call, call.parties[0].media);
      });
      call.talkers[1].to = THIEF;
      call.talk(6);
      scene.wait(6.05);
      call.hangUp();
      scene.wait(2);
    },
  ),
  attack(
    "offer_in_a_call_answered_twice",
    "re-INVITE.*in a forged name <=2",
    "a re-INVITE without an offer changes nothing; then a second ACK by the same way names a stranger's address",
    (scene) =>
      inCall(scene, new Call(scene, phone(1), phone(2)), (call) => {
        const [caller, callee] = call.parties;
        const asked = call.request(0, "INVITE");
        const { cseq = 2 } = asked;
        const sdp = sdpAt(callee.media);
        scene.send(caller.at, callee.at, asked.text);
        scene.send(callee.at, caller.at, sipResponse(asked, 200, { sdp }), 0.02);
        for (const [i, at] of [caller.media, THIEF].entries()) {
          const ack = call.request(0, "ACK", { by: caller.at, cseq, sdp: sdpAt(at) });
          scene.send(caller.at, callee.at, ack.text, 0.03 + i * 0.01);
        }
      }),
  ),
  {
    name: "answer_to_an_offer_is_repeated",
    expect: "quiet",
    kind: KIND,
    what: "the 200 with the offer comes twice, and so does the ACK; later re-INVITEs without an offer lead to the music and back",
    make: (scene) => {
      const music: Endpoint = { ip: "10.20.0.50", port: 25_000, mac: "00:50:56:20:00:50" };
      const call = new Call(scene, PBX, phone(2));
      const [caller, callee] = call.parties;
      lateOffer(scene, call, () => {
        const ack = call.request(0, "ACK", { sdp: sdpAt(caller.media) });
        scene.send(PBX, phone(2), ack.text);
        scene.send(phone(2), PBX, call.answer(200, { sdp: sdpAt(callee.media) }), 0.49);
        scene.send(PBX, phone(2), ack.text, 0.5);
      });
      call.talk(3);
      scene.wait(3.03);
      for (const at of [music, caller.media]) {
        const asked = call.request(0, "INVITE");
        const { cseq = 2 } = asked;
        scene.send(PBX, phone(2), asked.text);
        scene.send(phone(2), PBX, sipResponse(asked, 200, { sdp: sdpAt(callee.media) }), 0.02);
        const ack = call.request(0, "ACK", { by: PBX, cseq, sdp: sdpAt(at) });
        scene.send(PBX, phone(2), ack.text, 0.03);
        new Talker(scene, at, callee.media).talk(3, 0.1);
        scene.wait(3.2);
      }
      call.hangUp();
    },
  },
  attack(
    "publish_in_a_call_by_a_stranger",
    "request in a call <=2",
    "a stranger's PUBLISH inside the dialog is taken",
    (scene) =>
      inCall(scene, new Call(scene, phone(1), phone(2)), (call) => {
        call.ask(0, "PUBLISH", 200, { by: STRANGER, headers: ["Event: presence"] });
      }),
  ),
  {
    name: "quality_published_in_a_call",
    expect: "quiet",
    kind: KIND,
    what: "a party publishes how well it hears (RFC 6035) inside the dialog",
    make: (scene) =>
      inCall(scene, new Call(scene, phone(1), phone(2)), (call) => {
        call.ask(0, "PUBLISH", 200, { headers: ["Event: vq-rtcpxr"] });
      }),
  },
];
