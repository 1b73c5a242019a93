import type { Endpoint } from "../support/wire.ts";
import { Account, attempt } from "./digest.ts";
import { CARRIER, outside, PBX, phone, ROUTER_MAC, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { paid } from "./stories.ts";

const KIND = "undecided-calls";
const GUESSED = "alert brute|guess|credential <=2";
/** A machine or gateway that has credentials for each call and never registers. */
const MACHINE: Endpoint = { ip: "203.0.113.77", port: 5060, mac: ROUTER_MAC, ttl: 57 };

interface Guesses {
  readonly status: number;
  readonly pause: number;
  readonly count: number;
  readonly at?: (n: number) => Endpoint;
  /** 201 is registered from its desk, and goes on. */
  readonly isAtHome?: boolean;
}

/** Calls of 201 to one number, another password each. */
function guesses(scene: Scene, options: Guesses): void {
  const { at = () => STRANGER, count, isAtHome = false, pause, status } = options;
  const users = isAtHome ? ["201", "202"] : ["202", "203"];
  const desks = users.map((user, n) => new Account(scene, phone(n + 1), PBX, user));
  for (let i = 0; i < count; i++) {
    if ((i * pause) % 120 < pause) for (const desk of desks) desk.login();
    attempt(scene, at(i), PBX, { from: "201", to: "100", status, password: `guess${i}` });
    scene.wait(pause);
  }
  scene.wait(40);
}

function guessed(name: string, what: string, options: Guesses, expect = GUESSED): Case {
  return { name, expect, kind: KIND, what, make: (scene) => guesses(scene, options) };
}

/** One password for 40 accounts, each in a call. */
function spray(scene: Scene, status: number): void {
  for (let i = 0; i < 40; i++) {
    const call = { from: String(300 + i), to: "100", status, password: "1234" };
    attempt(scene, STRANGER, PBX, call);
    scene.wait(3);
  }
  scene.wait(400);
}

/** Calls of one machine, one after the other, and the last one is answered. */
function dials(
  scene: Scene,
  options: { to: (n: number) => string; status: (n: number) => number; n: number; pause: number },
): void {
  const { n, pause, status, to } = options;
  for (let i = 0; i < n; i++) {
    const call = { from: "301", to: to(i), status: status(i), password: "secret-of-301" };
    attempt(scene, MACHINE, PBX, call);
    scene.wait(pause);
  }
  paid(scene, MACHINE, PBX, { to: "0307654321", user: "301" });
}

/** One call a minute to a user; each tenth minute somebody else of the house calls the same user, and is answered with `isReached`. */
function eachMinute(scene: Scene, status: number, count: number, isReached: boolean): void {
  const desk = new Account(scene, phone(2), PBX, "202");
  for (let i = 0; i < count; i++) {
    if (i % 2 === 0) desk.login();
    if (i % 10 === 5 && isReached) paid(scene, phone(2), PBX, { to: "100", user: "202" });
    const call = { from: "301", to: "100", status, password: `guess${i}` };
    attempt(scene, MACHINE, PBX, call);
    scene.wait(60);
  }
}

export const UNDECIDED_CALLS: readonly Case[] = [
  ...[404, 480].map(
    (status): Case => ({
      name: `call_guesses_${status}_each_minute_at_a_user_who_is_there`,
      expect: GUESSED,
      kind: KIND,
      what: `120 guesses by INVITE, one a minute, ${status}, at a user whom others of the house reach`,
      make: (scene) => eachMinute(scene, status, 120, true),
    }),
  ),
  {
    name: "machine_calls_a_dead_number_each_minute",
    expect: "max 3",
    kind: KIND,
    what: "a machine calls a number that is gone each minute for two hours (404)",
    make: (scene) => eachMinute(scene, 404, 120, false),
  },
  {
    name: "machine_barred_from_a_number_that_others_reach",
    expect: "max 3",
    kind: KIND,
    what: "a machine that may not call a user tries forty times (404), while others of the house reach that user",
    make: (scene) => eachMinute(scene, 404, 40, true),
  },
  {
    name: "guesses_by_texts_603",
    expect: "alert brute <=3",
    kind: KIND,
    what: "60 guesses by MESSAGE, one in four seconds, 603",
    make: (scene) => {
      for (let i = 0; i < 60; i++) {
        const text = { from: "301", to: "100", status: 603, password: `guess${i}` };
        attempt(scene, STRANGER, PBX, { ...text, method: "MESSAGE" });
        scene.wait(4);
      }
    },
  },
  ...[404, 480, 603].map((status) =>
    guessed(
      `call_guesses_${status}`,
      `40 guesses by INVITE, one a second, at a server that answers ${status} to wrong credentials`,
      { status, pause: 1, count: 40 },
    ),
  ),
  ...[404, 503, 0].map((status) =>
    guessed(
      `call_guesses_${status}_of_a_user_at_home`,
      `the same, one in 12 s, ${status === 0 ? "no answer" : status}, while the user is registered from its desk`,
      { status, pause: 12, count: 40, isAtHome: true },
    ),
  ),
  guessed("call_guesses_of_20_hosts_603", "120 guesses by INVITE of 20 hosts, 603", {
    status: 603,
    pause: 9,
    count: 120,
    at: (n) => outside(60 + (n % 20)),
  }),
  guessed(
    "call_guesses_503",
    "40 guesses by INVITE, one a second, 503, of a user whose telephone is not seen",
    { status: 503, pause: 1, count: 40 },
    "alert guesses <=3",
  ),
  {
    name: "call_guesses_404_then_right",
    expect: "alert compromis <=1",
    kind: KIND,
    what: "30 guesses by INVITE, one in two seconds, 404, then a call is answered",
    make: (scene) => {
      guesses(scene, { status: 404, pause: 2, count: 30 });
      paid(scene, STRANGER, PBX, { to: "100" });
      scene.wait(20);
    },
  },
  {
    name: "call_spray_404",
    expect: "alert spray <=2",
    kind: KIND,
    what: "one password for 40 users by INVITE, 404",
    make: (scene) => spray(scene, 404),
  },
  {
    name: "call_spray_503",
    expect: "alert many accounts <=3",
    kind: KIND,
    what: "the same, 503",
    make: (scene) => spray(scene, 503),
  },
  {
    name: "alarm_panel_dials_a_dead_number",
    expect: "max 3",
    kind: KIND,
    what: "an alarm panel with credentials for each call dials a number that is gone 30 times, one in 20 s (404), then its second one",
    make: (scene) => dials(scene, { to: () => "0301234567", status: () => 404, n: 30, pause: 20 }),
  },
  {
    name: "fax_server_dials_again",
    expect: "quiet",
    kind: KIND,
    what: "a fax server calls five numbers in turns, 12 s apart, off or declined (480, 603), until one answers",
    make: (scene) =>
      dials(scene, {
        to: (n) => `03012345${60 + (n % 5)}`,
        status: (n) => (n % 2 === 0 ? 480 : 603),
        n: 20,
        pause: 12,
      }),
  },
  {
    name: "new_trunk_with_digest_and_dead_numbers",
    expect: "max 3",
    kind: KIND,
    what: "a PBX that is new to the sensor calls 30 numbers by its carrier, one a second, that are gone (404), then 20 that are not",
    make: (scene) => {
      const user = "4930555";
      for (let i = 0; i < 30; i++) {
        const to = `4917${1_000_000 + 7919 * i}`;
        const password = `secret-of-${user}`;
        attempt(scene, PBX, CARRIER, { from: user, to, status: 404, password });
        scene.wait(1);
      }
      for (let i = 0; i < 20; i++) paid(scene, PBX, CARRIER, { to: `491799${i}`, user });
    },
  },
  {
    name: "click_to_dial_while_at_home",
    expect: "quiet",
    kind: KIND,
    what: "a user's click-to-dial server calls a mobile that is off 12 times in 40 minutes (480) while the desk telephone is registered, then it answers",
    make: (scene) => {
      const desk = new Account(scene, phone(1), PBX, "301");
      for (let i = 0; i < 12; i++) {
        desk.login();
        const call = { from: "301", to: "0171234567", status: 480, password: "secret-of-301" };
        attempt(scene, MACHINE, PBX, call);
        scene.wait(200);
      }
      desk.login();
      paid(scene, MACHINE, PBX, { to: "0171234567", user: "301" });
    },
  },
];
