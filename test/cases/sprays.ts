import type { Endpoint } from "../support/wire.ts";
import { Account } from "./digest.ts";
import { outside, PBX, phone, ROUTER_MAC, STRANGER } from "./lab.ts";
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

/** A wrong password for each of so many users, again each minute on a new Call-ID. */
function triesAnew(scene: Scene, count: number, at: (n: number) => Endpoint): void {
  for (let round = 0; round < 4; round++) {
    for (let n = 0; n < count; n++) {
      new Account(scene, at(n), PBX, String(300 + n)).login({ password: "old", status: 401 });
      scene.wait(60 / count - 0.015);
    }
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
    name: "homes_that_wait_for_five_minutes_and_more",
    expect: "max 3",
    kind: KIND,
    what: "60 homes of a roll-out with wrong passwords, each again after 310 s, then 610 s, 403",
    make: (scene) => {
      const accounts = Array.from(
        { length: 60 },
        (_, n) => new Account(scene, home(n), PBX, String(300 + n)),
      );
      for (const after of [310, 610, 610]) {
        const nextS = scene.now + after;
        for (const account of accounts) {
          account.login({ password: "old", status: 403 });
          scene.wait(1);
        }
        scene.now = nextS;
      }
    },
  },
  {
    name: "phones_of_a_segment_with_a_call_id_for_each_try",
    expect: "max 3",
    kind: KIND,
    what: "60 phones of the own network with wrong passwords, each again after 60 s on another Call-ID, 401",
    make: (scene) => triesAnew(scene, 60, (n) => phone(1 + n)),
  },
  {
    name: "spray_twice_from_one_host_of_the_own_network",
    expect: "alert spray <=2",
    kind: KIND,
    what: "a host of the own network tries two passwords for 40 users a minute apart, a port each, a Call-ID for each try",
    make: (scene) => triesAnew(scene, 40, (n) => ({ ...phone(200), port: 30_000 + n })),
  },
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
