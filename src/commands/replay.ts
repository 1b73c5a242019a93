import type { Command } from "commander";
import { openSource } from "../capture/file-source.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import { readExpectation } from "./expectation.ts";
import { JunitReport } from "./junit.ts";
import type { Messages } from "./messages.ts";
import { refuseUnwritable } from "./new-file.ts";
import { addRunOptions, configOf, type RunOptions, refuseConflicts, withSets } from "./options.ts";
import { replayEach, skippedLine } from "./replay-each.ts";
import { addSelectionOptions, type SelectionOptions, sourceOptions } from "./replay-options.ts";
import { writeReportPage } from "./report.ts";
import { readRulesOrFail } from "./rule-files.ts";
import { type Finish, run } from "./run.ts";
import { SidList } from "./sid-list.ts";

interface ReplayOptions extends RunOptions, SelectionOptions {
  readonly expect?: string;
  readonly junit?: string;
  readonly each: boolean;
  readonly report?: string;
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
      "--expect <file>",
      "compare the alerts with those of this EVE file, or with the signature ids that it lists; exit 4 when they differ",
    )
    .option(
      "--junit <file>",
      "write the result as JUnit XML, for CI systems: with --each a test for each capture",
    )
    .option(
      "--each",
      "every capture in a run of its own: for captures that have nothing to do with each other",
      false,
    )
    .option(
      "--report <file>",
      "write what was found as one HTML page that needs no network: cases, calls with ladders, media",
    );
  addSelectionOptions(command);
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
  refuseReport(inputs, options);
  if (options.junit !== undefined) refuseUnwritable("--junit", options.junit);
  const reading = sourceOptions(options, messages);
  const config = configOf(options, messages);
  const rules = readRulesOrFail(config, options, messages);
  const { expect } = options;
  const expected =
    expect === undefined
      ? undefined
      : readExpectation(expect, `sipsentry replay ${inputs.join(" ")}`);
  const junit = options.junit === undefined ? undefined : new JunitReport(options.junit);
  const report = {
    ...(junit !== undefined && { junit }),
  };
  const { report: path } = options;
  if (options.each) {
    const setup = { inputs, config, rules, options, messages, reading, ...report };
    const exitCode = await replayEach(expected === undefined ? setup : { ...setup, expected });
    return writeReport(junit, messages, exitCode);
  }
  const source = openSource(inputs, reading);
  const check = expected instanceof SidList ? expected.forRun() : expected;
  const exitCode = await run({
    command: "replay",
    inputs,
    source,
    config,
    rules,
    options,
    messages,
    ...(check !== undefined && { check }),
    ...report,
    ...(path !== undefined && {
      onEnd: (end) =>
        writeReportPage({ ...{ path, inputs, config, rules, messages, reading }, ...end }),
    }),
  });
  if (reading.selection?.accepted === 0 && source.packets > 0) {
    const given = (["bpf", "from", "to"] as const).filter((name) => options[name] !== undefined);
    messages.warn(
      `nothing was looked at: none of the ${source.packets} packets passes --${given.join(" and --")}`,
    );
  }
  if (source.skippedFiles > 0) messages.info(skippedLine(source.skippedFiles));
  return writeReport(junit, messages, exitCode);
}

/** The captures are read twice, as one run, and the page is written at the end. Throws CommandError. */
function refuseReport(inputs: readonly string[], { each, report }: ReplayOptions): void {
  if (report === undefined) return;
  if (inputs.includes("-")) {
    throw new CommandError(ExitCode.USAGE, [
      "--report reads the captures twice, which standard input cannot be; save it to a file",
    ]);
  }
  if (each) {
    throw new CommandError(ExitCode.USAGE, [
      "--report tells of one run, and --each makes many; leave one of them out",
    ]);
  }
  refuseUnwritable("--report", report);
}

/** A report that is not there is a failure of its own. */
function writeReport(
  junit: JunitReport | undefined,
  messages: Messages,
  exitCode: ExitCode,
): ExitCode {
  const problem = junit?.write() ?? "";
  if (problem === "") return exitCode;
  messages.error(problem);
  return ExitCode.FAILED;
}
