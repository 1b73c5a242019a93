import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { OPTIONS_RULE, ROOT, sipsentry } from "../cli/cli.ts";
import { docBlocks } from "../support/doc-blocks.ts";

/** A reader follows docs/ci.md: its files are put where it says, and its commands are run there. */

const CAPTURES = [
  "enum_register/svwar_register_404_vs_401.pcap",
  "bye_spoof/bye_third_party_to_callee.pcap",
  "benign/b02_call_two_way_rtp.pcap",
];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sipsentry-ci-"));
  for (const { file, text } of docBlocks("ci")) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  for (const name of CAPTURES) cpSync(join(ROOT, "pcaps", name), join(folder, "captures", name));
  mkdirSync(join(folder, "rules"));
  writeFileSync(
    join(folder, "rules", "site.rules"),
    OPTIONS_RULE.replace("content:", "dsize:>60000; content:"),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function commandsOf(text: string): string[] {
  return [...text.matchAll(/^ +- (?:run: )?(sipsentry .*)$/gm)].map(([, command = ""]) => command);
}

describe("docs/ci.md", () => {
  const pages = docBlocks("ci").filter(({ language }) => language === "yaml");

  it("has workflows that are YAML, with the same commands", () => {
    expect(pages.map(({ file }) => file)).toEqual([".github/workflows/voip.yml", ".gitlab-ci.yml"]);
    for (const { text } of pages) expect(parse(text)).toBeTypeOf("object");
    const [github = [], gitlab = []] = pages.map(({ text }) => commandsOf(text));
    expect(github).toHaveLength(2);
    expect(gitlab).toEqual(github);
  });

  it("has commands that do what it says", async () => {
    for (const command of commandsOf(pages[0]?.text ?? "")) {
      const words = command.split(" ").slice(1);
      const result = await sipsentry(words, { cwd: folder });
      expect(result.stderr).toBe("");
      expect(result.exitCode).toBe(0);
    }
    const report = readFileSync(join(folder, "report.xml"), "utf8");
    expect(report).toMatch(/tests="3" failures="0" errors="0"/);
    expect(existsSync(join(folder, "report.xml"))).toBe(true);
  });
});
