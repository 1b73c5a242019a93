import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { readRules } from "../../src/commands/rule-files.ts";
import { defaultConfig } from "../../src/config/config.ts";
import { eveFields } from "../support/eve-fields.ts";
import { type SigmaRule, sigmaRules } from "../support/sigma-rules.ts";
import { ROOT } from "./deployed-file.ts";

const FOLDER = join(ROOT, "deploy", "sigma");
const { signatures } = readRules(defaultConfig(), { rules: [] }).ruleSet;
const rules = sigmaRules(signatures);
const HEAD = "# Made by `npx vitest run test/deploy/sigma.test.ts -u` from rules/*.rules.\n";
const fields = eveFields();

describe("deploy/sigma", () => {
  it.each([...rules])("has %s as the shipped rules say it", async (name, rule) => {
    const text = HEAD + stringify(rule, { lineWidth: 0 });
    await expect(text).toMatchFileSnapshot(join(FOLDER, name));
    // What the Sigma specification (2.0) asks of a rule.
    const read = parse(text) as SigmaRule;
    expect(read.title.length).toBeLessThanOrEqual(256);
    expect(read.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(["critical", "high", "medium", "low", "informational"]).toContain(read.level);
    expect(read.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    for (const tag of read.tags) expect(tag).toMatch(/^attack\.(t\d{4}(\.\d{3})?|[a-z-]+)$/);
    expect(read.description).toMatch(/\.$/);
    expect(read.falsepositives.length).toBeGreaterThan(0);
    expect(read.detection.condition).toBe("selection");
    // A field that the program does not write would never match.
    const used = [...Object.keys(read.detection.selection), ...read.fields];
    for (const field of used) expect(fields.has(field), field).toBe(true);
  });

  it("has a rule for each kind of attack that shipped rules find, and no other file", () => {
    expect(readdirSync(FOLDER).sort()).toEqual([...rules.keys()].sort());
    const sids = [...rules.values()].flatMap(
      ({ detection }) => (detection.selection["alert.signature_id"] as number[]) ?? [],
    );
    const attacks = signatures.filter(
      ({ alert }) => alert.severity <= 3 && (alert.metadata.attack?.[0] ?? "none") !== "none",
    );
    expect(sids.sort()).toEqual(attacks.map(({ alert }) => alert.sid).sort());
    const ids = [...rules.values()].map(({ id }) => id);
    expect(new Set(ids).size).toBe(rules.size);
  });
});
