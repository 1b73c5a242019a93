import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account, ackOf } from "./digest.ts";
import { CARRIER, media, outside6, PBX, PBX6, phone, phone6, STRANGER } from "./lab.ts";
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

/** Somebody is connected to the call's callee beside its caller. */
function join(scene: Scene, call: Call, by: Endpoint, more: readonly string[] = []): void {
  const [caller, callee] = call.parties;
  const other = new Call(scene, by, callee.at, {
    from: "300",
    to: callee.user,
    callerMedia: media(by, 16_400),
    calleeMedia: media(callee.at, 16_600),
    ringSeconds: 0.05,
    headers: [`Join: ${call.callId};to-tag=${callee.tag};from-tag=${caller.tag}`, ...more],
  });
  other.ring().pickUp();
  other.talk(4);
  scene.wait(4.03);
  other.hangUp(0);
  call.hangUp(0);
}

/** An INVITE with Replaces for the call as it rings: the PBX connects its caller, and the phone stops ringing. */
function pickUpFor(scene: Scene, call: Call, by: Endpoint): void {
  const [caller, callee] = call.parties;
  const other = new Call(scene, by, caller.at, {
    from: "300",
    to: callee.user,
    ringSeconds: 0.05,
    headers: [`Replaces: ${call.callId};to-tag=${callee.tag};from-tag=${caller.tag};early-only`],
  });
  other.ring().pickUp();
  const cancel = requestOf(scene, caller.at, callee.at, "CANCEL", caller.user, {
    to: callee.user,
    callId: call.callId,
    branch: call.invite.branch,
    fromTag: caller.tag,
  });
  scene.send(caller.at, callee.at, cancel.text);
  scene.send(callee.at, caller.at, sipResponse(cancel, 200, { toTag: callee.tag }), 0.02);
  scene.send(callee.at, caller.at, call.answer(487), 0.03);
  scene.send(caller.at, callee.at, ackOf(call.invite, callee.tag), 0.04);
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
    name: "ringing_call_picked_up_by_a_stranger",
    expect: "alert hijack <=2",
    kind: KIND,
    what: "a stranger takes a call at the PBX that rings at a phone (Replaces, early-only)",
    make: (scene) => {
      const call = new Call(scene, PBX, phone(2), { from: "0301234", to: "202" }).ring();
      pickUpFor(scene, call, STRANGER);
    },
  },
  {
    name: "ringing_call_picked_up_by_a_neighbour",
    expect: "max 3",
    kind: KIND,
    what: "the same by a phone of the site that was not seen before: group pickup at a PBX that asks for no password",
    make: (scene) => {
      const call = new Call(scene, PBX, phone(2), { from: "0301234", to: "202" }).ring();
      pickUpFor(scene, call, phone(3));
    },
  },
  {
    name: "call_joined_by_a_stranger",
    expect: "alert joins a call <=2",
    kind: KIND,
    what: "who has seen Call-ID and tags of a call comes into it and hears both (Join, RFC 3911)",
    make: (scene) => {
      const call = new Call(scene, PBX, phone(2), { from: "201", to: "202" }).start(8);
      scene.wait(3.03);
      join(scene, call, STRANGER);
    },
  },
  {
    name: "call_joined_after_a_call",
    expect: "alert joins a call <=2",
    kind: KIND,
    what: "who knows that known hosts may tries a call first, which the phone declines",
    make: (scene) => {
      const call = new Call(scene, PBX, phone(2), { from: "201", to: "202" }).start(10);
      scene.wait(1);
      const other = new Call(scene, STRANGER, phone(2), { from: "300", to: "202" }).ring();
      scene.send(phone(2), STRANGER, other.answer(603));
      scene.wait(3);
      join(scene, call, STRANGER);
    },
  },
  {
    name: "call_joined_by_a_colleague",
    expect: "max 3",
    kind: KIND,
    what: "a colleague comes into a call at the PBX that both are registered at (Join to the PBX)",
    make: (scene) => {
      for (const n of [2, 3]) new Account(scene, phone(n), PBX, `20${n}`).login();
      const call = new Call(scene, phone(2), PBX, { from: "202", to: "0301234" }).start(8);
      scene.wait(3.03);
      join(scene, call, phone(3));
    },
  },
  {
    name: "call_joined_by_a_console_of_the_site",
    expect: "max 3",
    kind: KIND,
    what: "a supervisor's console of the site that was not seen before comes straight into a phone's call",
    make: (scene) => {
      const call = new Call(scene, PBX, phone(2), { from: "201", to: "202" }).start(8);
      scene.wait(3.03);
      join(scene, call, phone(40));
    },
  },
  {
    name: "call_replaced_by_who_had_called_before",
    expect: "alert takeover <=3",
    kind: KIND,
    what: "who knows that known hosts may calls the phone first, and is answered; an hour later he takes its call over",
    make: (scene) => {
      const first = new Call(scene, STRANGER, phone(2), { from: "300", to: "202" }).start(3);
      scene.wait(3.03);
      first.hangUp(0);
      scene.wait(3600);
      const call = new Call(scene, PBX, phone(2), { from: "201", to: "202" }).start(3);
      scene.wait(3.03);
      replace(scene, call, STRANGER);
    },
  },
  {
    name: "call_taken_over_by_who_was_referred",
    expect: "quiet",
    kind: KIND,
    what: "attended transfer: the carrier's node is asked (REFER) to take over the call in which the phone has consulted a colleague",
    make: (scene) => {
      const callerMedia = media(CARRIER, 30_000);
      const call = new Call(scene, CARRIER, phone(2), { to: "202", callerMedia }).start(6);
      scene.wait(3);
      const consulted = new Call(scene, phone(2), phone(3), {
        from: "202",
        to: "203",
        callerMedia: media(phone(2), 11_790),
      }).start(3);
      scene.wait(3.03);
      const [mine, theirs] = consulted.parties;
      const dialog = `${consulted.callId}%3Bto-tag%3D${theirs.tag}%3Bfrom-tag%3D${mine.tag}`;
      call.ask(1, "REFER", 202, { headers: [`Refer-To: <sip:203@10.20.1.3?Replaces=${dialog}>`] });
      replace(scene, consulted, CARRIER);
      call.hangUp(1);
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
