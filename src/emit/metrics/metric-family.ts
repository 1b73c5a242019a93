import type { MetricsSource } from "./metrics-source.ts";

/** Gives one sample: its value, then the values of the labels in the family's order. */
export type AddSample = (value: number, ...labels: readonly string[]) => void;

/** One metric: all its samples are told anew at each scrape. */
export interface MetricFamily {
  /** Without `sipsentry_`; base units, counters end in `_total`. */
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly labels?: readonly string[];
  readonly collect: (source: MetricsSource, add: AddSample) => void;
}
