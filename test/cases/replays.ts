import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Account, authorization, nonceOf } from "./digest.ts";
import { natted, PBX } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "replays";

/** A digest that a phone behind the NAT has just registered with, by an account, with its own Contact. */
function registered(scene: Scene, account: Account, contact: string, nonce: string, status = 200) {
  const { at, user } = account;
  const fields = { user, password: `secret-of-${user}`, nonce, method: "REGISTER" };
  const request = account.request([authorization({ ...fields, uri: `sip:${PBX.ip}` })], {
    contact,
  });
  scene.send(at, PBX, request.text);
  const headers = status === 200 ? [`Contact: <sip:${user}@${contact}>;expires=300`] : [];
  scene.send(PBX, at, sipResponse(request, status, { toTag: scene.hex(8), headers }), 0.004);
  scene.wait(1);
}

/** 401 with that nonce, then the digest. */
function login(scene: Scene, at: Endpoint, contact: string): { account: Account; nonce: string } {
  const account = new Account(scene, at, PBX, "301");
  const nonce = nonceOf(scene);
  const first = account.request([], { contact });
  scene.send(at, PBX, first.text);
  const headers = [`WWW-Authenticate: Digest realm="pbx", nonce="${nonce}", algorithm=MD5`];
  scene.send(PBX, at, sipResponse(first, 401, { toTag: scene.hex(8), headers }), 0.004);
  scene.wait(0.01);
  registered(scene, account, contact, nonce);
  return { account, nonce };
}

export const REPLAYS: readonly Case[] = [
  {
    name: "digest_replayed_behind_the_nat",
    expect: "alert replay <=2",
    kind: KIND,
    what: "somebody behind the same NAT registers himself with the digest that a phone has just been accepted with",
    make: (scene) => {
      const { nonce } = login(scene, natted(1), "192.168.1.21:5060");
      registered(scene, new Account(scene, natted(9), PBX, "301"), "192.168.1.66:5060", nonce);
      scene.wait(20);
    },
  },
  {
    name: "digest_replayed_behind_the_nat_after_others",
    expect: "alert replay <=2",
    kind: KIND,
    what: "the same, and three digests of no account with that nonce before it, so that the sensor forgets the phone's",
    make: (scene) => {
      const { nonce } = login(scene, natted(1), "192.168.1.21:5060");
      for (const user of ["90", "91", "92"]) {
        registered(
          scene,
          new Account(scene, natted(9), PBX, user),
          "192.168.1.66:5060",
          nonce,
          403,
        );
      }
      registered(scene, new Account(scene, natted(9), PBX, "301"), "192.168.1.66:5060", nonce);
      scene.wait(20);
    },
  },
  {
    name: "digest_replayed_for_an_outside_contact",
    expect: "alert replay <=2",
    kind: KIND,
    what: "the same with a Contact outside, which calls then go to",
    make: (scene) => {
      const { nonce } = login(scene, natted(1), "192.168.1.21:5060");
      registered(scene, new Account(scene, natted(9), PBX, "301"), "198.51.100.66:5060", nonce);
      scene.wait(20);
    },
  },
  {
    name: "phones_without_qop_behind_a_nat_that_forgets",
    expect: "quiet",
    kind: KIND,
    what: "a phone repeats its digest at each refresh, on a new Call-ID each time, and the NAT gives it another port now and then",
    make: (scene) => {
      const { nonce } = login(scene, natted(1), "192.168.1.21:5060");
      for (let i = 2; i < 12; i++) {
        const account = new Account(scene, natted(i >> 1), PBX, "301");
        registered(scene, account, "192.168.1.21:5060", nonce);
        scene.wait(60);
      }
    },
  },
];
