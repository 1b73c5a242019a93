import { ask, requestOf } from "../support/sip-actors.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, accountsOfPhones, authorization, nonceOf } from "./digest.ts";
import { forgedBy, outside, PBX, phone } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "taught-ways";
const VICTIM = phone(7);
/** The attacker's own address, from the same hardware as what it forges. */
const ATTACKER: Endpoint = { ...forgedBy(phone(90), 61), port: 5060 };
const FORGED = forgedBy(VICTIM, 61);

/** Phones that refresh for four minutes, so that the way of their packets is known. */
function office(scene: Scene, at: Endpoint = VICTIM): Account {
  const accounts = accountsOfPhones(scene, 3, 201);
  const own = new Account(scene, at, PBX, "207");
  for (let i = 0; i < 4; i++) {
    for (const account of [...accounts, own]) account.login();
    scene.wait(60);
  }
  return own;
}

/** A request and its answers: the forged one a millisecond ahead of the phone's own. */
function answered(scene: Scene, from: Endpoint, method: string, isAlive = true): void {
  const request = requestOf(scene, from, VICTIM, method, "ping", { to: "207" });
  scene.send(from, VICTIM, request.text);
  const to = { ...PBX, ip: from.ip, port: from.port };
  scene.send(FORGED, to, sipResponse(request, 200, { toTag: "f" }), 0.001);
  if (isAlive) scene.send(VICTIM, to, sipResponse(request, 404, { toTag: scene.hex(8) }), 0.01);
  scene.wait(5);
}

/** 40 users asked for in the phone's name. */
function walk(scene: Scene, by: Endpoint, home: Endpoint = VICTIM): void {
  for (let i = 0; i < 40; i++) {
    const request = requestOf(scene, by, PBX, "REGISTER", String(400 + i));
    scene.send(by, PBX, request.text);
    scene.send(PBX, home, sipResponse(request, 404, { toTag: scene.hex(8) }), 0.002);
    scene.wait(0.3);
  }
  scene.wait(20);
}

function taught(name: string, what: string, teach: (scene: Scene) => void): Case {
  return {
    name,
    expect: "alert enum.*in a forged name <=2",
    kind: KIND,
    what: `${what}; then 40 users asked for by that way in the phone's name`,
    make: (scene) => {
      office(scene);
      teach(scene);
      walk(scene, FORGED);
    },
  };
}

export const TAUGHT_WAYS: readonly Case[] = [
  taught(
    "taught_by_answers_to_itself",
    "somebody pings a phone six times and answers in its name ahead of it",
    (scene) => {
      for (let i = 0; i < 6; i++) answered(scene, ATTACKER, "OPTIONS");
    },
  ),
  taught(
    "taught_by_answers_to_forged_pings",
    "pings in the PBX's name, six times, and answers to them in the phone's name ahead of it",
    (scene) => {
      for (let i = 0; i < 6; i++) answered(scene, forgedBy(PBX, 61), "OPTIONS");
    },
  ),
  taught(
    "taught_by_answers_ahead_of_the_phone",
    "six pings of the PBX itself are answered in the phone's name ahead of it",
    (scene) => {
      for (let i = 0; i < 6; i++) answered(scene, PBX, "OPTIONS");
    },
  ),
  taught(
    "taught_by_a_made_up_to_tag",
    "six OPTIONS in the phone's name with a To tag that nobody gave, which the PBX answers 200",
    (scene) => {
      for (let i = 0; i < 6; i++) {
        const toTag = scene.hex(8);
        const request = requestOf(scene, FORGED, PBX, "OPTIONS", "207", { to: "100", toTag });
        scene.send(FORGED, PBX, request.text);
        scene.send(PBX, VICTIM, sipResponse(request, 200), 0.002);
        scene.wait(5);
      }
    },
  ),
  taught(
    "taught_by_sniffed_nonces",
    "six REGISTERs in the phone's name with nonces that it was sent, which the PBX refuses and the attacker accepts in its name first",
    (scene) => {
      const own = new Account(scene, VICTIM, PBX, "207");
      for (let i = 0; i < 6; i++) {
        const nonce = nonceOf(scene);
        ask(scene, VICTIM, PBX, own.request([]), 401, [challenge(nonce)]);
        scene.wait(0.01);
        const fields = { user: "207", password: "?", nonce, method: "REGISTER", uri: "sip:pbx" };
        const request = own.request([authorization(fields)]);
        scene.send(FORGED, PBX, request.text);
        scene.send(forgedBy(PBX, 61), VICTIM, sipResponse(request, 200, { toTag: "f" }), 0.001);
        scene.send(PBX, VICTIM, sipResponse(request, 403, { toTag: scene.hex(8) }), 0.01);
        scene.wait(5);
      }
    },
  ),
  {
    name: "phone_taken_over_behind_a_new_router",
    expect: "alert enum.*in its own name <=2",
    kind: KIND,
    what: "the router of a phone fails and another one takes over; four refreshes later the phone itself asks for 40 users",
    make: (scene) => {
      const at = outside(32);
      office(scene, at);
      const moved = { ...at, mac: "00:1b:17:20:00:02", ttl: 49 };
      const own = new Account(scene, moved, PBX, "207");
      for (let i = 0; i < 4; i++) {
        own.login();
        scene.wait(60);
      }
      walk(scene, moved, moved);
    },
  },
  {
    name: "server_moves_to_its_standby",
    expect: "quiet",
    kind: KIND,
    what: "the PBX fails over to its standby, which has its address and another MAC: phones refresh, call and hang up as before, either side",
    make: (scene) => {
      office(scene);
      const standby = { ...PBX, mac: "00:50:56:20:00:11" };
      const accounts = [1, 2, 3].map((n) => new Account(scene, phone(n), standby, `20${n}`));
      for (let i = 0; i < 4; i++) {
        for (const account of accounts) account.login();
        for (const side of [0, 1] as const) {
          wholeCall(new Call(scene, phone(1), standby, { from: "201", to: "202" }), 2, side);
        }
        scene.wait(60);
      }
    },
  },
];
