import { type Command, InvalidArgumentError, Option } from "commander";
import type { Config } from "../config/config.ts";
import { readCertificates } from "../config/config-certificates.ts";
import { ConfigError, loadConfig } from "../config/config-file.ts";
import { openKeyLog } from "../config/config-key-log.ts";
import { numberPlanOf, rateDeckOf } from "../config/config-number-plan.ts";
import { didYouMean } from "../detect/rules/load-message.ts";
import { caseTarget } from "../emit/delivery/output-types.ts";
import { EVE_TYPES, type EveType } from "../emit/record-types.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import {
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
  type Messages,
} from "./messages.ts";

/** Options that every command takes. */
export interface CommonOptions {
  readonly config?: string;
  readonly rules: readonly string[];
  readonly addRules?: readonly string[];
  /** Files of `numbers.rateDecks`. */
  readonly rates?: readonly string[];
  readonly set: readonly string[];
  /** Of the commands that read packets: see `addKeyLogOption`. */
  readonly keylog?: string;
  readonly logLevel: LogLevel;
  /** Absent: as `operation.logFormat` says. */
  readonly logFormat?: LogFormat;
  readonly quiet: boolean;
}

/** Options of the commands that look at packets. */
export interface RunOptions extends CommonOptions {
  readonly eve?: string;
  readonly eveTypes?: readonly EveType[];
  /** Where alerts go, beside `--eve`: see emit/delivery/output-spec.ts. */
  readonly output: readonly string[];
  /** `HOST:PORT,...[/TOPIC]`: short for `--output kafka://...`. */
  readonly kafka?: string;
  /** Outputs that name no records get cases only. */
  readonly caseOnly?: boolean;
  readonly evidence?: string;
  readonly fromStart: boolean;
  readonly json: boolean;
  readonly failOn?: number;
}

export function addCommonOptions(command: Command): Command {
  return command
    .option("--config <file>", "configuration, a YAML file")
    .option(
      "--rules <file>",
      "rules instead of the shipped ones: file, folder or pattern; repeatable",
      collect,
      [],
    )
    .option(
      "--add-rules <file>",
      "rules beside the shipped or other ones: file, folder or pattern; repeatable",
      collect,
      [],
    )
    .option(
      "--rates <file>",
      "what calls cost: a rate deck (CSV: prefix,price,currency,...), instead of numbers.rateDecks; repeatable",
      collect,
    )
    .option(
      "--set <key=value>",
      "override one option of the configuration; repeatable",
      collect,
      [],
    )
    .option(
      "--log-level <level>",
      `messages on standard error: ${LOG_LEVELS.join(", ")}`,
      parseLevel,
      "info",
    )
    .addOption(
      new Option(
        "--log-format <format>",
        "messages as text, or as JSON lines for what collects logs; short for --set operation.logFormat=",
      ).choices(LOG_FORMATS),
    )
    .option("--quiet", "errors only, and no summary", false);
}

export function addKeyLogOption(command: Command): Command {
  return command.option(
    "--keylog <file>",
    "NSS key log (SSLKEYLOGFILE) that opens SIP over TLS; short for --set capture.keyLog=",
  );
}

export function addRunOptions(command: Command): Command {
  return addKeyLogOption(addCommonOptions(command))
    .option(
      "--eve <file>",
      "write EVE JSON lines to a file, or to standard output with -",
      parseTarget,
    )
    .option(
      "--eve-types <types>",
      `records beside alert, incident and case, separated by commas: ${EVE_TYPES.slice(3).join(", ")}`,
      parseTypes,
    )
    .option(
      "--output <target>",
      "send alerts there too: kafka://HOST:PORT,.../TOPIC, syslog+tls://HOST:PORT, https://..., ban:FILE, eve:FILE, ecs:FILE; repeatable",
      collect,
      [],
    )
    .option(
      "--kafka <brokers>",
      "short for --output kafka://: HOST:PORT,... or HOST:PORT,.../TOPIC",
    )
    .option(
      "--case-only",
      "write and send cases only, for pagers; an output may also name its records, as case=kafka://..., alert,call=eve:FILE",
    )
    .option(
      "--evidence <folder>",
      "keep the packets behind each alert there, as ALERT_ID.pcap; short for --set evidence.dir=",
    )
    .option(
      "--from-start",
      "a network output that is new to the spool gets what waits there for others, not only what comes from now on",
      false,
    )
    .option("--json", "print the summary as JSON", false)
    .option(
      "--fail-on <severity>",
      "exit 3 after an alert of this severity or a higher one (1 is the highest)",
      parseSeverity,
    );
}

/** All places where records go: those of the configuration, then those of the command line. */
export function outputTargets(config: Config, { caseOnly, output, kafka }: RunOptions): string[] {
  const own = kafka === undefined ? [] : [`kafka://${kafka}`];
  const targets = [...config.outputs, ...output, ...own];
  return caseOnly === true ? targets.map((target) => caseTarget(target)) : targets;
}

/** Reads the configuration and applies the options that concern all commands. */
export function configOf(options: CommonOptions, messages: Messages): Config {
  messages.level = options.quiet ? "error" : options.logLevel;
  // Before the configuration is read: its faults are messages too.
  messages.format = options.logFormat ?? "text";
  try {
    const config = loadConfig({ file: options.config, sets: setsOf(options) });
    readCertificates(config.policy.certificates);
    openKeyLog(config)?.close();
    numberPlanOf(config);
    rateDeckOf(config);
    messages.format = options.logFormat ?? config.operation.logFormat;
    return config;
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(ExitCode.BAD_CONFIG, error.problems);
    throw error;
  }
}

function setsOf({ rates = [], set }: CommonOptions): readonly string[] {
  return rates.length === 0 ? set : [...set, `numbers.rateDecks=${JSON.stringify(rates)}`];
}

/** The same options with those that are short for `--set` written out, so that a reload repeats them. */
export function withSets<T extends CommonOptions & Pick<RunOptions, "evidence">>(options: T): T {
  const { evidence, keylog, set } = options;
  const more = [
    ...(evidence === undefined ? [] : [textSet("evidence.dir", evidence)]),
    ...(keylog === undefined ? [] : [textSet("capture.keyLog", keylog)]),
  ];
  return more.length === 0 ? options : { ...options, set: [...set, ...more] };
}

/** In quotes, as overrides are YAML: a folder may be called 2026. */
function textSet(key: string, value: string): string {
  return `${key}=${JSON.stringify(value)}`;
}

/** Options that exclude or need each other. Throws CommandError. */
export function refuseConflicts({ eve, eveTypes, json }: RunOptions): void {
  if (eve === "-" && json) {
    throw new CommandError(ExitCode.USAGE, [
      "--eve - and --json both want standard output; give --eve a file",
    ]);
  }
  if (eve === undefined && eveTypes !== undefined) {
    throw new CommandError(ExitCode.USAGE, ["--eve-types needs --eve; add --eve FILE or --eve -"]);
  }
}

/** Gathers the values of a repeatable option. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** A whole number within bounds. */
export function parseWhole(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= min && number <= max)) {
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

function parseTarget(value: string): string {
  if (value === "") throw new InvalidArgumentError("Expected a file name or -.");
  return value;
}

const parseSeverity = parseWhole(1, 255);

function parseLevel(value: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === value);
  if (level === undefined)
    throw new InvalidArgumentError(`Expected one of ${LOG_LEVELS.join(", ")}.`);
  return level;
}

function parseTypes(value: string): EveType[] {
  return value.split(",").map((part) => {
    const type = EVE_TYPES.find((known) => known === part.trim());
    if (type === undefined) {
      const guess = didYouMean(part.trim(), EVE_TYPES) || ` Expected ${EVE_TYPES.join(", ")}.`;
      throw new InvalidArgumentError(`"${part.trim()}" is not a type of record.${guess}`);
    }
    return type;
  });
}
