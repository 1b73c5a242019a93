import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { against } from "./against.ts";
import { alerts } from "./alerts.ts";
import { benchEvidence } from "./cases/evidence.ts";
import { benchHostile } from "./cases/hostile.ts";
import { benchKafka } from "./cases/kafka.ts";
import { benchMemory } from "./cases/memory.ts";
import { benchPipeline } from "./cases/pipeline.ts";
import { benchReadCapture } from "./cases/read-capture.ts";
import { benchRecords } from "./cases/records.ts";
import { benchRtpDecode } from "./cases/rtp-decode.ts";
import { benchRules, type RuleFigure } from "./cases/rules.ts";
import { benchShippedRules } from "./cases/shipped-rules.ts";
import { benchSipDecode } from "./cases/sip-decode.ts";
import { benchSpool } from "./cases/spool.ts";
import { benchTiming } from "./cases/timing.ts";
import { benchTransports } from "./cases/transports.ts";
import { benchUnfinished } from "./cases/unfinished.ts";
import { readCorpus } from "./corpus.ts";
import { machine } from "./machine.ts";
import type { Figure } from "./measure.ts";
import { storms } from "./storms.ts";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const RESULTS = fileURLToPath(new URL("results/", import.meta.url));
const HOSTILE_MILLIONS = "1";

type Case = (options: RunOptions) => Promise<Figure[]> | Figure[];

const CASES: Readonly<Record<string, Case>> = {
  "sip-decode": async () => benchSipDecode(await readCorpus()),
  "rtp-decode": benchRtpDecode,
  "read-capture": benchReadCapture,
  pipeline: benchPipeline,
  transports: benchTransports,
  unfinished: benchUnfinished,
  rules: () => ruleFigures(benchRules()),
  "shipped-rules": ({ ours }) => benchShippedRules(ours),
  timing: benchTiming,
  evidence: benchEvidence,
  spool: benchSpool,
  kafka: benchKafka,
  records: ({ ours }) => benchRecords(ours),
  memory: ({ base, ours }) => benchMemory(ours, base),
  hostile: (options) => benchHostile(1e6 * Number(options["hostile-millions"])),
};

/** Programs of their own, with options of their own. */
const PROGRAMS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  against,
  alerts,
  storms,
};

const args = process.argv.slice(2);
const program = PROGRAMS[args[0] ?? ""];
if (program !== undefined) await program(args.slice(1));
else await runCases();

async function runCases(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "hostile-millions": { type: "string", default: HOSTILE_MILLIONS },
      json: { type: "string", default: `${RESULTS}latest.json` },
      base: { type: "string" },
      ours: { type: "string", default: HERE },
    },
  });
  const unknown = positionals.filter((name) => !(name in CASES));
  if (unknown.length > 0) {
    const known = [...Object.keys(CASES), ...Object.keys(PROGRAMS)];
    process.stderr.write(`${unknown.join(", ")}: no such case; ${known.join(", ")}\n`);
    process.exitCode = 64;
  } else {
    await run(positionals.length > 0 ? positionals : Object.keys(CASES), values);
  }
}

interface RunOptions {
  readonly "hostile-millions": string;
  readonly json: string;
  /** Checkouts with a build, for the case that compares: another one, and this one. */
  readonly base?: string | undefined;
  readonly ours: string;
}

async function run(names: readonly string[], values: RunOptions): Promise<void> {
  const on = machine(process.argv.slice(2));
  const figures: Figure[] = [];
  for (const name of names) {
    process.stderr.write(`${name} ...\n`);
    figures.push(...((await CASES[name]?.(values)) ?? []));
  }
  const place = `${on.cpu}, ${on.cores} cores, ${on.memoryGib} GiB; Node ${on.node}, V8 ${on.v8}; load ${on.load.toFixed(1)}`;
  process.stdout.write(`${place}\ncommit ${on.commit}; ${on.command}\n${tableOf(figures)}\n`);
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify({ machine: on, figures }, null, 2)}\n`);
}

function tableOf(figures: readonly Figure[]): string {
  const table = new Table({
    head: ["what", "figure", "target", "", "by CPU time", "heap B each", "note"],
    style: { head: [], border: [] },
    colAligns: ["left", "right", "right", "left", "right", "right", "left"],
  });
  for (const figure of figures) {
    const { name, value, unit, target, isAtMost, byCpu, heapBytes, note } = figure;
    const sign = isAtMost === true ? "<=" : ">=";
    table.push([
      name,
      `${number(value)} ${unit}`.trim(),
      target === undefined ? "" : `${sign} ${number(target)}`,
      target === undefined ? "" : isMet(figure) ? "met" : "missed",
      byCpu === undefined ? "" : number(byCpu),
      heapBytes === undefined ? "" : number(heapBytes),
      note ?? "",
    ]);
  }
  return table.toString();
}

function isMet({ value, target = 0, isAtMost }: Figure): boolean {
  return isAtMost === true ? value <= target : value >= target;
}

function number(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

/** 1,000 rules against 50, in nanoseconds per packet. */
function ruleFigures(rows: readonly RuleFigure[]): Figure[] {
  const figures = rows.map(({ name, rules, nsPerPacket, bytesPerPacket }) => ({
    name: `rules: ${name}, ${rules} rules`,
    value: nsPerPacket,
    unit: "ns/packet",
    heapBytes: Math.max(0, bytesPerPacket),
  }));
  const ratios = [...new Set(rows.map(({ name }) => name))].flatMap((name) => {
    const of = (rules: number) => rows.find((row) => row.name === name && row.rules === rules);
    const few = of(50);
    const many = of(1000);
    if (few === undefined || many === undefined) return [];
    return [
      {
        name: `rules: ${name}, cost of 1,000 against 50`,
        value: many.nsPerPacket / few.nsPerPacket,
        unit: "times",
        target: 1.5,
        isAtMost: true,
      },
    ];
  });
  return [...figures, ...ratios];
}
