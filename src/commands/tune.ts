import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { openSource } from "../capture/file-source.ts";
import { type Closeness, RuleCloseness, withShadows } from "../detect/counters/closeness.ts";
import { type Tuned, tuned } from "../detect/counters/tuned-threshold.ts";
import { openFault } from "../emit/file-faults.ts";
import { replaceFile } from "../emit/outputs/ban-file.ts";
import { type TuneRow, tunedConfig, tuneTable } from "../emit/tune-text.ts";
import { Pipeline } from "../pipeline/pipeline.ts";
import { readEveCounts } from "./eve-counts.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";
import { refuseUnwritable } from "./new-file.ts";
import {
  addCommonOptions,
  addKeyLogOption,
  type CommonOptions,
  configOf,
  withSets,
} from "./options.ts";
import { addSelectionOptions, type SelectionOptions, sourceOptions } from "./replay-options.ts";
import { readRulesOrFail } from "./rule-files.ts";
import type { Finish } from "./run.ts";

interface TuneOptions extends CommonOptions, SelectionOptions {
  readonly eve?: string;
  readonly margin: number;
  readonly write?: string;
  readonly accept: boolean;
  readonly json: boolean;
}

/** `sipsentry tune capture... | --eve FILE`: how close healthy traffic comes to each rule. */
export function addTune(program: Command, messages: Messages, finish: Finish): void {
  const command = program
    .command("tune")
    .description(
      "Run healthy traffic of a site, show how close each rule came to firing, and which threshold leaves a margin.",
    )
    .argument(
      "[capture...]",
      "captures of healthy traffic: files, folders, or - for standard input",
    )
    .option(
      "--eve <file>",
      "EVE of a sensor that ran there instead: what fired, and how high it counted",
    )
    .option(
      "--margin <times>",
      "how many times what healthy traffic reached a rule needs",
      parseMargin,
      2,
    )
    .option("--write <file>", "write a threshold.config with what has to be raised")
    .option(
      "--accept",
      "in that file, also raise rules that fired: you have looked, and the traffic is healthy",
      false,
    )
    .option("--json", "print JSON, a line for each rule", false);
  addSelectionOptions(command);
  addKeyLogOption(addCommonOptions(command)).action(
    async (inputs: string[], options: TuneOptions) => {
      finish(await tune(inputs, withSets(options), messages));
    },
  );
}

async function tune(
  inputs: readonly string[],
  options: TuneOptions,
  messages: Messages,
): Promise<ExitCode> {
  if (inputs.length > 0 === (options.eve !== undefined)) {
    throw new CommandError(ExitCode.USAGE, [
      "give captures of healthy traffic, or --eve FILE of a sensor that saw it",
    ]);
  }
  if (options.write !== undefined) refuseUnwritable("--write", options.write);
  const { eve, margin } = options;
  const run = eve === undefined ? await watched(inputs, options, messages) : { fromEve: eve };
  const results =
    "results" in run
      ? run
      : readEveCounts(run.fromEve, rulesOf(options, messages).ruleSet.signatures);
  const rows = results.results
    .filter(({ signature }) => !signature.noalert && signature.alert.severity < 4)
    .map((close): TuneRow => rowOf(close, tuned(close, margin), results.fired))
    .toSorted((a, b) => b.close.part - a.close.part || a.close.signature.id - b.close.signature.id);
  if (options.json)
    for (const row of rows) process.stdout.write(`${JSON.stringify(jsonOf(row))}\n`);
  else process.stdout.write(tuneTable(rows, { margin, rules: results.rules }));
  if (options.write !== undefined) await write(options.write, rows, options, messages);
  return results.problems.length > 0 ? ExitCode.FAILED : ExitCode.OK;
}

function rulesOf(options: TuneOptions, messages: Messages) {
  return readRulesOrFail(configOf(options, messages), options, messages);
}

/** Runs the captures with copies of all counters beside them. */
async function watched(inputs: readonly string[], options: TuneOptions, messages: Messages) {
  const reading = sourceOptions(options, messages);
  const config = configOf(options, messages);
  const rules = readRulesOrFail(config, options, messages);
  const { ruleSet, shadows } = withShadows(rules.ruleSet);
  const fired = new Map<number, number>();
  const pipeline = new Pipeline({
    config,
    ruleSet,
    outputs: {
      alert: ({ signature: { sid } }) => fired.set(sid, (fired.get(sid) ?? 0) + 1),
    },
  });
  const closeness = new RuleCloseness(shadows);
  pipeline.engine.closeness = closeness;
  const { problems } = await openSource(inputs, reading).run(pipeline.onFrame);
  pipeline.finish();
  for (const problem of problems) messages.error(problem);
  const { length } = rules.ruleSet.signatures;
  return { results: closeness.results(), fired, problems, rules: length };
}

function rowOf(close: Closeness, want: Tuned, fired: ReadonlyMap<number, number>): TuneRow {
  return { close, want, fired: fired.get(close.signature.alert.sid) ?? 0 };
}

function jsonOf({ close, fired, want }: TuneRow) {
  const { highest, key, matches, needed, of, part, signature, timeUs } = close;
  const { sid, severity, msg } = signature.alert;
  return {
    ...{ sid, severity, msg, of, matches, highest, needed, fired },
    part: Math.round(part * 10_000) / 10_000,
    ...(key !== "" && { key }),
    ...(timeUs > 0 && { timestamp: new Date(timeUs / 1e3).toISOString() }),
    ...(want.needed !== null && { wanted: want.needed }),
    ...(want.line !== "" && { line: want.line }),
  };
}

async function write(
  path: string,
  rows: readonly TuneRow[],
  { accept, margin }: TuneOptions,
  messages: Messages,
): Promise<void> {
  const { text, raised, held } = tunedConfig(rows, { margin, isAccepted: accept });
  try {
    await replaceFile(path, text);
  } catch (error) {
    throw new CommandError(ExitCode.FAILED, [`--write: cannot write ${path}: ${openFault(error)}`]);
  }
  const more =
    held === 0
      ? ""
      : `; ${held} that fired are commented out, look at them first (--accept raises them, too)`;
  messages.info(
    `${path}: ${raised} rules raised${more}; use it with --set rules.threshold=${path}`,
  );
}

function parseMargin(value: string): number {
  const margin = /^\d{1,4}(\.\d{1,3})?$/.test(value) ? Number(value) : Number.NaN;
  if (margin >= 1 && margin <= 1_000) return margin;
  throw new InvalidArgumentError("Expected a number from 1 to 1000, such as 2 or 1.5.");
}
