import { dial } from "../support/dialled-call.ts";
import type { Endpoint } from "../support/wire.ts";
import { Account } from "./digest.ts";
import { PBX, phone, ROUTER_MAC } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "high-cost-hours";
const AFAR: Endpoint = { ip: "185.11.1.6", port: 5060, mac: ROUTER_MAC, ttl: 45 };
const PLACES = ["00882131234567", "0022490123456", "00252612345678", "0067570123456"];

interface Calls {
  readonly from: Endpoint;
  readonly user: string;
  readonly numbers: readonly string[];
  readonly calls: number;
  readonly seconds: number;
}

/** One call after the other, a minute between them. `desk`: registers each two minutes meanwhile. */
function talk(scene: Scene, { calls, from, numbers, seconds, user }: Calls, desk?: Account): void {
  for (let i = 0; i < calls; i++) {
    dial(scene, from, user, numbers[i % numbers.length] ?? "", { server: PBX, seconds });
    for (let s = 0; s < seconds + 60; s += 120) {
      desk?.login();
      scene.wait(Math.min(120, seconds + 60 - s));
    }
  }
}

/** A desk telephone that has been there for a quarter of an hour. */
function settled(scene: Scene, n: number): Account {
  const desk = new Account(scene, phone(n), PBX, String(300 + n));
  for (let i = 0; i < 8; i++) {
    desk.login();
    scene.wait(110);
  }
  return desk;
}

function somalia(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `0025261234${560 + n}`);
}

export const HIGH_COST_HOURS: readonly Case[] = [
  {
    name: "long_calls_one_by_one_to_one_country",
    expect: "alert FRAUD calls of one account to high-cost numbers one by one <=2",
    kind: KIND,
    what: "an account from afar calls three numbers in Somalia by turns, nine times fifty minutes, one call at a time",
    make: (scene) => {
      const numbers = somalia(3);
      talk(scene, { from: AFAR, user: "301", numbers, calls: 9, seconds: 3000 });
    },
  },
  {
    name: "four_high_cost_places_two_hours_apart",
    expect: "alert FRAUD calls of one account to four <=3",
    kind: KIND,
    what: "an account calls four high-cost places, one in two hours",
    make: (scene) => {
      talk(scene, { from: AFAR, user: "301", numbers: PLACES, calls: 4, seconds: 7000 });
    },
  },
  {
    name: "three_accounts_of_one_address_call_four_places",
    expect: "alert FRAUD three accounts <=2",
    kind: KIND,
    what: "three accounts from one address call four high-cost places each, by turns",
    make: (scene) => {
      for (const place of PLACES) {
        for (const user of ["301", "302", "303"]) {
          talk(scene, { from: AFAR, user, numbers: [place], calls: 1, seconds: 200 });
        }
      }
    },
  },
  {
    name: "family_abroad_on_a_long_sunday",
    expect: "quiet",
    kind: KIND,
    what: "a user whose desk telephone has long been there talks to two numbers in Somalia, four hours in all",
    make: (scene) => {
      const desk = settled(scene, 1);
      const numbers = somalia(2);
      talk(scene, { from: phone(1), user: "301", numbers, calls: 4, seconds: 3600 }, desk);
    },
  },
  {
    name: "interpreter_who_talks_to_one_country_all_day",
    expect: "max 3",
    kind: KIND,
    what: "a user whose desk telephone has long been there talks to five numbers in Somalia, eight hours in all",
    make: (scene) => {
      const desk = settled(scene, 1);
      const numbers = somalia(5);
      talk(scene, { from: phone(1), user: "301", numbers, calls: 12, seconds: 2400 }, desk);
    },
  },
  {
    name: "three_desks_of_an_aid_agency",
    expect: "max 3",
    kind: KIND,
    what: "three users of one office call two high-cost places each, twice",
    make: (scene) => {
      for (const n of [1, 2, 3]) {
        const desk = settled(scene, n);
        const numbers = PLACES.slice(1, 3);
        const user = String(300 + n);
        talk(scene, { from: phone(n), user, numbers, calls: 4, seconds: 300 }, desk);
      }
    },
  },
];
