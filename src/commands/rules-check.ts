import type { Command } from "commander";
import { ruleReport } from "../detect/rules/rule-report.ts";
import { printable } from "../emit/eve/eve-text.ts";
import { ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import { addCommonOptions, type CommonOptions, configOf } from "./options.ts";
import { readRules } from "./rule-files.ts";
import type { Finish } from "./run.ts";

/** A bad rule may be 8 KiB long, and its text is repeated. */
const LINE_MAX = 10_000;

/** `sipsentry rules check [FILE ...]`: Suricata's -T. */
export function addRulesCheck(rules: Command, messages: Messages, finish: Finish): void {
  const command = rules
    .command("check")
    .description(
      "Load rules as a run would and report every fault (Suricata's -T). Exit 1 when there is one, as Suricata does.",
    )
    .argument("[file...]", "rule files, folders or patterns; the shipped rules by default");
  addCommonOptions(command).action((files: string[], options: CommonOptions) => {
    const config = configOf(options, messages);
    const { lines, ok } = ruleReport(
      readRules(config, { ...options, rules: [...options.rules, ...files] }),
    );
    const shown = options.quiet ? lines.filter((line) => line.startsWith("Error")) : lines;
    for (const line of shown) process.stdout.write(`${printable(line, LINE_MAX)}\n`);
    finish(ok ? ExitCode.OK : ExitCode.FAILED);
  });
}
