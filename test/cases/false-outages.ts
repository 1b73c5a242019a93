import type { Endpoint } from "../support/wire.ts";
import { Account, attempt } from "./digest.ts";
import { outside, PBX, phone, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "false-outages";
/** A customer's PBX, of which the sensor has not seen anything. */
const GATEWAY: Endpoint = { ip: "203.0.113.77", port: 5060, mac: ROUTER_MAC, ttl: 57 };

function home(n: number): Endpoint {
  return { ip: `100.72.${n >> 6}.${10 + (n & 63)}`, port: 5060, mac: ROUTER_MAC, ttl: 58 };
}

/** A try each few seconds while an office registers as ever. */
function besides(scene: Scene, count: number, pause: number, tried: (n: number) => void): void {
  const desks = [1, 2, 3, 4, 5].map((n) => new Account(scene, phone(n), PBX, String(210 + n)));
  for (let i = 0; i < count; i++) {
    if (i % 10 === 0) for (const desk of desks) desk.login();
    tried(i);
    scene.wait(pause);
  }
  scene.wait(400);
}

/** Telephones log in by turns, so many rounds; `status` of each. */
function rounds(
  scene: Scene,
  accounts: readonly Account[],
  count: number,
  pause: number,
  status: (round: number, n: number) => number,
): void {
  for (let round = 0; round < count; round++) {
    for (const [n, account] of accounts.entries()) {
      account.login({ status: status(round, n) });
      scene.wait(pause);
    }
  }
}

function homes(scene: Scene, count: number, userOf = (n: number) => String(300 + n)): Account[] {
  return Array.from({ length: count }, (_, n) => new Account(scene, home(n), PBX, userOf(n)));
}

/** Calls to extensions, each refused 503. */
function refusedCalls(scene: Scene, from: Endpoint, to: (n: number) => string): void {
  for (let i = 0; i < 60; i++) {
    attempt(scene, from, PBX, { from: "400", to: to(i), status: 503 });
    scene.wait(2);
  }
  scene.wait(60);
}

/**
 * 20 hosts call an extension each two seconds, refused, while calls of the desks are answered, or fail as well from then on. Each desk
 * registers, and calls with credentials.
 */
function sharedWalk(
  scene: Scene,
  status: number,
  options: { readonly from?: (n: number) => string; readonly fails?: boolean } = {},
): void {
  const { from = (n) => String(300 + n), fails = false } = options;
  const desks = [1, 2, 3, 4, 5].map((n) => new Account(scene, phone(n), PBX, String(210 + n)));
  for (const desk of desks) desk.login();
  for (let n = 0; n < 300; n++) {
    const to = String(300 + n);
    attempt(scene, outside(60 + (n % 20)), PBX, { from: from(n), to, status });
    if (n % 10 === 0) {
      const desk = 1 + ((n / 10) % 5);
      const call = { from: String(210 + desk), to: "211", password: `secret-of-${210 + desk}` };
      const isFailed = fails && n > 20;
      attempt(scene, phone(desk), PBX, { ...call, status: isFailed ? status : 200 });
    }
    scene.wait(2);
  }
  scene.wait(60);
}

/** Attacks on servers that answer 5xx to them, and outages that look alike. */
export const FALSE_OUTAGES: readonly Case[] = [
  {
    name: "guesses_of_40_hosts_503",
    expect: "alert brute|guess|credential <=2",
    kind: KIND,
    what: "40 hosts guess at one account by turns, one in 4 s, 503 to each, while an office registers",
    make: (scene) =>
      besides(scene, 200, 4, (n) => {
        const guess = new Account(scene, outside(60 + (n % 40)), PBX, "201");
        guess.login({ password: `guess${n}`, status: 503 });
      }),
  },
  {
    name: "guesses_of_40_hosts_503_alone",
    expect: "alert brute|guess|credential <=2",
    kind: KIND,
    what: "the same where nothing else is on the wire",
    make: (scene) => {
      for (let n = 0; n < 200; n++) {
        const guess = new Account(scene, outside(60 + (n % 40)), PBX, "201");
        guess.login({ password: `guess${n}`, status: 503 });
        scene.wait(4);
      }
    },
  },
  {
    name: "spray_of_40_hosts_503",
    expect: "alert spray <=2",
    kind: KIND,
    what: "40 hosts try one password at 80 users, 503 to each, while an office registers",
    make: (scene) =>
      besides(scene, 80, 5, (n) => {
        const guess = new Account(scene, outside(60 + (n % 40)), PBX, String(300 + n));
        guess.login({ password: "1234", status: 503 });
      }),
  },
  {
    name: "database_of_the_registrar_is_down",
    expect: "max 3",
    kind: KIND,
    what: "100 homes are challenged and then answered 503 for two minutes, in four rounds, then taken",
    make: (scene) => rounds(scene, homes(scene, 100), 6, 0.3, (n) => (n < 4 ? 503 : 200)),
  },
  {
    name: "shared_account_while_the_database_is_down",
    expect: "max 3",
    kind: KIND,
    what: "ten telephones with one account and ten others are answered 503 for two and a half minutes, then taken",
    make: (scene) => {
      const accounts = homes(scene, 20, (n) => (n < 10 ? "300" : String(300 + n)));
      rounds(scene, accounts, 8, 1.5, (n) => (n < 5 ? 503 : 200));
    },
  },
  {
    name: "registrar_takes_two_of_three",
    expect: "max 3",
    kind: KIND,
    what: "an overloaded registrar answers 503 to a third of the logins of 60 homes, another third each round",
    make: (scene) => {
      const status = (round: number, n: number) => ((n * 7 + round * 3) % 3 === 0 ? 503 : 200);
      rounds(scene, homes(scene, 60), 8, 0.5, status);
    },
  },
  {
    name: "walk_by_calls_503",
    expect: "alert ENUM many extensions <=3",
    kind: KIND,
    what: "a stranger calls 60 extensions, each answered 503",
    make: (scene) => refusedCalls(scene, STRANGER, (n) => String(300 + n)),
  },
  {
    name: "walk_by_calls_of_20_hosts_500",
    expect: "alert ENUM distributed walk <=2",
    kind: KIND,
    what: "20 strangers call fifteen extensions each, 500 to each, while calls of the desks are answered",
    make: (scene) => sharedWalk(scene, 500),
  },
  {
    name: "walk_by_calls_of_20_hosts_503",
    expect: "alert ENUM many extensions <=3",
    kind: KIND,
    what: "the same with 503, which gateways say of a far end that is away",
    make: (scene) => sharedWalk(scene, 503),
  },
  {
    name: "dial_plan_broken_for_all_500",
    expect: "max 3",
    kind: KIND,
    what: "20 sites that the sensor has not seen before call fifteen extensions each, 500, and so do the desks with credentials after the first three calls",
    make: (scene) => sharedWalk(scene, 500, { fails: true, from: () => "400" }),
  },
  {
    name: "carrier_of_20_nodes_to_a_broken_route_500",
    expect: "max 3",
    kind: KIND,
    what: "20 nodes of a carrier bring callers to extensions dialled straight through (last digits alone), 500 to each, while calls of the desks are answered",
    make: (scene) => sharedWalk(scene, 500, { from: (n) => `+4930${100_000 + 7 * n}` }),
  },
  {
    name: "far_site_is_down_503",
    expect: "max 3",
    kind: KIND,
    what: "20 sites call extensions of a site whose line is down, 503 to each, while calls of the desks are answered",
    make: (scene) => sharedWalk(scene, 503, { from: () => "400" }),
  },
  {
    name: "tie_line_whose_far_end_is_down",
    expect: "quiet",
    kind: KIND,
    what: "a PBX calls 20 extensions of another one again and again, which is down (503)",
    make: (scene) => refusedCalls(scene, GATEWAY, (n) => String(7000 + (n % 20))),
  },
  {
    name: "trunk_whose_upstream_is_down_at_the_start",
    expect: "max 3",
    kind: KIND,
    what: "the sensor is started while a trunk has 18 calls a second, each answered 503",
    make: (scene) => {
      for (let i = 0; i < 360; i++) {
        const to = `4917${1_000_000 + 7919 * i}`;
        attempt(scene, GATEWAY, PBX, { from: `4930${1000 + (i % 97)}`, to, status: 503 });
        scene.now -= 0.1 - 1 / 18;
      }
      scene.wait(30);
    },
  },
  {
    name: "gateway_of_20_accounts_refused_at_the_start",
    expect: "max 3",
    kind: KIND,
    what: "the sensor is started while a gateway's 20 accounts are refused (403), from one address and port, each again after a minute on its Call-ID",
    make: (scene) => {
      const accounts = Array.from(
        { length: 20 },
        (_, n) => new Account(scene, GATEWAY, PBX, `4930${5000 + n}`),
      );
      for (let round = 0; round < 8; round++) {
        for (const account of accounts) account.login({ password: "old", status: 403 });
        scene.wait(60);
      }
    },
  },
];
