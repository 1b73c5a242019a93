import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { completionOf } from "../../src/commands/completion.ts";
import { EXAMPLES, pathOf } from "../../src/commands/examples.ts";
import { manPage } from "../../src/commands/man-page.ts";
import { Messages } from "../../src/commands/messages.ts";
import { makeProgram } from "../../src/commands/program.ts";
import { folderOfTest } from "../support/temporary-folder.ts";
import { sipsentry } from "./cli.ts";

const program = makeProgram(new Messages(), () => {});
const commands = allOf(program).filter((command) => command.name() !== "help");

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}

function optionsOf(command: Command): string[] {
  const { options } = command;
  return [...options.flatMap(({ long }) => long ?? []), "--help"];
}

describe.each(commands.map((command) => [pathOf(command), command] as const))("%s", (path) => {
  it("has examples, and their commands and options exist", () => {
    const examples = EXAMPLES[path] ?? [];
    expect(examples.length).toBeGreaterThan(0);
    for (const [line] of examples) {
      const words = /sipsentry ([^|>)]*)/.exec(line)?.[1]?.trim().split(" ") ?? [];
      let command = program;
      for (const word of words)
        command = command.commands.find((one) => one.name() === word) ?? command;
      expect(command, line).not.toBe(program);
      for (const option of words.filter((word) => word.startsWith("--"))) {
        expect(optionsOf(command), line).toContain(option);
      }
    }
  });
});

it("-h is --help, with the examples, and -V is --version", async () => {
  const runs = await Promise.all(
    [["replay", "--help"], ["replay", "-h"], ["-V"], ["--version"]].map((args) => sipsentry(args)),
  );
  const [help, h, v, version] = runs.map(({ stdout }) => stdout);
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
  expect(h).toBe(help);
  expect(v).toBe(version);
  expect(v).toMatch(/^\d+\.\d+\.\d+\n$/);
  for (const [line] of EXAMPLES["sipsentry replay"] ?? []) expect(help).toContain(line);
});

it.each([[["help", "rules", "check"]], [["rules", "help", "check"]]])(
  "%j prints what rules check --help does",
  async (words) => {
    const [help, byOption] = await Promise.all([
      sipsentry(words),
      sipsentry(["rules", "check", "--help"]),
    ]);
    expect(help).toEqual(byOption);
  },
);

it("the manual page has every option of every command, and is roff", () => {
  const page = manPage(program);
  const plain = page.replaceAll("\\-", "-");
  for (const command of commands)
    for (const option of optionsOf(command)) expect(plain).toContain(option);
  // What begins with a dot is a macro, and an apostrophe would be one.
  const odd = page
    .split("\n")
    .filter((line) => /^'|^\.(?!(TH|SH|SS|TP|B|BR|I|PP|br)\b)/.test(line));
  expect(odd).toEqual([]);
});

describe("completion", () => {
  const hasBash = spawnSync("bash", ["--version"]).error === undefined;

  it.skipIf(!hasBash)("of bash knows commands, options and their choices", () => {
    const file = join(folderOfTest(), "sipsentry.bash");
    writeFileSync(file, completionOf(program, "bash"));
    const complete = (...words: string[]): string[] => {
      const list = words.map((word) => `'${word}'`).join(" ");
      const script = `source ${file}; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _sipsentry; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8" });
      expect(stderr).toBe("");
      return stdout.trim().split("\n");
    };
    expect(complete("sipsentry", "re")).toEqual(["replay"]);
    expect(complete("sipsentry", "rules", "ex")).toEqual(["explain"]);
    expect(complete("sipsentry", "replay", "x.pcap", "--exp")).toContain("--expect");
    expect(complete("sipsentry", "replay", "--log-format", "")).toEqual(["text", "json"]);
    expect(complete("sipsentry", "completion", "")).toContain("fish");
    expect(complete("sipsentry", "live", "--exp")).not.toContain("--expect");
  });

  it("of fish and zsh have every command", () => {
    for (const shell of ["fish", "zsh"] as const) {
      const script = completionOf(program, shell);
      for (const command of commands) expect(script).toContain(command.name());
    }
    const fish = completionOf(program, "fish");
    expect(fish).toContain("-l assume-rate -r");
    // Each line is one command: quotes open and close.
    for (const line of fish.trim().split("\n").slice(1)) {
      expect(line.replaceAll("\\'", "").split("'").length % 2, line).toBe(1);
    }
  });
});
