import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { TRACK_KEYS, UNIQUE_FIELDS } from "../src/detect/counters/track-key.ts";
import { EVENT_ROWS } from "../src/track/facts/event-kind.ts";
import { bundledCaptures, PCAPS } from "./support/bundled-captures.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const SRC = join(ROOT, "src");
const RULES = join(ROOT, "rules");

/** Packets flow right, imports point left. */
const STAGES = ["base", "capture", "decode", "track", "detect", "emit"];
/** Sees everything: the program around the stages. */
const TOP = /^main\.ts$|^(commands|config|pipeline)\//;
const LINES_MAX = 300;

/** Packet time is the only clock left of emit/; these talk to the outside world. */
const WALL_CLOCK: Readonly<Record<string, string>> = {
  "capture/byte-source.ts": "gives other work its turn between two reads",
  "capture/hep-source.ts": "live: what agents send has the time at which it comes",
  "capture/tcpdump-source.ts": "live: waits for its child",
  "capture/pcap-source.ts": "live: drains the ring in slices of wall time",
};

/** A seed that nobody can know; results never depend on it (test/determinism checks that). */
const RANDOM: Readonly<Record<string, string>> = {
  "base/hash.ts": "seed of keys",
  "decode/mirror-copies.ts": "seed of the hash of packets",
  "emit/delivery/back-off.ts": "sensors must not knock at one broker in step",
};

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort();
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, path = ""]) => path);
}

/** Without comments and texts. */
function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replace(/^\s*\/\/.*$/gm, "");
}

const files = sourceFiles().map((name) => ({ name, text: readFileSync(join(SRC, name), "utf8") }));

function stageOf(name: string): string {
  return name.split("/")[0] ?? "";
}

describe("src/", () => {
  it("has no files outside the stages and the program around them", () => {
    const strangers = files
      .map(({ name }) => name)
      .filter((name) => !TOP.test(name) && !STAGES.includes(stageOf(name)));
    expect(strangers).toEqual([]);
  });

  it("imports only from the same stage or one to the left", () => {
    const wrong: string[] = [];
    for (const { name, text } of files) {
      if (TOP.test(name)) continue;
      const own = STAGES.indexOf(stageOf(name));
      for (const path of importsOf(text).filter((path) => path.startsWith("."))) {
        const target = relative(SRC, join(SRC, dirname(name), path));
        if (TOP.test(target) || STAGES.indexOf(stageOf(target)) > own) {
          wrong.push(`${name} imports ${target}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("has a base that imports nothing of ours and no package", () => {
    const wrong = files
      .filter(({ name }) => stageOf(name) === "base")
      .flatMap(({ name, text }) =>
        importsOf(text)
          .filter((path) => !path.startsWith("./") && !path.startsWith("node:"))
          .map((path) => `${name} imports ${path}`),
      );
    expect(wrong).toEqual([]);
  });

  it(`has files of at most ${LINES_MAX} lines`, () => {
    const long = files
      .filter(({ text }) => text.split("\n").length > LINES_MAX + 1)
      .map(({ name, text }) => `${name} has ${text.split("\n").length - 1} lines`);
    expect(long).toEqual([]);
  });

  it("reads no clock and sets no timer left of emit/", () => {
    const banned =
      /\b(Date\.now|performance\.now|setTimeout|setInterval|setImmediate|process\.hrtime|new Date\(\s*\))/;
    const wrong = files
      .filter(({ name }) =>
        ["base", "capture", "decode", "track", "detect"].includes(stageOf(name)),
      )
      .filter(({ name, text }) => banned.test(codeOf(text)) && !(name in WALL_CLOCK))
      .map(({ name, text }) => `${name}: ${banned.exec(codeOf(text))?.[0]}`);
    expect(wrong).toEqual([]);
  });

  it("has no chance in it but for seeds of hashes", () => {
    const banned = /\b(Math\.random|randomBytes|randomUUID|getRandomValues)\b/;
    const wrong = files
      .filter(({ name, text }) => banned.test(codeOf(text)) && !(name in RANDOM))
      .map(({ name }) => name);
    expect(wrong).toEqual([]);
  });

  it("needs each exception that is listed here", () => {
    const isUsed = (name: string, test: (text: string) => boolean) =>
      files.some((file) => file.name === name && test(file.text));
    const clock = /\b(Date\.now|performance\.now|set(Timeout|Interval|Immediate)|new Date\(\s*\))/;
    const unused = [
      ...Object.keys(WALL_CLOCK).filter((name) => !isUsed(name, (text) => clock.test(text))),
      ...Object.keys(RANDOM).filter((name) => !isUsed(name, (text) => /random/.test(text))),
    ];
    expect(unused).toEqual([]);
  });

  it("has no default exports and no class in a name that says nothing", () => {
    const wrong = files
      .filter(
        ({ name, text }) =>
          /^export default /m.test(text) || /(^|\/)(utils?|helpers?|common|types)\.ts$/.test(name),
      )
      .map(({ name }) => name);
    expect(wrong).toEqual([]);
  });
});

describe("pcaps/", () => {
  const readme = readFileSync(join(PCAPS, "README.md"), "utf8");
  const rows = [...readme.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)].map(
    ([, name = "", rest = ""]) => ({
      name,
      cells: rest.split("|").map((cell) => cell.trim()),
    }),
  );

  it("has each capture in the table of its README, and nothing else there", () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(bundledCaptures().map(({ name }) => name));
  });

  it("says of each capture what it shows, its packets, source, licence and maker", () => {
    const bad = rows.filter(
      ({ cells }) =>
        cells.length !== 5 ||
        cells.some((cell) => cell === "") ||
        !/^[\d,]+$/.test(cells[1] ?? "") ||
        !["Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause"].includes(cells[3] ?? ""),
    );
    expect(bad).toEqual([]);
  });

  it("has the text of each licence", () => {
    const licences = [...new Set(rows.map(({ cells }) => `${cells[3]}.txt`))].sort();
    expect(readdirSync(join(PCAPS, "licences")).sort()).toEqual(licences);
  });
});

interface ShippedRule {
  readonly file: string;
  readonly sid: number;
  readonly text: string;
}

describe("rules/", () => {
  const readme = readFileSync(join(RULES, "README.md"), "utf8");
  const ranges = [...readme.matchAll(/^\| `([\w-]+\.rules)` \| (\d+)-(\d+) \|/gm)].map(
    ([, file = "", first, last]) => ({ file, first: Number(first), last: Number(last) }),
  );
  const ruleFiles = readdirSync(RULES)
    .filter((name) => name.endsWith(".rules"))
    .sort();
  const rules: ShippedRule[] = ruleFiles.flatMap((file) =>
    readFileSync(join(RULES, file), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("alert "))
      .map((text) => ({ file, sid: Number(/sid:\s*(\d+)/.exec(text)?.[1]), text })),
  );

  it("has each file in the range table of its README", () => {
    expect(ranges.map(({ file }) => file).sort()).toEqual(ruleFiles);
  });

  it("has each sid once and in the range of its file", () => {
    const outside = rules.filter(({ file, sid }) => {
      const range = ranges.find((row) => row.file === file);
      return range === undefined || !(sid >= range.first && sid <= range.last);
    });
    expect(outside).toEqual([]);
    expect(new Set(rules.map(({ sid }) => sid)).size).toBe(rules.length);
    expect(rules.length).toBeGreaterThan(30);
  });

  it.each([
    ["a msg that begins with its kind", /msg:"VOIP [A-Z]+ [^"]+"/],
    ["a classtype", /classtype:[\w-]+;/],
    ["a reference", /reference:(url|cve),[^;]+;/],
    ["the attack in its metadata", /metadata:[^;]*\battack \w+/],
    [
      "a MITRE technique in its metadata",
      /metadata:[^;]*\bmitre_technique_id (T\d{4}(\.\d{3})?|none)\b/,
    ],
    ["a confidence in its metadata", /metadata:[^;]*\bconfidence (High|Medium|Low)\b/],
    ["the day it was made in its metadata", /metadata:[^;]*\bcreated_at 20\d\d_\d\d_\d\d\b/],
    ["a revision", /rev:[1-9]\d*;/],
  ])("gives each rule %s", (_, pattern) => {
    expect(rules.filter(({ text }) => !pattern.test(text)).map(({ sid }) => sid)).toEqual([]);
  });

  it("says information, severity 4, with sids from x900 on and nowhere else", () => {
    const wrong = rules.filter(
      ({ sid, text }) => text.includes("classtype:voip-information") !== sid % 1000 >= 900,
    );
    expect(wrong.map(({ sid }) => sid)).toEqual([]);
  });

  it("lists every fact, track key and field in EVENTS.md (write it with -u)", async () => {
    await expect(eventsPage()).toMatchFileSnapshot(join(RULES, "EVENTS.md"));
  });
});

function eventsPage(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  return [
    "# Facts, keys and fields",
    "",
    "Made by `npx vitest run test/tidy.test.ts -u` from the tables in `src/`; do not edit.",
    "",
    "## `app-layer-event`",
    "",
    "| name | what it says | `event_value` |",
    "|---|---|---|",
    ...EVENT_ROWS.slice(1).map(
      ({ name, about, value }) => `| \`${name}\` | ${cell(about)} | ${cell(value ?? "")} |`,
    ),
    "",
    "## `track`",
    "",
    "| key | what it is |",
    "|---|---|",
    ...[...TRACK_KEYS.values()].map(({ name, about }) => `| \`${name}\` | ${cell(about)} |`),
    "",
    "## `unique_on`",
    "",
    [...UNIQUE_FIELDS.keys()].map((name) => `\`${name}\``).join(", "),
    "",
  ].join("\n");
}
