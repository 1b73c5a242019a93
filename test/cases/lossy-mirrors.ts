import { challenge, sipResponse } from "../support/sip-builder.ts";
import { Account, authorization, nonceOf } from "./digest.ts";
import { outside, PBX } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

/** An access proxy or NAT that brings all registrations from one address and port. */
const EDGE = outside(30);

function registered(scene: Scene, phones: number, isLost: (i: number) => boolean): void {
  for (let i = 0; i < phones; i++) {
    const account = new Account(scene, EDGE, PBX, String(2000 + i));
    if (isLost(i)) unanswered(scene, account, `secret-of-${account.user}`);
    else account.login();
    scene.wait(0.5);
  }
}

/** REGISTER, 401, REGISTER with digest, and no answer to it. */
function unanswered(scene: Scene, account: Account, password: string): void {
  const first = account.request([]);
  const nonce = nonceOf(scene);
  scene.send(EDGE, PBX, first.text);
  const headers = [challenge(nonce)];
  scene.send(PBX, EDGE, sipResponse(first, 401, { toTag: scene.hex(8), headers }), 0.004);
  const { user } = account;
  const fields = { user, password, nonce, method: "REGISTER", uri: `sip:${first.host}` };
  scene.send(EDGE, PBX, account.request([authorization(fields)]).text, 0.008);
  scene.wait(0.02);
}

export const LOSSY_MIRRORS: readonly Case[] = [
  {
    name: "mirror_loses_answers_to_a_proxy",
    expect: "max 3",
    kind: "blind",
    what: "240 phones register through one proxy within two minutes; of twenty answers to credentials the mirror loses one",
    make: (scene) => {
      registered(scene, 240, (i) => i % 20 === 19);
      scene.wait(60);
    },
  },
  {
    name: "spray_in_silence_behind_the_proxy",
    expect: "alert spray|brute|credential|guess <=2",
    kind: "blind",
    what: "60 phones register through one proxy; somebody behind it tries one password for each of 40 others, and the registrar drops what is wrong",
    make: (scene) => {
      registered(scene, 60, () => false);
      for (let i = 0; i < 40; i++) {
        unanswered(scene, new Account(scene, EDGE, PBX, String(3000 + i)), "1234");
        scene.wait(3);
      }
      scene.wait(60);
    },
  },
  {
    name: "guesses_in_silence_behind_the_proxy",
    expect: "alert brute|credential|guess <=2",
    kind: "blind",
    what: "the same, but twenty passwords for one account, a Call-ID each",
    make: (scene) => {
      registered(scene, 60, () => false);
      for (let i = 0; i < 20; i++) {
        unanswered(scene, new Account(scene, EDGE, PBX, "3001"), `guess${i}`);
        scene.wait(3);
      }
      scene.wait(60);
    },
  },
];
