import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, challenge, type SipRequest, sipResponse } from "../support/sip-builder.ts";
import { type Endpoint, sentBy } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account, ackOf, authorization, nonceOf } from "./digest.ts";
import { forgedBy, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

/** 60 wrong passwords, one in 0.5 s; something forged comes before each real 401. */
function guessesWith(
  scene: Scene,
  forged: (request: ReturnType<typeof requestOf>) => string,
): void {
  const account = new Account(scene, STRANGER, PBX, "210");
  for (let i = 0; i < 60; i++) {
    account.callId = scene.unique("g");
    const nonce = nonceOf(scene);
    const first = account.request([]);
    scene.send(STRANGER, PBX, first.text);
    scene.send(
      PBX,
      STRANGER,
      sipResponse(first, 401, { toTag: scene.hex(8), headers: [challenge(nonce)] }),
      0.01,
    );
    scene.wait(0.05);
    const fields = {
      user: "210",
      password: `guess${i}`,
      nonce,
      method: "REGISTER",
      uri: `sip:${PBX.ip}`,
    };
    const second = account.request([authorization(fields)]);
    scene.send(STRANGER, PBX, second.text);
    // Another box of the attacker answers in the registrar's name, a millisecond ahead of it.
    scene.send(forgedBy(PBX, 1), STRANGER, forged(second), 0.001);
    const headers = [challenge(nonceOf(scene))];
    scene.send(PBX, STRANGER, sipResponse(second, 401, { toTag: scene.hex(8), headers }), 0.011);
    scene.wait(0.45);
  }
}

/** The callee asks the caller to go on with its media (re-INVITE); somebody answers, perhaps beside the caller. */
function reInviteAnsweredBy(scene: Scene, by: Endpoint, hasOwn: boolean): void {
  const call = new Call(scene, phone(1), phone(2)).start(8);
  scene.wait(4);
  const asked = call.request(1, "INVITE", { sdp: audioSdp(phone(2).ip, 11_780, 2) });
  const answer = (from: Endpoint, sdp: string) =>
    sipResponse(asked, 200, { contact: sentBy(from), sdp });
  scene.send(phone(2), phone(1), asked.text);
  const own = audioSdp(phone(1).ip, 16_384, 2);
  scene.send(by, phone(2), answer(by, hasOwn ? audioSdp(by.ip, 7000) : own), 0.005);
  if (hasOwn) scene.send(phone(1), phone(2), answer(phone(1), own), 0.04);
  scene.wait(4.03);
  call.hangUp();
  scene.wait(3);
}

/** A BYE in the caller's name that the callee takes; the caller talks on. */
function byeRefusedInName(scene: Scene, refusal: number): void {
  const call = new Call(scene, phone(1), phone(2)).start(8);
  scene.wait(3);
  const by = forgedBy(phone(1), 50);
  const bye = call.request(0, "BYE", { by });
  scene.send(by, phone(2), bye.text);
  scene.send(forgedBy(phone(2), 50), phone(1), sipResponse(bye, refusal), 0.0005);
  scene.send(phone(2), phone(1), sipResponse(bye, 200), 0.02);
  scene.wait(9);
}

export const FORGED_ANSWERS: readonly Case[] = [
  ...[401, 404, 481, 503].map((refusal) => ({
    name: `bye_refused_${refusal}_in_name`,
    expect: "alert bye|teardown <=2",
    kind: "trust-claim",
    what: `BYE in the caller's name; ahead of the callee's 200 another packet says ${refusal} in its name`,
    make: (scene: Scene) => byeRefusedInName(scene, refusal),
  })),
  {
    name: "cancel_behind_a_refusal_in_name",
    expect: "alert cancel <=3",
    kind: "trust-claim",
    what: "somebody says 404 in the name of a phone that rings on, and cancels the call that seems to be over",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2), { ringSeconds: 4 });
      scene.send(forgedBy(phone(2), 50), phone(1), call.answer(404), 0.01);
      call.ring();
      const { branch, callId, fromTag } = call.invite;
      const fields = { to: "202", branch, callId, fromTag };
      const cancel = requestOf(scene, STRANGER, phone(2), "CANCEL", "201", fields);
      scene.send(STRANGER, phone(2), cancel.text);
      scene.send(phone(2), STRANGER, sipResponse(cancel, 200), 0.01);
      scene.send(phone(2), phone(1), call.answer(487), 0.02);
      scene.send(phone(1), phone(2), ackOf(call.invite, call.parties[1].tag), 0.03);
      scene.wait(5);
    },
  },
  {
    name: "bye_timed_out_then_taken",
    expect: "quiet",
    kind: "trust-claim",
    what: "a proxy answers an honest BYE with 408, and hands on the callee's late 200 (RFC 4320 3.2)",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(4);
      scene.wait(4.03);
      const bye = call.ask(0, "BYE", 408);
      scene.send(phone(2), phone(1), sipResponse(bye, 200), 1);
      scene.wait(5);
    },
  },
  {
    name: "reinvite_answered_by_a_stranger",
    expect: "alert answer_spoof <=2",
    kind: "in-dialog",
    what: "a stranger answers the callee's re-INVITE with its branch and his own media address, ahead of the caller",
    make: (scene) => reInviteAnsweredBy(scene, STRANGER, true),
  },
  {
    name: "reinvite_answered_from_the_other_address",
    expect: "max 3",
    kind: "in-dialog",
    what: "who was asked has two addresses and answers from the other one",
    make: (scene) => reInviteAnsweredBy(scene, phone(91), false),
  },
  {
    name: "cancel_in_callers_name",
    expect: "alert cancel <=3",
    kind: "trust-claim",
    what: "CANCEL with the caller's address and branch by another MAC and TTL while the phone rings; the caller has just sent SIP by its own",
    make: (scene) => {
      for (const n of [1, 2]) new Account(scene, phone(n), PBX, `20${n}`).login();
      scene.wait(2);
      const call = new Call(scene, phone(1), phone(2), { ringSeconds: 3 }).ring();
      const { branch, callId, fromTag } = call.invite;
      const cancel = requestOf(scene, phone(1), phone(2), "CANCEL", "201", {
        to: "202",
        branch,
        callId,
        fromTag,
      });
      scene.send(forgedBy(phone(1), 128), phone(2), cancel.text);
      scene.send(
        phone(2),
        phone(1),
        sipResponse(cancel, 200, { toTag: call.parties[1].tag }),
        0.01,
      );
      scene.send(phone(2), phone(1), call.answer(487), 0.02);
      scene.send(phone(1), phone(2), ackOf(call.invite, call.parties[1].tag), 0.03);
      scene.wait(5);
    },
  },
  {
    name: "guesses_with_forged_200",
    expect: "alert brute|guess|credential <=2",
    kind: "trust-claim",
    what: "before each real 401 a forged 200 in the registrar's name (TTL 1, other MAC) says that the guess was right",
    make: (scene) =>
      guessesWith(scene, (request) => sipResponse(request, 200, { toTag: scene.hex(8) })),
  },
  {
    name: "guesses_with_forged_stale",
    expect: "alert brute|guess|credential <=2",
    kind: "trust-claim",
    what: "before each real 401 a forged one says stale=true",
    make: (scene) =>
      guessesWith(scene, (request) =>
        sipResponse(request, 401, {
          toTag: scene.hex(8),
          headers: [`${challenge(nonceOf(scene))}, stale=true`],
        }),
      ),
  },
  ...[401, 403, 503].map((refusal) => ({
    name: `right_guess_behind_forged_${refusal}`,
    expect: "alert compromis|success <=1",
    kind: "trust-claim",
    what: `30 guesses, the last one right; ahead of each answer another box of the guesser says ${refusal} in the registrar's name`,
    make: (scene: Scene) => {
      for (let n = 1; n <= 4; n++) new Account(scene, phone(n), PBX, `20${n}`).login();
      const account = new Account(scene, STRANGER, PBX, "210");
      for (let i = 0; i < 30; i++) {
        account.callId = scene.unique("g");
        const refused = (request: SipRequest) =>
          scene.send(forgedBy(PBX, 1), STRANGER, sipResponse(request, refusal), 0.001);
        account.login({
          password: `guess${i}`,
          status: i === 29 ? 200 : 401,
          meanwhile: refused,
        });
        scene.wait(0.5);
      }
      scene.wait(20);
    },
  })),
  {
    name: "walk_by_register_forged_200",
    expect: "alert enum <=2",
    kind: "trust-claim",
    what: "60 users by REGISTER, each challenged and never taken up; another box of the walker says 200 in the registrar's name before",
    make: (scene) => {
      for (let i = 0; i < 4; i++) new Account(scene, phone(1 + i), PBX, `20${1 + i}`).login();
      for (let i = 0; i < 60; i++) {
        const request = requestOf(scene, STRANGER, PBX, "REGISTER", `${300 + i}`);
        scene.send(STRANGER, PBX, request.text);
        scene.send(forgedBy(PBX, 1), STRANGER, sipResponse(request, 200), 0.001);
        const headers = [challenge(nonceOf(scene))];
        scene.send(PBX, STRANGER, sipResponse(request, 401, { headers }), 0.01);
        scene.wait(0.5);
      }
      scene.wait(30);
    },
  },
  {
    name: "forged_503_healthy_login",
    expect: "max 3",
    kind: "trust-claim",
    what: "one login of a phone whose registrar answers twice, 503 by the standby and 200 by itself, same MAC and TTL",
    make: (scene) => {
      const account = new Account(scene, phone(1), PBX, "201");
      account.login();
      scene.wait(100);
      const request = account.request([]);
      scene.send(phone(1), PBX, request.text);
      scene.send(PBX, phone(1), sipResponse(request, 503, { toTag: scene.hex(8) }), 0.01);
      scene.wait(5);
      account.login();
    },
  },
  {
    name: "walk_by_invite_forged_200",
    expect: "alert enum <=2",
    kind: "trust-claim",
    what: "40 users by INVITE, 404 each; another box of the walker says 200 in the server's name before, and he acknowledges it",
    make: (scene) => {
      for (let i = 0; i < 4; i++) new Account(scene, phone(1 + i), PBX, `20${1 + i}`).login();
      for (let i = 0; i < 40; i++) {
        const call = new Call(scene, STRANGER, PBX, { to: `${300 + i}` });
        scene.send(STRANGER, PBX, call.invite.text);
        scene.send(forgedBy(PBX, 1), STRANGER, call.answer(200), 0.001);
        scene.send(STRANGER, PBX, call.request(0, "ACK").text, 0.002);
        const toTag = scene.hex(8);
        scene.send(PBX, STRANGER, sipResponse(call.invite, 404, { toTag }), 0.01);
        scene.send(STRANGER, PBX, ackOf(call.invite, toTag), 0.012);
        scene.wait(1);
      }
      scene.wait(5);
    },
  },
];
