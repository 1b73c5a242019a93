import type { Endpoint } from "../support/wire.ts";
import { Call } from "./call.ts";
import { forgedBy, outside, PBX, phone } from "./lab.ts";
import { SBC } from "./passed-on.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "passed-calls";
const THIEF: Endpoint = outside(77);
/** Somalia, Cuba, a satellite: an answered call to each is a sign. */
const NUMBERS = ["00252612345601", "00252612345602", "005352123456", "00882131234500"] as const;

interface Passed {
  readonly asker: Endpoint;
  readonly number: string;
  readonly from?: string;
  /** What the SBC tells its asker: an answer, a refusal, or nothing. */
  readonly answer?: number;
}

/** A call through the SBC, which asks the PBX with a Call-ID and in a name of its own; twenty seconds. */
function through(scene: Scene, { asker, from = "201", number, answer = 200 }: Passed): void {
  const outer = new Call(scene, asker, SBC, { from, to: number, ringSeconds: 0.01 });
  outer.ring();
  const inner = new Call(scene, SBC, PBX, { from: "trunk", to: number }).start();
  if (answer === 200) outer.pickUp();
  else if (answer > 0) scene.send(SBC, asker, outer.answer(answer));
  scene.wait(20);
  inner.hangUp();
  if (answer === 200) outer.hangUp();
  scene.wait(40);
}

export const PASSED_CALLS: readonly Case[] = [
  {
    name: "high_cost_calls_through_an_sbc",
    expect: "alert high-cost destinations <=3",
    kind: KIND,
    what: "a stolen account calls four high-cost numbers through a back-to-back user agent that is mirrored on both sides: the caller is told, not the SBC",
    make: (scene) => {
      for (const number of NUMBERS) through(scene, { asker: THIEF, number });
    },
  },
  {
    name: "high_cost_calls_through_an_sbc_by_a_family_each",
    expect: "quiet",
    kind: KIND,
    what: "four customers of an SBC call one high-cost number each: together they are what one thief does, and nobody is one",
    make: (scene) => {
      for (const [n, number] of NUMBERS.entries()) {
        through(scene, { asker: outside(30 + n), from: `30${n}`, number });
      }
    },
  },
  {
    name: "high_cost_calls_by_the_sbc_in_the_name_of_a_phone",
    expect: "alert high-cost destinations <=3",
    kind: KIND,
    what: "who has broken into the SBC writes to it first, in the name of a phone, what it then calls, and refuses that",
    make: (scene) => {
      for (const number of NUMBERS) {
        through(scene, { asker: forgedBy(phone(7)), number, answer: 0 });
      }
    },
  },
];
