import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Config, ruleVariablesOf } from "../config.ts";
import { type LoadResult, loadRules } from "../detect/load-rules.ts";
import type { RuleSet } from "../detect/signature.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";

/** The shipped rules, beside `src` and `dist` alike. */
const SHIPPED = fileURLToPath(new URL("../../rules/", import.meta.url));
const PROBLEMS_SHOWN = 10;
/** The loader's second line for a bad rule, which repeats its text: for `rules check` only. */
const RULE_TEXT_LINE = /^error parsing signature "/;

/** Loads the rules that the command line names, else those of the configuration, else the shipped ones. */
export function readRules(config: Config, files: readonly string[]): LoadResult {
  const given = files.length > 0 ? files : config.rules.files;
  const classificationFile = config.rules.classification || shipped("classification.config");
  // The shipped thresholds belong to the shipped rules.
  const thresholdFile =
    config.rules.threshold || (given.length > 0 ? "" : shipped("threshold.config"));
  return loadRules({
    files: given.length > 0 ? given.flatMap(expand) : expand(SHIPPED),
    variables: ruleVariablesOf(config),
    ...(classificationFile === "" ? {} : { classificationFile }),
    ...(thresholdFile === "" ? {} : { thresholdFile }),
  });
}

/** As `readRules`, for a run: one bad rule and nothing runs (exit 78). */
export function readRulesOrFail(
  config: Config,
  files: readonly string[],
  messages: Messages,
): LoadResult {
  const result = readRules(config, files);
  const errors: string[] = [];
  for (const { level, file, line, column, text } of result.messages) {
    const place = [file, line, column].filter((part) => part !== "" && part !== 0).join(":");
    const said = line === 0 && text.includes(file) ? text : `${place}: ${text}`;
    if (level === "warning") messages.warn(said);
    else if (level === "info") messages.debug(said);
    else if (!RULE_TEXT_LINE.test(text)) errors.push(said);
  }
  if (errors.length > 0) {
    const shown = errors.slice(0, PROBLEMS_SHOWN);
    if (errors.length > shown.length)
      shown.push(
        `${errors.length - shown.length} more faults in the rules; see sipsentry rules check`,
      );
    throw new CommandError(ExitCode.BAD_CONFIG, shown);
  }
  if (ruleCount(result.ruleSet) === 0)
    messages.warn("no rules are loaded, so there will be no alerts");
  return result;
}

export function ruleCount(ruleSet: RuleSet): number {
  return ruleSet.signatures.length;
}

function shipped(name: string): string {
  const file = join(SHIPPED, name);
  return existsSync(file) ? file : "";
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
