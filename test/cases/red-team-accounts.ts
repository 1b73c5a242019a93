import { ask, requestOf } from "../support/sip-actors.ts";
import { challenge } from "../support/sip-builder.ts";
import { Account, authorization, nonceOf } from "./digest.ts";
import { PBX, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "credentials-claimed";
const GUESSED = "alert brute|guess|credential <=2";

/** A request with made-up credentials of that account, which the server does not look at. */
function claim(
  scene: Scene,
  user: string,
  method: string,
  status: number,
  nonce = nonceOf(scene),
): void {
  const uri = `sip:ping@${PBX.ip}`;
  const more = authorization({ user, password: "none", nonce, method, uri });
  const request = requestOf(scene, STRANGER, PBX, method, "x", { to: "ping", headers: [more] });
  ask(scene, STRANGER, PBX, request, status);
}

/** Guesses in sixes; what stands between them makes the sensor forget, or not. */
function guessesWith(scene: Scene, between: () => void): void {
  for (let i = 0; i < 90; i++) {
    new Account(scene, STRANGER, PBX, "201").login({ password: `g${i}`, status: 401 });
    scene.wait(0.5);
    if (i % 6 < 5) continue;
    between();
    scene.wait(1.5);
  }
  scene.wait(20);
}

export const CREDENTIALS_CLAIMED: readonly Case[] = [
  ...(
    [
      ["OPTIONS", 200],
      ["INVITE", 180],
      ["INVITE", 404],
    ] as const
  ).map(
    ([method, status]): Case => ({
      name: `guesses_between_${method.toLowerCase()}_${status}`,
      expect: GUESSED,
      kind: KIND,
      what: `90 guesses, after each six a ${method} with made-up credentials of the account that is answered ${status}`,
      make: (scene) => guessesWith(scene, () => claim(scene, "201", method, status)),
    }),
  ),
  {
    name: "guesses_between_options_with_issued_nonce",
    expect: GUESSED,
    kind: KIND,
    what: "90 guesses, after each six an OPTIONS with a nonce that the server has just issued for REGISTER, answered 200",
    make: (scene) =>
      guessesWith(scene, () => {
        const nonce = nonceOf(scene);
        const first = new Account(scene, STRANGER, PBX, "201").request([]);
        ask(scene, STRANGER, PBX, first, 401, [challenge(nonce)]);
        scene.wait(0.1);
        claim(scene, "201", "OPTIONS", 200, nonce);
      }),
  },
  {
    name: "guesses_between_options_then_right",
    expect: "alert compromis|success <=1",
    kind: KIND,
    what: "90 guesses with OPTIONS between them as before, then the right password",
    make: (scene) => {
      guessesWith(scene, () => claim(scene, "201", "OPTIONS", 200));
      new Account(scene, STRANGER, PBX, "201").login();
      scene.wait(20);
    },
  },
  {
    name: "spray_between_options",
    expect: "alert spray|brute <=2",
    kind: KIND,
    what: "one password for 60 accounts, behind each an OPTIONS with made-up credentials of it that is answered 200",
    make: (scene) => {
      for (let i = 0; i < 60; i++) {
        const user = String(300 + i);
        new Account(scene, STRANGER, PBX, user).login({ password: "1234", status: 401 });
        scene.wait(0.5);
        claim(scene, user, "OPTIONS", 200);
        scene.wait(2);
      }
      scene.wait(20);
    },
  },
];
