import { type Command, InvalidArgumentError } from "commander";
import { explainRule } from "../detect/alerts/explain.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import { addCommonOptions, type CommonOptions, configOf } from "./options.ts";
import { notesOf, readRules } from "./rule-files.ts";
import type { Finish } from "./run.ts";

interface RuleId {
  readonly gid: number;
  readonly sid: number;
}

/** `sipsentry rules explain SID` */
export function addRulesExplain(rules: Command, messages: Messages, finish: Finish): void {
  const command = rules
    .command("explain")
    .description(
      "Say in words what an alert means, its harmless causes, what to check and to do; what its rule matches and, on a timeline, when it fires.",
    )
    .argument("<sid>", "number of the rule: SID or GID:SID", parseRuleId);
  addCommonOptions(command).action((id: RuleId, options: CommonOptions) => {
    const config = configOf(options, messages);
    const { ruleSet, failed } = readRules(config, options);
    const signature = ruleSet.signatures.find(
      ({ alert }) => alert.sid === id.sid && alert.gid === id.gid,
    );
    if (signature === undefined) {
      const bad = failed > 0 ? `; ${failed} rules could not be, see sipsentry rules check` : "";
      const text = `no rule ${id.gid}:${id.sid} is loaded${bad}; give the file that holds it with --rules`;
      throw new CommandError(ExitCode.USAGE, [text]);
    }
    process.stdout.write(`${explainRule(signature, notesOf(signature)).trimEnd()}\n`);
    finish(ExitCode.OK);
  });
}

function parseRuleId(value: string): RuleId {
  const [, gid = "1", sid = ""] = /^(?:(\d{1,9}):)?(\d{1,10})$/.exec(value) ?? [];
  if (sid === "") throw new InvalidArgumentError("Expected the number of a rule, such as 9100001.");
  return { gid: Number(gid), sid: Number(sid) };
}
