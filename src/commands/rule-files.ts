import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PACKAGE_ROOT } from "../base/package-root.ts";
import { type Config, ruleVariablesOf } from "../config/config.ts";
import type { RuleNotes } from "../detect/alerts/explain.ts";
import { type LoadResult, loadRules } from "../detect/rules/load-rules.ts";
import { RuleComments } from "../detect/rules/rule-comments.ts";
import { RULE_TEXT_LINE } from "../detect/rules/rule-report.ts";
import type { RuleSet, Signature } from "../detect/rules/signature.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";

/** The shipped rules. */
const SHIPPED = fileURLToPath(new URL("rules/", PACKAGE_ROOT));
const PROBLEMS_SHOWN = 10;

/** Rule files of the command line. */
export interface NamedRules {
  /** Instead of those of the configuration and the shipped ones. */
  readonly rules: readonly string[];
  /** Beside them. */
  readonly addRules?: readonly string[];
}

/**
 * Loads the rules that the command line names, else those of the configuration, else the shipped ones, and what is
 * added.
 */
export function readRules(config: Config, { rules, addRules = [] }: NamedRules): LoadResult {
  const given = rules.length > 0 ? rules : config.rules.files;
  const classificationFile = config.rules.classification || shipped("classification.config");
  // The shipped thresholds belong to the shipped rules.
  const thresholdFile =
    config.rules.threshold || (given.length > 0 ? "" : shipped("threshold.config"));
  return loadRules({
    files: [
      ...(given.length > 0 ? given.flatMap(expandNeeded) : expand(SHIPPED)),
      // A folder of the configuration is there for rules to come.
      ...config.rules.add.flatMap(expand),
      ...addRules.flatMap(expandNeeded),
    ],
    variables: ruleVariablesOf(config),
    site: { ...config.rules, datasets: config.datasets },
    pages: config.rules.alertPages,
    packetAlertsMax: config.rules.packetAlertsMax,
    ...(classificationFile === "" ? {} : { classificationFile }),
    ...(config.rules.references === "" ? {} : { referenceFile: config.rules.references }),
    ...(thresholdFile === "" ? {} : { thresholdFile }),
  });
}

/** Why rules with faults are not taken, as lines behind the faults; null: the good ones run. */
export type Refusal = (result: LoadResult) => readonly string[] | null;

/** Any fault is too many. */
export const refuseFaults: Refusal = () => [];
const takeTheGood: Refusal = () => null;

/**
 * As `readRules`, for a run: as in Suricata, what cannot be loaded is named and left out, and the good rules
 * run. A file that is not there, or not one good rule, ends the command (exit 78), as does what `refusal` says.
 */
export function readRulesOrFail(
  config: Config,
  named: NamedRules,
  messages: Messages,
  refusal: Refusal = takeTheGood,
): LoadResult {
  const result = readRules(config, named);
  const { unread, faults, warnings } = sorted(result.messages, messages);
  const isUseless = ruleCount(result.ruleSet) === 0 && result.failed > 0;
  const reasons = refusal(result) ?? (isUseless ? [] : null);
  const fatal = reasons === null ? unread : [...unread, ...faults];
  if (fatal.length > 0 || (reasons !== null && reasons.length > 0))
    throw new CommandError(ExitCode.BAD_CONFIG, [...firstOf(fatal, "faults"), ...(reasons ?? [])]);
  for (const line of firstOf(warnings, "warnings")) messages.warn(line);
  for (const line of firstOf(faults, "faults")) messages.error(line);
  if (result.failed > 0) {
    const all = result.failed + result.loaded;
    messages.error(
      `${result.failed} of ${all} rules cannot be loaded and are left out, the others run; sipsentry rules check gives the reason for each`,
    );
  }
  if (result.skipped > 0) {
    messages.info(
      `${result.skipped} rules are skipped, as they are about protocols that are not decoded here, or ask for another program; sipsentry rules check names each`,
    );
  }
  if (ruleCount(result.ruleSet) === 0)
    messages.warn("no rules are loaded, so there will be no alerts");
  return result;
}

/** Lines for people, by what they mean for a run; what is only worth knowing is said at once. */
function sorted(
  all: LoadResult["messages"],
  messages: Messages,
): { unread: string[]; faults: string[]; warnings: string[] } {
  const unread: string[] = [];
  const faults: string[] = [];
  const warnings: string[] = [];
  for (const { level, file, line, column, text, sid, isUnread } of all) {
    const place = [file, line, column].filter((part) => part !== "" && part !== 0).join(":");
    const rule = sid === undefined ? "" : `sid ${sid}: `;
    const said = line === 0 && text.includes(file) ? text : `${place}: ${rule}${text}`;
    if (level === "warning") warnings.push(said);
    else if (level === "info") messages.debug(said);
    else if (isUnread === true) unread.push(said);
    else if (!RULE_TEXT_LINE.test(text)) faults.push(said);
  }
  return { unread, faults, warnings };
}

/** The first lines, and how many more there are. */
function firstOf(lines: readonly string[], what: string): string[] {
  const shown = lines.slice(0, PROBLEMS_SHOWN);
  const more = lines.length - shown.length;
  return more === 0
    ? shown
    : [...shown, `${more} more ${what} in the rules; see sipsentry rules check`];
}

/** What the comments of its file say about a loaded rule. */
export function notesOf({ alert, file, line }: Signature): RuleNotes {
  const comments = new RuleComments(readFileSync(file, "utf8"));
  return { guide: comments.guide(alert), comment: comments.above(line) };
}

export function ruleCount(ruleSet: RuleSet): number {
  return ruleSet.signatures.length;
}

function shipped(name: string): string {
  const file = join(SHIPPED, name);
  return existsSync(file) ? file : "";
}

/** As `expand`, but a folder without rules is a fault: whoever names it expects some. */
function expandNeeded(path: string): string[] {
  const files = expand(path);
  return files.length > 0 ? files : [join(path, "*.rules")];
}

/** A folder stands for its `*.rules`; `*` and `?` in the last part of a path for what they match. */
function expand(path: string): string[] {
  if (isFolder(path)) return matches(path, /\.rules$/);
  const name = basename(path);
  if (!/[*?]/.test(name) || existsSync(path)) return [path];
  const pattern = name
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const found = matches(dirname(path), new RegExp(`^${pattern}$`));
  return found.length > 0 ? found : [path];
}

function matches(folder: string, pattern: RegExp): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => pattern.test(name) && !name.startsWith("."))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
