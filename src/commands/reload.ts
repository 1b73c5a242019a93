import type { Config } from "../config/config.ts";
import { ConfigError, loadConfig } from "../config/config-file.ts";
import { optionKeys } from "../config/config-options.ts";
import type { LoadResult } from "../detect/rules/load-rules.ts";
import { RULE_TEXT_LINE } from "../detect/rules/rule-report.ts";
import type { RuleSet } from "../detect/rules/signature.ts";
import { CommandError } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import type { CommonOptions } from "./options.ts";
import { readRulesOrFail } from "./rule-files.ts";

/** Sids of a message at most. */
const SIDS_SHOWN = 10;

/** What a reload gave: all of it or nothing. */
export type Reload =
  | { readonly isGood: true; readonly config: Config; readonly rules: LoadResult }
  /** One line for each fault; what was in force stays in force. */
  | { readonly isGood: false; readonly problems: readonly string[] };

/** Sections that a reload applies: what decides which rules there are and what they match. */
const RELOADED = /^(vars|rules|datasets)\./;

/**
 * Reads configuration and rules anew, the way the command did (`--config`, `--set`, `--rules`). Warns of
 * options that differ and only a restart applies. Never throws; the old ones are not touched.
 *
 * A new rule with a fault is named and left out, as at the start. A fault that would take away a rule in force refuses
 * all: a slip while a rule is edited must not switch its detection off.
 */
export function reload(
  options: CommonOptions,
  inForce: Config,
  messages: Messages,
  rulesInForce: RuleSet | null = null,
): Reload {
  try {
    const config = loadConfig({ file: options.config, sets: options.set });
    const rules = readRulesOrFail(config, options, messages, (result) =>
      rulesInForce === null ? null : refusalOf(rulesInForce, result),
    );
    const waiting = restartOptions(inForce, config);
    if (waiting.length > 0) {
      const verb = waiting.length === 1 ? "takes" : "take";
      messages.warn(
        `reload: ${waiting.join(", ")} ${verb} effect at the next start only; rules and variables are reloaded`,
      );
    }
    return { isGood: true, config, rules };
  } catch (error) {
    return { isGood: false, problems: problemsOf(error) };
  }
}

function refusalOf(inForce: RuleSet, result: LoadResult): readonly string[] | null {
  const isEmptied = result.ruleSet.signatures.length === 0 && inForce.signatures.length > 0;
  // A download that failed leaves an empty file.
  if (isEmptied && result.failed === 0) return ["the files hold no rule any more"];
  const lost = lostByFaults(inForce, result);
  return lost.length === 0 ? null : [lostText(lost)];
}

/**
 * Sids of the rules in force that a load has no more because of its faults: their own, or one in their file that does
 * not tell its sid. What was taken out of the files on purpose is not among them.
 */
export function lostByFaults(inForce: RuleSet, { ruleSet, messages }: LoadResult): number[] {
  const failedSids = new Set<number>();
  const failedFiles = new Set<string>();
  for (const { level, file, line, sid, text } of messages) {
    if (level !== "error" || line === 0 || RULE_TEXT_LINE.test(text)) continue;
    if (sid === undefined) failedFiles.add(file);
    else failedSids.add(sid);
  }
  const kept = new Set(ruleSet.signatures.map(({ alert: { gid, sid } }) => `${gid}:${sid}`));
  return inForce.signatures
    .filter(({ alert: { gid, sid } }) => !kept.has(`${gid}:${sid}`))
    .filter(({ alert: { sid }, file }) => failedSids.has(sid) || failedFiles.has(file))
    .map(({ alert }) => alert.sid);
}

function lostText(sids: readonly number[]): string {
  const shown = sids.slice(0, SIDS_SHOWN).join(", ");
  const more = sids.length > SIDS_SHOWN ? ` and ${sids.length - SIDS_SHOWN} more` : "";
  return `rules in force would be lost by that: ${shown}${more}`;
}

/** Names of the options that differ and that a running sensor cannot change. */
export function restartOptions(inForce: Config, config: Config): string[] {
  const names = optionKeys().filter((name) => !RELOADED.test(name));
  return names.filter((name) => valueText(inForce, name) !== valueText(config, name));
}

function valueText(config: Config, name: string): string {
  let value: unknown = config;
  for (const part of name.split(".")) {
    value =
      typeof value === "object" && value !== null
        ? (value as Record<string, unknown>)[part]
        : undefined;
  }
  return JSON.stringify(value) ?? "";
}

function problemsOf(error: unknown): readonly string[] {
  if (error instanceof CommandError) return error.lines;
  if (error instanceof ConfigError) return error.problems;
  return [`internal error: ${error instanceof Error ? error.message : String(error)}`];
}
