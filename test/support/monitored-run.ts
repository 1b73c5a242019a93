import { openSource } from "../../src/capture/file-source.ts";
import { Monitor, type MonitorParts } from "../../src/commands/monitor.ts";
import { ruleCount } from "../../src/commands/rule-files.ts";
import { VERSION } from "../../src/commands/version.ts";
import { defaultConfig } from "../../src/config/config.ts";
import { AlertTally } from "../../src/emit/alert-tally.ts";
import { NO_LATENCY } from "../../src/emit/metrics/latency-histogram.ts";
import type { CaptureUse, DeliveryUse } from "../../src/emit/metrics/metrics-source.ts";
import { PacketTiming } from "../../src/emit/metrics/packet-timing.ts";
import { type RunSummary, summaryOf } from "../../src/emit/summary.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { shippedRules } from "./run-capture.ts";

export interface MonitoredRun {
  readonly monitor: Monitor;
  readonly pipeline: Pipeline;
  readonly tally: AlertTally;
  readonly summary: () => RunSummary;
}

/** A label value that needs each escape of the exposition format. */
export const ODD_NAME = 'file "a\\b"\nc';

export const CAPTURE: CaptureUse = {
  name: "eth0",
  state: "open",
  received: 1_000,
  kernelDropped: 3,
  interfaceDropped: 2,
  ringDropped: 1,
};

export const DELIVERY: DeliveryUse = {
  outputs: [
    {
      name: "kafka://broker:9092/alerts",
      isUp: true,
      retries: 0,
      account: {
        ...{ raised: 70, carried: 0, delivered: 70, waiting: 0 },
        lost: { spoolFull: 0, damaged: 0, notTaken: 0, notSent: 0, refused: 0 },
      },
      problem: "",
      acknowledgement: {
        count: 70,
        sumMs: 350,
        all: { p50: 5, p90: 6, p99: 7, p999: 8, max: 9 },
        recent: { p50: 4, p90: 5, p99: 6, p999: 7, max: 8 },
      },
    },
    {
      name: "syslog+tls://siem:6514",
      isUp: false,
      retries: 12,
      account: {
        ...{ raised: 70, carried: 55, delivered: 11, waiting: 59 },
        lost: { spoolFull: 50, damaged: 1, notTaken: 3, notSent: 0, refused: 1 },
      },
      problem: "connection refused",
      acknowledgement: NO_LATENCY,
    },
  ],
  spool: {
    bytes: 65_536,
    records: 59,
    oldestS: 12.5,
    corrupt: 1,
    dropped: new Map([
      [3, 20],
      [4, 30],
      [200, 4],
    ]),
    problem: "",
  },
};

/** The shipped rules over capture files, with a monitor that looks at all of it. */
export async function monitoredRun(
  paths: readonly string[],
  changes: Partial<MonitorParts> = {},
): Promise<MonitoredRun> {
  const tally = new AlertTally();
  const ruleSet = shippedRules();
  const alert = (alert: Parameters<AlertTally["add"]>[0]) => tally.add(alert, "");
  const pipeline = new Pipeline({ config: defaultConfig(), ruleSet, outputs: { alert } });
  pipeline.timing = new PacketTiming({ isLive: false });
  const summary = (): RunSummary =>
    summaryOf({
      command: "live",
      version: VERSION,
      inputs: ["eth0"],
      statistics: pipeline.statistics,
      tables: pipeline.tables(),
      engine: pipeline.engine.counters,
      rulesLoaded: ruleCount(ruleSet),
      facts: pipeline.factCounts,
      tally,
      captureDrops: 6,
      outputs: [],
      latencies: pipeline.timing?.latencies() ?? undefined,
      problems: [],
      elapsedMs: 1_000,
    } as Parameters<typeof summaryOf>[0]);
  const monitor = new Monitor({
    pipeline,
    tally,
    ruleSet: () => ruleSet,
    captures: () => [CAPTURE],
    sinks: () => [{ name: ODD_NAME, written: 40, dropped: 2, problem: "" }],
    delivery: () => DELIVERY,
    evidence: () => null,
    reload: () => ({ succeeded: 2, failed: 1, isLastGood: false, loadedMs: 1_790_000_000_500 }),
    summary,
    isStopping: () => false,
    ...changes,
  });
  if (paths.length > 0) {
    await openSource(paths).run(pipeline.onFrame);
    pipeline.finish();
  }
  return { monitor, pipeline, tally, summary };
}
