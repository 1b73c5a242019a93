import type { FrameSource, SourceEnd } from "../capture/frame.ts";
import { captureOf, NO_PLACE } from "../capture/packet-place.ts";
import type { Config } from "../config/config.ts";
import type { Alert } from "../detect/alerts/alert.ts";
import type { LoadResult } from "../detect/rules/load-rules.ts";
import type { AddressNotes } from "../emit/addresses/address-notes.ts";
import type { CaseBook } from "../emit/cases/case-book.ts";
import type { Evidence } from "../emit/evidence/evidence.ts";
import type { CaptureUse } from "../emit/metrics/metrics-source.ts";
import { PacketTiming } from "../emit/metrics/packet-timing.ts";
import type { RunSummary } from "../emit/summary.ts";
import { Pipeline, type PipelineOutputs } from "../pipeline/pipeline.ts";
import { openAddressNotes } from "./address-book.ts";
import { AlertPrinter } from "./alert-printer.ts";
import { type BaselineFile, openBaselines } from "./baseline-file.ts";
import { type CaseFile, openCases } from "./case-file.ts";
import { Daemon } from "./daemon.ts";
import { ExitCode } from "./exit-code.ts";
import type { AlertCheck } from "./expectation.ts";
import { graveAlerts } from "./grave-alerts.ts";
import type { JunitReport } from "./junit.ts";
import { ListFiles } from "./list-files.ts";
import type { Messages } from "./messages.ts";
import { openEvidence } from "./open-evidence.ts";
import { outputTargets, type RunOptions } from "./options.ts";
import { packetReceiver } from "./packet-receiver.ts";
import { RecordOutputs } from "./record-outputs.ts";
import { recordReceivers } from "./record-receivers.ts";
import { RunReport } from "./run-report.ts";
import { outputSpecs } from "./start-delivery.ts";
import { onStopSignal } from "./stop-signal.ts";

/** What a source may know beside its packets. */
export interface RunSource extends FrameSource {
  /** Bytes of input read so far and in all; 0 when unknown. */
  readonly bytesRead?: number;
  readonly bytesTotal?: number;
  /** The capture file that the current frame is from. */
  readonly currentPath?: string;
  /** All capture files, by rank. */
  readonly captureNames?: readonly string[];
  /** Packets that the kernel or our ring dropped. */
  readonly drops?: number;
  /** Interfaces, in live capture. */
  readonly captures?: readonly CaptureUse[];
}

export interface Run {
  readonly command: "replay" | "live";
  readonly inputs: readonly string[];
  readonly source: RunSource;
  readonly config: Config;
  readonly rules: LoadResult;
  readonly options: RunOptions;
  readonly messages: Messages;
  readonly check?: AlertCheck;
  readonly junit?: JunitReport;
  /** Told at the end; resolves with what went wrong, "" for nothing. */
  readonly onEnd?: (end: RunEnd) => Promise<string>;
}

/** What a run has found, for those who write it down. */
interface RunEnd {
  readonly summary: RunSummary;
  readonly cases: CaseBook;
  /** Media streams that alerts named, the first ones. */
  readonly streams: ReadonlySet<string>;
  readonly notes: AddressNotes;
}

const STREAMS_MAX = 16;

/** How a command hands its exit code to the program. */
export type Finish = (exitCode: ExitCode) => void;

/** From a source to alerts, summary and exit code. */
export async function run(setup: Run): Promise<ExitCode> {
  return new RunningCommand(setup).run();
}

class RunningCommand {
  readonly #setup: Run;
  readonly #isLive: boolean;
  readonly #report: RunReport;
  readonly #streams = new Set<string>();
  readonly #outputs: RecordOutputs;
  readonly #notes: AddressNotes;
  readonly #evidence: Evidence | null;
  readonly #pipeline: Pipeline;
  /** Null when alerts are not printed one by one. */
  readonly #printer: AlertPrinter | null;
  /** Null when what baselines learn is not kept. */
  readonly #baselines: BaselineFile | null;
  readonly #lists: ListFiles;
  /** Null when cases end with the run. */
  readonly #cases: CaseFile | null;
  readonly #needsLine: boolean;
  #stoppedBy = "";
  /** The input has been read to its end, and nobody stopped it before. */
  #isRead = false;

  constructor(setup: Run) {
    const { command, config, inputs, messages, options, rules } = setup;
    this.#setup = setup;
    this.#isLive = command === "live";
    this.#evidence = openEvidence(
      config,
      (problem) => this.#onEvidenceProblem(problem),
      () => this.#pipeline,
    );
    this.#notes = openAddressNotes(config, () => this.#pipeline);
    this.#outputs = new RecordOutputs({
      notes: this.#notes,
      eve: options.eve,
      specs: outputSpecs(outputTargets(config, options), config),
      types: options.eveTypes ?? config.eve.types,
      caseOnly: options.caseOnly === true,
      config,
      evidence: this.#evidence,
      isReplay: !this.#isLive,
      fromStart: options.fromStart,
      interfaceName: this.#isLive && inputs.length === 1 ? (inputs[0] ?? "") : "",
      captureNames: () => setup.source.captureNames ?? [],
      onProblem: (problem, code) => this.#onSinkProblem(problem, code),
      onLine: (level, line) => messages[level](line),
    });
    this.#needsLine =
      this.#outputs.isWritten || setup.check !== undefined || this.#evidence !== null;
    const ownsStdout = options.eve === "-" || options.json;
    const isPrinted = this.#isLive && !ownsStdout && !options.quiet && !process.stdout.isTTY;
    this.#printer = isPrinted
      ? new AlertPrinter(process.stdout, (line) => messages.warn(line))
      : null;
    this.#pipeline = new Pipeline({ config, ruleSet: rules.ruleSet, outputs: this.#receivers() });
    this.#baselines = openBaselines(config, this.#pipeline, {
      messages,
      isLive: this.#isLive,
    });
    this.#lists = new ListFiles(() => this.#pipeline.engine.lists);
    this.#cases = openCases(config, this.#pipeline, { messages, isLive: this.#isLive });
    this.#pipeline.timing = new PacketTiming({ isLive: this.#isLive });
    this.#report = new RunReport(setup, this.#outputs, () => this.#pipeline);
  }

  async run(): Promise<ExitCode> {
    const { source } = this.#setup;
    const report = this.#report;
    const removeHandlers = onStopSignal((signal) => this.#stop(signal));
    let daemon: Daemon | null = null;
    let elapsedMs: number;
    try {
      daemon = this.#isLive ? await this.#startDaemon() : null;
      report.showView();
      const end: SourceEnd = await source.run(this.#pipeline.onFrame);
      daemon?.stopTicking();
      this.#pipeline.finish();
      this.#isRead = this.#stoppedBy === "";
      for (const problem of end.problems) report.tell(problem);
    } finally {
      daemon?.stopTicking();
      await this.#handOver();
      await daemon?.close();
      elapsedMs = report.elapsedMs;
      report.hideView();
      removeHandlers();
    }
    this.#tellStop();
    report.print(elapsedMs);
    const { cases } = report;
    const notes = this.#notes;
    const end = { summary: report.summary(elapsedMs), cases, streams: this.#streams, notes };
    const problem = (await this.#setup.onEnd?.(end)) ?? "";
    if (problem !== "") report.tell(problem);
    return this.#exitCode();
  }

  #startDaemon(): Promise<Daemon> {
    return Daemon.start({
      setup: this.#setup,
      pipeline: this.#pipeline,
      report: this.#report,
      outputs: this.#outputs,
      evidence: this.#evidence,
      baselines: this.#baselines,
      lists: this.#lists,
      cases: this.#cases,
      isStopping: () => this.#stoppedBy !== "",
    });
  }

  #receivers(): PipelineOutputs {
    const outputs = this.#outputs;
    return {
      alert: (alert) => this.#onAlert(alert),
      incident: (record) => {
        this.#report.tally.incident(record);
        if (outputs.isWritten) outputs.incident(record);
      },
      case: (record) => {
        this.#report.cases.add(outputs.maskedCase(record));
        if (outputs.isWritten) outputs.case(record);
      },
      ...packetReceiver(this.#evidence, this.#setup.config.addresses.names ? this.#notes : null),
      ...recordReceivers(outputs),
    };
  }

  #onAlert(alert: Alert): void {
    const { stream = "" } = alert.voip;
    if (stream !== "" && this.#streams.size < STREAMS_MAX) this.#streams.add(stream);
    const { captureNames = [] } = this.#setup.source;
    const capture = captureNames[captureOf(alert.place ?? NO_PLACE)] ?? "";
    this.#report.tally.add(this.#outputs.masked(alert), alert.place === undefined ? "" : capture);
    if (this.#needsLine) {
      const line = this.#outputs.alert(alert);
      this.#setup.check?.add(alert, line);
    }
    this.#printer?.print(alert);
  }

  #onSinkProblem(problem: string, code: string): void {
    this.#report.tell(problem);
    // Nobody reads on: as other filters do, end instead of working for nothing.
    if (code === "EPIPE" && this.#setup.options.eve === "-") this.#setup.source.close();
  }

  /** Of a replay, packets that were asked for are missing for good; live capture goes on and tells its health. */
  #onEvidenceProblem(problem: string): void {
    if (this.#isLive) this.#setup.messages.warn(problem);
    else this.#report.tell(problem);
  }

  #stop(signal: NodeJS.Signals): void {
    this.#stoppedBy = signal;
    this.#setup.messages.info(`${signal}: stopping; a second one exits at once`);
    this.#setup.source.close();
    if (this.#isRead) this.#outputs.giveUp();
  }

  /** What network outputs have not acknowledged waits in the spool for the next run; a replay says so. */
  async #handOver(): Promise<void> {
    const { config, messages } = this.#setup;
    this.#evidence?.close();
    for (const line of await this.#lists.close()) this.#report.tell(line);
    for (const file of [this.#baselines, this.#cases]) {
      const problem = (await file?.close()) ?? "";
      if (problem !== "") this.#report.tell(problem);
    }
    this.#outputs.learnHosts(this.#pipeline);
    const isPatient = !this.#isLive && this.#stoppedBy === "";
    const longestMs = isPatient ? Number.POSITIVE_INFINITY : config.operation.drainS * 1_000;
    await this.#outputs.drain(longestMs, config.spool.waitS * 1_000);
    for (const { isLossy, lines } of await this.#outputs.close()) {
      for (const line of lines) {
        // Live capture is stopped while receivers are away: what waits is no fault of it.
        if (this.#isLive && !isLossy) messages.warn(line);
        else this.#report.tell(line);
      }
    }
  }

  /** To be stopped is how live capture ends; a replay that is stopped has not done its work. */
  #tellStop(): void {
    if (this.#stoppedBy !== "" && !this.#isLive && !this.#isRead) {
      this.#report.tell(`stopped by ${this.#stoppedBy}: the rest of the input was not read`);
    }
  }

  #exitCode(): ExitCode {
    const { check, inputs, junit, messages, options } = this.#setup;
    const { elapsedMs, problems, tally } = this.#report;
    const differences = check?.differences() ?? [];
    const grave = graveAlerts(tally, options.failOn);
    junit?.add({
      name: inputs.join(" "),
      seconds: elapsedMs / 1_000,
      failures: [...differences, ...grave],
      errors: problems,
    });
    if (problems.length > 0) return ExitCode.FAILED;
    for (const line of differences) messages.error(line);
    if (differences.length > 0) return ExitCode.UNEXPECTED;
    return grave.length > 0 ? ExitCode.ALERTED : ExitCode.OK;
  }
}
