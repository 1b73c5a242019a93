import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { Config } from "../config/config.ts";
import type { RuleGuide } from "../detect/rules/rule-comments.ts";
import { explainText } from "../emit/explain/explain-text.ts";
import { FoundRecords } from "../emit/explain/found-records.ts";
import { ladderText } from "../emit/ladder/ladder-text.ts";
import { eveLines } from "./eve-lines.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import {
  addCommonOptions,
  addKeyLogOption,
  type CommonOptions,
  configOf,
  withSets,
} from "./options.ts";
import { readLadder } from "./read-ladder.ts";
import { notesOf, readRules } from "./rule-files.ts";
import type { Finish } from "./run.ts";
import { terminalStyle } from "./terminal-style.ts";
import { writeOut } from "./write-out.ts";

interface ExplainOptions extends CommonOptions {
  readonly eve: string;
  readonly pcap?: string;
}

/** `sipsentry explain ALERT_ID|CASE_ID --eve FILE` */
export function addExplain(program: Command, messages: Messages, finish: Finish): void {
  const command = program
    .command("explain")
    .description(
      "Explain an alert or a case: who, what, when and why, what else the attacker did, harmless causes, what to do.",
    )
    .argument("<id>", "alert_id or case id, or the beginning of one")
    .requiredOption("--eve <file>", "EVE file that holds it")
    .option("--pcap <file>", "capture to draw the call from; best the one that the alert names");
  addKeyLogOption(addCommonOptions(command)).action(async (id: string, options: ExplainOptions) => {
    finish(await explain(id, withSets(options), messages));
  });
}

async function explain(id: string, options: ExplainOptions, messages: Messages): Promise<ExitCode> {
  const config = configOf(options, messages);
  const found = new FoundRecords(id);
  for (const line of eveLines(options.eve)) found.look(line);
  refuseUnclear(found, id, options.eve);
  found.settle();
  for (const line of eveLines(options.eve)) found.gather(line);
  const ladder = await ladderOf(found, config, options, messages);
  const text = explainText(
    found,
    { guide: guideOf(found, config, options), ladder },
    terminalStyle(),
  );
  await writeOut([text]);
  return ExitCode.OK;
}

function refuseUnclear(found: FoundRecords, id: string, path: string): void {
  if (!found.isFound) {
    throw new CommandError(ExitCode.USAGE, [
      `no alert or case in ${path} has the id ${JSON.stringify(id.slice(0, 64))}; it is voip.alert_id of an alert, or case.id, at least its first six digits`,
    ]);
  }
  if (found.candidates.size > 1) {
    throw new CommandError(ExitCode.USAGE, [
      `${found.candidates.size} ids in ${path} begin with ${JSON.stringify(id)}: ${[...found.candidates].slice(0, 4).join(", ")}; give more of it`,
    ]);
  }
}

/** What the rule's author says of it; of a case, of its gravest alert. */
function guideOf(found: FoundRecords, config: Config, options: ExplainOptions): RuleGuide | null {
  const own = found.alert?.number("alert", "signature_id");
  const steps = found.case?.records("case", "steps") ?? [];
  const gravest = steps.toSorted(
    (a, b) => (a.number("severity") ?? 255) - (b.number("severity") ?? 255),
  )[0];
  const sid = own ?? gravest?.number("signature_id") ?? -1;
  const { ruleSet } = readRules(config, options);
  const signature = ruleSet.signatures.find(({ alert }) => alert.sid === sid);
  return signature === undefined ? null : notesOf(signature).guide;
}

/** The alert's call, or the first one of the case; "" without a capture or a call. */
async function ladderOf(
  { alert, case: found }: FoundRecords,
  config: Config,
  options: ExplainOptions,
  messages: Messages,
): Promise<string> {
  const { pcap } = options;
  if (pcap === undefined) return "";
  if (!existsSync(pcap)) {
    throw new CommandError(ExitCode.FAILED, [`--pcap: there is no ${pcap}`]);
  }
  const ofCase = found?.records("case", "calls", "list")[0]?.text("call_id");
  const callId =
    alert?.text("voip", "call_id") || ofCase || found?.texts("case", "call_ids")[0] || "";
  if (callId === "") return "";
  const { ruleSet } = readRules(config, options);
  const { ladder } = await readLadder({ inputs: [pcap], callId, config, ruleSet, messages });
  const style = terminalStyle();
  return ladder.rows.length === 0
    ? ""
    : ladderText(ladder, { ...style, width: Math.max(0, style.width - 2) });
}
