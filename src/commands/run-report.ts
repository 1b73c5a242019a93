import type { LoadResult } from "../detect/rules/load-rules.ts";
import { AlertTally } from "../emit/alert-tally.ts";
import { CaseBook } from "../emit/cases/case-book.ts";
import { caseText } from "../emit/cases/case-text.ts";
import { latencyLines } from "../emit/latency-text.ts";
import { LiveView } from "../emit/live-view.ts";
import { count } from "../emit/number-text.ts";
import { type RunSummary, summaryOf } from "../emit/summary.ts";
import { summaryText } from "../emit/summary-text.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { RecordOutputs } from "./record-outputs.ts";
import { ruleCount } from "./rule-files.ts";
import type { Run } from "./run.ts";
import { VERSION } from "./version.ts";

/** What a run tells people: the view on the terminal while it goes on, and the summary. */
export class RunReport {
  readonly tally = new AlertTally();
  readonly cases = new CaseBook();
  /** What broke off or failed, one line each. */
  readonly problems: string[] = [];
  /** In force; a reload changes them. */
  rules: LoadResult;
  readonly #setup: Run;
  readonly #pipeline: () => Pipeline;
  readonly #outputs: RecordOutputs;
  readonly #view: LiveView | null;
  readonly #startMs = performance.now();

  constructor(setup: Run, outputs: RecordOutputs, pipeline: () => Pipeline) {
    this.#setup = setup;
    this.rules = setup.rules;
    this.#outputs = outputs;
    this.#pipeline = pipeline;
    this.#view = this.#makeView();
    setup.messages.onWrite = () => this.#view?.clear();
  }

  get elapsedMs(): number {
    return performance.now() - this.#startMs;
  }

  showView(): void {
    this.#view?.start();
  }

  hideView(): void {
    this.#view?.stop();
  }

  /** A problem is said at once, counts for the exit code, and is in the summary. */
  tell(problem: string): void {
    this.problems.push(problem);
    this.#setup.messages.error(problem);
  }

  /** The run so far. */
  summary(elapsedMs = this.elapsedMs): RunSummary {
    const { command, inputs, source } = this.#setup;
    const pipeline = this.#pipeline();
    return summaryOf({
      command,
      version: VERSION,
      inputs,
      statistics: pipeline.statistics,
      tables: [...pipeline.tables(), this.tally.use],
      engine: pipeline.engine.counters,
      rulesLoaded: ruleCount(this.rules.ruleSet),
      rulesFailed: this.rules.failed,
      facts: pipeline.factCounts,
      tally: this.tally,
      captureDrops: source.drops ?? 0,
      outputs: this.#outputs.health(),
      ...(pipeline.timing !== null && { latencies: pipeline.timing.latencies() }),
      deliveries: this.#outputs.deliveries(),
      acknowledgements: this.#outputs.delivery?.snapshot().outputs ?? [],
      problems: this.problems,
      elapsedMs,
    });
  }

  print(elapsedMs: number): void {
    const { messages, options } = this.#setup;
    const summary = this.summary(elapsedMs);
    if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    // Where there was nothing to read, the problem is all there is to say.
    if (summary.packets.total === 0 && this.problems.length > 0) return;
    if (!options.json && !options.quiet) this.#printText(summary);
    const unknown = summary.skipped["link.type_unknown"] ?? 0;
    if (unknown > 0) {
      messages.warn(
        `${count(unknown)} packets have a link type that is not decoded (capinfos names it); capture on Ethernet, Linux cooked or raw IP`,
      );
    }
    const { seconds, packets_per_s: rate } = summary.timing;
    messages.info(
      `${count(summary.packets.total)} packets in ${seconds.toFixed(2)} s, ${count(rate)} packets/s`,
    );
    for (const line of latencyLines(summary.timing.latency_us)) messages.info(line);
  }

  #printText(summary: RunSummary): void {
    const stream = this.#setup.options.eve === "-" ? process.stderr : process.stdout;
    const style = { isColored: isColored(stream), width: stream.isTTY ? stream.columns : 0 };
    const text = summaryText(summary, this.tally.groups(), style);
    stream.write(text + caseText(this.cases, style.width));
  }

  #makeView(): LiveView | null {
    const { options, source } = this.#setup;
    const isDisturbed = options.eve === "-" && process.stdout.isTTY;
    if (!process.stderr.isTTY || options.quiet || isDisturbed || process.env.TERM === "dumb")
      return null;
    return new LiveView({
      terminal: process.stderr,
      tally: this.tally,
      progress: () => ({
        packets: this.#pipeline().statistics.packets,
        done: source.bytesRead ?? 0,
        total: source.bytesTotal ?? 0,
        lagMs: this.#pipeline().timing?.lagMs ?? -1,
      }),
      isColored: isColored(process.stderr),
    });
  }
}

/** Colour only on a terminal; NO_COLOR (https://no-color.org) turns it off. */
export function isColored(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}
