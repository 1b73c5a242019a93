import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCHEMAS } from "../../src/emit/schemas.ts";
import { BUILT_MAIN } from "../support/build-program.ts";
import { OPTIONS_RULE, optionsPacket, pcapFile, ROOT, sipsentry } from "./cli.ts";

let folder = "";
const at = (name: string): string => join(folder, name);
const capture = pcapFile([1, 2, 3, 4].map(optionsPacket));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sipsentry-replay-"));
  writeFileSync(at("options.pcap"), capture);
  writeFileSync(at("options.rules"), OPTIONS_RULE);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Replays the capture with the rule that fires on each of its packets (severity 3), each alert written. */
const UNFOLDED = ["--set", "incidents.fold=false"];
function replay(...args: string[]) {
  return sipsentry([
    ...["replay", at("options.pcap"), "--rules", at("options.rules"), ...UNFOLDED, ...args],
  ]);
}

it("folds the alerts of one attack into its incident by default", async () => {
  const { stdout } = await replay("--set", "incidents.fold=true", "--eve", "-", "--quiet");
  const lines = linesOf(stdout);
  expect(lines).toMatchObject([
    { event_type: "alert" },
    { event_type: "incident", incident: { state: "closed", reason: "end_of_run", count: 4 } },
  ]);
  const { voip } = lines[0] as { voip: { alert_id: string } };
  expect(lines[1]).toMatchObject({ incident: { id: voip.alert_id } });
});

function linesOf(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

describe("results on standard output", () => {
  it("are the summary, without colour when it is no terminal, and without anything that changes", async () => {
    const [first, second] = await Promise.all([replay(), replay()]);
    expect(first.stdout).toMatch(/^Packets +4, /);
    expect(first.stdout).toMatch(/ 1000001 {2}10\.0\.0\.1 → 10\.0\.0\.2 +4 {2}OPTIONS seen$/m);
    expect(first.stdout).not.toContain("\x1b");
    expect(first.stdout).toBe(second.stdout);
    expect(first.stderr).toMatch(/^sipsentry: 4 packets in [\d.]+ s, [\d,]+ packets\/s$/m);
    expect(first.exitCode).toBe(0);
  });

  it("are one JSON object with --json, as the schema says", async () => {
    const { stdout } = await replay("--json", "--quiet");
    const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
      SCHEMAS.summary,
    );
    expect(linesOf(stdout)).toHaveLength(1);
    validate(JSON.parse(stdout));
    expect(validate.errors ?? []).toEqual([]);
    expect(JSON.parse(stdout)).toMatchObject({
      packets: { total: 4 },
      sip: { requests: { OPTIONS: 4 }, call_ids: 4 },
      alerts: { total: 4, by_rule: [{ sid: 1_000_001, count: 4 }] },
    });
  });

  it("are EVE lines only with --eve -; the summary goes to standard error", async () => {
    const { stdout, stderr } = await replay("--eve", "-");
    expect(linesOf(stdout).map(({ event_type }) => event_type)).toEqual([
      ...Array(4).fill("alert"),
      "incident",
    ]);
    expect(stderr).toMatch(/^Packets +4, /m);
  });

  it("are nothing at all with --quiet and no --eve", async () => {
    expect(await replay("--quiet")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });
});

describe("on a terminal", () => {
  /** Runs the program with a terminal as standard output and error (script is in Debian's bsdutils). */
  function onTerminal(env: NodeJS.ProcessEnv): string {
    const args = [BUILT_MAIN, "replay", at("options.pcap"), "--rules", at("options.rules")];
    const command = [process.execPath, ...args].map((word) => `'${word}'`).join(" ");
    const run = spawnSync("script", ["-qec", `stty cols 60; ${command}`, "/dev/null"], {
      cwd: ROOT,
      encoding: "utf8",
      env: { ...process.env, TERM: "xterm", NO_COLOR: undefined, ...env },
    });
    expect(run.stderr).toBe("");
    return run.stdout;
  }

  it("there is colour, unless NO_COLOR or a dumb terminal asks for none", () => {
    expect(onTerminal({})).toMatch(/\x1b\[36mOPTIONS seen\x1b\[39m/);
    for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
      const plain = onTerminal(env);
      expect(plain).toContain("OPTIONS seen");
      expect(plain).not.toContain("\x1b");
    }
  });
});

describe("EVE", () => {
  const validate = new Ajv2020({ allErrors: true }).compile(SCHEMAS.eve);

  it("holds every type that was asked for, alerts always, and every line validates", async () => {
    const eve = at("all.json");
    await replay("--eve", eve, "--eve-types", "sip,flow,stats,anomaly", "--quiet");
    const lines = linesOf(readFileSync(eve, "utf8"));
    for (const line of lines) {
      validate(line);
      expect(validate.errors ?? [], JSON.stringify(line)).toEqual([]);
    }
    const types = lines.map(({ event_type }) => event_type);
    expect(types.filter((type) => type === "alert")).toHaveLength(4);
    expect(types.filter((type) => type === "sip")).toHaveLength(4);
    expect(types.filter((type) => type === "flow")).toHaveLength(1);
    expect(types.filter((type) => type === "stats").length).toBeGreaterThan(0);
  });

  it("is the same through standard input, and in a time zone far away", async () => {
    const file = await replay("--eve", "-", "--quiet");
    const piped = await sipsentry(
      ["replay", "-", "--rules", at("options.rules"), "--eve", "-", "--quiet", ...UNFOLDED],
      {
        input: capture,
        env: { TZ: "Pacific/Auckland", LANG: "de_DE.UTF-8" },
      },
    );
    const named = (text: string) =>
      text.replaceAll(/"pcap_filename":"[^"]*"/g, '"pcap_filename":"-"');
    expect(piped.stdout).toBe(named(file.stdout));
    expect(file.stdout).toMatch(/^\{"timestamp":"2020-09-13T12:26:40\.000000\+0000",/);
  });

  it("is not written at all when a rule is bad", async () => {
    const eve = at("untouched.json");
    writeFileSync(eve, "kept\n");
    const result = await sipsentry([
      "replay",
      at("options.pcap"),
      "--rules",
      at("options.pcap"),
      "--eve",
      eve,
    ]);
    expect(result.exitCode).toBe(78);
    expect(readFileSync(eve, "utf8")).toBe("kept\n");
  });
});

describe("--fail-on", () => {
  it.each([
    [4, 3],
    [3, 3],
    [2, 0],
  ])("%i gives exit code %i after an alert of severity 3", async (severity, exitCode) => {
    const result = await replay("--quiet", "--fail-on", String(severity));
    expect(result.exitCode).toBe(exitCode);
  });
});

describe("--expect", () => {
  it("is satisfied by what --eve wrote, whatever else is in the file", async () => {
    const golden = at("golden.json");
    await replay("--quiet", "--eve", golden, "--eve-types", "sip");
    expect(await replay("--quiet", "--expect", golden)).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it("says what is missing, new and changed, and how to accept it", async () => {
    const golden = at("other.json");
    const { stdout } = await replay("--quiet", "--eve", "-");
    const [first = "", second = "", ...rest] = stdout.trimEnd().split("\n");
    const changed = second.replace('"src_port":5060', '"src_port":5099');
    const gone = first.replaceAll(/"alert_id":"\w+"/g, `"alert_id":"${"f".repeat(32)}"`);
    writeFileSync(golden, [gone, changed, ...rest].join("\n"));
    const result = await replay("--quiet", "--expect", golden);
    expect(result.exitCode).toBe(4);
    expect(result.stderr).toMatch(/other\.json: 4 alerts expected, 4 seen; first differences:/);
    expect(result.stderr).toMatch(
      /- missing .*\[1000001\] 10\.0\.0\.1 -> 10\.0\.0\.2 OPTIONS seen/,
    );
    expect(result.stderr).toMatch(/~ changed .*\n.* src_port: expected 5099, seen 5060/);
    expect(result.stderr).toMatch(/\+ unexpected /);
    expect(result.stderr).toMatch(/if the new alerts are right: sipsentry replay \.\.\. --eve /);
  });

  it("notices another order", async () => {
    const golden = at("order.json");
    const { stdout } = await replay("--quiet", "--eve", "-");
    const lines = stdout.trimEnd().split("\n");
    writeFileSync(golden, [lines[1], lines[0], ...lines.slice(2)].join("\n"));
    const result = await replay("--quiet", "--expect", golden);
    expect(result.exitCode).toBe(4);
    expect(result.stderr).toMatch(/the same alerts in another order, from alert 1 on/);
  });
});

describe("a signal", () => {
  it("ends a replay in order: what was found is written, the summary printed, exit code 1", async () => {
    const eve = at("stopped.json");
    // Standard input that stays open holds the replay until the signal.
    const result = await sipsentry(
      [
        "replay",
        "-",
        "--rules",
        at("options.rules"),
        "--eve",
        eve,
        "--json",
        "--log-level",
        "debug",
      ],
      {
        input: capture,
        isInputLeftOpen: true,
        signal: "SIGINT",
        signalWhen: () => linesOf(readOrEmpty(eve)).length > 0,
      },
    );
    expect(result.stderr).toMatch(/SIGINT: stopping; a second one exits at once/);
    expect(result.stderr).toMatch(/stopped by SIGINT: the rest of the input was not read/);
    expect(linesOf(readFileSync(eve, "utf8")).length).toBeGreaterThan(0);
    expect(JSON.parse(result.stdout).alerts.total).toBeGreaterThan(0);
    expect(result.exitCode).toBe(1);
  });
});

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
