import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { Account, ackOf, attempt } from "./digest.ts";
import { CARRIER, outside, outside6, PBX, PBX6, phone, STRANGER } from "./lab.ts";
import type { Case } from "./scene.ts";

const KIND = "toll-probing";
const NUMBER = "972592277524";
const PREFIXES = [
  "00",
  "011",
  "+",
  "9011",
  "900",
  "000",
  "0011",
  "9",
  "1",
  "001",
  "88",
  "7",
  "99900",
  "0",
  "810",
  "119",
  "8011",
  "00011",
  "6",
  "55",
  "3011",
  "10",
  "2",
  "4400",
] as const;

/** Strangers by turns, each try behind another prefix. */
function shared(name: string, what: string, status: number, hosts = 5, ways = 5): Case {
  return {
    name,
    expect: "alert fraud|toll|dial|prefix|probe <=2",
    kind: KIND,
    what,
    make: (scene) => {
      for (const [i, prefix] of PREFIXES.slice(0, ways).entries()) {
        const to = `${prefix}${NUMBER}`;
        attempt(scene, outside(80 + (i % hosts)), PBX, { from: "1000", to, status });
        scene.wait(600);
      }
    },
  };
}

interface ProbingOptions {
  readonly status: number;
  readonly pause: number;
  readonly from?: Endpoint;
  readonly server?: Endpoint;
  readonly suffix?: string;
}

/** One number of Israel's under 24 prefixes, a source port each, no credentials. */
function probing(name: string, what: string, options: ProbingOptions): Case {
  const { status, pause, from = STRANGER, server = PBX, suffix = "" } = options;
  return {
    name,
    expect: "alert fraud|toll|dial|prefix|probe <=2",
    kind: KIND,
    what,
    make: (scene) => {
      for (const [i, prefix] of PREFIXES.entries()) {
        const to = `${prefix}${NUMBER}${suffix}`;
        attempt(scene, { ...from, port: 5070 + i }, server, { from: "1000", to, status });
        scene.wait(pause);
      }
      scene.wait(60);
    },
  };
}

/** Another number each time, no credentials. */
function numbers(
  name: string,
  what: string,
  options: { status: number; pause: number; wanted: string; changesCaller?: boolean },
): Case {
  const { status, pause, wanted, changesCaller = false } = options;
  return {
    name,
    expect: `alert fraud|toll|dial|prefix|probe ${wanted}`,
    kind: KIND,
    what,
    make: (scene) => {
      new Account(scene, phone(1), PBX, "201").login();
      for (let i = 0; i < 40; i++) {
        const to = `00${30 + (i % 12)}21${1_000_000 + 7919 * i}`;
        const from = String(1000 + (changesCaller ? i : 0));
        attempt(scene, STRANGER, PBX, { from, to, status });
        scene.wait(pause);
      }
      scene.wait(60);
    },
  };
}

/** Another number each time, without credentials, one in so many seconds: dialling, whatever the pace. */
function patiently(status: number, pause: number): Case {
  return {
    name: `toll_one_in_${pause}_s_${status}`,
    expect: "alert FRAUD dial plan probing <=2",
    kind: KIND,
    what: `60 numbers abroad, one in ${pause} s, answered ${status}`,
    make: (scene) => {
      new Account(scene, phone(1), PBX, "201").login();
      for (let i = 0; i < 60; i++) {
        const to = `00${30 + (i % 12)}21${1_000_000 + 7919 * i}`;
        attempt(scene, STRANGER, PBX, { from: "1000", to, status });
        scene.wait(pause);
      }
      scene.wait(60);
    },
  };
}

/** One number in five minutes for eight hours, without a tool's habits, while phones work. */
function slowly(name: string, status: number, hosts: number, severity: number): Case {
  return {
    name,
    expect: `alert fraud|toll|dial|probe|enum <=${severity}`,
    kind: KIND,
    what: `96 numbers abroad in eight hours, by ${hosts} hosts without credentials, ${status === 0 ? "no answer" : `answered ${status}`}`,
    make: (scene) => {
      for (let i = 0; i < 96; i++) {
        if (i % 12 === 0) new Account(scene, phone(1), PBX, "201").login();
        const from = hosts === 1 ? STRANGER : outside(60 + (i % hosts));
        const to = `00${30 + (i % 12)}21${1_000_000 + 7919 * i}`;
        attempt(scene, from, PBX, { from: String(1000 + i), to, status });
        scene.wait(300);
      }
    },
  };
}

export const TOLL_PROBING: readonly Case[] = [
  probing("toll_404", "24 prefixes of one number, answered 404, one in 20 s", {
    status: 404,
    pause: 20,
  }),
  probing("toll_603_ipv6", "24 prefixes of one number, answered 603, one in 40 s (IPv6)", {
    status: 603,
    pause: 40,
    from: outside6(66),
    server: PBX6,
  }),
  probing("toll_silence", "24 prefixes of one number, no answer at all, one in 30 s", {
    status: 0,
    pause: 30,
  }),
  probing(
    "toll_403_slow_phone_context",
    "24 prefixes of one number with ;phone-context in the user part, 403, one in 3 minutes",
    {
      status: 403,
      pause: 180,
      suffix: ";phone-context=+1",
    },
  ),
  {
    name: "toll_prefixes_shared",
    expect: "alert fraud|toll|dial|prefix|probe <=2",
    kind: KIND,
    what: "12 hosts share the 24 prefixes of one number, two each, 404, one in 20 s",
    make: (scene) => {
      for (const [i, prefix] of PREFIXES.entries()) {
        const to = `${prefix}${NUMBER}`;
        attempt(scene, outside(80 + (i % 12)), PBX, { from: "1000", to, status: 404 });
        scene.wait(20);
      }
      scene.wait(60);
    },
  },
  {
    name: "toll_prefixes_by_stolen_accounts",
    expect: "alert fraud|toll|dial|prefix|probe <=2",
    kind: KIND,
    what: "nine hosts with stolen credentials dial one number, each behind another prefix, 404",
    make: (scene) => {
      for (const [i, prefix] of PREFIXES.slice(0, 9).entries()) {
        const to = `${prefix}${NUMBER}`;
        const call = { from: `21${i}`, to, status: 404, password: `secret-of-21${i}` };
        attempt(scene, outside(80 + i), PBX, call);
        scene.wait(600);
      }
    },
  },
  shared(
    "toll_five_prefixes_five_strangers",
    "five hosts dial one number, each behind another prefix, 404, one in ten minutes",
    404,
  ),
  shared("toll_four_prefixes_four_strangers", "four hosts, four prefixes, 404", 404, 4, 4),
  shared(
    "toll_six_prefixes_strangers_in_turns",
    "three hosts by turns, two prefixes each, no answer but 503",
    503,
    3,
    6,
  ),
  {
    name: "busy_number_in_six_ways",
    expect: "quiet",
    kind: KIND,
    what: "PBXs of six customers, new to the sensor, find one number busy that each of them dials in its own way",
    make: (scene) => {
      for (const [i, prefix] of ["", "0", "00", "+", "9", "900"].entries()) {
        attempt(scene, outside(80 + i), PBX, {
          from: "1000",
          to: `${prefix}${NUMBER}`,
          status: 486,
        });
        scene.wait(60);
      }
    },
  },
  {
    name: "number_that_is_reached_in_one_way",
    expect: "max 3",
    kind: KIND,
    what: "customers dial a number in seven ways; six are wrong (404), and by + it is reached again and again",
    make: (scene) => {
      for (const [i, prefix] of ["0", "00", "9", "900", "000", "011"].entries()) {
        const to = `${prefix}${NUMBER}`;
        if (i % 3 === 0)
          wholeCall(new Call(scene, outside(90), PBX, { from: "100", to: `+${NUMBER}` }), 2);
        attempt(scene, outside(80 + i), PBX, { from: "1000", to, status: 404 });
        scene.wait(60);
      }
    },
  },
  numbers("toll_many_numbers_404", "40 numbers abroad, once each, answered 404, one in 5 s", {
    status: 404,
    pause: 5,
    wanted: "<=2",
  }),
  numbers(
    "toll_many_numbers_503",
    "40 numbers abroad, once each, answered 503, one in 5 s, another caller each time",
    {
      status: 503,
      pause: 5,
      wanted: "<=3",
      changesCaller: true,
    },
  ),
  numbers(
    "toll_many_numbers_603",
    "40 numbers abroad, once each, answered 603, one in 5 s, another caller each time",
    {
      status: 603,
      pause: 5,
      wanted: "<=3",
      changesCaller: true,
    },
  ),
  numbers("toll_many_numbers_480", "40 numbers abroad, once each, answered 480, one in 5 s", {
    status: 480,
    pause: 5,
    wanted: "<=3",
  }),
  numbers("toll_many_numbers_silence", "40 numbers abroad, once each, no answer, one in 5 s", {
    status: 0,
    pause: 5,
    wanted: "<=3",
  }),
  ...[404, 401].flatMap((status) => [2, 90, 1200].map((pause) => patiently(status, pause))),
  {
    name: "walk_by_options_over_long_users",
    expect: "alert enum <=2",
    kind: KIND,
    what: "60 users that are called as their numbers are, by OPTIONS, one in 90 s: nobody dials with OPTIONS",
    make: (scene) => {
      for (let i = 0; i < 60; i++) {
        const to = `49301234${1000 + i}`;
        attempt(scene, STRANGER, PBX, { from: "1000", to, status: 404, method: "OPTIONS" });
        scene.wait(90);
      }
    },
  },
  {
    name: "new_trunk_with_dead_numbers",
    expect: "max 3",
    kind: KIND,
    what: "a trunk that is new to the sensor brings 80 calls in a day: three of four to numbers that are gone (404), the others are taken",
    make: (scene) => {
      for (let i = 0; i < 80; i++) {
        const to = `4930100${1_000 + 7 * i}`;
        if (i % 4 === 3) {
          const options = { from: "4417", to, ringSeconds: 0.5 };
          wholeCall(new Call(scene, outside(81), PBX, options), 1);
        } else attempt(scene, outside(81), PBX, { from: "4417", to, status: 404 });
        scene.wait(600);
      }
    },
  },
  ...[401, 404, 480, 503, 603, 0].flatMap((status) => [
    slowly(`toll_slow_one_host_${status}`, status, 1, status === 401 || status === 404 ? 2 : 3),
    slowly(`toll_slow_forty_hosts_${status}`, status, 40, 2),
  ]),
  {
    name: "carrier_nodes_with_dead_numbers",
    expect: "max 3",
    kind: KIND,
    what: "twenty nodes of a carrier bring calls to a PBX for a day, each also to numbers that are gone (404); half of the calls are taken",
    make: (scene) => {
      for (let i = 0; i < 160; i++) {
        const node = outside(80 + (i % 20));
        const to = `4930100${1_000 + 7 * i}`;
        if (Math.floor(i / 20) % 2 === 0) {
          wholeCall(new Call(scene, node, PBX, { from: "4417", to, ringSeconds: 0.5 }), 1);
        } else attempt(scene, node, PBX, { from: "4417", to, status: 404 });
        scene.wait(240);
      }
    },
  },
  {
    name: "dialler_whose_calls_are_declined",
    expect: "max 3",
    kind: KIND,
    what: "a call centre's dialler without credentials calls 80 mobile numbers: of four, one is answered, one rings and is declined (603), two are off (480)",
    make: (scene) => {
      const dialler = outside(40);
      for (let i = 0; i < 80; i++) {
        const to = `4917${10_000_000 + 7919 * i}`;
        if (i % 4 > 1) attempt(scene, dialler, PBX, { from: "030100", to, status: 480 });
        else {
          const call = new Call(scene, dialler, PBX, { from: "030100", to, ringSeconds: 0.5 });
          if (i % 4 === 0) wholeCall(call, 1);
          else {
            call.ring();
            const [caller, callee] = call.parties;
            scene.send(callee.at, caller.at, call.answer(603));
            scene.send(caller.at, callee.at, ackOf(call.invite, callee.tag), 0.01);
          }
        }
        scene.wait(5);
      }
      scene.wait(30);
    },
  },
  {
    name: "escaped_numbers_404",
    expect: "alert fraud|toll|dial|prefix|probe <=2",
    kind: KIND,
    what: "40 numbers abroad, once each, 404: their first digit is written %30",
    make: (scene) => {
      for (let i = 0; i < 40; i++) {
        const to = `%300${30 + (i % 12)}21${1_000_000 + 7919 * i}`;
        attempt(scene, STRANGER, PBX, { from: "1000", to, status: 404 });
        scene.wait(5);
      }
      scene.wait(60);
    },
  },
  {
    name: "mobile_number_three_ways",
    expect: "max 3",
    kind: KIND,
    what: "a registered user tries his aunt's number abroad with +, 00 and 0 00 (404, 484, 480, credentials accepted), then it rings and is answered",
    make: (scene) => {
      new Account(scene, phone(1), PBX, "201").login();
      for (const [i, to] of [`+${NUMBER}`, `00${NUMBER}`, `0+${NUMBER}`].entries()) {
        scene.wait(15);
        attempt(scene, phone(1), PBX, {
          from: "201",
          to,
          status: [404, 484, 480][i] ?? 404,
          password: "secret-of-201",
        });
      }
      scene.wait(20);
      wholeCall(new Call(scene, phone(1), PBX, { to: `000${NUMBER}` }), 10);
    },
  },
  {
    name: "mobile_number_three_ways_seen_one_way",
    expect: "max 3",
    kind: KIND,
    what: "a user tries a number in three ways and gets it in the fourth; what the server sends is not mirrored",
    make: (scene) => {
      scene.tap((packet) => (packet.bytes[28] === 1 ? [packet] : []));
      for (const to of [`+${NUMBER}`, `00${NUMBER}`, `0+${NUMBER}`]) {
        attempt(scene, phone(1), PBX, { from: "201", to, status: 404, password: "secret-of-201" });
        scene.wait(15);
      }
      wholeCall(new Call(scene, phone(1), PBX, { to: `000${NUMBER}`, ringSeconds: 20 }), 30);
    },
  },
  {
    name: "least_cost_routing",
    expect: "max 3",
    kind: KIND,
    what: "a PBX offers each of 15 calls abroad to one carrier under three tech prefixes until one takes it (503, 503, 200)",
    make: (scene) => {
      for (let i = 0; i < 15; i++) {
        const number = `${NUMBER.slice(0, 8)}${1000 + 137 * i}`;
        for (const prefix of ["77700", "88800"]) {
          attempt(scene, PBX, CARRIER, { from: "4989100", to: `${prefix}${number}`, status: 503 });
        }
        wholeCall(
          new Call(scene, PBX, CARRIER, {
            from: "4989100",
            to: `99900${number}`,
            ringSeconds: 0.5,
          }),
          2,
        );
        scene.wait(3);
      }
    },
  },
  {
    name: "travel_agency_abroad",
    expect: "max 3",
    kind: KIND,
    what: "a registered phone calls 24 hotels in twelve countries within an hour, a third busy or unallocated, the others answered",
    make: (scene) => {
      new Account(scene, phone(1), PBX, "201").login();
      for (let i = 0; i < 24; i++) {
        const to = `00${30 + (i % 12)}21${100_000 + 7919 * i}`;
        if (i % 3 === 0)
          attempt(scene, phone(1), PBX, {
            from: "201",
            to,
            status: i % 2 === 0 ? 486 : 404,
            password: "secret-of-201",
          });
        else wholeCall(new Call(scene, phone(1), PBX, { to }), 2);
        scene.wait(140);
      }
    },
  },
];
