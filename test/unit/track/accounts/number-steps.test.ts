import { expect, it } from "vitest";
import { NumberSteps } from "../../../../src/track/accounts/number-steps.ts";

function isCounting(users: readonly string[]): boolean[] {
  const steps = new NumberSteps();
  return users.map((user) => steps.isCounting(user));
}

it("tells a walk over numbers at its fourth equal step, up or down, whatever stands before them", () => {
  expect(isCounting(["100", "101", "102", "103", "104"])).toEqual([
    false,
    false,
    false,
    false,
    true,
  ]);
  expect(isCounting(["ext90", "ext80", "ext70", "ext60", "ext50"]).at(-1)).toBe(true);
});

it("stays with it", () => {
  expect(isCounting(["1", "2", "3", "4", "5", "900", "anna"]).at(-1)).toBe(true);
});

it("does not take telephones for one that ask in no order, again for the same user, or have names", () => {
  for (const users of [
    ["101", "105", "103", "104", "102", "107", "106"],
    ["101", "101", "101", "101", "101", "101"],
    ["100", "200", "300", "400", "500", "600"],
    ["anna", "bob", "carla", "dirk", "eva", ""],
    ["100", "101", "102", "anna", "104", "108"],
  ]) {
    expect(isCounting(users)).not.toContain(true);
  }
});
