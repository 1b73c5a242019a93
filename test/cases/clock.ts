import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import { Call, wholeCall } from "./call.ts";
import { accountsOfPhones } from "./digest.ts";
import { media, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";
import { Talker } from "./talker.ts";

const KIND = "clock";
const HOUR_US = 3_600_000_000;

/** An ordinary quarter of an hour: 20 phones log in and refresh, four calls. */
function office(scene: Scene): void {
  const accounts = accountsOfPhones(scene, 20);
  for (let round = 0; round < 4; round++) {
    for (const account of accounts) {
      account.login();
      scene.wait(0.5);
    }
    const [n, m] = [2 * round + 1, 2 * round + 2];
    const call = new Call(scene, phone(n), phone(m), {
      from: String(200 + n),
      to: String(200 + m),
    });
    wholeCall(call, 6, round % 2 === 0 ? 0 : 1);
    scene.wait(200);
  }
}

function walk(scene: Scene, users: number): void {
  for (let i = 0; i < users; i++) {
    const request = requestOf(scene, STRANGER, PBX, "REGISTER", String(1000 + i));
    scene.send(STRANGER, PBX, request.text);
    scene.send(PBX, STRANGER, sipResponse(request, 404, { toTag: scene.hex(8) }), 0.01);
    scene.wait(0.2);
  }
  scene.wait(20);
}

function quiet(name: string, what: string, clock: (timeUs: number, index: number) => number): Case {
  return {
    name,
    expect: "quiet",
    kind: KIND,
    what: `${what}; an ordinary office`,
    make: (scene) => {
      office(scene);
      scene.retime(clock);
    },
  };
}

function enumerated(
  name: string,
  what: string,
  clock: (timeUs: number, index: number) => number,
): Case {
  return {
    name,
    expect: "alert enum <=2",
    kind: KIND,
    what: `${what}; a walk over 120 users, five a second, 404`,
    make: (scene) => {
      walk(scene, 120);
      scene.retime(clock);
    },
  };
}

export const CLOCK: readonly Case[] = [
  quiet(
    "clock_back_an_hour",
    "the sensor's clock steps back an hour in the middle of a call",
    (timeUs, index) => (index < 500 ? timeUs : timeUs - HOUR_US),
  ),
  quiet(
    "clock_forward_a_day",
    "the clock steps forward a day in the middle of a call",
    (timeUs, index) => (index < 500 ? timeUs : timeUs + 24 * HOUR_US),
  ),
  quiet("clock_one_packet_of_1970", "one packet has the time 0", (timeUs, index) =>
    index === 300 ? 0 : timeUs,
  ),
  quiet(
    "clock_saws",
    "two sensors' clocks differ by 3 s, their packets alternate by the hundred",
    (timeUs, index) => (Math.floor(index / 100) % 2 === 0 ? timeUs : timeUs - 3_000_000),
  ),
  quiet("clock_without_times", "no packet has a time", () => 0),
  enumerated("clock_walk_one_of_1970", "the fifth packet has the time 0", (timeUs, index) =>
    index === 4 ? 0 : timeUs,
  ),
  enumerated(
    "clock_walk_back_an_hour",
    "the clock steps back an hour in the middle of the walk",
    (timeUs, index) => (index < 100 ? timeUs : timeUs - HOUR_US),
  ),
  enumerated(
    "clock_walk_each_tenth_wrong",
    "each tenth packet is from the year 2001 or 2099",
    (timeUs, index) =>
      index % 20 === 9 ? 1_000_000_000_000_000 : index % 20 === 19 ? 4_070_908_800_000_000 : timeUs,
  ),
  {
    name: "clock_injection_after_step",
    expect: "alert media|inject <=2",
    kind: KIND,
    what: "the clock steps back 90 s in a call; 2 s later a stranger injects for 3 s",
    make: (scene) => {
      const call = new Call(scene, phone(1), phone(2)).start(10);
      new Talker(scene, media(STRANGER, 40_000), call.parties[1].media).talk(3, 5);
      scene.wait(10.03);
      call.hangUp();
      scene.retime((timeUs, index) => (index < 300 ? timeUs : timeUs - 90_000_000));
    },
  },
];
