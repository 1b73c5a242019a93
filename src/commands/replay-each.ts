import { type FileSource, type FileSourceOptions, openSource } from "../capture/file-source.ts";
import { findCaptures } from "../capture/find-captures.ts";
import type { Config } from "../config/config.ts";
import type { LoadResult } from "../detect/rules/load-rules.ts";
import type { AddressNotes } from "../emit/addresses/address-notes.ts";
import { AlertTally } from "../emit/alert-tally.ts";
import { type CaptureResult, captureText, captureTotals } from "../emit/capture-list.ts";
import { captureRecord, totalsRecord } from "../emit/capture-records.ts";
import { Pipeline } from "../pipeline/pipeline.ts";
import { openAddressNotes } from "./address-book.ts";
import { ExitCode } from "./exit-code.ts";
import { Golden } from "./golden.ts";
import { graveAlerts } from "./grave-alerts.ts";
import type { JunitReport } from "./junit.ts";
import type { Messages } from "./messages.ts";
import { outputTargets, type RunOptions } from "./options.ts";
import { packetReceiver } from "./packet-receiver.ts";
import { RecordOutputs } from "./record-outputs.ts";
import { recordReceivers } from "./record-receivers.ts";
import { isColored } from "./run-report.ts";
import { SidList } from "./sid-list.ts";
import { outputSpecs } from "./start-delivery.ts";
import { onStopSignal } from "./stop-signal.ts";
import { VERSION } from "./version.ts";

export interface EachRun {
  readonly inputs: readonly string[];
  readonly config: Config;
  readonly rules: LoadResult;
  readonly options: RunOptions;
  readonly messages: Messages;
  /** How each capture is read. */
  readonly reading: FileSourceOptions;
  /** EVE lines of all captures one after another, or signature ids by capture. */
  readonly expected?: Golden | SidList;
  readonly junit?: JunitReport;
}

/**
 * Replays captures one by one, each from a clean state: of captures that share addresses by chance,
 * one's past must not speak in the next. EVE lines of all go to the same place.
 */
export async function replayEach(setup: EachRun): Promise<ExitCode> {
  return new EachCommand(setup).run();
}

class EachCommand {
  readonly #setup: EachRun;
  readonly #outputs: RecordOutputs;
  readonly #results: CaptureResult[] = [];
  #source: FileSource | null = null;
  /** Of the capture at hand: what one's packets say of an address means nothing in the next. */
  #notes: AddressNotes | null = null;
  #worst = Number.POSITIVE_INFINITY;
  #hasProblem = false;
  #isStopped = false;
  #skipped = 0;
  #hasDifference = false;

  constructor(setup: EachRun) {
    const { config, options } = setup;
    this.#setup = setup;
    this.#outputs = new RecordOutputs({
      notes: { of: (ip) => this.#notes?.of(ip) ?? null },
      eve: options.eve,
      specs: outputSpecs(outputTargets(config, options), config),
      types: options.eveTypes ?? config.eve.types,
      caseOnly: options.caseOnly === true,
      config,
      // Packets of one capture in another's run would be no evidence.
      evidence: null,
      isReplay: true,
      fromStart: options.fromStart,
      interfaceName: "",
      captureNames: () => this.#source?.captureNames ?? [],
      onLine: (level, line) => setup.messages[level](line),
      onProblem: (problem) => {
        this.#tell(problem);
        this.#stop();
      },
    });
  }

  async run(): Promise<ExitCode> {
    const { inputs, messages, options } = this.#setup;
    const removeHandlers = onStopSignal((signal) => {
      this.#tell(`stopped by ${signal}: the rest of the input was not read`);
      this.#stop();
    });
    try {
      const { files, problems } = await findCaptures(inputs);
      for (const problem of problems) this.#tell(problem);
      for (const { path, folder } of files) {
        if (!this.#isStopped) await this.#replay(path, folder !== null);
      }
      if (this.#results.length === 0 && !this.#hasProblem)
        this.#tell(`${inputs.join(", ")}: no capture in it; give capture files or their folder`);
    } finally {
      await this.#handOver();
      removeHandlers();
    }
    this.#compareAll();
    if (options.json)
      process.stdout.write(`${JSON.stringify(totalsRecord(this.#results, VERSION))}\n`);
    else if (this.#results.length > 0) this.#print(captureTotals(this.#results));
    if (this.#skipped > 0) messages.info(skippedLine(this.#skipped));
    if (this.#hasProblem) return ExitCode.FAILED;
    if (this.#hasDifference) return ExitCode.UNEXPECTED;
    const isReached = options.failOn !== undefined && this.#worst <= options.failOn;
    return isReached ? ExitCode.ALERTED : ExitCode.OK;
  }

  /** What only shows when all captures have been replayed; a run that broke off says nothing of the rest. */
  #compareAll(): void {
    const { expected, junit } = this.#setup;
    if (expected === undefined || this.#isStopped) return;
    const differences = expected.differences();
    this.#differ(differences);
    const name = "all captures";
    if (expected instanceof Golden || differences.length > 0)
      junit?.add({ name, seconds: 0, failures: differences, errors: [] });
  }

  async #replay(path: string, isFound: boolean): Promise<void> {
    const { config, expected, rules } = this.#setup;
    const outputs = this.#outputs;
    const tally = new AlertTally();
    const check = expected instanceof SidList ? expected.forCapture(path) : expected;
    const startMs = performance.now();
    const source = openSource([path], { ...this.#setup.reading, isFound });
    this.#source = source;
    const notes = openAddressNotes(config, () => pipeline);
    this.#notes = notes;
    const pipeline: Pipeline = new Pipeline({
      config,
      ruleSet: rules.ruleSet,
      outputs: {
        ...packetReceiver(null, config.addresses.names ? notes : null),
        alert: (alert) => {
          tally.add(outputs.masked(alert), path);
          if (!outputs.isWritten && check === undefined) return;
          const line = outputs.alert(alert);
          check?.add(alert, line);
        },
        incident: (record) => {
          tally.incident(record);
          if (outputs.isWritten) outputs.incident(record);
        },
        case: (record) => {
          if (outputs.isWritten) outputs.case(record);
        },
        ...recordReceivers(outputs),
      },
    });
    const end = await source.run(pipeline.onFrame);
    pipeline.finish();
    for (const problem of end.problems) this.#tell(problem);
    if (source.skippedFiles > 0) {
      this.#skipped++;
      return;
    }
    this.#worst = Math.min(this.#worst, tally.worst);
    const differences = expected instanceof SidList ? (check?.differences() ?? []) : [];
    this.#setup.junit?.add({
      name: path,
      seconds: (performance.now() - startMs) / 1_000,
      failures: [...differences, ...graveAlerts(tally, this.#setup.options.failOn)],
      errors: end.problems,
    });
    this.#show(path, end.packets, tally, differences, end.problems);
    this.#differ(differences);
  }

  #show(
    path: string,
    packets: number,
    tally: AlertTally,
    differences: readonly string[],
    problems: readonly string[],
  ): void {
    const groups = tally.groups();
    const notes = tally.bySeverity().reduce((sum, [level, n]) => sum + (level > 3 ? n : 0), 0);
    const result = { path, packets, alerts: tally.total - notes, notes, groups };
    // The rows are printed now; what adds up is kept.
    this.#results.push({ ...result, groups: [] });
    if (!this.#setup.options.json) {
      this.#print(captureText(result, { isColored: isColored(this.#stream()), width: 0 }));
      return;
    }
    const about = { differences, problems, isExpected: this.#setup.expected instanceof SidList };
    process.stdout.write(`${JSON.stringify(captureRecord(result, tally, about))}\n`);
  }

  #differ(differences: readonly string[]): void {
    if (differences.length > 0) this.#hasDifference = true;
    for (const line of differences) this.#setup.messages.error(line);
  }

  async #handOver(): Promise<void> {
    const { config } = this.#setup;
    await this.#outputs.drain(Number.POSITIVE_INFINITY, config.spool.waitS * 1_000);
    for (const { lines } of await this.#outputs.close()) for (const line of lines) this.#tell(line);
  }

  #stop(): void {
    this.#isStopped = true;
    this.#source?.close();
    this.#outputs.giveUp();
  }

  #stream(): NodeJS.WriteStream {
    return this.#setup.options.eve === "-" ? process.stderr : process.stdout;
  }

  #print(text: string): void {
    if (!this.#setup.options.quiet) this.#stream().write(text);
  }

  #tell(problem: string): void {
    this.#hasProblem = true;
    this.#setup.messages.error(problem);
  }
}

/** What was found in folders and is no capture. */
export function skippedLine(files: number): string {
  return files === 1
    ? "1 file in a folder is no capture and was skipped"
    : `${files} files in folders are no captures and were skipped`;
}
