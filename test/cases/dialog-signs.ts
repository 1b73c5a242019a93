import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { ackOf } from "./digest.ts";
import { CARRIER, forgedBy, media, outside6, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "dialog-signs";

/** A call on hold: no media tells whether its parties are still there. */
function onHold(scene: Scene, caller: Endpoint, callee: Endpoint): Call {
  const call = new Call(scene, caller, callee).start();
  scene.wait(5);
  return call;
}

/** A stranger rings off for both sides, so that nobody is left who would hang up later. */
function endedByStranger(call: Call, by: Endpoint): void {
  call.ask(0, "BYE", 200, { by });
  call.ask(1, "BYE", 200, { by, after: 0.2 });
  call.scene.wait(6);
}

interface Cancel {
  readonly by: Endpoint;
  readonly branch?: string;
  readonly status: number;
}

/** CANCEL in the caller's name while the callee rings. */
function cancelled(call: Call, { by, branch, status }: Cancel): void {
  const { scene, invite } = call;
  const [caller, callee] = call.parties;
  const cancel = requestOf(scene, caller.at, callee.at, "CANCEL", caller.user, {
    to: callee.user,
    branch: branch ?? invite.branch,
    callId: invite.callId,
    fromTag: invite.fromTag,
  });
  scene.send(by, callee.at, cancel.text);
  const back = by.ip === caller.at.ip ? caller.at : by;
  scene.send(callee.at, back, sipResponse(cancel, status, { toTag: callee.tag }), 0.01);
  if (status >= 300) return;
  scene.send(callee.at, caller.at, call.answer(487), 0.02);
  scene.send(caller.at, callee.at, ackOf(invite, callee.tag), 0.03);
}

const TRANSFER = ["Refer-To: <sip:0088263188131@10.20.0.10>"];
const OTHER_ROUTER = { mac: "00:1b:17:20:00:02", ttl: 49 };

/** The carrier, or who writes in its name by another MAC and TTL, transfers its call; its media comes by that way from then on. */
function transferBy(scene: Scene, way: { mac?: string; ttl?: number }): void {
  const call = new Call(scene, CARRIER, phone(2), { callerMedia: media(CARRIER, 30_000) }).start(4);
  scene.wait(4);
  const [theirs, mine] = call.talkers;
  theirs.from = { ...theirs.from, ...way };
  theirs.talk(6);
  mine.talk(6);
  const by = { ...CARRIER, ...OTHER_ROUTER };
  call.ask(0, "REFER", 202, { by, headers: TRANSFER });
  scene.wait(6.03);
  call.hangUp(1);
  scene.wait(3);
}

/** A call of which only the end is seen: a BYE by that way, and another one 8 s later. */
function disowned(scene: Scene, way: { mac?: string; ttl?: number }): void {
  let isSeen = false;
  scene.tap((packet) => (isSeen ? [packet] : []));
  const call = new Call(scene, CARRIER, phone(2)).start();
  scene.wait(1);
  isSeen = true;
  call.ask(0, "BYE", 200, { by: { ...CARRIER, ...way } });
  scene.wait(8);
  call.ask(0, "BYE", 481, { cseq: 7 });
  scene.wait(4);
}

export const DIALOG_SIGNS: readonly Case[] = [
  {
    name: "refer_forged_media_goes_on",
    expect: "alert refer|transfer|hijack <=2",
    kind: KIND,
    what: "REFER in the caller's name by another MAC and TTL, CSeq right; its media goes on by its own way, nothing else is heard of it",
    make: (scene) => transferBy(scene, {}),
  },
  {
    name: "refer_behind_another_router",
    expect: "max 3",
    kind: KIND,
    what: "the same after another router took over: the caller's media comes by it, too",
    make: (scene) => transferBy(scene, OTHER_ROUTER),
  },
  {
    name: "bye_forged_in_a_call_before_the_sensor",
    expect: "alert bye|teardown <=2",
    kind: KIND,
    what: "the sensor starts in the middle of a call; BYE in the caller's name by another MAC and TTL, and 8 s later the caller's own, which meets 481",
    make: (scene) => disowned(scene, OTHER_ROUTER),
  },
  {
    name: "bye_twice_in_a_call_before_the_sensor",
    expect: "max 3",
    kind: KIND,
    what: "the same by one way: the caller's program ends both legs for itself",
    make: (scene) => disowned(scene, {}),
  },
  {
    name: "bye_to_both_on_hold",
    expect: "alert bye|teardown <=2",
    kind: KIND,
    what: "a stranger sends BYE to both parties of a call on hold, 200 each: no media goes on, nobody hangs up again",
    make: (scene) => endedByStranger(onHold(scene, phone(1), phone(2)), STRANGER),
  },
  {
    name: "bye_forged_old_cseq",
    expect: "alert bye|teardown <=2",
    kind: KIND,
    what: "BYE in the caller's name by another MAC and TTL whose CSeq is that of the INVITE, 200; the call was on hold",
    make: (scene) => {
      const call = onHold(scene, phone(1), phone(2));
      call.ask(0, "BYE", 200, { by: forgedBy(phone(1), 128), cseq: 1 });
      scene.wait(6);
    },
  },
  {
    name: "bye_disowned_on_hold",
    expect: "alert bye|teardown <=1",
    kind: KIND,
    what: "BYE in the caller's name by another MAC and TTL, 200; 20 s later the caller hangs up for itself and meets 481",
    make: (scene) => {
      const call = onHold(scene, phone(1), phone(2));
      call.ask(0, "BYE", 200, { by: forgedBy(phone(1), 128) });
      scene.wait(20);
      call.ask(0, "BYE", 481);
      scene.wait(6);
    },
  },
  {
    name: "bye_to_four_calls_ipv6",
    expect: "alert bye|teardown <=1",
    kind: KIND,
    what: "one stranger ends four calls on hold between eight phones, one in 7 s (IPv6)",
    make: (scene) => {
      const calls = [1, 3, 5, 7].map((n) => onHold(scene, phone6(n), phone6(n + 1)));
      for (const call of calls) endedByStranger(call, outside6(66));
    },
  },
  {
    name: "cancel_forged_other_branch",
    expect: "alert cancel <=2",
    kind: KIND,
    what: "CANCEL in the caller's name by another MAC and TTL with a branch that he guessed, 481: the phone rings on and is picked up",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2), { ringSeconds: 2 }).ring();
      cancelled(call, { by: forgedBy(phone(1), 128), branch: scene.unique("b"), status: 481 });
      scene.wait(2);
      call.pickUp().talk(4);
      scene.wait(4.03);
      call.hangUp();
      scene.wait(4);
    },
  },
  {
    name: "cancel_to_four_calls",
    expect: "alert cancel <=1",
    kind: KIND,
    what: "one stranger cancels four calls between eight phones while they ring, one in 5 s",
    make: (scene) => {
      for (const n of [1, 3, 5, 7]) {
        const call = new Call(scene, phone(n), phone(n + 1), { ringSeconds: 2 }).ring();
        cancelled(call, { by: STRANGER, status: 200 });
        scene.wait(5);
      }
    },
  },
  {
    name: "info_by_another_way",
    expect: "alert info|hijack|stranger|no party <=3",
    kind: KIND,
    what: "INFO in the caller's name by another MAC presses a key, 200: one sign and no more",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(8);
      scene.wait(3);
      call.ask(0, "INFO", 200, { by: forgedBy(phone(1)), headers: ["Info-Package: dtmf"] });
      scene.wait(5.03);
      call.hangUp();
      scene.wait(4);
    },
  },
  {
    name: "answer_by_stranger_long_before",
    expect: "alert answer|hijack <=2",
    kind: KIND,
    what: "the same, and the callee picks up 12 s later: the other answer was judged by then",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2), { ringSeconds: 2 }).ring();
      const sdp = audioSdp(STRANGER.ip, 7000);
      scene.send(STRANGER, phone(1), call.answer(200, { tag: "hijack", sdp, contact: STRANGER }));
      scene.wait(12);
      call.pickUp().talk(4);
      scene.wait(4.03);
      call.hangUp();
      scene.wait(4);
    },
  },
  {
    name: "answer_by_stranger_first",
    expect: "alert answer|hijack <=2",
    kind: KIND,
    what: "while the callee rings a stranger answers 200 with the INVITE's branch and his own media; 1.5 s later the callee picks up",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2), { ringSeconds: 2 }).ring();
      const sdp = audioSdp(STRANGER.ip, 7000);
      scene.send(STRANGER, phone(1), call.answer(200, { tag: "hijack", sdp, contact: STRANGER }));
      scene.wait(1.5);
      call.pickUp().talk(4);
      scene.wait(4.03);
      call.hangUp();
      scene.wait(4);
    },
  },
];
