import { expect, it } from "vitest";
import { Messages } from "../../../src/commands/messages.ts";
import { RecordOutputs } from "../../../src/commands/record-outputs.ts";
import { readRulesOrFail } from "../../../src/commands/rule-files.ts";
import { RunReport } from "../../../src/commands/run-report.ts";
import { defaultConfig } from "../../../src/config/config.ts";
import { Pipeline } from "../../../src/pipeline/pipeline.ts";

it("the summary of a run names as many rules as are in force after a reload", () => {
  const config = defaultConfig();
  const messages = new Messages();
  const rules = readRulesOrFail(config, { rules: [] }, messages);
  const options = { quiet: true, json: false } as ConstructorParameters<
    typeof RunReport
  >[0]["options"];
  const outputs = new RecordOutputs({
    eve: undefined,
    specs: { files: [], network: [] },
    types: [],
    config,
    evidence: null,
    isReplay: true,
    fromStart: false,
    interfaceName: "",
    onProblem: () => {},
    onLine: () => {},
  });
  const pipeline = new Pipeline({ config, ruleSet: rules.ruleSet, outputs: { alert: () => {} } });
  const source = { run: () => Promise.resolve({ packets: 0, problems: [] }), close: () => {} };
  const setup = { command: "live", inputs: ["eth0"], source, config, rules, options, messages };
  const report = new RunReport({ ...setup, command: "live" }, outputs, () => pipeline);
  const before = report.summary().rules_loaded;
  const signatures = rules.ruleSet.signatures.slice(1);
  report.rules = { ...rules, ruleSet: { ...rules.ruleSet, signatures } };
  expect(report.summary().rules_loaded).toBe(before - 1);
});
