import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { PCAPS } from "../support/bundled-captures.ts";
import { type Metric, parseExposition } from "../support/exposition.ts";
import { monitoredRun } from "../support/monitored-run.ts";
import { lacksPromtool, promtool } from "../support/promtool.ts";
import { ROOT, textOf, yamlOf } from "./deployed-file.ts";

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: { readonly query: string } }[] };
  readonly annotations: { readonly list: readonly { readonly expr?: string }[] };
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly description: string };
}

const dashboard = JSON.parse(textOf("deploy/grafana/dashboards/sipsentry.json")) as Dashboard;
const rules = (
  yamlOf("deploy/prometheus/sipsentry.rules.yml") as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules);

const panelQueries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
);
const queries: (readonly [string, string])[] = [
  ...panelQueries,
  ...dashboard.annotations.list.flatMap(({ expr }) =>
    expr === undefined ? [] : [["annotation", expr] as const],
  ),
  ...dashboard.templating.list.map(({ query }) => ["variable", query.query] as const),
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
];

/** Prometheus' own. */
const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  up: [],
  ALERTS: ["alertname", "alertstate"],
};
/** Prometheus adds these to what it scrapes. */
const ADDED_LABELS = ["instance", "job"];
const KEYWORDS =
  /^(by|on|or|and|unless|sum|min|max|topk|rate|increase|changes|time|vector|group_left|label_values)$/;

let metrics: Metric[] = [];
beforeAll(async () => {
  const { monitor } = await monitoredRun([join(PCAPS, "mixed")]);
  metrics = parseExposition(await monitor.metrics());
});

/** Metric names in a query: what is no label list, text, number or part of the language. */
function metricsIn(query: string): string[] {
  const bare = query
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\{[^}]*\}/g, "{}")
    .replaceAll(/\[[^\]]*\]/g, "")
    .replaceAll(/\b(by|on|group_left|ignoring)\s*\([^)]*\)/g, "$1")
    .replaceAll(/label_values\((\w+),\s*\w+\)/g, "$1");
  const words = bare.match(/[A-Za-z_:][\w:]*/g) ?? [];
  return [...new Set(words)].filter((word) => !KEYWORDS.test(word));
}

function isKnown(name: string): boolean {
  return (
    name in BUILT_IN ||
    metrics.some(
      (metric) => metric.name === name || metric.samples.some((sample) => sample.name === name),
    )
  );
}

/** `name{label="value",...}` in a query. */
function selectorsIn(
  query: string,
): { name: string; label: string; operator: string; value: string }[] {
  return [...query.matchAll(/([A-Za-z_:][\w:]*)\{([^}]*)\}/g)].flatMap(([, name = "", list = ""]) =>
    [...list.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g)].map(
      ([, label = "", operator = "", value = ""]) => ({ name, label, operator, value }),
    ),
  );
}

function labelValues(name: string, label: string): string[] {
  return metrics
    .filter((metric) => metric.name === name)
    .flatMap(({ samples }) => samples.flatMap(({ labels }) => labels.get(label) ?? []));
}

describe("each query of dashboard and alert rules", () => {
  it.each(queries)("%s names only metrics that the sensor has", (_, query) => {
    const names = metricsIn(query);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !isKnown(name))).toEqual([]);
  });

  it.each(queries)("%s asks for labels and values that these metrics have", (_, query) => {
    const unmatched = selectorsIn(query).filter(({ name, label, operator, value }) => {
      if (ADDED_LABELS.includes(label) || name in BUILT_IN) return false;
      // PromQL's texts have escapes of their own.
      const text = value.replaceAll("\\\\", "\\");
      const pattern = operator.includes("~") ? text : text.replaceAll(/\W/g, "\\$&");
      const isMatched = (known: string) => new RegExp(`^(?:${pattern})$`).test(known);
      return !labelValues(name, label).some(isMatched);
    });
    expect(unmatched).toEqual([]);
  });

  it.each(queries)("%s groups by labels that these metrics have", (_, query) => {
    const own = metricsIn(query).filter((name) => !(name in BUILT_IN));
    const known = new Set([
      ...ADDED_LABELS,
      ...metrics
        .filter(({ name }) => own.includes(name))
        .flatMap(({ samples }) => samples.flatMap(({ labels }) => [...labels.keys()])),
    ]);
    const lists = [...query.matchAll(/\b(?:by|on|group_left)\s*\(([^)]*)\)/g)];
    const labels = lists.flatMap(([, list = ""]) => list.split(",").map((text) => text.trim()));
    expect(labels.filter((label) => own.length > 0 && !known.has(label))).toEqual([]);
  });

  it("is what Prometheus can parse", (context) => {
    context.skip(lacksPromtool(), "promtool is missing");
    const plain = panelQueries.map(([, expr], i) => ({
      record: `panel:query:${i}`,
      expr: expr
        .replaceAll("$__rate_interval", "5m")
        .replaceAll("$__range", "6h")
        .replaceAll("$instance", ".*"),
    }));
    for (const { expr } of plain) expect(expr).not.toContain("$");
    const folder = mkdtempSync(join(tmpdir(), "sipsentry-rules-"));
    const file = join(folder, "panels.yml");
    writeFileSync(file, stringify({ groups: [{ name: "panels", rules: plain }] }));
    const result = promtool(["check", "rules", file]);
    rmSync(folder, { recursive: true });
    expect(result?.output).toContain(`SUCCESS: ${plain.length} rules found`);
    expect(result?.exitCode).toBe(0);
  });
});

describe("the dashboard", () => {
  const shown = dashboard.panels.filter(({ type }) => type !== "row");

  it("answers its three questions in three rows", () => {
    const rows = dashboard.panels.filter(({ type }) => type === "row");
    expect(rows.map(({ title }) => title)).toEqual([
      "What is attacking me",
      "Is the sensor healthy",
      "What is it missing",
    ]);
  });

  it("says of each panel what it shows, from the provisioned source", () => {
    const sources = yamlOf("deploy/grafana/provisioning/datasources/prometheus.yml") as {
      datasources: { uid: string }[];
    };
    const [source] = sources.datasources;
    for (const { title, description, datasource } of shown) {
      expect(description, title).toMatch(/\.$/);
      expect(datasource?.uid, title).toBe(source?.uid);
    }
  });

  it("has panels with numbers of their own that do not overlap, and no title twice", () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(new Set(shown.map(({ title }) => title)).size).toBe(shown.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      const { x, y, w, h } = gridPos;
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          expect(taken.has(`${column},${line}`), title).toBe(false);
          taken.add(`${column},${line}`);
        }
      }
    }
  });

  it("can be read by Grafana's provisioning, where docker-compose.yml mounts it", () => {
    const { providers } = yamlOf("deploy/grafana/provisioning/dashboards/sipsentry.yml") as {
      providers: { options: { path: string } }[];
    };
    expect(textOf("docker-compose.yml")).toContain(
      `./deploy/grafana/dashboards:${providers[0]?.options.path}:ro`,
    );
  });
});

describe("alert rules", () => {
  it.each([
    ["check", "config", "deploy/prometheus/prometheus.yml"],
    ["check", "rules", "deploy/prometheus/sipsentry.rules.yml"],
    ["test", "rules", "test/deploy/rules.test.yml"],
  ])("pass promtool %s %s %s", (...args) => {
    if (lacksPromtool()) return;
    const result = promtool(args.map((arg) => (arg.includes("/") ? join(ROOT, arg) : arg)));
    expect(result, result?.output).toMatchObject({ exitCode: 0 });
  });

  it("say what is wrong and what to do", () => {
    expect(rules.length).toBeGreaterThan(10);
    for (const { alert, annotations } of rules) {
      expect(alert).toMatch(/^Sipsentry[A-Z]/);
      expect(annotations.summary, alert).toMatch(/\{\{/);
      expect(annotations.description, alert).toMatch(/\.$/);
    }
  });
});
