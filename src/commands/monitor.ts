import type { RuleSet } from "../detect/rules/signature.ts";
import type { AlertTally } from "../emit/alert-tally.ts";
import { ListenError, MetricsServer } from "../emit/metrics/metrics-server.ts";
import type {
  CaptureUse,
  DeliveryUse,
  EvidenceUse,
  LoadedRule,
  MetricsSource,
  ReloadUse,
} from "../emit/metrics/metrics-source.ts";
import type { OutputHealth, SensorHealth } from "../emit/metrics/sensor-health.ts";
import { SensorMetrics } from "../emit/metrics/sensor-metrics.ts";
import { type StatsPage, statsPage } from "../emit/metrics/stats-page.ts";
import type { SinkHealth } from "../emit/sink.ts";
import type { RunSummary } from "../emit/summary.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import { VERSION } from "./version.ts";

/** What a monitor looks at. All but the pipeline and the tally is asked anew at each request. */
export interface MonitorParts {
  readonly pipeline: Pipeline;
  readonly tally: AlertTally;
  /** The rules in force. */
  readonly ruleSet: () => RuleSet;
  readonly captures: () => readonly CaptureUse[];
  /** EVE files and the like. */
  readonly sinks: () => readonly ({ readonly name: string } & SinkHealth)[];
  /** Null without network outputs. */
  readonly delivery: () => DeliveryUse | null;
  /** Null when none is kept. */
  readonly evidence: () => EvidenceUse | null;
  readonly reload: () => ReloadUse;
  /** The run so far, as `--json` prints it at the end. */
  readonly summary: () => RunSummary;
  readonly isStopping: () => boolean;
}

/** Shows a running sensor: metrics, health and statistics, over HTTP. */
export class Monitor {
  readonly #parts: MonitorParts;
  readonly #metrics: SensorMetrics;
  readonly #startMs = Date.now();
  #rules: { readonly of: RuleSet; readonly list: readonly LoadedRule[] } | null = null;
  #server: MetricsServer | null = null;

  constructor(parts: MonitorParts) {
    this.#parts = parts;
    this.#metrics = new SensorMetrics(this.#source());
  }

  /** Serves on `metrics.listen`; gives the URL. Throws CommandError when it cannot. */
  async listen(listen: string): Promise<string> {
    try {
      this.#server = new MetricsServer({
        listen,
        metrics: this.#metrics,
        health: () => this.health(),
        stats: () => this.stats(),
      });
      await this.#server.listen();
      return this.#server.url;
    } catch (error) {
      if (error instanceof ListenError)
        throw new CommandError(ExitCode.BAD_CONFIG, [error.message]);
      throw error;
    }
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await this.#server?.close();
  }

  /** The metrics as a scrape gets them. */
  metrics(): Promise<string> {
    return this.#metrics.text();
  }

  health(): SensorHealth {
    const { captures, sinks, delivery, evidence, isStopping } = this.#parts;
    return {
      captures: captures().map(({ name, state }) => ({ name, state })),
      rulesLoaded: this.#loadedRules().length,
      isStopping: isStopping(),
      outputs: [
        ...sinks().map(sinkHealth),
        ...deliveryHealth(delivery()),
        ...evidenceHealth(evidence()),
      ],
      sight: this.#parts.pipeline.tracker.watchdog.faults,
    };
  }

  stats(): StatsPage {
    const { captures, delivery, evidence, reload, summary, pipeline } = this.#parts;
    return statsPage(summary(), {
      startMs: this.#startMs,
      health: this.health(),
      captures: captures(),
      calls: pipeline.tracker.dialogs.calls.active(),
      incidents: pipeline.engine.incidents.counters,
      delivery: delivery(),
      evidence: evidence(),
      reload: reload(),
    });
  }

  #source(): MetricsSource {
    const { pipeline, tally, captures, sinks, delivery, evidence, reload } = this.#parts;
    return {
      version: VERSION,
      captures,
      statistics: pipeline.statistics,
      get engine() {
        return pipeline.engine.counters;
      },
      baselines: pipeline.engine.baselines,
      get facts() {
        return pipeline.factCounts;
      },
      get factsDropped() {
        return pipeline.factsDropped;
      },
      fragments: pipeline.fragments,
      tables: () => [...pipeline.tables(), tally.use],
      calls: () => pipeline.tracker.dialogs.calls.active(),
      rules: () => this.#loadedRules(),
      rulesFailed: () => this.#parts.ruleSet().failed ?? 0,
      alerts: () => tally.byRule(),
      latencies: () => pipeline.timing?.latencies() ?? null,
      sinks,
      delivery,
      incidents: () => pipeline.engine.incidents.counters,
      cases: () => pipeline.engine.attacks.cases.counters,
      evidence,
      reload,
    };
  }

  #loadedRules(): readonly LoadedRule[] {
    const ruleSet = this.#parts.ruleSet();
    if (this.#rules?.of !== ruleSet) {
      const list = ruleSet.signatures
        .filter(({ isInert, noalert, action }) => !isInert && !noalert && action !== "pass")
        .map(({ alert: { gid, sid, severity, msg } }) => ({ gid, sid, severity, message: msg }));
      this.#rules = { of: ruleSet, list };
    }
    return this.#rules.list;
  }
}

function sinkHealth({ name, problem }: { readonly name: string } & SinkHealth): OutputHealth {
  return { name, state: problem === "" ? "ok" : "failed", problem };
}

/** Alerts go on without their packets. */
function evidenceHealth(evidence: EvidenceUse | null): OutputHealth[] {
  if (evidence === null) return [];
  const { problem } = evidence;
  return [{ name: "evidence", state: problem === "" ? "ok" : "degraded", problem }];
}

/** While the spool cannot write to disk, no network output keeps its records over the end of the process. */
function deliveryHealth(delivery: DeliveryUse | null): OutputHealth[] {
  if (delivery === null) return [];
  const { outputs, spool } = delivery;
  const states: OutputHealth[] = outputs.map(({ name, isUp, problem }) => ({
    name,
    state: isUp ? "ok" : "degraded",
    problem,
  }));
  const isKept = spool.problem === "";
  return [...states, { name: "spool", state: isKept ? "ok" : "failed", problem: spool.problem }];
}
