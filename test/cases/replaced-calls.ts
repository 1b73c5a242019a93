import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account } from "./digest.ts";
import { media, outside6, PBX, PBX6, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "in-dialog";

/** The call's own end is dropped by who took the other one for it. */
function replace(scene: Scene, call: Call, by: Endpoint, more: readonly string[] = []): void {
  const [caller, callee] = call.parties;
  const { callId } = call;
  const other = new Call(scene, by, callee.at, {
    from: "300",
    to: callee.user,
    callerMedia: media(by, 16_400),
    calleeMedia: callee.media,
    ringSeconds: 0.05,
    headers: [`Replaces: ${callId};to-tag=${callee.tag};from-tag=${caller.tag}`, ...more],
  });
  other.ring().pickUp();
  call.ask(1, "BYE", 200);
  other.talk(4);
  scene.wait(4.03);
  other.hangUp(0);
}

/** Calls that somebody takes over by an INVITE with Replaces (RFC 3891). */
export const REPLACED_CALLS: readonly Case[] = [
  {
    name: "call_replaced_by_a_stranger",
    expect: "alert hijack <=2",
    kind: KIND,
    what: "who has seen Call-ID and tags of a call takes it over from its callee, which hangs up on the caller",
    make: (scene) => {
      const call = new Call(scene, PBX, phone(2), { from: "201", to: "202" }).start(3);
      scene.wait(3.03);
      replace(scene, call, STRANGER);
    },
  },
  {
    name: "call_replaced_after_a_call_ipv6",
    expect: "alert hijack <=2",
    kind: KIND,
    what: "who knows that known hosts may tries a call first, which the phone declines (IPv6)",
    make: (scene) => {
      const thief = outside6(66);
      const call = new Call(scene, PBX6, phone6(2), { from: "201", to: "202" }).start(6);
      scene.wait(1);
      const other = new Call(scene, thief, phone6(2), { from: "300", to: "202" }).ring();
      scene.send(phone6(2), thief, other.answer(603));
      scene.wait(4);
      replace(scene, call, thief);
    },
  },
  {
    name: "call_fetched_by_a_colleague",
    expect: "max 3",
    kind: KIND,
    what: "a phone of the same PBX fetches a call of its colleague from there (Replaces to the PBX)",
    make: (scene) => {
      for (const n of [2, 3]) new Account(scene, phone(n), PBX, `20${n}`).login();
      const call = new Call(scene, phone(2), PBX, { from: "202", to: "0301234" }).start(3);
      scene.wait(3.03);
      replace(scene, call, phone(3));
    },
  },
];
