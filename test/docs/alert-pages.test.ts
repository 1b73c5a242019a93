import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { notesOf, readRules } from "../../src/commands/rule-files.ts";
import { defaultConfig } from "../../src/config/config.ts";
import { alertPage, pageName } from "../../src/detect/alerts/alert-page.ts";
import { explainRule } from "../../src/detect/alerts/explain.ts";
import { RuleComments } from "../../src/detect/rules/rule-comments.ts";
import { ROOT } from "../cli/cli.ts";

const FOLDER = join(ROOT, "docs", "alerts");
const { signatures } = readRules(defaultConfig(), { rules: [] }).ruleSet;
const bySid = [...signatures].sort((a, b) => a.alert.sid - b.alert.sid);

describe("docs/alerts (written by npm run docs:alerts)", () => {
  it.each(bySid.map((signature) => [signature.alert.sid, signature] as const))(
    "has the page of %i as its rule and guide say it, and the alert leads there",
    async (sid, signature) => {
      const notes = notesOf(signature);
      expect(notes.guide?.means, "no guide (#:) in the rule file").toMatch(/\.$/);
      expect(notes.guide?.harmless).not.toEqual([]);
      expect(notes.guide?.check).not.toEqual([]);
      expect(notes.guide?.act).not.toEqual([]);
      expect(signature.alert.references.at(-1)).toBe(`docs/alerts/${sid}.md`);
      const page = alertPage(signature, notes);
      await expect(page).toMatchFileSnapshot(join(FOLDER, pageName(sid)));
      // What rules explain says, line for line.
      for (const line of explainRule(signature, notes).split("\n").slice(2))
        expect(page).toContain(line.trim());
    },
  );

  it("has no page of a rule that is gone", () => {
    const pages = existsSync(FOLDER) ? readdirSync(FOLDER).sort() : [];
    expect(pages).toEqual(bySid.map(({ alert }) => pageName(alert.sid)).sort());
  });
});

describe("comments of a rule file", () => {
  const text = [
    "# A file.",
    "",
    "#: scan 42",
    "#: means: Somebody looks.",
    "#: means: Around.",
    "#: harmless: a test",
    "#: do: nothing",
    "#: 7",
    "#: means: Seven.",
    "",
    "# Why five: because",
    "# of this.",
    "alert udp any any -> any any (sid:1;)",
    "#alert udp any any -> any any (sid:2;)",
    "alert udp any any -> any any (sid:3;)",
  ].join("\n");
  const comments = new RuleComments(text);
  const of = (sid: number, attack: string) =>
    comments.guide({ sid, metadata: { attack: [attack] } } as never);

  it("give a guide by sid, else by attack, else none", () => {
    const scan = {
      means: "Somebody looks. Around.",
      harmless: ["a test"],
      check: [],
      act: ["nothing"],
    };
    expect(of(1, "scan")).toEqual(scan);
    expect(of(42, "none")).toEqual(scan);
    expect(of(7, "scan")?.means).toBe("Seven.");
    expect(of(1, "none")).toBeNull();
  });

  it("give what stands right above a rule", () => {
    expect(comments.above(13)).toBe("Why five: because of this.");
    expect(comments.above(15)).toBe("");
    expect(comments.above(1)).toBe("");
  });
});
