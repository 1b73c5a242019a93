import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultConfig } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/config-file.ts";
import { type OptionRow, optionRows } from "../../src/config/config-options.ts";
import { sipsentry } from "./cli.ts";

const DEPLOYED = fileURLToPath(new URL("../../deploy/systemd/sipsentry.yaml", import.meta.url));

/** What the unit needs; all other options are there as comments, with their defaults. */
const SET: Readonly<Record<string, unknown>> = {
  outputs: ["eve:/var/log/sipsentry/eve.json"],
  // The unit comes with logrotate.
  "eve.rotateMib": 0,
  "spool.dir": "/var/lib/sipsentry/spool",
  "baseline.file": "/var/lib/sipsentry/baselines.state",
  "cases.file": "/var/lib/sipsentry/cases.json",
  "evidence.dir": "/var/lib/sipsentry/evidence",
};

const WIDTH = 110;

/** A comment of whole words, within the width. */
function comment(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && `${indent}# ${line} ${word}`.length > WIDTH) {
      lines.push(`${indent}# ${line}`);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, `${indent}# ${line}`];
}

function about({ about: text, unit, bounds }: OptionRow): string {
  const notes = [unit, bounds].filter((part) => part !== "").join(", ");
  return notes === "" ? text : `${text} (${notes})`;
}

/** The whole file, from the table of options. */
function deployedConfig(): string {
  const lines = [
    "# Configuration of sipsentry as the systemd unit runs it; install as /etc/sipsentry/sipsentry.yaml.",
    "#",
    "# Every option is here. What is commented out has its default; lines that are not are for the unit's folders.",
    "# Check it with: sipsentry config check --config /etc/sipsentry/sipsentry.yaml",
    "# vars and rules take effect at a reload (systemctl reload sipsentry), all else at a restart.",
    "#",
    "# Made by `npx vitest run test/cli/deployed-config.test.ts -u` from the tables in src/config/.",
  ];
  let path: readonly string[] = [];
  let last = "";
  for (const row of optionRows()) {
    const parts = row.key.split(".");
    const folders = parts.slice(0, -1);
    folders.forEach((name, depth) => {
      if (folders.slice(0, depth + 1).join(".") === path.slice(0, depth + 1).join(".")) return;
      if (depth === 0) lines.push("");
      lines.push(`${"  ".repeat(depth)}${name}:`);
    });
    if (folders.length === 0) lines.push("");
    path = folders;
    const indent = "  ".repeat(folders.length);
    // All variables of a kind have one description.
    if (about(row) !== last) lines.push(...comment(about(row), indent));
    last = about(row);
    const value = row.key.startsWith("vars.") ? JSON.stringify(row.value) : row.value;
    const given = SET[row.key];
    const name = parts.at(-1) ?? "";
    if (given === undefined) lines.push(`${indent}#${name}: ${value}`);
    else lines.push(`${indent}${name}: ${JSON.stringify(given)}`);
  }
  return `${lines.join("\n")}\n`;
}

describe("deploy/systemd/sipsentry.yaml", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sipsentry-deployed-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("holds every option (write it with -u)", async () => {
    await expect(deployedConfig()).toMatchFileSnapshot(DEPLOYED);
  });

  it("is taken by config check, and sets only what the unit needs", async () => {
    const { exitCode, stderr } = await sipsentry(["config", "check", "--config", DEPLOYED]);
    expect(exitCode, stderr).toBe(0);
    const { baseline, cases, eve, evidence, outputs, spool, ...rest } = loadConfig({
      file: DEPLOYED,
    });
    const defaults = defaultConfig();
    expect({ baseline, cases, eve, evidence, outputs, spool }).toEqual({
      cases: { ...defaults.cases, file: "/var/lib/sipsentry/cases.json" },
      baseline: { ...defaults.baseline, file: "/var/lib/sipsentry/baselines.state" },
      eve: { ...defaults.eve, rotateMib: 0 },
      outputs: ["eve:/var/log/sipsentry/eve.json"],
      spool: { ...defaults.spool, dir: "/var/lib/sipsentry/spool" },
      evidence: { ...defaults.evidence, dir: "/var/lib/sipsentry/evidence" },
    });
    const {
      baseline: _b,
      cases: _c,
      eve: _,
      evidence: __,
      outputs: ___,
      spool: ____,
      ...defaultRest
    } = defaults;
    expect(rest).toEqual(defaultRest);
  });

  it("comments say the defaults: all of them uncommented changes nothing", () => {
    const file = join(folder, "uncommented.yaml");
    const text = readFileSync(DEPLOYED, "utf8").replaceAll(/^( *)#(\w+: )/gm, "$1$2");
    writeFileSync(file, text);
    expect(loadConfig({ file })).toEqual(loadConfig({ file: DEPLOYED }));
  });
});
