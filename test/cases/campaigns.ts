import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, attempt } from "./digest.ts";
import { outside, phone, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "campaign";
const PBXS = 25;
/** Where a test call says that a way out was found. */
const TEST_NUMBER = "972592277524";
const WAYS = ["00", "011", "900", "9011", "+", "000"];
/** Sign-ins that somebody may have left as they came. */
const DEFAULTS = ["100", "101", "1000", "200", "1001", "2000", "admin", "test"];

/** PBXs of customers, each with its own network behind the sensor's mirror. */
function customer(n: number): Endpoint {
  return { ip: `10.30.${n}.10`, port: 5060, mac: `00:50:56:30:00:${(16 + n).toString(16)}` };
}

/** PBXs of one hosting provider, side by side. */
function hosted(n: number): Endpoint {
  return { ip: `203.0.113.${100 + n}`, port: 5060, mac: `00:50:56:31:00:${(16 + n).toString(16)}` };
}

/** Hosts of a campaign, each in a network of its own. */
function bot(n: number): Endpoint {
  return { ip: `198.51.${100 + n}.${20 + n}`, port: 5060, mac: ROUTER_MAC, ttl: 50 - n };
}

interface Campaign {
  readonly servers: (n: number) => Endpoint;
  readonly bots: number;
  /** What is dialled at the server of that number, and which try there it is. */
  readonly to: (server: number, nth: number) => string;
  readonly tries: number;
  readonly pause: number;
  /** Answers, by server. */
  readonly status: (server: number) => number;
  readonly from?: (server: number, nth: number) => string;
}

/** Customers at work: each PBX has a phone that registers, and a call from its carrier. */
function office(scene: Scene, server: Endpoint, n: number): void {
  new Account(scene, phone(n), server, "201").login();
  const carrier: Endpoint = { ip: "192.0.2.130", port: 5060, mac: ROUTER_MAC, ttl: 58 };
  const to = `4930${550_000 + n}`;
  wholeCall(new Call(scene, carrier, server, { from: "4917012345", to, ringSeconds: 0.5 }), 1);
}

function play(scene: Scene, campaign: Campaign): void {
  const { bots, pause, servers, status, to, tries } = campaign;
  for (let n = 1; n <= PBXS; n++) office(scene, servers(n), n);
  for (let nth = 0; nth < tries; nth++) {
    for (let n = 1; n <= PBXS; n++) {
      const source = bot((n + nth) % bots);
      const from = campaign.from?.(n, nth) ?? "1000";
      attempt(scene, source, servers(n), { from, to: to(n, nth), status: status(n) });
      scene.wait(pause);
    }
  }
  scene.wait(60);
}

const MIXED = [401, 403, 404, 480, 503, 603];
const mixed = (server: number) => MIXED[server % MIXED.length] ?? 404;
const way = (nth: number) => WAYS[nth % WAYS.length] ?? "00";
const WANTED = "alert toll|fraud|dial|probe <=2";

export const CAMPAIGNS: readonly Case[] = [
  {
    name: "campaign_one_host_25_customers",
    expect: WANTED,
    kind: KIND,
    what: "one host tries one number twice at each of 25 PBXs, one try in two minutes, six kinds of refusals",
    make: (scene) =>
      play(scene, {
        servers: customer,
        bots: 1,
        to: (_, nth) => way(nth) + TEST_NUMBER,
        tries: 2,
        pause: 120,
        status: mixed,
      }),
  },
  {
    name: "campaign_one_host_25_hosted",
    expect: WANTED,
    kind: KIND,
    what: "the same at 25 PBXs of one hosting provider, side by side in one network",
    make: (scene) =>
      play(scene, {
        servers: hosted,
        bots: 1,
        to: (_, nth) => way(nth) + TEST_NUMBER,
        tries: 2,
        pause: 120,
        status: mixed,
      }),
  },
  {
    name: "campaign_six_hosts_one_number",
    expect: WANTED,
    kind: KIND,
    what: "six hosts share it: one number, two tries at each of 25 PBXs, another caller each time",
    make: (scene) =>
      play(scene, {
        servers: customer,
        bots: 6,
        to: (_, nth) => way(nth) + TEST_NUMBER,
        tries: 2,
        pause: 120,
        status: mixed,
        from: (server, nth) => String(1000 + 7 * server + nth),
      }),
  },
  {
    name: "campaign_six_hosts_another_number_each",
    expect: WANTED,
    kind: KIND,
    what: "six hosts, another number of one range at each PBX, hosted side by side, all answer 404",
    make: (scene) =>
      play(scene, {
        servers: hosted,
        bots: 6,
        to: (server, nth) => `${way(nth)}97259227${7000 + 13 * server + nth}`,
        tries: 2,
        pause: 120,
        status: () => 404,
        from: (server, nth) => String(1000 + 7 * server + nth),
      }),
  },
  {
    name: "campaign_forty_hosts_once_each",
    expect: WANTED,
    kind: KIND,
    what: "forty hosts, one number, one try at each PBX, spread over eight hours, all challenged",
    make: (scene) =>
      play(scene, {
        servers: customer,
        bots: 40,
        to: (server) => way(server) + TEST_NUMBER,
        tries: 1,
        pause: 1150,
        status: () => 401,
        from: (server) => String(300 + 11 * server),
      }),
  },
  {
    name: "campaign_defaults_at_25_customers",
    expect: "alert brute|spray|guess|scan|enum <=2",
    kind: KIND,
    what: "three hosts try three usual sign-ins with their own name as password at each of 25 PBXs, one in a minute",
    make: (scene) => {
      for (let n = 1; n <= PBXS; n++) office(scene, customer(n), n);
      for (let nth = 0; nth < 3; nth++) {
        for (let n = 1; n <= PBXS; n++) {
          const user = DEFAULTS[(n + nth) % DEFAULTS.length] ?? "100";
          const guess = new Account(scene, bot(n % 3), customer(n), user);
          guess.login({ password: user, status: 403 });
          scene.wait(60);
        }
      }
    },
  },
  {
    name: "carrier_of_25_customers",
    expect: "max 3",
    kind: KIND,
    what: "a carrier's two nodes bring calls to 25 PBXs, of each two to numbers that are gone (404) or off (480), and ten that are taken",
    make: (scene) => {
      for (let n = 1; n <= PBXS; n++) office(scene, customer(n), n);
      for (let nth = 0; nth < 6; nth++) {
        for (let n = 1; n <= PBXS; n++) {
          const node = outside(80 + (nth % 2));
          const to = `4930${55_000 + n}${10 + nth}`;
          if (nth % 3 === 2) {
            attempt(scene, node, customer(n), {
              from: "4417",
              to,
              status: n % 2 === 0 ? 404 : 480,
            });
          } else {
            wholeCall(
              new Call(scene, node, customer(n), { from: "4417", to, ringSeconds: 0.5 }),
              1,
            );
          }
          scene.wait(60);
        }
      }
    },
  },
  {
    name: "roaming_users_of_25_customers",
    expect: "max 3",
    kind: KIND,
    what: "an address behind which users of 25 PBXs sit: each once types a wrong password, then the right one, one of them in five minutes",
    make: (scene) => {
      for (let n = 1; n <= PBXS; n++) {
        const account = new Account(scene, outside(70), customer(n), "201");
        account.login({ password: "old", status: 403 });
        scene.wait(20);
        account.login();
        scene.wait(300);
      }
    },
  },
];
