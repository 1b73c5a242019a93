import type * as Prom from "prom-client";
import { loadLater } from "../../base/load-later.ts";
import { DELIVERY_FAMILIES } from "./delivery-families.ts";
import { detectionFamilies } from "./detection-families.ts";
import type { LatencySnapshot } from "./latency-histogram.ts";
import type { AddSample, MetricFamily } from "./metric-family.ts";
import type { MetricsSource } from "./metrics-source.ts";
import type { Latencies } from "./packet-timing.ts";
import { RuleSeries } from "./rule-series.ts";
import { TRAFFIC_FAMILIES } from "./traffic-families.ts";

const METRICS_PREFIX = "sipsentry_";

const QUANTILES = [
  [0.5, "p50"],
  [0.9, "p90"],
  [0.99, "p99"],
  [0.999, "p999"],
] as const;

/** All metrics of a sensor in the Prometheus text format 0.0.4, read from `source` at each scrape. */
export class SensorMetrics {
  readonly contentType: string;
  readonly #registry: Prom.Registry;

  constructor(source: MetricsSource) {
    // It takes longer to load than a small capture to read.
    const prom = loadLater("prom-client") as typeof Prom;
    this.contentType = prom.Registry.PROMETHEUS_CONTENT_TYPE;
    const registry = new prom.Registry();
    this.#registry = registry;
    const families = [
      ...TRAFFIC_FAMILIES,
      ...detectionFamilies(new RuleSeries()),
      ...DELIVERY_FAMILIES,
      BUILD_FAMILY,
    ];
    for (const family of families) register(prom, registry, family, source);
    for (const family of SUMMARIES) registerLatency(prom, registry, family, source);
    prom.collectDefaultMetrics({ register: registry });
    for (const name of MISNAMED) registry.removeSingleMetric(name);
  }

  /** Rejects when a counter holds what is no number. */
  async text(): Promise<string> {
    // prom-client writes Nan where the format has NaN (event loop lag of no samples).
    return (await this.#registry.metrics()).replaceAll(/ Nan$/gm, " NaN");
  }
}

/** Gauges of prom-client that end as only counters may; each has a sister by type of handle. */
const MISNAMED = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

const BUILD_FAMILY: MetricFamily = {
  name: "build_info",
  type: "gauge",
  help: "1, with the version of the program and of Node.",
  labels: ["version", "node"],
  collect: ({ version }, add) => add(1, version, process.versions.node),
};

function register(
  { Counter, Gauge }: typeof Prom,
  registry: Prom.Registry,
  family: MetricFamily,
  source: MetricsSource,
): void {
  const { name, type, help, labels = [], collect } = family;
  const options = { name: METRICS_PREFIX + name, help, labelNames: labels, registers: [registry] };
  const collectInto = (metric: Prom.Counter | Prom.Gauge): void => {
    metric.reset();
    const add: AddSample = (value, ...values) => {
      metric.inc(Object.fromEntries(labels.map((label, i) => [label, values[i] ?? ""])), value);
    };
    collect(source, add);
  };
  if (type === "counter") {
    const counter: Prom.Counter = new Counter({ ...options, collect: () => collectInto(counter) });
  } else {
    const gauge: Prom.Gauge = new Gauge({ ...options, collect: () => collectInto(gauge) });
  }
}

interface LatencyFamily {
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  readonly rows: (source: MetricsSource) => Iterable<readonly [string, LatencySnapshot | null]>;
}

const SUMMARIES: readonly LatencyFamily[] = [
  latency(
    "lag",
    "capture_lag_seconds",
    "From the kernel's time of a packet to its turn here, in live; packets are sampled.",
  ),
  latency(
    "decode",
    "decode_duration_seconds",
    "Decoding of link, IP and UDP; packets are sampled.",
  ),
  latency(
    "packet",
    "packet_duration_seconds",
    "A packet through decoding, tracking, rules and its alerts; packets are sampled.",
  ),
  latency(
    "alert",
    "alert_latency_seconds",
    "From a packet to its alert: since the kernel took it in live, since it was read in a replay.",
  ),
  {
    name: "output_acknowledgement_seconds",
    help: "From a record being readable in the spool to its acknowledgement by the network output.",
    label: "output",
    rows: (source) =>
      (source.delivery()?.outputs ?? []).map(
        ({ name, acknowledgement }) => [name, acknowledgement] as const,
      ),
  },
];

function latency(key: keyof Latencies, name: string, help: string): LatencyFamily {
  return { name, help, rows: (source) => [["", source.latencies()?.[key] ?? null]] };
}

/**
 * An HDR histogram as a Prometheus summary: quantiles of the last one to two minutes, sum and count since the
 * start. Quantiles do not add up over sensors; sum and count do.
 */
function registerLatency(
  { Summary }: typeof Prom,
  registry: Prom.Registry,
  { help, label, name, rows }: LatencyFamily,
  source: MetricsSource,
): void {
  const summary = new Summary({ name: METRICS_PREFIX + name, help, registers: [registry] });
  const describe = summary.get.bind(summary);
  summary.get = async () => {
    const described = await describe();
    const values = [];
    for (const [labelValue, latencies] of rows(source)) {
      if (latencies === null) continue;
      const labels = label === undefined ? {} : { [label]: labelValue };
      // Of nothing there is no quantile: rows come and go, sum and count stay.
      if (latencies.recent.max > 0) {
        for (const [quantile, field] of QUANTILES) {
          values.push({ labels: { ...labels, quantile }, value: latencies.recent[field] / 1e3 });
        }
      }
      const { name: metric } = described;
      values.push({ metricName: `${metric}_sum`, labels, value: latencies.sumMs / 1e3 });
      values.push({ metricName: `${metric}_count`, labels, value: latencies.count });
    }
    return { ...described, values };
  };
}
