import type { Endpoint } from "../support/wire.ts";
import { Account, attempt } from "./digest.ts";
import { outside6, PBX, PBX6, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "toll-probing";
const NUMBER = "972592277524";
const WAYS = ["0", "00", "+", "000", "", "9", "90", "9011", "011", "810", "99", "001"] as const;

/** A telephone that has registered dials one number in so many ways, none of which is connected. */
function redials(scene: Scene, by: Endpoint, server: Endpoint, ways: number): void {
  new Account(scene, by, server, "201").login();
  for (const way of WAYS.slice(0, ways)) {
    const to = `${way}${NUMBER}`;
    attempt(scene, by, server, { from: "201", to, status: 404, password: "secret-of-201" });
    scene.wait(15);
  }
}

/** Another number of a range, and another prefix, each time. */
function neighbours(
  scene: Scene,
  by: Endpoint,
  server: Endpoint,
  status: number,
  digits = 2,
): void {
  for (const [n, way] of WAYS.entries()) {
    const last = 10 ** (digits - 1) + ((n * 3701 + 37) % (9 * 10 ** (digits - 1)));
    const to = `${way}${NUMBER.slice(0, -digits)}${digits === 2 ? 10 + ((n * 37) % 90) : last}`;
    attempt(scene, by, server, { from: "1000", to, status });
    scene.wait(60);
  }
}

/** In how many ways one number is dialled, and by whom. */
export const DIALLED_WAYS: readonly Case[] = [
  {
    name: "customer_dials_in_five_ways",
    expect: "max 3",
    kind: KIND,
    what: "a registered user who does not know the prefix dials a number with 0, 00, +, 000 and none, and gives up (404)",
    make: (scene) => redials(scene, phone(1), PBX, 5),
  },
  {
    name: "customer_dials_in_five_ways_ipv6",
    expect: "max 3",
    kind: KIND,
    what: "the same (IPv6)",
    make: (scene) => redials(scene, phone6(1), PBX6, 5),
  },
  {
    name: "stolen_account_dials_in_twelve_ways",
    expect: "alert fraud dial plan probing <=2",
    kind: KIND,
    what: "who knows that customers may redial has stolen an account, registers, and dials one number in twelve ways",
    make: (scene) => redials(scene, STRANGER, PBX, 12),
  },
  {
    name: "prefixes_with_neighbours_480",
    expect: "alert fraud dial plan probing <=2",
    kind: KIND,
    what: "who knows that one number is told behind four prefixes takes another one of its range with each of twelve, 480",
    make: (scene) => neighbours(scene, STRANGER, PBX, 480),
  },
  {
    name: "prefixes_with_neighbours_603_ipv6",
    expect: "alert fraud dial plan probing <=2",
    kind: KIND,
    what: "the same, 603 (IPv6)",
    make: (scene) => neighbours(scene, outside6(66), PBX6, 603),
  },
  {
    name: "prefixes_with_neighbours_of_four_digits",
    expect: "alert fraud dial plan probing <=2",
    kind: KIND,
    what: "the same with numbers that differ in their last four digits, 404",
    make: (scene) => neighbours(scene, STRANGER, PBX, 404, 4),
  },
  {
    name: "numbers_of_a_range_in_three_ways",
    expect: "max 3",
    kind: KIND,
    what: "a PBX that is new to the sensor calls forty extensions of a company, dialled by its people with +, 00 and 0: nobody there (480)",
    make: (scene) => {
      for (let n = 0; n < 40; n++) {
        const way = ["+49", "0049", "0"][n % 3];
        const to = `${way}7115559${String(100 + ((n * 37) % 900))}`;
        if (n % 4 === 0) attempt(scene, phone(9), PBX, { from: "9", to, status: 486 });
        else attempt(scene, phone(9), PBX, { from: "9", to, status: 480 });
        scene.wait(90);
      }
    },
  },
];
