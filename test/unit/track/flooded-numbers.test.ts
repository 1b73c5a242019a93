import { expect, it } from "vitest";
import { FloodedNumbers } from "../../../src/track/nuisance/flooded-numbers.ts";

const NUMBER = 7;
const SECOND_US = 1_000_000;

/** A call each two seconds for so long; when it was told, in seconds after `fromS`. */
function toldAfterS(numbers: FloodedNumbers, fromS: number, seconds: number): number[] {
  const told: number[] = [];
  numbers.begin(NUMBER, fromS * SECOND_US);
  for (let at = 0; at < seconds; at += 2) {
    const timeUs = (fromS + at) * SECOND_US;
    const callKey = 1_000_000 + fromS + at;
    const call = { callKey, callerKey: callKey, caller: -1, called: NUMBER };
    if (numbers.call(NUMBER, call, timeUs) !== null) told.push(at);
  }
  return told;
}

it("tells a flood that lasts once, and the next one as soon, when the first was over", () => {
  const numbers = new FloodedNumbers(false);
  expect(toldAfterS(numbers, 1_000, 300)).toEqual([90]);
  expect(toldAfterS(numbers, 9_000, 300)).toEqual([90]);
});

it("asks for nothing once a flood is over", () => {
  const numbers = new FloodedNumbers(false);
  expect(numbers.isIdle(0)).toBe(true);
  toldAfterS(numbers, 1_000, 100);
  expect(numbers.isIdle(1_130 * SECOND_US)).toBe(false);
  expect(numbers.isIdle(1_200 * SECOND_US)).toBe(true);
});
