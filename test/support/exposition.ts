/**
 * A strict reader of Prometheus' text exposition format 0.0.4, written from its specification
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details), to judge what
 * sipsentry serves. What the specification forbids throws, with the number of the line.
 */

export type MetricType = "counter" | "gauge" | "histogram" | "summary" | "untyped";

export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export interface Metric {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface OpenMetric {
  name: string;
  type: MetricType | null;
  help: string | null;
  samples: Sample[];
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const TYPES: readonly string[] = ["counter", "gauge", "histogram", "summary", "untyped"];
const NUMBER = /^(?:[+-]?Inf|NaN|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/;

export function parseExposition(text: string): Metric[] {
  if (!text.endsWith("\n")) throw new Error("the last line does not end in a line feed");
  if (text.includes("\r")) throw new Error("lines end in a line feed alone");
  const reader = new Reader();
  text
    .slice(0, -1)
    .split("\n")
    .forEach((line, i) => {
      try {
        reader.line(line);
      } catch (error) {
        throw new Error(`line ${i + 1}: ${(error as Error).message}: ${line}`);
      }
    });
  return reader.end();
}

/** The value of the one sample with this name and, in any order, these labels. */
export function sampleOf(
  metrics: readonly Metric[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const wanted = keyOf(name, new Map(Object.entries(labels)));
  const found = metrics
    .flatMap(({ samples }) => samples)
    .filter((sample) => keyOf(sample.name, sample.labels) === wanted);
  if (found.length !== 1) throw new Error(`${found.length} samples ${wanted}`);
  return found[0]!.value;
}

/** Values of a metric by one of its labels. */
export function valuesBy(
  metrics: readonly Metric[],
  name: string,
  label: string,
): Record<string, number> {
  const values: Record<string, number> = {};
  for (const sample of metrics.find((metric) => metric.name === name)?.samples ?? []) {
    const key = sample.labels.get(label) ?? "";
    values[key] = (values[key] ?? 0) + sample.value;
  }
  return values;
}

class Reader {
  readonly #metrics = new Map<string, OpenMetric>();
  readonly #seen = new Set<string>();
  #current: OpenMetric | null = null;

  line(line: string): void {
    if (line === "") return;
    if (line.startsWith("#")) this.#comment(line);
    else this.#sample(line);
  }

  end(): Metric[] {
    return [...this.#metrics.values()].map(({ name, type, help, samples }) => {
      const metric = { name, type: type ?? "untyped", help: help ?? "", samples } as const;
      if (metric.type === "summary") checkSummary(metric);
      return metric;
    });
  }

  #comment(line: string): void {
    const match = /^#[ \t]+(HELP|TYPE)[ \t]+(\S+)(?:[ \t]+(.*))?$/.exec(line);
    if (match === null) return;
    const [, keyword, name = "", rest = ""] = match;
    if (METRIC_NAME.exec(name)?.[0] !== name) throw new Error(`"${name}" is no metric name`);
    const metric = this.#open(name);
    if (keyword === "HELP") {
      if (metric.help !== null) throw new Error("a second HELP");
      metric.help = unescapeHelp(rest);
      return;
    }
    if (metric.type !== null) throw new Error("a second TYPE");
    if (metric.samples.length > 0) throw new Error("TYPE after the first sample");
    if (!TYPES.includes(rest)) throw new Error(`"${rest}" is no type`);
    metric.type = rest as MetricType;
  }

  #sample(line: string): void {
    const name = METRIC_NAME.exec(line)?.[0];
    if (name === undefined) throw new Error("no metric name");
    const labels = new Map<string, string>();
    let rest = line.slice(name.length);
    if (rest.startsWith("{")) rest = readLabels(rest, labels);
    const match = /^[ \t]*(\S+)(?:[ \t]+(-?\d+))?[ \t]*$/.exec(rest);
    if (match === null) throw new Error("no value");
    const value = numberOf(match[1] ?? "");
    const metric = this.#open(this.#familyOf(name));
    const key = keyOf(name, labels);
    if (this.#seen.has(key)) throw new Error("the same series twice");
    this.#seen.add(key);
    metric.samples.push({ name, labels, value });
    if (metric.type === "counter" && !(value >= 0)) throw new Error("a counter below zero");
  }

  /** All lines of a metric stand together. */
  #open(name: string): OpenMetric {
    if (this.#current?.name === name) return this.#current;
    if (this.#metrics.has(name)) throw new Error(`lines of ${name} stand apart`);
    this.#current = { name, type: null, help: null, samples: [] };
    this.#metrics.set(name, this.#current);
    return this.#current;
  }

  #familyOf(name: string): string {
    const current = this.#current;
    if (current === null || (current.type !== "summary" && current.type !== "histogram"))
      return name;
    const suffixes =
      current.type === "summary" ? ["_sum", "_count"] : ["_sum", "_count", "_bucket"];
    return suffixes.some((suffix) => name === current.name + suffix) ? current.name : name;
  }
}

function readLabels(text: string, labels: Map<string, string>): string {
  let rest = text.slice(1);
  for (;;) {
    rest = rest.replace(/^[ \t]+/, "");
    if (rest.startsWith("}")) return rest.slice(1);
    const name = LABEL_NAME.exec(rest)?.[0];
    if (name === undefined) throw new Error("no label name");
    if (labels.has(name)) throw new Error(`label ${name} twice`);
    const match = /^[ \t]*=[ \t]*"((?:[^"\\]|\\["\\n])*)"[ \t]*(,?)/.exec(rest.slice(name.length));
    if (match === null) throw new Error(`the value of label ${name} is not quoted as it must be`);
    labels.set(
      name,
      (match[1] ?? "").replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c)),
    );
    rest = rest.slice(name.length + match[0].length);
    if (match[2] === "" && !rest.startsWith("}")) throw new Error("labels without a comma between");
  }
}

function unescapeHelp(text: string): string {
  if (/(^|[^\\])(\\\\)*\\([^\\n]|$)/.test(text)) throw new Error("a strange escape in HELP");
  return text.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
}

function numberOf(text: string): number {
  if (!NUMBER.test(text)) throw new Error(`"${text}" is no number`);
  return text.endsWith("Inf") ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text);
}

function checkSummary({ name, samples }: Metric): void {
  const rows = new Map<string, { sum: boolean; count: boolean }>();
  for (const sample of samples) {
    const labels = new Map(sample.labels);
    if (sample.name === name) {
      const quantile = Number(labels.get("quantile"));
      if (!(quantile >= 0 && quantile <= 1)) throw new Error(`${name}: a row without a quantile`);
      labels.delete("quantile");
    }
    const key = keyOf("", labels);
    const row = rows.get(key) ?? { sum: false, count: false };
    rows.set(key, row);
    if (sample.name === `${name}_sum`) row.sum = true;
    if (sample.name === `${name}_count`) row.count = true;
  }
  for (const row of rows.values())
    if (!row.sum || !row.count) throw new Error(`${name} lacks its sum or count`);
}

function keyOf(name: string, labels: ReadonlyMap<string, string>): string {
  const pairs = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}${JSON.stringify(pairs)}`;
}
