import { sipResponse } from "../support/sip-builder.ts";
import { Account, authorization, nonceOf } from "./digest.ts";
import { natted, PBX, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "cut-ends";

/** So many guesses at one account each; the answer to the last one is the last packet of the capture. */
function guesses(scene: Scene, users: readonly string[], each: number): void {
  for (let i = 0; i < each; i++) {
    for (const user of users) {
      scene.wait(2);
      new Account(scene, STRANGER, PBX, user).login({ password: `g${i}`, status: 403 });
    }
  }
}

/** Phones behind one address that refresh with an old nonce; the capture ends before they have answered the new one. */
function refreshes(scene: Scene, count: number): void {
  const accounts = Array.from(
    { length: count },
    (_, n) => new Account(scene, natted(n), PBX, String(300 + n)),
  );
  for (const account of accounts) {
    account.login();
    scene.wait(2);
  }
  scene.wait(240);
  for (const account of accounts) {
    const { at, user } = account;
    const fields = { user, password: `secret-of-${user}`, nonce: nonceOf(scene) };
    const request = account.request([
      authorization({ ...fields, method: "REGISTER", uri: `sip:${PBX.ip}` }),
    ]);
    scene.send(at, PBX, request.text);
    scene.send(PBX, at, sipResponse(request, 401, { toTag: scene.hex(8) }), 0.004);
    scene.wait(0.02);
  }
}

export const CUT_ENDS: readonly Case[] = [
  {
    name: "eight_guesses_and_no_more",
    expect: "alert brute|guess|credential <=2",
    kind: KIND,
    what: "eight guesses at one account; the capture ends with the answer to the last one",
    make: (scene) => guesses(scene, ["201"], 8),
  },
  {
    name: "spray_of_eight_and_no_more",
    expect: "alert spray|brute <=2",
    kind: KIND,
    what: "one password for eight accounts; the capture ends with the answer to the last one",
    make: (scene) => guesses(scene, ["201", "202", "203", "204", "205", "206", "207", "208"], 1),
  },
  {
    name: "refreshes_cut_off",
    expect: "max 3",
    kind: KIND,
    what: "twelve phones behind one address refresh with an old nonce within 0.3 s, and the capture ends at their refusals",
    make: (scene) => refreshes(scene, 12),
  },
];
