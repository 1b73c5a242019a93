import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultConfig, ruleVariablesOf, trackSettingsOf } from "../../src/config/config.ts";
import { ConfigError, loadConfig } from "../../src/config/config-file.ts";
import { optionRows } from "../../src/config/config-options.ts";
import { DEFAULT_TRACK_SETTINGS } from "../../src/track/settings.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sipsentry-config-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(text: string): string {
  const file = join(folder, "test.yaml");
  writeFileSync(file, text);
  return file;
}

function problemsOf(source: Parameters<typeof loadConfig>[0]): readonly string[] {
  try {
    loadConfig(source);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map((line) => line.replaceAll(folder, "DIR"));
    throw error;
  }
  return [];
}

describe("defaults", () => {
  it("are those that the trackers and the rule variables state", () => {
    expect(trackSettingsOf(defaultConfig())).toMatchObject(DEFAULT_TRACK_SETTINGS);
    expect(ruleVariablesOf(defaultConfig()).addresses.EXTERNAL_NET).toBe("!$HOME_NET");
    expect(loadConfig({})).toEqual(defaultConfig());
  });

  it("hold for an empty file and an empty section", () => {
    expect(loadConfig({ file: fileOf("") })).toEqual(defaultConfig());
    expect(loadConfig({ file: fileOf("# nothing\n") })).toEqual(defaultConfig());
    expect(loadConfig({ file: fileOf("limits:\n  # flowsMax: 3\neve:\n  types:\n") })).toEqual(
      defaultConfig(),
    );
  });
});

describe("values", () => {
  it("come from the file, then from --set, the last one winning", () => {
    const file = fileOf("limits:\n  flowsMax: 1000\n  callsMax: 2000\n");
    const config = loadConfig({ file, sets: ["limits.flowsMax=20", "limits.flowsMax=30"] });
    expect(config.limits).toMatchObject({ flowsMax: 30, callsMax: 2000, hostsMax: 262_144 });
  });

  it("set one variable and keep the others; lists may be YAML lists", () => {
    const file = fileOf(
      'vars:\n  address:\n    HOME_NET: [10.0.0.0/8, "!10.1.0.0/16"]\n  port:\n    SIP_PORTS: 5070\n',
    );
    const { address, port } = loadConfig({
      file,
      sets: ["vars.address.EXTERNAL_NET=!$HOME_NET"],
    }).vars;
    expect(address.HOME_NET).toBe("[10.0.0.0/8,!10.1.0.0/16]");
    expect(address.EXTERNAL_NET).toBe("!$HOME_NET");
    expect(address.SIP_SERVERS).toBe("$HOME_NET");
    expect(port.SIP_PORTS).toBe("5070");
  });

  it("of --set may be lists", () => {
    expect(loadConfig({ sets: ["eve.types=[alert, sip]"] }).eve.types).toEqual(["alert", "sip"]);
    // What YAML takes for something else is the text that was typed, where the option is one.
    expect(loadConfig({ sets: ["spool.dir=007"] }).spool.dir).toBe("007");
    expect(loadConfig({ sets: ["spool.dir=true"] }).spool.dir).toBe("true");
  });
});

describe("a fault is named with file, line, column and cure", () => {
  it.each([
    [
      "limits:\n  flowMax: 3\n",
      'DIR/test.yaml:2:3: unknown option "limits.flowMax". Did you mean "limits.flowsMax"?',
    ],
    [
      "limit:\n  flowsMax: 3\n",
      'DIR/test.yaml:1:1: unknown option "limit". Did you mean "limits"?',
    ],
    [
      "zzzzzz: 1\n",
      'DIR/test.yaml:1:1: unknown option "zzzzzz". See sipsentry config check --print-options',
    ],
    ["limits:\n  flowsMax: many\n", "DIR/test.yaml:2:3: limits.flowsMax: expected a number"],
    ["limits:\n  flowsMax: 3.5\n", "DIR/test.yaml:2:3: limits.flowsMax: expected a whole number"],
    [
      "limits:\n  flowsMax: 3\n",
      "DIR/test.yaml:2:3: limits.flowsMax: too small; the smallest value is 16",
    ],
    [
      "capture:\n\n  dedupMs: 9999\n",
      "DIR/test.yaml:3:3: capture.dedupMs: too large; the largest value is 1000",
    ],
    [
      "eve:\n  types: [alert, sup]\n",
      "DIR/test.yaml:2:3: eve.types.1: expected one of alert, incident, case, call, registration, sip, flow, anomaly, stats",
    ],
    [
      "vars:\n  address:\n    X: {a: 1}\n",
      "DIR/test.yaml:3:5: vars.address.X: expected a text or a list of texts and numbers",
    ],
    [
      "vars:\n  address:\n    EXTERNAL_NET: !$HOME_NET\n",
      'put quotes around a value that begins with "!"',
    ],
    ["just text\n", 'DIR/test.yaml:1:1: expected "name: value" lines'],
    ["a: [1\n", "DIR/test.yaml:"],
    ["limits: 3\n", 'DIR/test.yaml:1:1: limits: expected a section, "name: value" lines'],
    [
      "metrics:\n  listen: 99999\n",
      'DIR/test.yaml:2:3: metrics.listen: "99999" is no HOST:PORT, such as 127.0.0.1:9790; a port alone is :9790',
    ],
    [
      "spool:\n  dir: 7\n",
      "DIR/test.yaml:2:3: spool.dir: expected a text; one that looks like a number, a list or true needs quotes around it",
    ],
    [
      "policy:\n  secure: a\n",
      "DIR/test.yaml:2:3: policy.secure: expected a list, such as [one, two]",
    ],
  ])("%j", (text, line) => {
    const problems = problemsOf({ file: fileOf(text) });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(line);
  });

  it.each([
    [
      "vars: {address: {HOME_NET: 10.0.0.0/99}}",
      /HOME_NET: "10\.0\.0\.0\/99" has no valid netmask/,
    ],
    ["vars: {address: {HOME_NET: pbx.example}}", /"pbx\.example" is not an IP address/],
    ["vars: {address: {MINE: $HOEM_NET}}", /variable "\$HOEM_NET" is not defined/],
    ["vars: {port: {SIP_PORTS: sip}}", /SIP_PORTS: "sip" is not a port/],
    ["rules: {timezone: Mars/X}", /rules\.timezone: "Mars\/X" is no time zone/],
    ["rules: {officeHours: mon-fri 25:00-26:00}", /rules\.officeHours: .* no time of the week/],
  ])("although no rule has used it yet: %s", (text, line) => {
    const problems = problemsOf({ file: fileOf(text) });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^DIR\/test\.yaml:1:/);
    expect(problems[0]).toMatch(line);
  });

  it("but not with a default that another value makes meaningless", () => {
    // EXTERNAL_NET is !$HOME_NET.
    expect(problemsOf({ sets: ["vars.address.HOME_NET=any"] })).toEqual([]);
    expect(
      problemsOf({ sets: ["rules.officeHours=mon-fri 08:00-18:00, sat 09:00-13:00"] }),
    ).toEqual([]);
  });

  it("in --set names the override", () => {
    expect(problemsOf({ sets: ["limits.flowMax=3"] })).toEqual([
      '--set limits.flowMax=3: unknown option "limits.flowMax". Did you mean "limits.flowsMax"?',
    ]);
    expect(problemsOf({ sets: ["limits"] })[0]).toContain("expected key=value");
    expect(problemsOf({ sets: ["__proto__.x=1"] })[0]).toContain("expected key=value");
    expect(problemsOf({ sets: ["capture.dedupMs=-1"] })).toEqual([
      "--set capture.dedupMs=-1: capture.dedupMs: too small; the smallest value is 0",
    ]);
  });

  it("of reading names the file", () => {
    expect(problemsOf({ file: join(folder, "missing.yaml") })[0]).toContain(
      "missing.yaml: no such file",
    );
    expect(problemsOf({ file: folder })[0]).toContain("it is a directory");
  });
});

it("every option has a meaning, a default and, if it is a number, bounds", () => {
  const rows = optionRows();
  expect(rows.length).toBeGreaterThan(30);
  for (const row of rows) {
    expect(row.about, row.key).not.toBe("");
    expect(row.value, row.key).not.toBe("null");
    if (/^\d+$/.test(row.value) && !row.key.startsWith("vars.")) {
      expect(row.bounds, row.key).not.toBe("");
      expect(row.unit, row.key).not.toBe("");
    }
  }
});
