import type { Command } from "commander";
import { openSource } from "../capture/file-source.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import { Golden } from "./golden.ts";
import type { Messages } from "./messages.ts";
import { addRunOptions, configOf, type RunOptions, refuseConflicts, withSets } from "./options.ts";
import { replayEach } from "./replay-each.ts";
import { readRulesOrFail } from "./rule-files.ts";
import { type Finish, run } from "./run.ts";

interface ReplayOptions extends RunOptions {
  readonly expect?: string;
  readonly each: boolean;
}

/** `sipsentry replay FILE|DIR|- ...` */
export function addReplay(program: Command, messages: Messages, finish: Finish): void {
  const command = program
    .command("replay")
    .description(
      "Read captures (pcap, pcapng, .gz, .zst), folders of them or standard input (-), and show what they hold.",
    )
    .argument("<capture...>", "capture files, folders, or - for standard input")
    .option(
      "--expect <golden>",
      "compare the alerts with those of this EVE file; exit 4 when they differ",
    )
    .option(
      "--each",
      "every capture in a run of its own: for captures that have nothing to do with each other",
      false,
    );
  addRunOptions(command).action(async (inputs: string[], options: ReplayOptions) => {
    finish(await replay(inputs, withSets(options), messages));
  });
}

async function replay(
  inputs: readonly string[],
  options: ReplayOptions,
  messages: Messages,
): Promise<ExitCode> {
  refuseConflicts(options);
  const config = configOf(options, messages);
  const rules = readRulesOrFail(config, options.rules, messages);
  if (options.each) {
    refuseWithEach(options);
    return replayEach({ inputs, config, rules, options, messages });
  }
  const source = openSource(inputs);
  const { expect } = options;
  const golden =
    expect === undefined ? undefined : new Golden(expect, `sipsentry replay ${inputs.join(" ")}`);
  const exitCode = await run({
    command: "replay",
    inputs,
    source,
    config,
    rules,
    options,
    messages,
    ...(golden === undefined ? {} : { golden }),
  });
  if (source.skippedFiles > 0)
    messages.info(`${source.skippedFiles} files in folders are no captures and were skipped`);
  return exitCode;
}

/** A summary and a golden file are of one run. */
function refuseWithEach({ expect, json }: ReplayOptions): void {
  const option = expect !== undefined ? "--expect" : json ? "--json" : "";
  if (option !== "")
    throw new CommandError(ExitCode.USAGE, [`${option} is for one run; leave out --each`]);
}
