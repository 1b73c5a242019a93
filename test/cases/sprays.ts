import type { Endpoint } from "../support/wire.ts";
import { Account } from "./digest.ts";
import { outside, PBX, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "sprays";

/** A phone of an office behind NAT that the sensor has not seen log in. */
function desk(n: number): Endpoint {
  return { ip: "203.0.113.50", port: 20_000 + n, mac: ROUTER_MAC, ttl: 57 };
}

function home(n: number): Endpoint {
  return { ip: `100.71.${n >> 6}.${10 + (n & 63)}`, port: 5060, mac: ROUTER_MAC, ttl: 58 };
}

/** Telephones with wrong passwords: each on one Call-ID, again and again. */
function misconfigured(
  scene: Scene,
  count: number,
  {
    at,
    rounds,
    period,
    status,
  }: { at: (n: number) => Endpoint; rounds: number; period: number; status: number },
): void {
  const accounts = Array.from(
    { length: count },
    (_, n) => new Account(scene, at(n), PBX, String(300 + n)),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [n, account] of accounts.entries()) {
      account.login({ password: "old", status, contact: `192.168.1.${20 + n}:5060` });
      scene.wait(period / count - 0.015);
    }
  }
}

/** One try at each of 40 users that are there or not, from wherever `at` says. */
function spray(scene: Scene, at: (n: number) => Endpoint, pause: number): void {
  for (let n = 0; n < 40; n++) {
    new Account(scene, at(n), PBX, String(300 + n)).login({ password: "1234", status: 403 });
    scene.wait(pause);
  }
  scene.wait(400);
}

export const SPRAYS: readonly Case[] = [
  ...[
    { status: 403, period: 60 },
    { status: 401, period: 30 },
    { status: 403, period: 120 },
  ].flatMap(({ status, period }): Case[] => [
    {
      name: `office_of_misconfigured_phones_${status}_${period}_s`,
      expect: "max 3",
      kind: KIND,
      what: `15 phones behind one NAT that never logged in, wrong passwords, each again after ${period} s, ${status}`,
      make: (scene) =>
        misconfigured(scene, 15, { at: desk, rounds: Math.round(1800 / period), period, status }),
    },
    {
      name: `homes_after_a_change_of_passwords_${status}_${period}_s`,
      expect: "max 3",
      kind: KIND,
      what: `30 homes that never logged in before, wrong passwords, each again after ${period} s, ${status}`,
      make: (scene) =>
        misconfigured(scene, 30, { at: home, rounds: Math.round(1800 / period), period, status }),
    },
  ]),
  {
    name: "spray_from_one_port",
    expect: "alert spray <=2",
    kind: KIND,
    what: "40 users, one try each, one in 5 s, from one address and port",
    make: (scene) => spray(scene, () => STRANGER, 5),
  },
  {
    name: "spray_from_a_port_each",
    expect: "alert spray <=2",
    kind: KIND,
    what: "the same from a port of its own each, as a phone behind a NAT has it",
    make: (scene) => spray(scene, (n) => ({ ...STRANGER, port: 30_000 + 7 * n }), 5),
  },
  {
    name: "spray_from_a_host_each",
    expect: "alert spray <=2",
    kind: KIND,
    what: "the same from a host of its own each",
    make: (scene) => spray(scene, (n) => outside(60 + n), 20),
  },
  {
    name: "spray_twice_on_new_call_ids",
    expect: "alert spray <=2",
    kind: KIND,
    what: "two passwords for 30 users a minute apart, a port each, a Call-ID for each try",
    make: (scene) => {
      for (const password of ["1234", "0000"]) {
        for (let n = 0; n < 30; n++) {
          const at = { ...STRANGER, port: 30_000 + n };
          new Account(scene, at, PBX, String(300 + n)).login({ password, status: 403 });
          scene.wait(2);
        }
      }
      scene.wait(400);
    },
  },
];
