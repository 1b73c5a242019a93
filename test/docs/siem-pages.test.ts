import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { outputSpecs } from "../../src/commands/start-delivery.ts";
import { loadConfig } from "../../src/config/config-file.ts";
import { EveWriter } from "../../src/emit/eve/eve.ts";
import { parseBan } from "../../src/emit/outputs/ban-entry.ts";
import { ecsLine } from "../../src/emit/outputs/ecs.ts";
import { type DocBlock, docBlocks, docFile, docText } from "../support/doc-blocks.ts";
import { alertOf, SETTINGS } from "../unit/emit/records.ts";
import { eveLines, lineName, lineOf } from "./attack-lines.ts";
import { firedRule, wazuhRules } from "./wazuh-rules.ts";
import { iniSettings, xmlProblem } from "./well-formed.ts";

const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));
const SIEMS = ["elastic", "splunk", "wazuh", "graylog"];
const PAGES = [...SIEMS, "ban", "syslog", "webhook"];
/** Between them, these have every field that a page may name. */
const CAPTURES = [
  "bruteforce/svcrack_dictionary.pcap",
  "bye_spoof/bye_third_party_to_callee.pcap",
  "rtp_inject/rtp_foreign_ssrc_third_host.pcap",
];

type Fields = Readonly<Record<string, unknown>>;

/** Dotted paths of all fields, with those that lead to them. */
function pathsOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, path));
  if (typeof value !== "object" || value === null) return [path];
  const below = Object.entries(value).flatMap(([name, item]) =>
    pathsOf(item, path === "" ? name : `${path}.${name}`),
  );
  return path === "" ? below : [path, ...below];
}

const eve = new Set<string>();
const ecs = new Set<string>();

beforeAll(async () => {
  const lines = (await Promise.all(CAPTURES.map(eveLines))).flat();
  // A sensor with a name, which a replay has not.
  lines.push(new EveWriter({ ...SETTINGS, sensor: "sensor1" }).alert(alertOf()));
  for (const line of lines) {
    for (const path of pathsOf(JSON.parse(line))) eve.add(path);
    for (const path of pathsOf(JSON.parse(ecsLine(line)))) ecs.add(path);
  }
});

interface Row {
  readonly page: string;
  readonly header: readonly string[];
  readonly cells: readonly string[];
}

/** Rows of tables whose first column is headed `EVE field`. */
function mappingRows(page: string): Row[] {
  const rows: Row[] = [];
  let header: readonly string[] = [];
  for (const line of docText(page).split("\n")) {
    const cells = line.startsWith("|")
      ? line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim())
      : [];
    if (cells[0] === "EVE field") header = cells;
    else if (cells.length === 0) header = [];
    else if (header.length > 0 && !/^-+$/.test(cells[0] ?? "")) rows.push({ page, header, cells });
  }
  return rows;
}

const codes = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
const cellOf = ({ cells, header }: Row, name: string) => cells[header.indexOf(name)];

describe("docs/", () => {
  it.each(SIEMS)("%s.md has a mapping, configuration and a real alert", (page) => {
    expect(mappingRows(page).length).toBeGreaterThanOrEqual(8);
    const blocks = docBlocks(page);
    expect(blocks.some(({ file }) => file === "/etc/sipsentry/sipsentry.yaml")).toBe(true);
    expect(blocks.some(({ note }) => lineName(note) !== null)).toBe(true);
  });

  it.each(SIEMS)("the EVE fields in the table of %s.md exist", (page) => {
    const named = mappingRows(page).flatMap(({ cells }) => codes(cells[0]));
    expect(named.filter((path) => !eve.has(path))).toEqual([]);
  });

  it("the ECS fields in the table of elastic.md exist", () => {
    const named = mappingRows("elastic").flatMap((row) => codes(cellOf(row, "ECS field")));
    expect(named.filter((path) => !ecs.has(path))).toEqual([]);
    expect(named.length).toBeGreaterThan(25);
  });

  it("the fields in the table of wazuh.md are EVE's under data", () => {
    const named = mappingRows("wazuh").flatMap((row) => {
      const fields = codes(cellOf(row, "Field in Wazuh's alert"));
      return fields.filter((code) => code.startsWith("data."));
    });
    expect(named.filter((path) => !eve.has(path.slice("data.".length)))).toEqual([]);
    expect(named.length).toBeGreaterThan(8);
  });

  it("the fields in the table of graylog.md are EVE's, flattened, or Graylog's own", () => {
    const flat = new Set([...eve].map((path) => `eve_${path.replaceAll(".", "_")}`));
    const own = ["timestamp", "message", "source"];
    const named = mappingRows("graylog").flatMap((row) => codes(cellOf(row, "Graylog field")));
    const unknown = named.filter((name) => !flat.has(name) && !own.includes(name));
    expect(unknown.filter((name) => !eve.has(name))).toEqual([]);
    const used = [...docText("graylog").matchAll(/\beve_\w+/g)].map(([name]) => name);
    expect(used.filter((name) => name !== "eve_" && !flat.has(name))).toEqual([]);
  });

  it.each(PAGES)("every block of %s.md parses", (page) => {
    for (const block of docBlocks(page)) expect(problemOf(block), `line ${block.line}`).toBe("");
  });

  it.each(PAGES)("the configuration of sipsentry in %s.md is one that it takes", (page) => {
    const dir = mkdtempSync(join(tmpdir(), "sipsentry-docs-"));
    try {
      for (const { file, text } of docBlocks(page)) {
        if (file !== "/etc/sipsentry/sipsentry.yaml") continue;
        writeFileSync(join(dir, "sipsentry.yaml"), text);
        const config = loadConfig({ file: join(dir, "sipsentry.yaml") });
        expect(config.outputs.length).toBeGreaterThan(0);
        const { syslog } = config;
        const files = { tlsCa: "", tlsCert: "", tlsKey: "" };
        const made = { ...config, syslog: { ...syslog, ...files } };
        expect(() => outputSpecs(config.outputs, made)).not.toThrow();
      }
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it("the lines shown are those of the captures (UPDATE_DOCS=1 writes them anew)", async () => {
    for (const page of SIEMS) {
      let text = docText(page);
      for (const { note } of docBlocks(page)) {
        const name = lineName(note);
        if (name === null) continue;
        const line = await lineOf(name);
        const begin =
          text.indexOf("```json\n", text.indexOf(`<!-- ${note} -->`)) + "```json\n".length;
        const end = text.indexOf("```", begin);
        if (process.env.UPDATE_DOCS === "1")
          text = `${text.slice(0, begin)}${line}\n${text.slice(end)}`;
        else expect(text.slice(begin, end), `docs/${page}.md: ${note}`).toBe(`${line}\n`);
      }
      if (process.env.UPDATE_DOCS === "1") writeFileSync(join(DOCS, `${page}.md`), text);
    }
  });

  it("every page is tested, and every capture it names is there", () => {
    const pages = readdirSync(DOCS).filter((name) => name.endsWith(".md"));
    expect(pages.map((name) => name.slice(0, -3))).toEqual(expect.arrayContaining(PAGES));
    for (const page of PAGES) {
      for (const [, path = ""] of docText(page).matchAll(/`(pcaps\/[^`]+)`/g)) {
        expect(() => readFileSync(join(DOCS, "..", path))).not.toThrow();
      }
    }
  });

  it("the offender in ban.md is as the feed writes it", () => {
    const line = docBlocks("ban").find(({ note }) => note === "feed: json")?.text ?? "";
    const ban = parseBan(line);
    expect(`${JSON.stringify(ban)}\n`).toBe(line);
    const named = docText("ban")
      .split("\n")
      .filter((row) => /^\| `/.test(row));
    expect(named.flatMap((row) => codes(row.split("|")[1])).sort()).toEqual(
      Object.keys(ban ?? {}).sort(),
    );
  });

  it("the fields in Splunk's props.conf exist", () => {
    const props = iniSettings(
      docFile("splunk", "$SPLUNK_HOME/etc/apps/TA-sipsentry/default/props.conf"),
    );
    const named = props.flatMap(({ key, value }) => {
      if (key.startsWith("FIELDALIAS"))
        return [...value.matchAll(/(\S+) AS \S+/g)].map(([, name = ""]) => name);
      return [...value.matchAll(/'([\w.]+)(?:\{\})?'/g)].map(([, name = ""]) => name);
    });
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !eve.has(name))).toEqual([]);
  });

  it("Splunk's props.conf finds the time in a real line", async () => {
    const props = iniSettings(
      docFile("splunk", "$SPLUNK_HOME/etc/apps/TA-sipsentry/default/props.conf"),
    );
    const setting = (name: string) => props.find(({ key }) => key === name)?.value ?? "";
    const [line = ""] = await eveLines("bruteforce/svcrack_dictionary.pcap");
    const prefix = new RegExp(setting("TIME_PREFIX")).exec(line)?.[0] ?? "";
    const time = line.slice(
      prefix.length,
      prefix.length + Number(setting("MAX_TIMESTAMP_LOOKAHEAD")),
    );
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000$/);
    expect(line.length).toBeLessThan(Number(setting("TRUNCATE")));
  });

  it("Wazuh's rules name fields that exist, and each alert ends at the rule that the page says", async () => {
    const xml = docFile("wazuh", "/var/ossec/etc/rules/sipsentry_rules.xml");
    const rules = wazuhRules(xml);
    const named = rules.flatMap(({ description, fields }) => [
      ...fields.map(({ name }) => name),
      ...[...description.matchAll(/\$\(([^)]+)\)/g)].map(([, name = ""]) => name),
    ]);
    expect(named.filter((name) => !eve.has(name))).toEqual([]);
    const ends = new Map<string, string>();
    for (const line of (await Promise.all(CAPTURES.map(eveLines))).flat()) {
      const fields = JSON.parse(line) as Fields;
      // A case is the sum of alerts that are counted here one by one.
      if (fields.event_type === "case") continue;
      const rule = firedRule(rules, (path) => textAt(fields, path));
      const { signature_id: sid } = fields.alert as { readonly signature_id: number };
      ends.set(`${sid} ${String(fields.event_type)}`, rule?.id ?? "");
    }
    expect(Object.fromEntries(ends)).toMatchObject({
      "9100001 alert": "100903",
      "9102001 alert": "100910",
      "9102005 alert": "100911",
      "9104003 alert": "100901",
      "9102001 incident": "100950",
      "9102005 incident": "100950",
    });
  });
});

/** As Wazuh's JSON decoder has it: everything is text, a list is its items. */
function textAt(fields: Fields, path: string): string {
  let value: unknown = fields;
  for (const name of path.split(".")) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  }
  return Array.isArray(value) ? value.join(",") : String(value ?? "");
}

function problemOf({ language, text }: DocBlock): string {
  try {
    switch (language) {
      case "json":
        JSON.parse(text);
        return "";
      case "yaml":
        return parseDocument(text)
          .errors.map(({ message }) => message)
          .join("; ");
      case "xml":
        return xmlProblem(text);
      case "ini":
        iniSettings(text);
        return "";
      case "":
      case "sh":
      case "spl":
      case "nft":
      case "kamailio":
      case "rsyslog":
      case "syslog-ng":
        return "";
      default:
        return `unknown language ${language}`;
    }
  } catch (error) {
    return String(error);
  }
}
