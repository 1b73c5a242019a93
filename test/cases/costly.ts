import { fileURLToPath } from "node:url";
import { dial } from "../support/dialled-call.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { Account } from "./digest.ts";
import { forgedBy, outside, PBX, phone } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "costly-calls";
const RATES = fileURLToPath(new URL("rates.csv", import.meta.url));
const PLAN = ["numbers.country=DE"];
const DECK = [...PLAN, `numbers.rateDecks=["${RATES}"]`];
const THIEF: Endpoint = { ...outside(77), port: 5066 };

/** Eight high-cost places. */
const PLACES = [
  "00882131234567",
  "0037190012345",
  "00252612345678",
  "009607991234",
  "005352345678",
  "0022490123456",
  "0067570123456",
  "00882161234567",
];

function call(scene: Scene, from: Endpoint, user: string, number: string, seconds: number): void {
  dial(scene, from, user, number, { server: PBX, seconds });
}

function settled(scene: Scene): void {
  for (let i = 1; i < 5; i++) new Account(scene, phone(i), PBX, String(200 + i)).login();
  scene.wait(700);
}

/** Time goes on: a phone registers now and then. */
function goesOn(scene: Scene, seconds: number): void {
  const account = new Account(scene, phone(9), PBX, "209");
  for (let i = 0; i < seconds / 60; i++) {
    account.login();
    scene.wait(60);
  }
}

function scene(
  name: string,
  expect: string,
  what: string,
  config: readonly string[],
  play: (scene: Scene) => void,
): Case {
  return { name, expect, kind: KIND, what, config, make: play };
}

/** A call of 201 to a satellite, with audio both ways for so long, and no end. */
function satellite(scene: Scene, talkSeconds: number): Call {
  const options = { to: "00882131234500", callerMedia: { ...THIEF, port: 16_384 } };
  return new Call(scene, THIEF, PBX, options).start(talkSeconds);
}

/** Calls that cost, as a site with a declared plan and prices of its own sees them. */
export const COSTLY_CALLS: readonly Case[] = [
  scene(
    "spend_three_satellite_calls",
    "alert cost 250 or more <=1",
    "three calls to a satellite network at 6 a minute, twenty minutes each and never ended within the capture",
    DECK,
    (scene) => {
      settled(scene);
      for (let i = 0; i < 3; i++) call(scene, THIEF, "201", `008821312345${i}0`, 1_200);
      goesOn(scene, 1_140);
    },
  ),
  scene(
    "spend_spread_over_accounts",
    "alert all calls together <=3",
    "fourteen accounts with calls for 40 each within the hour",
    DECK,
    (scene) => {
      settled(scene);
      for (let i = 0; i < 14; i++) {
        call(scene, outside(60 + i), String(300 + i), `00882131234${100 + i}`, 400);
        scene.wait(120);
      }
      goesOn(scene, 600);
    },
  ),
  scene(
    "spend_day_of_an_office",
    "quiet",
    "forty calls at home and to Britain, ten minutes each, for some cents a minute",
    DECK,
    (scene) => {
      settled(scene);
      for (let i = 0; i < 40; i++) {
        const number = i % 2 === 0 ? "0301234567" : "00442079460123";
        call(scene, phone(1 + (i % 4)), String(201 + (i % 4)), number, 600);
        scene.wait(170);
      }
    },
  ),
  scene(
    "eight_calls_abroad_at_once",
    "alert eight calls <=2",
    "eight calls of one account to one British number's neighbours, all up at once",
    PLAN,
    (scene) => {
      settled(scene);
      for (let i = 0; i < 8; i++) call(scene, THIEF, "201", `0044207946010${i}`, 300);
      goesOn(scene, 120);
    },
  ),
  scene(
    "four_calls_high_cost_at_once_no_plan",
    "alert fraud <=3",
    "four calls of one account to Somalia at once; nobody has declared a plan, each call has another caller",
    [],
    (scene) => {
      settled(scene);
      for (let i = 0; i < 4; i++) {
        const options = { server: PBX, seconds: 300, account: "201" };
        dial(scene, THIEF, `49301000${i}`, `0025261234560${i}`, options);
      }
      goesOn(scene, 120);
    },
  ),
  scene(
    "three_high_cost_countries_at_once",
    "alert many high-cost numbers at once <=2",
    "a stolen account calls a satellite, Somalia and Cuba, all three up at once: no plan, no guess before",
    [],
    (scene) => {
      settled(scene);
      for (const number of ["00882161234567", "0025261234567", "005352123456"]) {
        call(scene, THIEF, "201", `${number}89`, 300);
        scene.wait(5);
      }
      goesOn(scene, 120);
    },
  ),
  scene(
    "sixty_calls_abroad_an_hour",
    "alert more than 50 <=2",
    "sixty calls of one account to Britain within an hour, one behind the other, fifteen seconds each",
    PLAN,
    (scene) => {
      settled(scene);
      for (let i = 0; i < 60; i++) {
        call(scene, THIEF, "201", `00442079460${100 + i}`, 15);
        scene.wait(40);
      }
    },
  ),
  scene(
    "office_abroad_all_day",
    "quiet",
    "four users with forty calls abroad each in eight hours, two at once now and then (consultation)",
    PLAN,
    (scene) => {
      settled(scene);
      for (let i = 0; i < 160; i++) {
        const user = 1 + (i % 4);
        const country = ["44207946", "331420000", "120255501", "8131234"][i % 4];
        call(
          scene,
          phone(user),
          String(200 + user),
          `00${country}${1000 + i}`,
          i % 8 < 4 ? 200 : 700,
        );
        scene.wait(170);
      }
    },
  ),
  scene(
    "carrier_trunk_of_a_pbx",
    "quiet",
    "a PBX calls abroad through its carrier with one account, forty callers, six calls at once",
    PLAN,
    (scene) => {
      for (let i = 0; i < 120; i++) {
        const options = { server: PBX, seconds: 180, account: "trunk4711" };
        dial(scene, outside(20), `4930100${10 + (i % 40)}`, `00442079460${100 + i}`, options);
        scene.wait(30);
      }
    },
  ),
  scene(
    "satellite_call_for_an_hour",
    "alert up for an hour <=3",
    "one call to a satellite network, an hour and ten minutes",
    [],
    (scene) => {
      settled(scene);
      call(scene, THIEF, "201", "00882131234500", 4_200);
      goesOn(scene, 4_300);
    },
  ),
  scene(
    "call_abroad_for_three_hours",
    "alert up for three hours <=3",
    "one call to Britain, three and a half hours",
    PLAN,
    (scene) => {
      settled(scene);
      call(scene, THIEF, "201", "00442079460100", 12_600);
      goesOn(scene, 12_700);
    },
  ),
  scene(
    "three_calls_of_two_hours",
    "alert two hours each <=3",
    "three calls to Somalia, two hours and a bit each, one behind the other",
    [],
    (scene) => {
      settled(scene);
      for (let i = 0; i < 3; i++) {
        call(scene, phone(1), "201", "00252612345600", 7_400);
        goesOn(scene, 7_500);
      }
    },
  ),
  scene(
    "two_hours_with_the_family",
    "quiet",
    "two calls to Somalia from a phone at home, an hour and a half each, on one day",
    [],
    (scene) => {
      settled(scene);
      for (let i = 0; i < 2; i++) {
        call(scene, phone(1), "201", "00252612345600", 5_400);
        goesOn(scene, 9_000);
      }
    },
  ),
  scene(
    "meter_goes_on_behind_a_forged_bye",
    "alert cost 50 or more <=2",
    "the caller hangs its satellite call up in the server's name, its phone says 200, and the server's audio goes on for twenty minutes",
    DECK,
    (scene) => {
      settled(scene);
      const up = satellite(scene, 1_260);
      scene.wait(60);
      up.ask(1, "BYE", 200, { by: forgedBy(PBX, 128) });
      goesOn(scene, 1_260);
    },
  ),
  scene(
    "meter_counts_a_silent_call",
    "alert cost 50 or more <=2",
    "a satellite call falls silent after a minute, both ends, and is hung up after forty",
    DECK,
    (scene) => {
      settled(scene);
      const up = satellite(scene, 60);
      goesOn(scene, 2_400);
      up.hangUp();
      goesOn(scene, 60);
    },
  ),
  scene(
    "meter_stops_where_the_end_was_lost",
    "max 3",
    "a satellite call of a minute, whose end the sensor does not see; two more of a minute within two hours",
    DECK,
    (scene) => {
      settled(scene);
      satellite(scene, 60);
      goesOn(scene, 420);
      goesOn(scene, 3_180);
      for (let i = 0; i < 2; i++) {
        call(scene, THIEF, "201", "00882131234500", 60);
        goesOn(scene, 1_800);
      }
    },
  ),
  scene(
    "short_stop_one_account",
    "alert short-stop <=2",
    "an account calls eight numbers of one satellite block, each answered and over after ten seconds, one in five minutes",
    [],
    (scene) => {
      settled(scene);
      for (let i = 0; i < 8; i++) {
        call(scene, THIEF, "201", `0088213123450${i}`, 10);
        scene.wait(300);
      }
    },
  ),
  scene(
    "short_stop_spread_over_accounts",
    "alert short-stop <=2",
    "eight accounts with one call each of five seconds to numbers of one Somali block, another caller each time, within the hour",
    [],
    (scene) => {
      settled(scene);
      for (let i = 0; i < 8; i++) {
        call(scene, outside(60 + i), String(300 + i), `002526123456${10 + i}`, 5);
        scene.wait(400);
      }
    },
  ),
  scene(
    "short_stop_one_number",
    "alert fifteen short <=3",
    "sixteen accounts with one call each of five seconds to one Somali number within the hour",
    [],
    (scene) => {
      settled(scene);
      for (let i = 0; i < 16; i++) {
        call(scene, outside(60 + i), String(300 + i), "0025261234560", 5);
        scene.wait(200);
      }
    },
  ),
  scene(
    "bad_line_to_the_family",
    "quiet",
    "a phone at home reaches a Somali number five times within ten minutes, the line breaks each time after twenty seconds; then half an hour",
    [],
    (scene) => {
      settled(scene);
      for (let i = 0; i < 6; i++) {
        call(scene, phone(1), "201", "00252612345600", i < 5 ? 20 : 1_800);
        scene.wait(100);
      }
      goesOn(scene, 1_900);
    },
  ),
  scene(
    "high_cost_places_one_an_hour",
    "alert fraud <=2",
    "a stolen account calls a high-cost place every forty minutes, each time another one",
    [],
    (scene) => {
      settled(scene);
      for (const number of PLACES) {
        call(scene, THIEF, "201", number, 300);
        scene.wait(2_400);
      }
    },
  ),
  scene(
    "high_cost_places_of_a_guest_house",
    "max 3",
    "guests of a hotel call such places as often, each from a room, through one account of its trunk",
    [],
    (scene) => {
      settled(scene);
      PLACES.forEach((number, room) => {
        dial(scene, THIEF, `4${room}`, number, { server: PBX, seconds: 300, account: "hotel" });
        scene.wait(2_400);
      });
    },
  ),
  scene(
    "high_cost_places_of_an_aid_worker",
    "max 3",
    "a user calls five such places in a day from a telephone that has long been registered",
    [],
    (scene) => {
      const account = new Account(scene, phone(1), PBX, "201");
      for (let i = 0; i < 60; i++) {
        account.login();
        if (i % 6 === 5) call(scene, phone(1), "201", PLACES[Math.floor(i / 12)] as string, 200);
        scene.wait(280);
      }
    },
  ),
];
