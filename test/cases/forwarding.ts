import { dial } from "../support/dialled-call.ts";
import { ask, requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account } from "./digest.ts";
import { CARRIER, outside, PBX, phone } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "forwarding";
const PLAN = ["numbers.country=DE"];
const THIEF: Endpoint = { ...outside(77), port: 5066 };
const HIGH_COST = ["0088216123456789", "0025261234567", "005352123456", "00972595123456"] as const;

function atHome(scene: Scene): void {
  for (let i = 1; i < 5; i++) new Account(scene, phone(i), PBX, String(200 + i)).login();
  scene.wait(700);
}

/** The PBX rings a phone, which answers 302 (RFC 3261 21.3.3). */
function redirected(scene: Scene, at: Endpoint, user: string, target: string): void {
  const invite = requestOf(scene, PBX, at, "INVITE", "0301234567", { to: user });
  scene.send(PBX, at, invite.text);
  const headers = [`Contact: <sip:${target}@${PBX.ip}>`];
  scene.send(at, PBX, sipResponse(invite, 302, { toTag: scene.hex(8), headers }), 0.02);
  scene.wait(20);
}

/** A blind transfer inside a call (RFC 5589 6). */
function transferred(scene: Scene, at: Endpoint, user: string, target: string): void {
  const call = new Call(scene, at, PBX, { from: user, to: "202" });
  call.ring().pickUp();
  scene.wait(3);
  const headers = [`Refer-To: <sip:${target}@${PBX.ip}>`];
  ask(scene, at, PBX, call.request(0, "REFER", { headers }), 202);
  scene.wait(1);
  ask(scene, at, PBX, call.request(0, "BYE"), 200);
  scene.wait(30);
}

function diverted(scene: Scene, user: string, target: string): void {
  const headers = [`Diversion: <sip:${user}@${PBX.ip}>;reason=unconditional;counter=1`];
  dial(scene, PBX, "0301234567", target, { server: CARRIER, hasCredentials: false, headers });
  scene.wait(60);
}

function guessed(scene: Scene, user: string): void {
  for (let i = 0; i < 12; i++) {
    new Account(scene, THIEF, PBX, user).login({ password: `guess${i}`, status: 401 });
    scene.wait(5);
  }
  new Account(scene, THIEF, PBX, user).login();
  scene.wait(5);
}

function scene(
  name: string,
  expect: string,
  what: string,
  play: (scene: Scene) => void,
  config: readonly string[] = [],
): Case {
  return { name, expect, kind: KIND, what, config, make: play };
}

/** Calls that are sent on, lures to call back, and what an intruder does beside calls. */
export const FORWARDING: readonly Case[] = [
  scene(
    "redirects_to_a_satellite",
    "alert sent on <=3",
    "a phone answers 302 with the number of a satellite phone",
    (scene) => {
      atHome(scene);
      for (let i = 0; i < 3; i++) redirected(scene, phone(1), "201", HIGH_COST[0]);
    },
  ),
  scene(
    "forwards_to_four_countries",
    "alert several high-cost destinations <=2",
    "a PBX forwards calls for one extension to four high-cost numbers in turn (Diversion)",
    (scene) => {
      atHome(scene);
      for (let i = 0; i < 8; i++) diverted(scene, "201", HIGH_COST[i % 4] ?? HIGH_COST[0]);
    },
  ),
  scene(
    "transfer_after_a_guess",
    "alert guessed login <=2",
    "an account is guessed, then transfers a call to a number in Somalia (REFER)",
    (scene) => {
      atHome(scene);
      guessed(scene, "201");
      transferred(scene, THIEF, "201", HIGH_COST[1]);
    },
  ),
  scene(
    "bound_elsewhere_after_a_guess",
    "alert after a guessed login the account is bound <=2",
    "an account is guessed, then bound to a third address",
    (scene) => {
      atHome(scene);
      guessed(scene, "201");
      new Account(scene, THIEF, PBX, "201").login({ contact: "198.18.7.7:5060" });
    },
  ),
  scene(
    "transfers_of_every_day",
    "quiet",
    "phones transfer calls to extensions, to numbers at home and to Britain, and redirect to voice mail and to a mobile phone",
    (scene) => {
      atHome(scene);
      for (const target of ["202", "0301234567", "00442079460100", "08005551234"]) {
        transferred(scene, phone(1), "201", target);
        redirected(scene, phone(2), "202", target);
        diverted(scene, "203", target);
      }
    },
    PLAN,
  ),
  scene(
    "forwards_to_the_own_phone_abroad",
    "quiet",
    "a user who is in Cuba forwards twelve calls to a phone there",
    (scene) => {
      atHome(scene);
      for (let i = 0; i < 6; i++) {
        redirected(scene, phone(1), "201", HIGH_COST[2]);
        diverted(scene, "201", HIGH_COST[2]);
      }
    },
  ),
  scene(
    "owner_back_after_a_forgotten_password",
    "max 3",
    "an owner types five wrong passwords on a new phone, gets in, registers on and transfers a call",
    (scene) => {
      const owner = outside(30);
      for (let i = 0; i < 5; i++) {
        new Account(scene, owner, PBX, "201").login({ password: `typo${i}`, status: 401 });
        scene.wait(20);
      }
      const account = new Account(scene, owner, PBX, "201");
      account.login({ contact: "192.168.1.20:5060" });
      scene.wait(200);
      account.login({ contact: "192.168.1.20:5060" });
      transferred(scene, owner, "201", "202");
    },
  ),
  scene(
    "rung_for_a_moment_and_called_back",
    "alert called back <=3",
    "a number in Somalia rings six phones for a second through the carrier, and two people call it back",
    (scene) => {
      atHome(scene);
      for (let i = 0; i < 6; i++) {
        const call = new Call(scene, CARRIER, PBX, {
          from: "+252612345600",
          to: `03012345${10 + i}`,
          ringSeconds: 1,
        });
        call.ring();
        const [caller, callee] = call.parties;
        scene.send(callee.at, caller.at, call.answer(487));
        scene.wait(10);
      }
      for (const n of [1, 2]) {
        dial(scene, phone(n), String(200 + n), "00252612345600", { server: PBX });
        scene.wait(100);
      }
    },
  ),
  scene(
    "missed_calls_from_abroad",
    "quiet",
    "a family in Somalia gives up two calls after a second, is called back; a British number gives up six and is not called",
    (scene) => {
      atHome(scene);
      for (let i = 0; i < 8; i++) {
        const from = i < 2 ? "+252612345600" : "+442079460100";
        const to = i < 2 ? "0301234501" : `03012345${10 + i}`;
        const call = new Call(scene, CARRIER, PBX, { from, to, ringSeconds: 1 });
        call.ring();
        const [caller, callee] = call.parties;
        scene.send(callee.at, caller.at, call.answer(487));
        scene.wait(30);
      }
      dial(scene, phone(1), "201", "00252612345600", { server: PBX });
      scene.wait(100);
    },
  ),
  scene(
    "nine_countries_within_an_hour",
    "alert eight countries <=3",
    "an account that called nobody before calls nine countries, one after the other",
    (scene) => {
      atHome(scene);
      for (const code of ["44", "33", "34", "39", "351", "30", "48", "420", "36"]) {
        dial(scene, THIEF, "201", `00${code}2079460100`, { server: PBX });
        scene.wait(100);
      }
    },
    PLAN,
  ),
  scene(
    "three_at_once_at_night",
    "alert out of office hours <=3",
    "at 22 o'clock three calls of one account to Britain at once",
    (scene) => {
      atHome(scene);
      scene.wait(14 * 3_600 - 700);
      for (let i = 0; i < 3; i++) {
        dial(scene, THIEF, "201", `0044207946010${i}`, { server: PBX, seconds: 200 });
      }
      scene.wait(300);
    },
    PLAN,
  ),
];
