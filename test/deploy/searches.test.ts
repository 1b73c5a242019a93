import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { sipsentry } from "../cli/cli.ts";
import { PCAPS } from "../support/bundled-captures.ts";
import { eveFields, isEveField } from "../support/eve-fields.ts";
import { textOf, yamlOf } from "./deployed-file.ts";

const fields = eveFields();

/** A module by its name, so that a checkout whose packages are older than this test can still be checked. */
const GRAMMAR = "@grafana/lezer-logql";
const { parser = null } = (await import(GRAMMAR).catch(() => ({}))) as {
  readonly parser?: {
    parse(text: string): {
      iterate(spec: {
        enter(node: { type: { isError: boolean }; from: number; to: number }): void;
      }): void;
    };
  };
};

/** What Grafana's own grammar cannot read, by where it begins. */
function errorsIn(query: string): string[] {
  const errors: string[] = [];
  parser?.parse(query).iterate({
    enter: ({ from, type }) => {
      if (type.isError) errors.push(query.slice(from, from + 20));
    },
  });
  return errors;
}

describe("the Grafana dashboard of cases", () => {
  interface Panel {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly description?: string;
    readonly gridPos: { x: number; y: number; w: number; h: number };
    readonly datasource?: { readonly uid: string };
    readonly targets?: readonly { readonly expr: string }[];
  }
  const { panels } = JSON.parse(textOf("deploy/grafana/dashboards/sipsentry-cases.json")) as {
    panels: Panel[];
  };
  const shown = panels.filter(({ type }) => type !== "row");
  const queries = shown.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [title, expr] as const),
  );

  it.each(queries)("%s asks for fields that records have", (_, query) => {
    expect(query).toMatch(/\{job="sipsentry", event_type="(case|alert|call|registration)"\}/);
    const [, list = ""] = /\| json ((?:\w+="[^"]+"(?:, )?)+)/.exec(query) ?? [];
    const pairs = [...list.matchAll(/(\w+)="([^"]+)"/g)];
    expect(pairs.length).toBeGreaterThan(0);
    for (const [, , path = ""] of pairs) {
      const field = path.replaceAll(/\[\d+\]/g, "");
      expect(isEveField(fields, field), field).toBe(true);
    }
    // What is filtered, grouped or written is what was taken out.
    const named = new Set(pairs.map(([, name]) => name));
    const used = [
      ...[...query.matchAll(/\| (\w+)(?:=~|!~|!=|=)"/g)].map(([, name]) => name),
      ...[...query.matchAll(/\{\{\.(\w+)\}\}/g)].map(([, name]) => name),
      ...[...query.matchAll(/\bby \((\w+)\)/g)].map(([, name]) => name),
      ...[...query.matchAll(/\| unwrap (\w+)/g)].map(([, name]) => name),
    ];
    for (const name of used) expect(named, name).toContain(name);
    for (const [open, close] of ["()", "{}", "[]"])
      expect(query.split(open ?? "").length).toBe(query.split(close ?? "").length);
  });

  it("is what Grafana can parse", (context) => {
    context.skip(parser === null && process.env.CI !== "true", `no ${GRAMMAR}: npm install`);
    expect(parser).not.toBeNull();
    for (const [title, query] of queries) {
      // Grafana puts a duration there.
      const asked = query.replaceAll(/\$__(?:range|interval)\b/g, "5m");
      expect(errorsIn(asked), title).toEqual([]);
      expect(errorsIn(asked.replace("| json", "| json ,"))).not.toEqual([]);
    }
  });

  it("reads the data source that is provisioned, says what a panel shows, and lets none overlap", () => {
    const { datasources } = yamlOf("deploy/grafana/provisioning/datasources/loki.yml") as {
      datasources: { uid: string }[];
    };
    const cells = new Set<string>();
    for (const { datasource, description, gridPos, title } of shown) {
      expect(datasource?.uid).toBe(datasources[0]?.uid);
      expect(description, title).toMatch(/\.$/);
      const { h, w, x, y } = gridPos;
      expect(x + w).toBeLessThanOrEqual(24);
      for (let i = x; i < x + w; i++) {
        for (let j = y; j < y + h; j++) {
          expect(cells.has(`${i} ${j}`), title).toBe(false);
          cells.add(`${i} ${j}`);
        }
      }
    }
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it("gets the records that it asks for from the sensor of the same Compose file", () => {
    const { eve } = yamlOf("deploy/sipsentry.yaml") as { eve: { types: string[] } };
    const types = queries.flatMap(([, query]) => /event_type="(\w+)"/.exec(query)?.[1] ?? []);
    const always = ["alert", "case", "incident"];
    for (const type of new Set(types)) expect([...always, ...eve.types]).toContain(type);
    expect(textOf("deploy/alloy/config.alloy")).toContain("/var/log/sipsentry/eve.json");
  });
});

describe("the saved objects for Kibana and OpenSearch Dashboards", () => {
  interface Saved {
    readonly id: string;
    readonly type: string;
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly references: readonly { name: string; type: string; id: string }[];
  }
  const objects = textOf("deploy/kibana/sipsentry.ndjson")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Saved);
  /** Fields of ECS documents that the program has written. */
  const ecs = new Set<string>();

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "sipsentry-searches-"));
    const file = join(folder, "ecs.json");
    for (const capture of ["bruteforce/svcrack_dictionary.pcap", "mixed"]) {
      const run = await sipsentry([
        ...["replay", join(PCAPS, capture), "--quiet"],
        ...["--output", `alert,case,incident,call,registration=ecs:${file}`],
      ]);
      expect(run).toMatchObject({ exitCode: 0, stderr: "" });
      for (const line of readFileSync(file, "utf8").trimEnd().split("\n"))
        collect(JSON.parse(line), "");
    }
    rmSync(folder, { recursive: true });
  });

  function collect(value: unknown, path: string): void {
    if (Array.isArray(value)) for (const item of value) collect(item, path);
    else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value))
        collect(item, path === "" ? key : `${path}.${key}`);
    } else ecs.add(path);
  }

  function expectField(field: string): void {
    const own = field.replace(/^sipsentry\./, "");
    const isKnown = own === field ? ecs.has(field) : isEveField(fields, own);
    expect(isKnown, field).toBe(true);
  }

  it("refer to each other", () => {
    const ids = new Set(objects.map(({ id, type }) => `${type} ${id}`));
    expect(ids.size).toBe(objects.length);
    for (const { references } of objects)
      for (const { id, type } of references) expect(ids).toContain(`${type} ${id}`);
    const dashboard = objects.find(({ type }) => type === "dashboard");
    const panels = JSON.parse(String(dashboard?.attributes.panelsJSON)) as {
      panelRefName: string;
    }[];
    expect(panels.map(({ panelRefName }) => panelRefName)).toEqual(
      dashboard?.references.map(({ name }) => name),
    );
  });

  it.each(objects.filter(({ type }) => type === "search" || type === "visualization"))(
    "$id asks for fields that documents have",
    ({ attributes }) => {
      const { columns = [], kibanaSavedObjectMeta: meta, visState } = attributes;
      const { searchSourceJSON } = meta as { searchSourceJSON: string };
      const { query } = JSON.parse(searchSourceJSON) as { query: { query: string } };
      const asked = [...query.query.matchAll(/([\w.@]+) (?::|<=)/g)].map(([, field = ""]) => field);
      expect(asked.length).toBeGreaterThan(0);
      const aggs = visState === undefined ? [] : JSON.parse(String(visState)).aggs;
      const grouped = (aggs as { params: { field?: string } }[]).flatMap(
        ({ params }) => params.field ?? [],
      );
      for (const field of [...asked, ...(columns as string[]), ...grouped]) expectField(field);
    },
  );
});

describe("the searches for Splunk", () => {
  const conf = textOf("deploy/splunk/savedsearches.conf");
  const xml = textOf("deploy/splunk/sipsentry_who.xml");
  const searches = [
    ...[...conf.matchAll(/^search = (.+)$/gm)].map(([, query = ""]) => query),
    ...[...xml.matchAll(/<query>([^<]+)<\/query>/g)].map(([, query = ""]) => query),
  ];

  it.each(searches)("%s asks for fields that records have", (query) => {
    expect(query).toMatch(/^index=voip sourcetype=sipsentry:eve event_type=\w+/);
    const dotted = query.match(/\b(?:case|call|alert|voip|registration)\.[\w.{}]+/g) ?? [];
    for (const field of dotted)
      expect(isEveField(fields, field.replaceAll("{}", "")), field).toBe(true);
  });

  it("are all there, each with what it is for", () => {
    expect(searches).toHaveLength(11);
    expect(conf.match(/^\[/gm)).toHaveLength(5);
    expect(conf.match(/^description = .+\.$/gm)).toHaveLength(5);
  });
});
