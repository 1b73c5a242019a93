import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, sipResponse } from "../support/sip-builder.ts";
import { Call } from "./call.ts";
import { ackOf } from "./digest.ts";
import { media, PBX, phone } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

/** An INVITE that rings at several phones behind the proxy, each with a To tag of its own. */
function fork(scene: Scene, call: Call, tags: readonly string[]): void {
  const [caller, callee] = call.parties;
  scene.send(caller.at, callee.at, call.invite.text);
  scene.send(callee.at, caller.at, sipResponse(call.invite, 100), 0.02);
  for (const [i, tag] of tags.entries()) {
    scene.send(callee.at, caller.at, call.answer(180, { tag }), 0.06 + i * 0.01);
  }
  scene.wait(2);
}

/** One more 200 with another tag: ACK at once, and BYE when it is not the first (RFC 3261 13.2.2.4). */
function fork200(
  scene: Scene,
  call: Call,
  options: { tag: string; port: number; isEnded: boolean },
): void {
  const [caller, callee] = call.parties;
  const { tag, port, isEnded } = options;
  const sdp = audioSdp(callee.media.ip, port);
  scene.send(callee.at, caller.at, call.answer(200, { tag, sdp }));
  scene.send(caller.at, callee.at, call.request(0, "ACK", { toTag: tag }).text, 0.01);
  if (isEnded) {
    const bye = call.request(0, "BYE", { by: caller.at, toTag: tag, cseq: 2 });
    scene.send(caller.at, callee.at, bye.text, 0.2);
    scene.send(callee.at, caller.at, sipResponse(bye, 200), 0.22);
  }
}

export const FORKS: readonly Case[] = [
  {
    name: "fork_three_200",
    expect: "max 3",
    kind: "dialog-identity",
    what: "three phones answer at once: the caller ACKs all and ends two; the first goes on and ends later",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX, { to: "399" });
      const [, callee] = call.parties;
      fork(scene, call, [callee.tag, "bbbbbbbb", "cccccccc"]);
      fork200(scene, call, { tag: callee.tag, port: 11_780, isEnded: false });
      for (const [i, tag] of ["bbbbbbbb", "cccccccc"].entries()) {
        scene.wait(0.05);
        const port = 11_790 + 2 * i;
        fork200(scene, call, { tag, port, isEnded: true });
        new Talker(scene, media(PBX, port), call.parties[0].media).talk(0.2, 0.02);
      }
      call.talk(8);
      scene.wait(8.03);
      call.hangUp();
    },
  },
  {
    name: "fork_200_after_486",
    expect: "quiet",
    kind: "dialog-identity",
    what: "one branch is busy and its 486 slips through to the caller, another answers 200 right after; the call is an ordinary one",
    make: (scene) => {
      const call = new Call(scene, phone(1), PBX, { to: "399" });
      const [caller, callee] = call.parties;
      fork(scene, call, [callee.tag, "bbbbbbbb"]);
      fork200(scene, call, { tag: callee.tag, port: 11_780, isEnded: false });
      scene.send(callee.at, caller.at, call.answer(486, { tag: "bbbbbbbb" }), 0.03);
      scene.send(caller.at, callee.at, ackOf(call.invite, "bbbbbbbb"), 0.04);
      call.talk(8);
      scene.wait(8.03);
      call.hangUp(1);
    },
  },
  {
    name: "ring_group_cancelled",
    expect: "quiet",
    kind: "dialog-identity",
    what: "a PBX calls 24 phones in one Call-ID, the 20th answers, the PBX cancels the others (487, ACK), the phone hangs up",
    make: (scene) => {
      const callId = scene.unique("group");
      const calls = Array.from({ length: 24 }, (_, i) =>
        new Call(scene, PBX, phone(10 + i), {
          callId,
          fromTag: "aa55",
          to: `${210 + i}`,
          ringSeconds: 0.02,
        }).ring(),
      );
      scene.wait(3);
      const answered = calls[19];
      answered?.pickUp();
      for (const call of calls) {
        if (call === answered) continue;
        const [caller, callee] = call.parties;
        const { branch, fromTag } = call.invite;
        const cancel = requestOf(scene, caller.at, callee.at, "CANCEL", caller.user, {
          to: callee.user,
          branch,
          callId,
          fromTag,
        });
        scene.send(caller.at, callee.at, cancel.text);
        scene.send(callee.at, caller.at, sipResponse(cancel, 200, { toTag: callee.tag }), 0.01);
        scene.send(callee.at, caller.at, call.answer(487), 0.015);
        scene.send(caller.at, callee.at, ackOf(call.invite, callee.tag), 0.02);
        scene.wait(0.005);
      }
      answered?.talk(6);
      scene.wait(6.03);
      answered?.hangUp(1);
    },
  },
  {
    name: "attended_transfer",
    expect: "quiet",
    kind: "dialog-identity",
    what: "attended transfer (RFC 5589): B calls C, REFERs A to C with Replaces, A's INVITE replaces the dialog, C and A end theirs with B",
    make: (scene) => {
      const first = new Call(scene, phone(1), phone(2)).start();
      first.talk(9.2);
      scene.wait(3);
      const second = new Call(scene, phone(2), phone(3), {
        from: "202",
        to: "203",
        callerMedia: media(phone(2), 11_790),
      }).start(5.1);
      scene.wait(4);
      const replaces = `${second.callId}%3Bto-tag%3D${second.parties[1].tag}%3Bfrom-tag%3D${second.parties[0].tag}`;
      first.ask(1, "REFER", 202, {
        headers: [`Refer-To: <sip:203@${phone(3).ip}?Replaces=${replaces}>`],
      });
      scene.wait(0.1);
      first.ask(0, "NOTIFY", 200, {
        headers: ["Event: refer", "Subscription-State: active;expires=60"],
      });
      const third = new Call(scene, phone(1), phone(3), {
        to: "203",
        callerMedia: media(phone(1), 16_400),
        ringSeconds: 0.1,
        headers: [
          `Replaces: ${second.callId};to-tag=${second.parties[1].tag};from-tag=${second.parties[0].tag}`,
        ],
      }).start(5);
      second.ask(1, "BYE", 200);
      scene.wait(0.05);
      first.ask(1, "BYE", 200);
      scene.wait(5);
      third.hangUp();
    },
  },
];
