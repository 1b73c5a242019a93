import { requestOf } from "../support/sip-actors.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import { Call } from "./call.ts";
import { Account, ackOf, authorization, digestOf, nonceOf } from "./digest.ts";
import { PBX, PBX6, phone, STRANGER, STRANGER6 } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

/** A walk whose Call-ID, tags, CSeq and branch never change: only the user does. */
function constantWalk(
  name: string,
  options: { method: string; status: number; isV6?: boolean; pause?: number },
): Case {
  const { method, status, isV6 = false, pause = 0.2 } = options;
  return {
    name,
    expect: "alert enum|scan|walk <=2",
    kind: "transaction-identity",
    what: `${method} for 200 users with constant Call-ID, tag, CSeq and branch, each answered ${status}`,
    make: (scene) => {
      const [from, to] = isV6 ? [STRANGER6, PBX6] : [STRANGER, PBX];
      const fixed = { callId: "1", branch: "1", fromTag: "1" };
      for (let i = 0; i < 200; i++) {
        const request = requestOf(scene, from, to, method, String(1000 + i), fixed);
        scene.send(from, to, request.text);
        const headers = status === 401 ? [challenge(nonceOf(scene))] : [];
        scene.send(to, from, sipResponse(request, status, { toTag: "77", headers }), 0.01);
        scene.wait(pause);
      }
      scene.wait(40);
    },
  };
}

/** 100 guesses at one account; `dress` writes the header lines of the credentials. */
function guesses(
  name: string,
  what: string,
  dress: (digest: string, scene: Scene) => readonly string[],
  fixed: { callId?: string; branch?: string; fromTag?: string; cseq?: number } = {},
): Case {
  return {
    name,
    expect: "alert brute|guess|credential <=2",
    kind: "transaction-identity",
    what,
    make: (scene) => {
      let nonce = nonceOf(scene);
      for (let i = 0; i < 100; i++) {
        const uri = `sip:${PBX.ip}`;
        const digest = digestOf({
          user: "210",
          password: `guess${i}`,
          nonce,
          method: "REGISTER",
          uri,
        });
        const request = requestOf(scene, STRANGER, PBX, "REGISTER", "210", {
          headers: dress(digest, scene),
          cseq: 2,
          ...fixed,
        });
        scene.send(STRANGER, PBX, request.text);
        nonce = nonceOf(scene);
        const answer = { toTag: "77", headers: [challenge(nonce)] };
        scene.send(PBX, STRANGER, sipResponse(request, 401, answer), 0.01);
        scene.wait(0.25);
      }
      scene.wait(10);
    },
  };
}

const DECOYS = Array.from(
  { length: 200 },
  (_, i) =>
    `Digest username="d${i}", realm="r${i}", nonce="${i}", uri="sip:d", response="00${i}00"`,
);

export const TRANSACTION_IDENTITY: readonly Case[] = [
  constantWalk("walk_constant_invite_403", { method: "INVITE", status: 403 }),
  constantWalk("walk_constant_options_404_ipv6", { method: "OPTIONS", status: 404, isV6: true }),
  constantWalk("walk_constant_subscribe_480", { method: "SUBSCRIBE", status: 480, pause: 0.1 }),
  constantWalk("walk_constant_message_404", { method: "MESSAGE", status: 404, pause: 0.5 }),
  constantWalk("walk_constant_register_401", { method: "REGISTER", status: 401 }),
  guesses(
    "guess_comma_joined",
    "credentials of two realms joined by comma in one header, the other realm first",
    (digest, scene) => [
      `Authorization: Digest username="x", realm="other", nonce="1", uri="sip:x", response="${scene.hex(32)}", ${digest}`,
    ],
  ),
  guesses(
    "guess_constant_identity",
    "one branch, Call-ID, tag and CSeq for all 100 guesses, other digests",
    (digest) => [`Authorization: ${digest}`],
    { callId: "1", branch: "1", fromTag: "1", cseq: 1 },
  ),
  guesses(
    "guess_behind_two_decoys",
    "two headers of other realms before, one behind the real credentials, odd spelling of the name",
    (digest, scene) => [
      `Proxy-Authorization: Digest username="a", realm="a", nonce="1", uri="sip:a", response="${scene.hex(32)}"`,
      `authorization : ${digest}`,
      `Authorization: Digest username="b", realm="b", nonce="2", uri="sip:b", response="${scene.hex(32)}"`,
    ],
  ),
  guesses(
    "guess_behind_forty_kilobytes_of_decoys",
    "the real credentials behind 400 digests of other realms, always the same ones, in two headers",
    (digest) => [
      `Authorization: ${DECOYS.join(", ")}`,
      `Authorization: ${DECOYS.join(", ")}, Digest opaque="realm=asterisk, \\"", ${digest}`,
    ],
  ),
  {
    name: "stateless_registrar_retransmissions",
    expect: "quiet",
    kind: "transaction-identity",
    what: "over a bad link 30 phones repeat each REGISTER byte for byte at 0.5, 1.5 and 3.5 s, the stateless registrar challenges each anew with the same To tag; then 200",
    make: (scene) => {
      for (let n = 1; n <= 30; n++) {
        const account = new Account(scene, phone(n), PBX, String(300 + n));
        const first = account.request([]);
        for (const after of [0, 0.5, 1.5, 3.5]) {
          scene.send(phone(n), PBX, first.text, after);
          const answer = { toTag: `t${n}`, headers: [challenge(nonceOf(scene))] };
          scene.send(PBX, phone(n), sipResponse(first, 401, answer), after + 0.003);
        }
        scene.wait(3.6);
        account.login();
        scene.wait(0.4);
      }
    },
  },
  {
    name: "invite_repeated_seven_times",
    expect: "quiet",
    kind: "transaction-identity",
    what: "the callee's answers come late: INVITE seven times (timer A), 200 four times, ACK for each, then an ordinary call",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2));
      for (const after of [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31]) {
        scene.send(phone(1), phone(2), call.invite.text, after);
      }
      scene.wait(31.2);
      call.pickUp();
      const ack = call.request(0, "ACK").text;
      for (const after of [0.5, 1.5, 3.5]) {
        scene.send(phone(2), phone(1), call.answer(200), after);
        scene.send(phone(1), phone(2), ack, after + 0.02);
      }
      call.talk(8);
      scene.wait(8.03);
      call.hangUp();
    },
  },
  {
    name: "two_realms_accepted",
    expect: "quiet",
    kind: "transaction-identity",
    what: "a phone behind two proxies sends credentials for both realms each time; 20 calls of it meet 486, all credentials are right",
    make: (scene) => {
      new Account(scene, phone(1), PBX, "201").login();
      const nonces = ["edge", "pbx"].map((realm) => ({ realm, nonce: nonceOf(scene) }));
      for (let i = 0; i < 20; i++) {
        scene.wait(5);
        const to = String(205 + i);
        const uri = `sip:${to}@${PBX.ip}`;
        const proofs = nonces.map(({ realm, nonce }) =>
          authorization({
            user: "201",
            password: "secret",
            nonce,
            method: "INVITE",
            uri,
            realm,
            isProxy: true,
          }),
        );
        const ids = { to, callId: scene.unique("c"), fromTag: scene.hex(8) };
        // Both nonces are used as long as they are taken.
        const tries = i === 0 ? [407, 486] : [486];
        for (const [n, status] of tries.entries()) {
          const headers = status === 486 ? proofs : [];
          const invite = requestOf(scene, phone(1), PBX, "INVITE", "201", {
            ...ids,
            headers,
            cseq: n + 1,
          });
          const more =
            status === 407 ? nonces.map(({ realm, nonce }) => challenge(nonce, realm, 407)) : [];
          scene.send(phone(1), PBX, invite.text);
          scene.send(PBX, phone(1), sipResponse(invite, 100), 0.01);
          scene.send(
            PBX,
            phone(1),
            sipResponse(invite, status, { toTag: `t${i}`, headers: more }),
            0.1,
          );
          scene.send(phone(1), PBX, ackOf(invite, `t${i}`), 0.11);
          scene.wait(0.15);
        }
      }
    },
  },
];
