import { requestOf } from "../support/sip-actors.ts";
import { challenge, sipResponse } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { accountsOfPhones, nonceOf } from "./digest.ts";
import { natted, PBX, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "unknown-phones";

interface Site {
  readonly phones: number;
  readonly rounds: number;
  readonly period: number;
  /** 0: the server drops it. */
  readonly status?: number;
  readonly at?: (n: number) => Endpoint;
  readonly user?: (n: number) => string;
  /** In the order of their numbers. */
  readonly isInOrder?: boolean;
  /** A Call-ID and port for each request. */
  readonly isAnew?: boolean;
  /** How long the capture goes on behind them, in seconds. */
  readonly tail?: number;
}

/** REGISTERs without credentials for users whom the server does not know, of a port each, while an office goes on. */
function play(scene: Scene, site: Site): void {
  const { phones, rounds, period, status = 404, at = natted, isAnew = false, tail = 400 } = site;
  const { user = (n: number): string => String(4000 + n), isInOrder = false } = site;
  const office = accountsOfPhones(scene, 3, 211);
  const callIds = Array.from({ length: phones }, () => scene.unique("c"));
  // 37 is prime to the numbers of telephones used here.
  const order = callIds.map((_, i) => (isInOrder ? i : (i * 37) % phones));
  for (let round = 0; round < rounds; round++) {
    if (round % 4 === 0) for (const account of office) account.login();
    for (const n of order) {
      const from = at(isAnew ? round * phones + n : n);
      const callId = isAnew ? scene.unique("a") : (callIds[n] as string);
      const asked = requestOf(scene, from, PBX, "REGISTER", user(n), { callId, cseq: round + 1 });
      scene.send(from, PBX, asked.text);
      if (status > 0) {
        const headers = status === 401 ? [challenge(nonceOf(scene))] : [];
        scene.send(PBX, from, sipResponse(asked, status, { toTag: scene.hex(8), headers }), 0.004);
      }
      scene.wait(period / phones);
    }
  }
  scene.wait(tail);
  for (const account of office) account.login();
}

function home(n: number): Endpoint {
  return { ip: `81.2.${n % 250}.${7 + (n % 31)}`, port: 5060, mac: ROUTER_MAC, ttl: 54 };
}

function name(n: number): string {
  return `${["anna", "bob", "carla", "dirk", "eva", "fritz", "gina"][n % 7]}.${"abcdefghijklm"[n % 13]}`;
}

function scene(title: string, what: string, expect: string, site: Site): Case {
  return { name: title, expect, kind: KIND, what, make: (s) => play(s, site) };
}

export const UNKNOWN_PHONES: readonly Case[] = [
  ...[403, 404, 401, 0].map((status) =>
    scene(
      `unknown_phones_behind_nat_${status}`,
      `80 phones of a new branch behind one NAT, whose accounts are not made yet: ${status || "no answer"} each 60 s`,
      "max 3",
      { phones: 80, rounds: 15, period: 60, status },
    ),
  ),
  scene("unknown_phones_behind_nat_cut_off", "80 of them, two minutes of it", "max 3", {
    phones: 80,
    rounds: 2,
    period: 60,
    tail: 5,
  }),
  scene(
    "unknown_phones_at_home",
    "70 phones at home, whose accounts were removed at the server: 404 each five minutes",
    "max 3",
    { phones: 70, rounds: 24, period: 300, at: home },
  ),
  scene(
    "enumeration_from_a_port_each_in_order",
    "60 extensions within a minute, in order, from a port and on a Call-ID of its own each, as scripts do that open a socket for each",
    "alert enum <=2",
    { phones: 60, rounds: 1, period: 60, isInOrder: true },
  ),
  scene(
    "enumeration_from_a_port_each_by_names",
    "60 names within a minute, in no order, from a port and on a Call-ID of its own each",
    "alert enum <=2",
    { phones: 60, rounds: 1, period: 60, user: name },
  ),
  scene(
    "enumeration_from_a_port_each_repeated",
    "the same by who knows that telephones come back: each name again on its port and Call-ID after 60 s",
    "alert enum <=2",
    { phones: 60, rounds: 2, period: 60, user: name },
  ),
  scene(
    "enumeration_from_ever_new_ports",
    "60 names each minute for five minutes, each from a new port, on a new Call-ID",
    "alert enum <=2",
    { phones: 60, rounds: 5, period: 60, user: name, isAnew: true },
  ),
  scene(
    "enumeration_as_telephones_do",
    "60 names, each from its port and on its Call-ID four times at 60 s: no telephone, but one sees no more than many of them",
    "alert enum <=3",
    { phones: 60, rounds: 4, period: 60, user: name },
  ),
  scene(
    "enumeration_by_hosts_that_ask_once",
    "70 hosts that ask for one user each within five minutes, 404, and never again",
    "alert enum <=2",
    { phones: 70, rounds: 1, period: 300, at: home },
  ),
];
