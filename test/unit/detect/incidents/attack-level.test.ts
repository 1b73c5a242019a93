import { describe, expect, it } from "vitest";
import { AttackLevel } from "../../../../src/detect/incidents/attack-level.ts";

/** Seconds after the alert at which matches, one each so many seconds, still were an attack. */
function attackSeconds(level: AttackLevel, everyS: number, untilS: number, fromS = 0): number[] {
  const seconds: number[] = [];
  for (let at = fromS + everyS; at <= untilS; at += everyS) {
    if (level.add(at * 1e6)) seconds.push(at);
  }
  return seconds;
}

describe("a rule of 20 in 60 s", () => {
  it("goes on at its own rate, without a gap", () => {
    expect(attackSeconds(new AttackLevel(20, 60, 0), 3, 6_000)).toHaveLength(2_000);
  });

  it("goes on at half its rate", () => {
    expect(attackSeconds(new AttackLevel(20, 60, 0), 6, 6_000)).toHaveLength(1_000);
  });

  it("ends at a third of its rate, within a few of its windows", () => {
    const seconds = attackSeconds(new AttackLevel(20, 60, 0), 9, 6_000);
    expect(seconds.at(-1)).toBeLessThan(300);
  });

  it("begins again after as many in its window as the rule itself asks for", () => {
    const level = new AttackLevel(20, 60, 0);
    const [first] = attackSeconds(level, 3, 5_000, 2_000);
    // The 19th: what was counted before is forgotten.
    expect(first).toBe(2_000 + 19 * 3);
  });
});

it("takes each match of a rule that alerts on each as an attack", () => {
  expect(attackSeconds(new AttackLevel(1, 0, 0), 1_000, 10_000)).toHaveLength(10);
});

it("takes packets that are out of order as simultaneous", () => {
  const level = new AttackLevel(4, 60, 100e6);
  expect(level.add(10e6)).toBe(true);
  expect(level.add(Number.NaN)).toBe(false);
});
