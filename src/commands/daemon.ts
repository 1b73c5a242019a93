import { defaultConfig } from "../config.ts";
import type { Evidence } from "../emit/evidence/evidence.ts";
import type { Pipeline } from "../pipeline.ts";
import { CommandError } from "./exit-code.ts";
import { Monitor } from "./monitor.ts";
import type { RecordOutputs } from "./record-outputs.ts";
import type { Run } from "./run.ts";
import type { RunReport } from "./run-report.ts";

const TICK_MS = 1_000;
const LISTEN_DEFAULT = defaultConfig().metrics.listen;

export interface DaemonParts {
  readonly setup: Run;
  readonly pipeline: Pipeline;
  readonly report: RunReport;
  readonly outputs: RecordOutputs;
  readonly evidence: Evidence | null;
  readonly isStopping: () => boolean;
}

/** What live capture has beside the packet loop: time that passes on a silent link, metrics and health. */
export class Daemon {
  readonly #parts: DaemonParts;
  #ticker: NodeJS.Timeout | undefined;
  #monitor: Monitor | null = null;
  #packetsAtTick = 0;
  readonly #loadedMs = Date.now();

  /** Throws CommandError when the metrics cannot be served where the user wants them. */
  static async start(parts: DaemonParts): Promise<Daemon> {
    const daemon = new Daemon(parts);
    await daemon.#listen();
    daemon.#ticker = setInterval(() => daemon.#tick(), TICK_MS);
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
    await this.#monitor?.close();
  }

  /** On a link that has fallen silent time still passes; packets in flight are given a second. */
  #tick(): void {
    const { evidence, pipeline, setup } = this.#parts;
    const { statistics } = pipeline;
    statistics.captureDrops = setup.source.drops ?? 0;
    const nowUs = (Date.now() - TICK_MS) * 1_000;
    if (statistics.packets === this.#packetsAtTick) pipeline.advance(nowUs);
    this.#packetsAtTick = statistics.packets;
    evidence?.advance(nowUs);
  }

  async #listen(): Promise<void> {
    const { evidence, isStopping, outputs, pipeline, report, setup } = this.#parts;
    const { listen } = setup.config.metrics;
    if (listen === "") return;
    const monitor = new Monitor({
      pipeline,
      tally: report.tally,
      ruleSet: () => setup.rules.ruleSet,
      captures: () => setup.source.captures ?? [],
      sinks: () => outputs.health(),
      delivery: () => outputs.delivery?.snapshot() ?? null,
      evidence: () => evidence,
      reload: () => ({ succeeded: 1, failed: 0, isLastGood: true, loadedMs: this.#loadedMs }),
      summary: () => report.summary(),
      isStopping,
    });
    try {
      setup.messages.info(`metrics and health on ${await monitor.listen(listen)}`);
      this.#monitor = monitor;
    } catch (error) {
      // A second sensor on the machine must not fail for what nobody asked for.
      if (!(error instanceof CommandError) || listen !== LISTEN_DEFAULT) throw error;
      for (const line of error.lines) setup.messages.warn(line);
    }
  }
}
