import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Messages } from "../../../src/commands/messages.ts";
import type { CommonOptions } from "../../../src/commands/options.ts";
import { reload, restartOptions } from "../../../src/commands/reload.ts";
import { loadConfig } from "../../../src/config/config-file.ts";
import type { RuleSet } from "../../../src/detect/rules/signature.ts";

const RULE =
  'alert udp any any -> $TARGET 5060 (msg:"to the target"; content:"INVITE"; sid:1000001; rev:1;)\n';

let folder = "";
let options: CommonOptions;
let warnings: string[] = [];
let errors: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sipsentry-reload-"));
  options = {
    config: join(folder, "sipsentry.yaml"),
    rules: [join(folder, "own.rules")],
    set: ["limits.callsMax=2000"],
    logLevel: "info",
    quiet: false,
  };
  writeConfig("vars:\n  address:\n    TARGET: 192.0.2.1\n");
  writeRules(RULE);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function writeConfig(text: string): void {
  writeFileSync(join(folder, "sipsentry.yaml"), text);
}

function writeRules(text: string): void {
  writeFileSync(join(folder, "own.rules"), text);
}

function reloadNow(
  inForce = loadConfig({ file: options.config, sets: options.set }),
  rulesInForce: RuleSet | null = null,
) {
  const messages = new Messages();
  warnings = [];
  errors = [];
  vi.spyOn(messages, "warn").mockImplementation((line) => {
    warnings.push(line.replaceAll(folder, "DIR"));
  });
  vi.spyOn(messages, "error").mockImplementation((line) => {
    errors.push(line.replaceAll(folder, "DIR"));
  });
  return reload(options, inForce, messages, rulesInForce);
}

describe("reload", () => {
  it("gives the rules and variables as they are now, with --set laid on top", () => {
    const inForce = loadConfig({ file: options.config, sets: options.set });
    writeConfig("vars:\n  address:\n    TARGET: 192.0.2.2\n");
    writeRules(`${RULE}${RULE.replace("1000001", "1000002")}`);
    const result = reloadNow(inForce);
    if (!result.isGood) throw new Error(result.problems.join("\n"));
    expect(result.rules.ruleSet.signatures.map(({ alert }) => alert.sid)).toEqual([
      1000001, 1000002,
    ]);
    expect(result.config.vars.address.TARGET).toBe("192.0.2.2");
    expect(result.config.limits.callsMax).toBe(2000);
    expect(warnings).toEqual([]);
  });

  const BAD = 'alert udp any any -> any any (msg:"x"; contnt:"y"; sid:1000009;)\n';

  it("names rules that cannot be loaded and gives the others, as a start does", () => {
    writeRules(`${RULE}${BAD}`);
    const result = reloadNow();
    if (!result.isGood) throw new Error(result.problems.join("\n"));
    expect(result.rules).toMatchObject({ loaded: 1, failed: 1 });
    expect(errors[0]).toMatch(/^DIR\/own\.rules:2:.*sid 1000009: .*contnt/);
    expect(errors[1]).toMatch(/^1 of 2 rules cannot be loaded/);
  });

  it("refuses all when a fault would take away a rule in force", () => {
    const other = RULE.replace("1000001", "1000002");
    writeRules(`${RULE}${other}`);
    const before = reloadNow();
    if (!before.isGood) throw new Error(before.problems.join("\n"));
    for (const broken of [RULE.replace("content:", "contnt:"), RULE.replace("sid:1000001", "")]) {
      writeRules(`${broken}${other}`);
      const result = reloadNow(undefined, before.rules.ruleSet);
      const lines = result.isGood
        ? []
        : result.problems.map((line) => line.replaceAll(folder, "DIR"));
      expect(lines).toHaveLength(2);
      expect(lines[0]).toMatch(/^DIR\/own\.rules:1:/);
      expect(lines[1]).toBe("rules in force would be lost by that: 1000001");
      expect(errors).toEqual([]);
    }
  });

  it("refuses files that hold no rule any more, as a download that failed leaves them", () => {
    const before = reloadNow();
    if (!before.isGood) throw new Error(before.problems.join("\n"));
    writeRules("");
    const result = reloadNow(undefined, before.rules.ruleSet);
    expect(result.isGood ? [] : result.problems).toEqual(["the files hold no rule any more"]);
  });

  it("takes away what is gone from the files, and lets a new rule fail beside it", () => {
    writeRules(`${RULE}${RULE.replace("1000001", "1000002")}`);
    const before = reloadNow();
    if (!before.isGood) throw new Error(before.problems.join("\n"));
    writeRules(`${RULE}${BAD}`);
    const result = reloadNow(undefined, before.rules.ruleSet);
    expect(result.isGood ? result.rules : result.problems).toMatchObject({ loaded: 1, failed: 1 });
  });

  it("gives one line for each fault and no rules when not one rule is good", () => {
    writeRules(BAD);
    const result = reloadNow();
    if (result.isGood) throw new Error("took no rules");
    expect(result.problems).toHaveLength(1);
    expect(result.problems[0]?.replaceAll(folder, "DIR")).toMatch(/^DIR\/own\.rules:1:.*contnt/);
  });

  it("gives one line for a configuration that cannot be read, is none, or has a fault", () => {
    for (const [text, line] of [
      ["limits:\n  flowsMaxx: 3\n", /^DIR\/sipsentry\.yaml:2:3: unknown option/],
      ["limits: [", /^DIR\/sipsentry\.yaml:1:/],
    ] as const) {
      const inForce = loadConfig({ sets: options.set });
      writeConfig(text);
      const result = reloadNow(inForce);
      expect(result.isGood ? [] : result.problems[0]?.replaceAll(folder, "DIR")).toMatch(line);
    }
    rmSync(join(folder, "sipsentry.yaml"));
    const gone = reloadNow(loadConfig({}));
    expect(gone.isGood ? [] : gone.problems[0]).toMatch(
      /^cannot read configuration .*no such file/,
    );
  });

  it("names in one warning the options that only a restart applies", () => {
    const inForce = loadConfig({ file: options.config, sets: options.set });
    writeConfig(
      "vars:\n  address:\n    TARGET: 192.0.2.2\nlimits:\n  flowsMax: 1000\noutputs: ['eve:x']\n",
    );
    expect(reloadNow(inForce).isGood).toBe(true);
    expect(warnings).toEqual([
      "reload: limits.flowsMax, outputs take effect at the next start only; rules and variables are reloaded",
    ]);
  });
});

describe("options that need a restart", () => {
  it("are all but variables and rules", () => {
    const before = loadConfig({});
    const after = loadConfig({
      sets: ["vars.address.HOME_NET=10.0.0.0/8", "rules.threshold=x", "capture.snaplen=100"],
    });
    expect(restartOptions(before, after)).toEqual(["capture.snaplen"]);
    expect(restartOptions(before, loadConfig({}))).toEqual([]);
  });
});
