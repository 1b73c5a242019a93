import { defaultConfig } from "../config/config.ts";
import type { Evidence } from "../emit/evidence/evidence.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { BaselineFile } from "./baseline-file.ts";
import type { CaseFile } from "./case-file.ts";
import { CommandError } from "./exit-code.ts";
import type { ListFiles } from "./list-files.ts";
import { Monitor } from "./monitor.ts";
import type { RecordOutputs } from "./record-outputs.ts";
import { reload } from "./reload.ts";
import { onReloadSignals } from "./reload-signal.ts";
import { ruleCount } from "./rule-files.ts";
import type { Run } from "./run.ts";
import type { RunReport } from "./run-report.ts";

const TICK_MS = 1_000;
/** What is learned of hosts is kept every five minutes. */
const LEARN_TICKS = 300;
/** What rules have put into their lists is on disk after a minute. */
const LIST_TICKS = 60;

export interface DaemonParts {
  readonly setup: Run;
  readonly pipeline: Pipeline;
  readonly report: RunReport;
  readonly outputs: RecordOutputs;
  readonly evidence: Evidence | null;
  readonly baselines: BaselineFile | null;
  readonly lists: ListFiles;
  readonly cases: CaseFile | null;
  readonly isStopping: () => boolean;
}

/** What live capture has beside the packet loop: time that passes on a silent link, metrics and health. */
export class Daemon {
  readonly #parts: DaemonParts;
  #ticker: NodeJS.Timeout | undefined;
  #monitor: Monitor | null = null;
  #packetsAtTick = 0;
  #ticks = 0;
  readonly #saveProblems = new Map<string, string>();
  #removeHandlers = (): void => {};
  #reload = { succeeded: 1, failed: 0, isLastGood: true, loadedMs: Date.now() };

  /** Throws CommandError when the metrics cannot be served where the user wants them. */
  static async start(parts: DaemonParts): Promise<Daemon> {
    const daemon = new Daemon(parts);
    await daemon.#listen();
    daemon.#ticker = setInterval(() => daemon.#tick(), TICK_MS);
    daemon.#removeHandlers = onReloadSignals({
      reload: () => daemon.#reloadRules(),
      reopen: () => parts.outputs.reopen(),
      onError: (error) => parts.setup.messages.error(`reload: ${String(error)}`),
    });
    return daemon;
  }

  private constructor(parts: DaemonParts) {
    this.#parts = parts;
  }

  stopTicking(): void {
    clearInterval(this.#ticker);
  }

  async close(): Promise<void> {
    this.stopTicking();
    this.#removeHandlers();
    await this.#monitor?.close();
  }

  /** On a link that has fallen silent time still passes; packets in flight are given a second. */
  #tick(): void {
    const { evidence, outputs, pipeline, setup } = this.#parts;
    const { statistics } = pipeline;
    statistics.captureDrops = setup.source.drops ?? 0;
    const nowUs = (Date.now() - TICK_MS) * 1_000;
    if (statistics.packets === this.#packetsAtTick) pipeline.advance(nowUs);
    this.#packetsAtTick = statistics.packets;
    evidence?.advance(nowUs);
    if (++this.#ticks % LEARN_TICKS === 0) outputs.learnHosts(pipeline);
    if (this.#ticks % LIST_TICKS === 0) void this.#saveLists();
    const { baseline, cases } = setup.config;
    if (this.#ticks % baseline.saveS === 0) void this.#save(this.#parts.baselines, "baselines");
    if (this.#ticks % cases.saveS === 0) void this.#save(this.#parts.cases, "cases");
  }

  /** A disk that is full is told once, and tried again the next time. */
  async #save(file: BaselineFile | CaseFile | null, name: string): Promise<void> {
    const problem = (await file?.save()) ?? "";
    const known = this.#saveProblems.get(name) ?? "";
    if (problem !== "" && problem !== known) this.#parts.setup.messages.warn(problem);
    this.#saveProblems.set(name, problem);
  }

  async #saveLists(): Promise<void> {
    for (const line of await this.#parts.lists.save()) this.#parts.setup.messages.warn(line);
  }

  /** SIGUSR2: what was counted goes on counting; a fault leaves the old rules in force. */
  #reloadRules(): void {
    const { pipeline, report, setup } = this.#parts;
    const { config, messages, options } = setup;
    const result = reload(options, config, messages, report.rules.ruleSet);
    if (!result.isGood) {
      this.#reload = { ...this.#reload, failed: this.#reload.failed + 1, isLastGood: false };
      for (const problem of result.problems) messages.error(`reload: ${problem}`);
      messages.error("reload: the old rules stay in force");
      return;
    }
    pipeline.reload(result.rules.ruleSet);
    report.rules = result.rules;
    const succeeded = this.#reload.succeeded + 1;
    this.#reload = { ...this.#reload, succeeded, isLastGood: true, loadedMs: Date.now() };
    messages.info(`reload: ${ruleCount(result.rules.ruleSet)} rules in force`);
  }

  async #listen(): Promise<void> {
    const { evidence, isStopping, outputs, pipeline, report, setup } = this.#parts;
    const { listen } = setup.config.metrics;
    if (listen === "") return;
    const monitor = new Monitor({
      pipeline,
      tally: report.tally,
      ruleSet: () => report.rules.ruleSet,
      captures: () => setup.source.captures ?? [],
      sinks: () => outputs.health(),
      delivery: () => outputs.delivery?.snapshot() ?? null,
      evidence: () => evidence,
      reload: () => this.#reload,
      summary: () => report.summary(),
      isStopping,
    });
    try {
      setup.messages.info(`metrics and health on ${await monitor.listen(listen)}`);
      this.#monitor = monitor;
    } catch (error) {
      // A second sensor on the machine must not fail for what nobody asked for.
      if (!(error instanceof CommandError) || listen !== defaultConfig().metrics.listen)
        throw error;
      for (const line of error.lines) setup.messages.warn(line);
    }
  }
}
