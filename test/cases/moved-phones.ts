import type { Endpoint } from "../support/wire.ts";
import { Account } from "./digest.ts";
import { PBX, phone, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "sprays";

/** A line of a provider that gives another address at each connection. */
function line(n: number): Endpoint {
  return { ip: `87.122.${n >> 6}.${10 + (n & 63)}`, port: 5060, mac: ROUTER_MAC, ttl: 55 };
}

interface TriesOptions {
  readonly users: number;
  readonly rounds: number;
  readonly periodS: number;
  readonly at: (n: number, round: number) => Endpoint;
  readonly isAnew?: boolean;
}

/** A wrong password for each user in each round. */
function tries(scene: Scene, { users, rounds, periodS, at, isAnew = false }: TriesOptions): void {
  const accounts = Array.from(
    { length: users },
    (_, n) => new Account(scene, at(n, 0), PBX, String(3000 + n)),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [n, account] of accounts.entries()) {
      account.at = at(n, round);
      if (isAnew) account.callId = scene.unique("r");
      account.login({ password: `old${isAnew ? round : ""}`, status: 403 });
      scene.wait(periodS / users - 0.015);
    }
  }
  scene.wait(700);
  // A capture ends with its last packet.
  new Account(scene, phone(98), PBX, "298").login();
}

export const MOVED_PHONES: readonly Case[] = [
  {
    name: "homes_with_another_address_at_each_try",
    expect: "max 3",
    kind: KIND,
    what: "30 homes with wrong passwords, each again after two minutes on its Call-ID, from another address each time",
    make: (scene) =>
      tries(scene, { users: 30, rounds: 6, periodS: 120, at: (n, k) => line(20 * n + k) }),
  },
  {
    name: "spray_from_another_host_at_each_try",
    expect: "alert spray <=2",
    kind: KIND,
    what: "the same of hosts that make a Call-ID for each try",
    make: (scene) =>
      tries(scene, {
        users: 30,
        rounds: 2,
        periodS: 120,
        isAnew: true,
        at: (n, k) => line(20 * n + k),
      }),
  },
  {
    name: "guesses_of_24_hosts_on_one_call_id",
    expect: "alert brute|guess <=2",
    kind: KIND,
    what: "24 hosts share guesses at one account, one in 8 s, all on one Call-ID",
    make: (scene) => tries(scene, { users: 1, rounds: 24, periodS: 8, at: (_, k) => line(k) }),
  },
  {
    name: "guesses_of_40_hosts_on_one_call_id_at_a_phones_pace",
    expect: "alert brute|guess <=2",
    kind: KIND,
    what: "40 hosts share guesses at one account, one in 40 s, all on one Call-ID: no line has so many addresses",
    make: (scene) => tries(scene, { users: 1, rounds: 40, periodS: 40, at: (_, k) => line(k) }),
  },
  {
    name: "gateway_of_20_accounts_refused_once_and_the_capture_ends",
    expect: "max 3",
    kind: KIND,
    what: "a gateway of the own network registers its 20 accounts from one port with an old password (403), and the capture ends",
    make: (scene) => {
      for (let n = 0; n < 20; n++) {
        new Account(scene, phone(99), PBX, String(3000 + n)).login({
          password: "old",
          status: 403,
        });
        scene.wait(0.5);
      }
    },
  },
  {
    name: "spray_from_one_port_of_the_own_network",
    expect: "alert spray <=2",
    kind: KIND,
    what: "a host of the own network tries one password for 30 users from one port, and does not come back",
    make: (scene) => tries(scene, { users: 30, rounds: 1, periodS: 60, at: () => phone(99) }),
  },
];
