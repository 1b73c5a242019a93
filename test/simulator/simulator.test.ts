import { describe, expect, it } from "vitest";
import { ATTACKS } from "./attacks/all.ts";
import { violationsOf } from "./invariants.ts";
import { attackPlan, honestPlan } from "./plan.ts";
import { nameOf, reproduce } from "./reproduction.ts";
import type { WorldPlan } from "./world.ts";

const HONEST_SEEDS = 60;

/** Every violation, a line each; of the first one a capture to look at. */
function failuresOf(plans: readonly WorldPlan[]): string[] {
  const lines: string[] = [];
  for (const plan of plans) {
    const violations = violationsOf(plan);
    const [first] = violations;
    if (first === undefined) continue;
    const where = lines.length === 0 ? `\n    ${reproduce(plan, first)}` : "";
    const what = violations.map((violation) => `${violation.invariant}: ${violation.what}`);
    lines.push(`${nameOf(plan)}: ${[...new Set(what)].join(" | ")}${where}`);
  }
  return lines;
}

function holds(name: string, plans: () => readonly WorldPlan[]): void {
  it(name, () => {
    const failures = failuresOf(plans());
    expect(failures.length, failures.join("\n")).toBe(0);
  });
}

describe("an honest network raises nothing urgent", () => {
  for (let from = 0; from < HONEST_SEEDS; from += 10) {
    holds(`seeds ${from} to ${from + 9}`, () =>
      Array.from({ length: 10 }, (_, i) => honestPlan(from + i)),
    );
  }
});

describe("an attack in an honest network is found, plain and under each evasion", () => {
  for (const attack of ATTACKS) {
    holds(attack.name, () =>
      Array.from({ length: 1 + attack.evasions.length }, (_, round) => attackPlan(attack, round)),
    );
  }
});
