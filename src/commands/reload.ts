import type { Config } from "../config/config.ts";
import { ConfigError, loadConfig } from "../config/config-file.ts";
import { optionKeys } from "../config/config-options.ts";
import type { LoadResult } from "../detect/rules/load-rules.ts";
import { CommandError } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import type { CommonOptions } from "./options.ts";
import { readRulesOrFail } from "./rule-files.ts";

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
 */
export function reload(options: CommonOptions, inForce: Config, messages: Messages): Reload {
  try {
    const config = loadConfig({ file: options.config, sets: options.set });
    const rules = readRulesOrFail(config, options, messages);
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
