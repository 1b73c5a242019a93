import { requestOf } from "../support/sip-actors.ts";
import { sipResponse } from "../support/sip-builder.ts";
import { Call, wholeCall } from "./call.ts";
import { CARRIER, PBX } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "tdos";
const NUMBER = "+493055510";

/** Somebody anywhere in the country. */
function anybody(scene: Scene): string {
  return `+49${2_000_000_000 + Math.floor(scene.random() * 7_000_000_000)}`;
}

/** The call is not taken. */
function refused(scene: Scene, from: string, to: string, status = 486): void {
  const request = requestOf(scene, CARRIER, PBX, "INVITE", from, { to });
  const toTag = scene.hex(8);
  scene.send(CARRIER, PBX, request.text);
  scene.send(PBX, CARRIER, sipResponse(request, status, { toTag }), 0.1);
}

/** The call is taken, and ended by the caller after so long. */
function taken(scene: Scene, from: string, to: string, seconds: number): void {
  const start = scene.now;
  new Call(scene, CARRIER, PBX, { from, to, ringSeconds: 0.1 })
    .ring()
    .pickUp()
    .ask(0, "BYE", 200, { after: seconds });
  scene.now = start;
}

/** At their own times, so many a minute on the average. */
function pause(scene: Scene, perMinute: number): void {
  scene.wait((-60 / perMinute) * Math.log(1 - scene.random()));
}

function healthy(name: string, what: string, make: (scene: Scene) => void): Case {
  return { name, expect: "quiet", kind: KIND, what, make };
}

/** The sensor has just started: what is usual is not known. */
export const TDOS: readonly Case[] = [
  {
    name: "tdos_from_the_first_minute",
    expect: "alert tdos <=2",
    kind: KIND,
    what: "forty callers a minute of one number from the capture's start, at random times, each once, all find it busy",
    make: (scene) => {
      for (let n = 0; n < 160; n++) {
        refused(scene, anybody(scene), NUMBER);
        pause(scene, 40);
      }
    },
  },
  {
    name: "tdos_by_the_clock_with_redials",
    expect: "alert tdos <=2",
    kind: KIND,
    what: "who knows that people call again does so with every eighth call; the numbers are made up in order, the calls come by the clock",
    make: (scene) => {
      for (let n = 0; n < 160; n++) {
        refused(scene, `+4989${4_000_000 + n - (n % 8 === 7 ? 3 : 0)}`, NUMBER);
        scene.wait(1.2 + 0.3 * scene.random());
      }
    },
  },
  {
    name: "tdos_over_the_numbers_of_a_site",
    expect: "alert tdos <=2",
    kind: KIND,
    what: "sixty calls a minute to twenty numbers of one site by turns, another caller each, nobody is there or the line is busy",
    make: (scene) => {
      for (let n = 0; n < 240; n++) {
        const to = `+4930555${1000 + Math.floor(scene.random() * 20)}`;
        refused(scene, anybody(scene), to, n % 3 === 0 ? 480 : 486);
        pause(scene, 60);
      }
    },
  },
  healthy(
    "hotline_that_is_busy",
    "a hotline at its limit: sixty calls a minute, every third gets through, who does not calls again",
    (scene) => {
      const waiting: string[] = [];
      for (let n = 0; n < 400; n++) {
        const again = scene.random() < 0.3 ? waiting.shift() : undefined;
        const from = again ?? anybody(scene);
        if (n % 3 === 0) taken(scene, from, NUMBER, 120);
        else {
          refused(scene, from, NUMBER);
          waiting.push(from);
        }
        pause(scene, 60);
      }
    },
  ),
  healthy(
    "hotline_in_the_news",
    "a hotline that was named in the news: 150 calls a minute by the clock of a carrier's switch, each fifth gets through, nobody calls again",
    (scene) => {
      for (let n = 0; n < 400; n++) {
        if (n % 5 === 0) taken(scene, anybody(scene), NUMBER, 90);
        else refused(scene, anybody(scene), NUMBER);
        scene.wait(0.3);
      }
    },
  ),
  healthy(
    "hotline_that_nobody_reaches",
    "the line is busy for five minutes; every fifth call is somebody's who has called within half a minute",
    (scene) => {
      const last: string[] = [];
      for (let n = 0; n < 250; n++) {
        const again = scene.random() < 0.2;
        const from = (again && last[Math.floor(scene.random() * last.length)]) || anybody(scene);
        refused(scene, from, NUMBER);
        last.push(from);
        if (last.length > 25) last.shift();
        pause(scene, 50);
      }
    },
  ),
  healthy(
    "vote_by_telephone_that_is_answered",
    "a vote: two hundred calls a minute, each taken by a machine and over within six seconds",
    (scene) => {
      for (let n = 0; n < 700; n++) {
        taken(scene, anybody(scene), NUMBER, 3 + 3 * scene.random());
        pause(scene, 200);
      }
    },
  ),
  healthy(
    "vote_by_telephone_that_is_gapped",
    "the same behind a network that lets one call through in a third of a second (call gapping)",
    (scene) => {
      for (let n = 0; n < 700; n++) {
        taken(scene, anybody(scene), NUMBER, 3 + 3 * scene.random());
        scene.wait(0.3);
      }
    },
  ),
  healthy(
    "office_that_many_call",
    "an office with sixty calls a minute to forty extensions: half taken, a quarter busy, a quarter rings in vain",
    (scene) => {
      for (let n = 0; n < 400; n++) {
        const to = `+4930555${1000 + Math.floor(scene.random() * 40)}`;
        const from = anybody(scene);
        if (n % 2 === 0) taken(scene, from, to, 60);
        else refused(scene, from, to, n % 4 === 1 ? 486 : 487);
        pause(scene, 60);
      }
    },
  ),
  healthy(
    "trunk_of_an_office_is_down",
    "the same while its PBX says 503 to everybody, and carriers' callers do not try again",
    (scene) => {
      for (let n = 0; n < 3; n++) wholeCall(new Call(scene, CARRIER, PBX, { to: NUMBER }), 5);
      for (let n = 0; n < 250; n++) {
        const to = `+4930555${1000 + Math.floor(scene.random() * 40)}`;
        refused(scene, anybody(scene), to, 503);
        pause(scene, 60);
      }
    },
  ),
];
