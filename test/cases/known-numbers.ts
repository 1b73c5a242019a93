import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { attempt } from "./digest.ts";
import { CARRIER, CARRIER_MEDIA, media, outside, PBX, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "refused-trunks";
const OFFICE: Endpoint = { ip: "203.0.113.77", port: 5060, mac: ROUTER_MAC, ttl: 57 };
const OFFICE_MOVED: Endpoint = { ...OFFICE, ip: "203.0.113.190" };

const caller = (n: number): string => `+4930${1_000_000 + 7919 * (n % 97)}`;
const mobile = (n: number): string => `+4917${10_000_000 + 104_729 * n}`;

interface CallsOptions {
  readonly at: Endpoint;
  readonly from: (n: number) => string;
  readonly to: (n: number) => string;
  readonly count: number;
}

function answered(scene: Scene, { at, from, to, count }: CallsOptions): void {
  for (let n = 0; n < count; n++) {
    const call = new Call(scene, at, PBX, {
      from: from(n),
      to: to(n),
      callerMedia: media(at === CARRIER ? CARRIER_MEDIA : at, 20_000 + 2 * n),
      calleeMedia: media(PBX, 12_000 + 2 * n),
    });
    wholeCall(call, 0.5);
    scene.wait(3);
  }
}

function refused(scene: Scene, options: CallsOptions & { status: number; pauseS: number }): void {
  const { at, from, to, count, status, pauseS } = options;
  for (let n = 0; n < count; n++) {
    attempt(scene, at, PBX, { from: from(n), to: to(n), status });
    scene.wait(pauseS);
  }
  scene.wait(40);
}

/** A carrier's trunk brings twelve calls that are answered, and then calls to a hundred extensions that are refused. */
function afterGoodCalls(scene: Scene, toGood: (n: number) => string): void {
  answered(scene, { at: CARRIER, from: caller, to: toGood, count: 12 });
  const to = (n: number) => String(4300 + ((n * 37) % 97));
  refused(scene, { at: CARRIER, from: caller, to, count: 240, status: 404, pauseS: 0.9 });
}

function moved(scene: Scene, status: number, to: (n: number) => string): void {
  const from = () => "+49895550";
  answered(scene, { at: OFFICE, from, to: mobile, count: 30 });
  refused(scene, { at: OFFICE_MOVED, from, to, count: 30, status, pauseS: 8 });
}

/** What is refused now was called before, or was not. */
export const KNOWN_NUMBERS: readonly Case[] = [
  {
    name: "trunk_whose_range_of_numbers_is_taken_away",
    expect: "max 3",
    kind: KIND,
    what: "a PBX forgets a range of four-digit numbers, some of which a carrier's callers have reached before: all its calls to it are refused (404)",
    make: (scene) => afterGoodCalls(scene, (n) => String(4300 + 3 * n)),
  },
  {
    name: "walk_over_extensions_by_a_trunk_that_has_good_calls",
    expect: "alert enum <=2",
    kind: KIND,
    what: "the same of somebody whose twelve good calls went to three numbers, none of which is refused",
    make: (scene) => afterGoodCalls(scene, (n) => String(7001 + (n % 3))),
  },
  ...[403, 404, 401].map(
    (status): Case => ({
      name: `pbx_that_moves_and_is_refused_${status}`,
      expect: "max 3",
      kind: KIND,
      what: `a customer's PBX with one caller number moves to another address, which its carrier does not know: calls to numbers that it has called before are refused (${status})`,
      make: (scene) => moved(scene, status, mobile),
    }),
  ),
  {
    name: "prober_with_a_customers_number",
    expect: "alert dial plan probing <=2",
    kind: KIND,
    what: "somebody calls in the name of that PBX, numbers that nobody there has called (403)",
    make: (scene) => moved(scene, 403, (n) => `+97259${2_000_000 + 7919 * n}`),
  },
  {
    name: "prober_who_mixes_in_numbers_that_others_call",
    expect: "alert dial plan probing <=2",
    kind: KIND,
    what: "the same, and each second number is one that others have called",
    make: (scene) => {
      const from = () => "+49895550";
      answered(scene, { at: OFFICE, from, to: mobile, count: 30 });
      const to = (n: number) => (n % 2 === 0 ? mobile(n / 2) : `+97259${2_000_000 + 7919 * n}`);
      refused(scene, { at: outside(44), from, to, count: 60, status: 404, pauseS: 4 });
    },
  },
];
