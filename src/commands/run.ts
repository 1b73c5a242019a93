import type { FrameSource, SourceEnd } from "../capture/frame.ts";
import type { Config } from "../config.ts";
import type { Alert } from "../detect/alert.ts";
import type { LoadResult } from "../detect/load-rules.ts";
import { alertLine } from "../emit/alert-table.ts";
import { AlertTally } from "../emit/alert-tally.ts";
import { LiveView } from "../emit/live-view.ts";
import { count } from "../emit/number-text.ts";
import { type RunSummary, summaryOf } from "../emit/summary.ts";
import { summaryText } from "../emit/summary-text.ts";
import { Pipeline, type PipelineOutputs } from "../pipeline.ts";
import { EveOutput } from "./eve-output.ts";
import { ExitCode } from "./exit-code.ts";
import type { Golden } from "./golden.ts";
import type { Messages } from "./messages.ts";
import type { RunOptions } from "./options.ts";
import { ruleCount } from "./rule-files.ts";
import { onStopSignal } from "./stop-signal.ts";
import { VERSION } from "./version.ts";

const TICK_MS = 1000;

/** What a source may know beside its packets. */
export interface RunSource extends FrameSource {
  /** Bytes of input read so far and in all; 0 when unknown. */
  readonly bytesRead?: number;
  readonly bytesTotal?: number;
  /** The capture file that the current frame is from. */
  readonly currentPath?: string;
  /** Packets that the kernel or our ring dropped. */
  readonly drops?: number;
}

export interface Run {
  readonly command: "replay" | "live";
  readonly inputs: readonly string[];
  readonly source: RunSource;
  readonly config: Config;
  readonly rules: LoadResult;
  readonly options: RunOptions;
  readonly messages: Messages;
  readonly golden?: Golden;
}

/** How a command hands its exit code to the program. */
export type Finish = (exitCode: ExitCode) => void;

/** From a source to alerts, summary and exit code. */
export async function run(setup: Run): Promise<ExitCode> {
  return new RunningCommand(setup).run();
}

class RunningCommand {
  readonly #setup: Run;
  readonly #tally = new AlertTally();
  readonly #eve: EveOutput;
  readonly #pipeline: Pipeline;
  readonly #problems: string[] = [];
  readonly #view: LiveView | null;
  readonly #isAlertPrinted: boolean;
  readonly #needsLine: boolean;
  #stoppedBy = "";

  constructor(setup: Run) {
    const { command, config, inputs, options, rules, source } = setup;
    const isLive = command === "live";
    this.#setup = setup;
    this.#eve = new EveOutput({
      target: options.eve,
      types: options.eveTypes ?? config.eve.types,
      config,
      isReplay: !isLive,
      interfaceName: isLive && inputs.length === 1 ? (inputs[0] ?? "") : "",
      onProblem: (problem, code) => this.#onSinkProblem(problem, code),
    });
    this.#needsLine = this.#eve.isWritten || setup.golden !== undefined;
    const ownsStdout = options.eve === "-" || options.json;
    this.#isAlertPrinted = isLive && !ownsStdout && !options.quiet && !process.stdout.isTTY;
    this.#pipeline = new Pipeline({ config, ruleSet: rules.ruleSet, outputs: this.#outputs() });
    this.#view = this.#makeView(source);
  }

  async run(): Promise<ExitCode> {
    const { messages, source } = this.#setup;
    messages.onWrite = () => this.#view?.clear();
    const startMs = performance.now();
    const removeHandlers = onStopSignal((signal) => this.#stop(signal));
    const ticker = this.#setup.command === "live" ? this.#startTicker() : undefined;
    let elapsedMs: number;
    try {
      this.#view?.start();
      const end: SourceEnd = await source.run(this.#pipeline.onFrame);
      clearInterval(ticker);
      this.#pipeline.finish();
      for (const problem of end.problems) this.#tell(problem);
    } finally {
      clearInterval(ticker);
      await this.#eve.close();
      elapsedMs = performance.now() - startMs;
      this.#view?.stop();
      removeHandlers();
    }
    this.#tellStop();
    this.#printSummary(elapsedMs);
    return this.#exitCode();
  }

  /** On a link that has fallen silent time still passes; packets in flight are given a second. */
  #startTicker(): NodeJS.Timeout {
    const { source } = this.#setup;
    const { statistics } = this.#pipeline;
    let packets = 0;
    return setInterval(() => {
      statistics.captureDrops = source.drops ?? 0;
      if (statistics.packets === packets) this.#pipeline.advance((Date.now() - TICK_MS) * 1000);
      packets = statistics.packets;
    }, TICK_MS);
  }

  #outputs(): PipelineOutputs {
    const eve = this.#eve;
    const isWanted = (type: "sip" | "flow" | "anomaly" | "stats") =>
      eve.isWritten && eve.types.has(type);
    return {
      alert: (alert) => this.#onAlert(alert),
      ...(eve.isWritten && { incident: (record) => eve.incident(record) }),
      ...(isWanted("sip") ? { sip: (record) => eve.sip(record) } : {}),
      ...(isWanted("flow") ? { flow: (record) => eve.flow(record) } : {}),
      ...(isWanted("anomaly") ? { anomaly: (record) => eve.anomaly(record) } : {}),
      ...(isWanted("stats") ? { stats: (record) => eve.stats(record) } : {}),
    };
  }

  #onAlert(alert: Alert): void {
    this.#tally.add(alert, this.#setup.source.currentPath ?? "");
    if (this.#needsLine) {
      const line = this.#eve.alert(alert);
      this.#setup.golden?.add(line);
    }
    if (this.#isAlertPrinted) process.stdout.write(`${alertLine(alert)}\n`);
  }

  #onSinkProblem(problem: string, code: string): void {
    this.#tell(problem);
    // Nobody reads on: as other filters do, end instead of working for nothing.
    if (code === "EPIPE" && this.#setup.options.eve === "-") this.#setup.source.close();
  }

  #tell(problem: string): void {
    this.#problems.push(problem);
    this.#setup.messages.error(problem);
  }

  #stop(signal: NodeJS.Signals): void {
    this.#stoppedBy = signal;
    this.#setup.messages.info(`${signal}: stopping; a second one exits at once`);
    this.#setup.source.close();
  }

  /** To be stopped is how live capture ends; a replay that is stopped has not done its work. */
  #tellStop(): void {
    if (this.#stoppedBy !== "" && this.#setup.command === "replay") {
      this.#tell(`stopped by ${this.#stoppedBy}: the rest of the input was not read`);
    }
  }

  #makeView(source: RunSource): LiveView | null {
    const { options } = this.#setup;
    const isDisturbed = options.eve === "-" && process.stdout.isTTY;
    if (!process.stderr.isTTY || options.quiet || isDisturbed || process.env.TERM === "dumb")
      return null;
    return new LiveView({
      terminal: process.stderr,
      tally: this.#tally,
      progress: () => ({
        packets: this.#pipeline.statistics.packets,
        done: source.bytesRead ?? 0,
        total: source.bytesTotal ?? 0,
      }),
      isColored: isColored(process.stderr),
    });
  }

  #printSummary(elapsedMs: number): void {
    const { options, messages, source } = this.#setup;
    const pipeline = this.#pipeline;
    const summary = summaryOf({
      command: this.#setup.command,
      version: VERSION,
      inputs: this.#setup.inputs,
      statistics: pipeline.statistics,
      tables: pipeline.tables(),
      engine: pipeline.engine.counters,
      rulesLoaded: ruleCount(this.#setup.rules.ruleSet),
      facts: pipeline.factCounts,
      tally: this.#tally,
      captureDrops: source.drops ?? 0,
      outputs: this.#eve.health(),
      problems: this.#problems,
      elapsedMs,
    });
    if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    // Where there was nothing to read, the problem is all there is to say.
    if (summary.packets.total === 0 && this.#problems.length > 0) return;
    if (!options.json && !options.quiet) this.#printText(summary);
    const { seconds, packets_per_s: rate } = summary.timing;
    messages.info(
      `${count(summary.packets.total)} packets in ${seconds.toFixed(2)} s, ${count(rate)} packets/s`,
    );
  }

  #printText(summary: RunSummary): void {
    const stream = this.#setup.options.eve === "-" ? process.stderr : process.stdout;
    const style = { isColored: isColored(stream), width: stream.isTTY ? stream.columns : 0 };
    stream.write(summaryText(summary, this.#tally.groups(), style));
  }

  #exitCode(): ExitCode {
    const { golden, messages, options } = this.#setup;
    if (this.#problems.length > 0) return ExitCode.FAILED;
    const differences = golden?.differences() ?? [];
    for (const line of differences) messages.error(line);
    if (differences.length > 0) return ExitCode.UNEXPECTED;
    const isReached = options.failOn !== undefined && this.#tally.worst <= options.failOn;
    return isReached ? ExitCode.ALERTED : ExitCode.OK;
  }
}

/** Colour only on a terminal; NO_COLOR (https://no-color.org) turns it off. */
export function isColored(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}
