import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRules } from "../../src/commands/rule-files.ts";
import { defaultConfig } from "../../src/config/config.ts";
import { kindsOf } from "../../src/detect/event-index.ts";
import type { Signature } from "../../src/detect/rules/signature.ts";
import { EVENT_ROWS } from "../../src/track/facts/event-kind.ts";
import { ALL_CASES } from "../cases/all-cases.ts";
import { FIRINGS } from "../cases/fires.ts";
import { ROOT } from "../cli/cli.ts";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { LABELS, THREATS, type Threat, UNSEEN } from "./threats.ts";

const PAGE = join(ROOT, "docs", "DETECTIONS.md");
const GOLDEN = join(ROOT, "test", "golden");
const SHOWN_MAX = 3;

interface Fired {
  readonly capture: string;
  /** Number of the packet that the alert names, and seconds since the offender's flow began. */
  readonly packet: number;
  readonly seconds: number;
}

const rules = readRules(defaultConfig(), { rules: [] }).ruleSet.signatures;
const attacksOf = ({ alert }: Signature) => alert.metadata.attack ?? [];

/** The first alert of each rule in each bundled capture, from the golden files. */
const fired = new Map<number, Fired[]>();
for (const { isHealthy, name } of bundledCaptures()) {
  if (isHealthy) continue;
  const folder = name.replace(/\.pcap(ng)?(\.gz)?$/, "");
  const seen = new Set<number>();
  for (const line of readFileSync(join(GOLDEN, folder, "expected.ndjson"), "utf8").split("\n")) {
    const record = line === "" ? null : JSON.parse(line);
    const sid = record?.alert?.signature_id;
    if (record?.event_type !== "alert" || seen.has(sid)) continue;
    seen.add(sid);
    const start = record.flow?.start ?? record.timestamp;
    const seconds = (Date.parse(record.timestamp) - Date.parse(start)) / 1000;
    const row = { capture: name, packet: record.pcap_cnt ?? 0, seconds };
    fired.set(sid, [...(fired.get(sid) ?? []), row]);
  }
}

function section(threat: Threat): string {
  const own = rules.filter((rule) => attacksOf(rule).some((name) => threat.attacks.includes(name)));
  const sids = own.map(({ alert }) => alert.sid).sort((a, b) => a - b);
  const facts = new Set(own.flatMap((rule) => kindsOf(rule).map((kind) => EVENT_ROWS[kind]?.name)));
  const captures = sids.flatMap((sid) => fired.get(sid) ?? []);
  const first = captures.filter(
    ({ capture }, i) => captures.findIndex((row) => row.capture === capture) === i,
  );
  const scenes = FIRINGS.filter(({ sid }) => sids.includes(sid)).map(({ scene }) => scene);
  const healthy = ALL_CASES.filter(
    ({ expect, kind }) => threat.healthy.includes(kind) && /^(quiet|max 3)/.test(expect),
  ).map(({ name }) => name);
  const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
  const times = first
    .slice(0, SHOWN_MAX)
    .map(
      ({ capture, packet, seconds }) =>
        `\`${capture}\` (packet ${packet}, ${seconds.toFixed(1)} s)`,
    );
  return [
    `## ${threat.name}`,
    "",
    `- **Rules**: ${sids.map((sid) => `[${sid}](alerts/${sid}.md)`).join(", ")}`,
    `- **Facts**: ${list([...facts].filter((name) => name !== undefined).sort())}`,
    ...(times.length > 0
      ? [
          `- **Captures** (packet of the first alert, time since the offender's flow began): ${times.join(", ")}${first.length > SHOWN_MAX ? ` and ${first.length - SHOWN_MAX} more` : ""}`,
        ]
      : []),
    ...(scenes.length > 0 ? [`- **Scenes**: ${list([...new Set(scenes)])}`] : []),
    `- **Held against**: the ${bundledCaptures().filter(({ isHealthy }) => isHealthy).length} healthy captures, and ${list(healthy)}`,
    ...(threat.tried.length > 0 ? [`- **Evasions that are found**: ${list(threat.tried)}`] : []),
    `- **Still works**: ${threat.works}.`,
    "",
  ].join("\n");
}

describe("docs/DETECTIONS.md (written with -u)", () => {
  it("names each attack of the rules, in one place", () => {
    const listed = THREATS.flatMap(({ attacks }) => attacks);
    expect(listed.filter((name, i) => listed.indexOf(name) !== i)).toEqual([]);
    const known = new Set(rules.flatMap(attacksOf));
    known.delete("none");
    expect([...known].filter((name) => !listed.includes(name))).toEqual([]);
    expect(listed.filter((name) => !known.has(name))).toEqual([]);
  });

  it("names scenes that there are, with the verdict that it says", () => {
    const found = new Map(ALL_CASES.map(({ expect, name }) => [name, expect]));
    for (const { healthy, name, tried } of THREATS) {
      for (const scene of tried) expect(found.get(scene), scene).toMatch(/^alert /);
      for (const kind of healthy) {
        const silent = ALL_CASES.some(
          (scene) => scene.kind === kind && /^(quiet|max 3)/.test(scene.expect),
        );
        expect(silent, `${name}: no healthy scene of kind ${kind}`).toBe(true);
      }
    }
  });

  it("is what rules, captures and scenes say", async () => {
    const text = [
      "# Detections",
      "",
      "What is found, by which rules and facts, what fires it in the tests, what stays silent, what an attacker has tried, and what still works.",
      "Made by `npx vitest run test/docs/detections.test.ts -u` from the rules, `test/golden`, `test/cases` and `test/docs/threats.ts`.",
      "Captures are in `pcaps/`; scenes are small captures that `test/cases` makes, each with its one right verdict.",
      "",
      ...THREATS.map(section),
      "## What a passive sensor does not show",
      "",
      "| what | why |",
      "|---|---|",
      ...UNSEEN.map(([what, why]) => `| ${what} | ${why} |`),
      "",
      "## Labels of the public captures that no alert can meet",
      "",
      "All other captures of the test corpus that are labelled as attacks are found, with the attacker named (`test/corpus`).",
      "",
      "| capture | attacker, by its label | what is on the wire |",
      "|---|---|---|",
      ...LABELS.map(([capture, attacker, shown]) => `| \`${capture}\` | ${attacker} | ${shown} |`),
      "",
    ].join("\n");
    await expect(text).toMatchFileSnapshot(PAGE);
  });
});
