import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NO_DIAL_PLAN, NumberPlan } from "../../../../src/track/numbers/number-plan.ts";
import { shippedPrefixes } from "../../../../src/track/numbers/shipped-prefixes.ts";

const TABLE = new URL("plan-table.tsv", import.meta.url);

interface Row {
  readonly dialled: string;
  readonly e164: string;
  readonly abroad: string;
  readonly highCostClass: string;
}

function rowsByPlan(): Map<string, Row[]> {
  const plans = new Map<string, Row[]>();
  for (const line of readFileSync(TABLE, "utf8").split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [country = "", outside = "", dialled = "", e164 = "", abroad = "", highCostClass = ""] =
      line.split("\t");
    const key = `${country} ${outside}`;
    plans.set(key, [...(plans.get(key) ?? []), { dialled, e164, abroad, highCostClass }]);
  }
  return plans;
}

/** A plan as the first two columns declare it; "-" is nothing. */
function planOf(key: string): NumberPlan {
  const [country = "-", line = "-"] = key.split(" ");
  const settings = {
    ...NO_DIAL_PLAN,
    country: country === "-" ? "" : country,
    outsideLines: line === "-" ? [] : [line],
  };
  return new NumberPlan(settings, shippedPrefixes);
}

describe("plan-table.tsv", () => {
  const plans = rowsByPlan();

  it("has 200 numbers of twelve countries and more", () => {
    const rows = [...plans.values()].flat();
    expect(rows.length).toBeGreaterThanOrEqual(200);
    expect(plans.size).toBeGreaterThan(12);
  });

  for (const [key, rows] of plans) {
    it(`is read as it says where the plan is: ${key}`, () => {
      const plan = planOf(key);
      const read = rows.map(({ dialled }) => {
        const reading = plan.read(dialled);
        const abroad = reading?.isAbroad ?? null;
        return {
          dialled,
          e164: reading?.e164 || "-",
          abroad: abroad === null ? "-" : abroad ? "yes" : "no",
          highCostClass: reading?.entry?.class ?? "-",
        };
      });
      expect(read).toEqual(rows);
    });
  }
});

it("reads any text without an exception, and no number longer than E.164 allows", () => {
  const plans = [planOf("- -"), planOf("DE 0")];
  for (const text of [
    "+",
    "*",
    "#",
    "*67",
    "tel:",
    "%",
    "%2B%",
    "+".repeat(99),
    "0".repeat(999),
    "9".repeat(40),
    "\u0000",
    "00;x=1",
    "+1;ext=5",
  ]) {
    for (const plan of plans) {
      expect((plan.read(text)?.e164 ?? "").length, text).toBeLessThanOrEqual(15);
    }
  }
});
