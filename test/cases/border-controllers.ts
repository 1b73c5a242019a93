import { audioSdp } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, type Side } from "./call.ts";
import { CARRIER, CARRIER_MEDIA, media, outside, PBX, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "dialog-identity";
const INSIDE: Endpoint = { ip: "10.20.0.5", port: 5060, mac: "00:50:56:20:00:05" };
const OUTSIDE: Endpoint = { ip: "203.0.113.5", port: 5060, mac: ROUTER_MAC, ttl: 63 };

/** Both legs of a call through a border controller that keeps Call-ID and tags, and relays the media. */
class Bordered {
  readonly scene: Scene;
  readonly outer: Call;
  readonly inner: Call;

  constructor(scene: Scene, outside: Endpoint) {
    this.scene = scene;
    this.outer = new Call(scene, CARRIER, outside, {
      callerMedia: CARRIER_MEDIA,
      calleeMedia: media(outside, 20_000),
    });
    const { callId, parties } = this.outer;
    this.inner = new Call(scene, INSIDE, PBX, {
      callId,
      fromTag: parties[0].tag,
      callerMedia: media(INSIDE, 22_000),
      calleeMedia: media(PBX, 18_000),
    });
    parties[1].tag = this.inner.parties[1].tag;
  }

  start(seconds: number): this {
    const { inner, outer, scene } = this;
    scene.send(CARRIER, outer.parties[1].at, outer.invite.text);
    scene.wait(0.004);
    inner.ring();
    scene.send(outer.parties[1].at, CARRIER, outer.answer(180));
    scene.wait(1);
    inner.pickUp();
    outer.pickUp();
    for (const leg of [outer, inner]) leg.talk(seconds);
    return this;
  }

  /** One leg after the other. */
  ask(side: Side, method: string): void {
    const { inner, outer, scene } = this;
    for (const leg of side === 0 ? [outer, inner] : [inner, outer]) {
      const [{ media: own }, { media: other }] =
        side === 0 ? leg.parties : [leg.parties[1], leg.parties[0]];
      const isInvite = method === "INVITE";
      leg.ask(side, method, 200, {
        ...(isInvite && {
          sdp: audioSdp(own.ip, own.port),
          answerSdp: audioSdp(other.ip, other.port),
        }),
      });
      scene.wait(0.06);
    }
  }
}

function refreshed(name: string, what: string, outside: Endpoint): Case {
  return {
    name,
    expect: "max 3",
    kind: KIND,
    what,
    make: (scene) => {
      const call = new Bordered(scene, outside).start(8);
      scene.wait(3);
      call.ask(0, "INVITE");
      scene.wait(2);
      call.ask(1, "INVITE");
      scene.wait(2.9);
      call.ask(0, "BYE");
      scene.wait(3);
    },
  };
}

/** Two dialogs of one Call-ID and the same tags, on either side of who passes a call on. */
export const BORDER_CONTROLLERS: readonly Case[] = [
  refreshed(
    "border_keeps_call_id",
    "a border controller passes a call on under its Call-ID and tags, both sides are mirrored: session refreshes by either side, BYE by the caller",
    INSIDE,
  ),
  refreshed(
    "border_keeps_call_id_two_addresses",
    "the same by one that has an address on each side",
    OUTSIDE,
  ),
  {
    name: "border_bye_of_a_stranger",
    expect: "alert bye|teardown <=1",
    kind: KIND,
    what: "the same, and a stranger's BYE in the carrier's name: all talk on",
    make: (scene) => {
      const call = new Bordered(scene, OUTSIDE).start(9);
      scene.wait(3);
      call.outer.ask(0, "BYE", 200, { by: STRANGER });
      scene.wait(8);
    },
  },
  {
    name: "tags_planted_before_the_retry",
    expect: "alert bye|teardown <=1",
    kind: KIND,
    what: "between an INVITE and its repetition two strangers begin a call with its Call-ID and From tag, which they answer with the To tag that they see later; then one of them ends the real call",
    make: (scene) => {
      const call = new Call(scene, PBX, CARRIER, { calleeMedia: CARRIER_MEDIA, cseq: 2 });
      const { callId, parties } = call;
      const early = new Call(scene, PBX, CARRIER, { callId, fromTag: parties[0].tag });
      scene.send(PBX, CARRIER, early.invite.text);
      scene.send(CARRIER, PBX, early.answer(407, { tag: scene.hex(8) }), 0.02);
      scene.wait(0.1);
      const accomplice = { ...STRANGER, ip: "198.51.100.67" };
      const planted = new Call(scene, STRANGER, accomplice, { callId, fromTag: parties[0].tag });
      planted.parties[1].tag = parties[1].tag;
      scene.send(STRANGER, accomplice, planted.invite.text);
      scene.wait(0.1);
      call.start(9);
      scene.wait(0.5);
      planted.pickUp();
      scene.wait(3);
      call.ask(0, "BYE", 200, { by: STRANGER });
      scene.wait(8);
    },
  },
  {
    name: "callee_on_both_sides_of_a_nat",
    expect: "max 3",
    kind: KIND,
    what: "a phone behind NAT is called, and the mirror shows both sides of the NAT: each of its answers comes from two addresses",
    make: (scene) => {
      const inside: Endpoint = { ip: "192.168.77.20", port: 5060, mac: "00:15:65:20:77:20" };
      const call = new Call(scene, PBX, outside(40), { calleeMedia: media(outside(40), 11_780) });
      const [, phone] = call.parties;
      const sdp = audioSdp(phone.media.ip, phone.media.port);
      scene.send(PBX, phone.at, call.invite.text);
      scene.send(PBX, inside, call.invite.text, 0.0006);
      const answers = [call.answer(180), call.answer(200, { sdp })];
      for (const answer of answers) {
        scene.wait(1);
        scene.send(inside, PBX, answer);
        scene.send(phone.at, PBX, answer, 0.0006);
      }
      scene.wait(0.02);
      call.ack();
      call.talk(5);
      scene.wait(5.03);
      call.ask(0, "BYE", 200);
      scene.wait(4);
    },
  },
];
