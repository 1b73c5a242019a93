import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, challenge, sipResponse } from "../support/sip-builder.ts";
import { sentBy } from "../support/wire.ts";
import { Call } from "./call.ts";
import { ackOf, authorization } from "./digest.ts";
import { media, PBX, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

/**
 * The INVITE is turned down first and sent again in the same Call-ID with the same From tag
 * (RFC 3261 8.1.3.5); then the call is answered. Somebody ends it after 5 s.
 */
function retried(
  name: string,
  status: number,
  headers: readonly string[],
  end: "stranger" | "own",
): Case {
  const isAttack = end === "stranger";
  return {
    name,
    expect: isAttack ? "alert bye|teardown <=2" : "quiet",
    kind: "dialog-identity",
    what: `INVITE sent again after ${status} with the same Call-ID and From tag; ${isAttack ? "a stranger's BYE while the call talks" : "an ordinary hang-up by the callee"}`,
    make: (scene) => {
      const fromTag = scene.hex(10);
      const call = new Call(scene, phone(1), phone(2), { fromTag, cseq: 2, headers });
      const first = requestOf(scene, phone(1), phone(2), "INVITE", "201", {
        to: "202",
        callId: call.callId,
        fromTag,
        cseq: 1,
        sdp: audioSdp(phone(1).ip, 16_384),
      });
      const toTag = scene.hex(8);
      const more =
        status === 302
          ? [`Contact: <sip:202@${sentBy(phone(2))}>`]
          : status === 407
            ? [challenge("4bd1c0de55", "pbx", 407)]
            : [];
      scene.send(phone(1), phone(2), first.text);
      scene.send(phone(2), phone(1), sipResponse(first, status, { toTag, headers: more }), 0.02);
      scene.send(phone(1), phone(2), ackOf(first, toTag), 0.03);
      scene.wait(0.1);
      // Behind the 32 s that the first transaction lives on (RFC 3261 17.1.1.2).
      call.start(isAttack ? 50 : 40);
      scene.wait(40.03);
      if (isAttack) call.ask(0, "BYE", 200, { by: STRANGER });
      else call.hangUp(1);
      scene.wait(6);
    },
  };
}

const CREDENTIALS = authorization({
  user: "201",
  password: "secret",
  nonce: "4bd1c0de55",
  method: "INVITE",
  uri: "sip:202@pbx",
  isProxy: true,
});

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
    const bye = call.request(0, "BYE", { toTag: tag, cseq: call.parties[0].cseq + 1 });
    scene.send(caller.at, callee.at, bye.text, 0.2);
    scene.send(callee.at, caller.at, sipResponse(bye, 200), 0.22);
  }
}

/** The same private addresses, Call-ID and tags in two VLANs, as cloned installations have them. */
function tenants(scene: Scene, end: (second: Call) => void): void {
  const callId = "1@10.20.1.1";
  const calls = [10, 20].map((vlan) => {
    scene.vlan = vlan;
    const [caller, callee] = [phone(1), phone(2)].map((host) => ({
      ...host,
      mac: `${host.mac?.slice(0, -2)}${vlan}`,
    }));
    if (caller === undefined || callee === undefined) throw new Error("two phones");
    const call = new Call(scene, caller, callee, { callId, fromTag: "1", ringSeconds: 0.5 });
    call.start(vlan === 10 ? 4 : 12);
    scene.wait(0.3);
    return call;
  });
  const [first, second] = calls;
  if (first === undefined || second === undefined) return;
  scene.vlan = 10;
  scene.wait(3.5);
  first.hangUp();
  scene.vlan = 20;
  scene.wait(2);
  end(second);
  scene.wait(3);
}

export const DIALOG_IDENTITY: readonly Case[] = [
  retried("retry_after_302_stranger", 302, [], "stranger"),
  retried("retry_after_484_stranger", 484, [], "stranger"),
  retried("retry_after_407_stranger", 407, [CREDENTIALS], "stranger"),
  retried("retry_after_488_ordinary", 488, [], "own"),
  retried("retry_after_407_ordinary", 407, [CREDENTIALS], "own"),
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
    name: "two_tenants_ordinary",
    expect: "quiet",
    kind: "dialog-identity",
    what: "two VLANs behind one mirror with the same private addresses, Call-ID and From tag: one call ends, the other talks on and ends later",
    make: (scene) =>
      tenants(scene, (second) => {
        scene.wait(4.5);
        second.hangUp();
      }),
  },
  {
    name: "two_tenants_strangers_bye",
    expect: "alert bye|teardown <=2",
    kind: "dialog-identity",
    what: "two VLANs with the same addresses and Call-ID: after the first call's ordinary end a stranger's BYE in the second, which talks on",
    make: (scene) =>
      tenants(scene, (second) => {
        second.ask(0, "BYE", 200, { by: STRANGER });
        scene.wait(5);
      }),
  },
  {
    name: "call_id_again_at_once",
    expect: "quiet",
    kind: "dialog-identity",
    what: "a test robot makes four calls with one Call-ID, each begins 30 ms after the BYE of the last (IPv6)",
    make: (scene) => {
      for (let i = 0; i < 4; i++) {
        const call = new Call(scene, phone6(1), phone6(2), {
          callId: "robot-1",
          cseq: 1 + 10 * i,
        }).start(4);
        scene.wait(4.01);
        call.ask(0, "BYE", 200);
        scene.wait(0.03);
      }
    },
  },
  {
    name: "call_id_again_third_call_bye",
    expect: "alert bye|teardown <=2",
    kind: "dialog-identity",
    what: "the third call with one Call-ID, each 1 s after the last and with CSeq 1 again; in it a stranger's BYE, media goes on",
    make: (scene) => {
      for (let i = 0; i < 3; i++) {
        const call = new Call(scene, phone(1), phone(2), { callId: "robot-1", cseq: 1 + 10 * i });
        call.start(i === 2 ? 8 : 4);
        scene.wait(4.01);
        if (i === 2) call.ask(0, "BYE", 200, { by: STRANGER });
        else call.ask(0, "BYE", 200);
        scene.wait(1);
      }
      scene.wait(6);
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
