import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { attempt } from "./digest.ts";
import { outside, outside6, PBX, PBX6, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "refused-trunks";
/** A carrier's or customer's gateway, of which the sensor has not seen anything. */
const GATEWAY: Endpoint = { ip: "203.0.113.77", port: 5060, mac: ROUTER_MAC, ttl: 57 };
const GATEWAY6: Endpoint = { ...outside6(0x77), port: 5060 };

interface TrunkOptions {
  readonly calls: number;
  readonly perSecond: number;
  readonly status: (n: number) => number;
  readonly from?: (n: number) => string;
  readonly to?: (n: number) => string;
  readonly gateway?: Endpoint;
  readonly server?: Endpoint;
}

/** A caller of many, a number of many, as people dial them. */
const caller = (n: number): string => `+4930${1_000_000 + 7919 * (n % 97)}`;
const callee = (n: number): string => `+4989${2_000_000 + 104_729 * (n % 61)}`;

/** Calls of a gateway one after the other, each refused. */
function refused(scene: Scene, options: TrunkOptions): void {
  const { calls, perSecond, status, from = caller, to = callee } = options;
  const { gateway = GATEWAY, server = PBX } = options;
  for (let n = 0; n < calls; n++) {
    attempt(scene, gateway, server, { from: from(n), to: to(n), status: status(n) });
    scene.now += 1 / perSecond - 0.1;
  }
  scene.wait(40);
}

/** A hundred calls abroad within four seconds; those that are not forbidden ring, and that to Cuba is taken. */
function abroad(scene: Scene, isForbidden: (n: number) => boolean): void {
  for (let n = 0; n < 100; n++) {
    const to = n === 80 ? "535230717929" : `2348${100_000_000 + 791_919 * n}`;
    if (isForbidden(n)) {
      attempt(scene, GATEWAY, PBX, { from: caller(n), to, status: 403 });
      scene.now -= 0.1;
    } else {
      const call = new Call(scene, GATEWAY, PBX, { from: caller(n), to, ringSeconds: 0 }).ring();
      if (n === 80) call.pickUp();
    }
    scene.wait(0.04);
  }
  scene.wait(40);
}

function healthy(name: string, what: string, make: (scene: Scene) => void): Case {
  return { name, expect: "max 3", kind: KIND, what, make };
}

function attack(name: string, expect: string, what: string, make: (scene: Scene) => void): Case {
  return { name, expect, kind: KIND, what, make };
}

/** Trunks that are refused for what they are or call, and who would like to be taken for one. */
export const REFUSED_TRUNKS: readonly Case[] = [
  healthy(
    "trunk_whose_numbers_are_not_routed_yet",
    "the sensor is started while a trunk brings 18 calls a second to numbers that the server does not know yet (404)",
    (scene) => refused(scene, { calls: 500, perSecond: 18, status: () => 404 }),
  ),
  healthy(
    "trunk_whose_balance_is_used_up_ipv6",
    "a carrier answers 403 to each call of a customer for ten minutes",
    (scene) =>
      refused(scene, {
        calls: 300,
        perSecond: 0.5,
        status: () => 403,
        gateway: GATEWAY6,
        server: PBX6,
      }),
  ),
  healthy(
    "trunk_whose_codecs_do_not_fit",
    "after an upgrade a PBX answers 488 to all that its carrier brings",
    (scene) => refused(scene, { calls: 400, perSecond: 5, status: () => 488 }),
  ),
  healthy(
    "trunk_that_dials_without_the_leading_zero",
    "after a change of its dial rules a PBX asks its carrier for national numbers without the zero (484, 404)",
    (scene) =>
      refused(scene, {
        calls: 400,
        perSecond: 4,
        status: (n) => (n % 3 === 0 ? 404 : 484),
        to: (n) => callee(n).slice(3),
      }),
  ),
  healthy(
    "trunk_that_is_asked_for_credentials",
    "a carrier has forgotten the address of a customer: each of its calls is challenged (401), and it knows no password",
    (scene) => refused(scene, { calls: 300, perSecond: 2, status: () => 401 }),
  ),
  healthy(
    "transit_of_calls_abroad_just_begun",
    "a carrier brings calls abroad, 25 a second: some are forbidden (403) at once, the others ring, and the first to be taken is one to Cuba",
    (scene) => abroad(scene, (n) => n % 6 === 0),
  ),
  attack(
    "prober_that_gets_through_to_cuba",
    "alert dial plan is open <=1",
    "the same where nothing rings but the call to Cuba",
    (scene) => abroad(scene, (n) => n !== 80),
  ),
  attack(
    "prober_with_one_caller",
    "alert dial plan probing <=2",
    "one caller tries sixty numbers in one way (404)",
    (scene) => refused(scene, { calls: 60, perSecond: 1, status: () => 404, from: () => "1000" }),
  ),
  attack(
    "prober_with_many_callers_and_ways",
    "alert dial plan probing <=2",
    "a caller of many each time, and numbers in five ways (404)",
    (scene) =>
      refused(scene, {
        calls: 80,
        perSecond: 1,
        status: () => 404,
        to: (n) => `${["00", "011", "900", "9011", "+"][n % 5]}97259${2_000_000 + 7919 * n}`,
      }),
  ),
  attack(
    "flood_in_the_shape_of_a_trunk",
    "alert FLOOD INVITE <=2",
    "sixty calls a second of many callers to many numbers, each refusal acknowledged",
    (scene) => refused(scene, { calls: 900, perSecond: 60, status: () => 404 }),
  ),
  attack(
    "flood_of_four_trunks",
    "alert FLOOD .*INVITE <=2",
    "the same of four gateways, twenty a second each",
    (scene) => {
      const startS = scene.now;
      for (const n of [1, 2, 3, 4]) {
        scene.now = startS + n / 100;
        refused(scene, { calls: 400, perSecond: 20, status: () => 404, gateway: outside(200 + n) });
      }
    },
  ),
  attack(
    "flood_in_the_shape_of_a_trunk_forged",
    "alert FLOOD INVITE <=2",
    "18 calls a second in the name of an address that never hears the answers: no refusal is acknowledged",
    (scene) => {
      scene.tap((packet) => (Buffer.from(packet.bytes).includes("ACK sip:") ? [] : [packet]));
      refused(scene, { calls: 500, perSecond: 18, status: () => 404 });
    },
  ),
];
