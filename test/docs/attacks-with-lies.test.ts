import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { attacksIn, deedsOf, gravest } from "../support/attack-verdict.ts";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { LIES, withLie } from "../support/lies.ts";
import { attackCapture } from "../support/mutated-attack.ts";

const PAGE = fileURLToPath(new URL("../../docs/attacks-with-lies.md", import.meta.url));
const BEGIN = "<!-- table: made by test/docs/attacks-with-lies.test.ts -->\n";
const END = "<!-- end of the table -->\n";
/** So long after the first alert lies are told. */
const AFTER_US = 500_000;
const NOTHING_TO_SAY = "";
/** The attack is not told as such, something as grave is. */
const AS_ANOTHER = "*";
const NOT_FOUND = "-";

async function rowOf(capture: ReturnType<typeof attackCapture>): Promise<string[]> {
  const found = await attacksIn(capture.packets);
  const { least, attacks } = deedsOf(found);
  const untilUs = (gravest(found, attacks)?.timeUs ?? 0) + AFTER_US;
  const cells = [String(least)];
  for (const lie of LIES) {
    const packets = withLie(capture, lie, untilUs);
    if (packets === null) {
      cells.push(NOTHING_TO_SAY);
      continue;
    }
    const told = await attacksIn(packets);
    const severity = gravest(told, attacks)?.severity;
    const isOther = told.some((other) => other.severity <= least);
    cells.push(severity?.toString() ?? (isOther ? AS_ANOTHER : NOT_FOUND));
  }
  return cells;
}

describe("attacks beside which lies are told are found", () => {
  const text = readFileSync(PAGE, "utf8");
  const start = text.indexOf(BEGIN) + BEGIN.length;
  const end = text.indexOf(END);
  const rows: string[] = [];

  for (const bundled of bundledCaptures().filter(({ isHealthy }) => !isHealthy)) {
    it(`${bundled.name}, as docs/attacks-with-lies.md has it`, async () => {
      const cells = await rowOf(attackCapture(bundled));
      expect(cells).not.toContain(NOT_FOUND);
      const row = `| \`${bundled.name}\` | ${cells.join(" | ")} |`;
      rows.push(row);
      if (process.env.UPDATE_DOCS === undefined)
        expect(text.slice(start, end)).toContain(`${row}\n`);
    });
  }

  it("in a table of all of them (write it with UPDATE_DOCS=1)", () => {
    const names = ["capture", "as it is", ...LIES.map(({ name }) => name)];
    const head = [`| ${names.join(" | ")} |`, `|---${"|---:".repeat(names.length - 1)}|`];
    const table = `${[...head, ...rows].join("\n")}\n`;
    if (process.env.UPDATE_DOCS !== undefined) {
      writeFileSync(PAGE, text.slice(0, start) + table + text.slice(end));
    } else expect(text.slice(start, end)).toBe(table);
  });
});
