import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { Build } from "./against/build.ts";
import { AGAINST_CASES, SIZES } from "./against/cases.ts";
import { type CaseFigure, Comparison, type Pair } from "./against/measure-against.ts";
import { machine } from "./machine.ts";

/**
 * `npm run bench -- against --base DIR [CASE ...]`: this checkout's build and that of DIR replay the
 * same captures, in turns; compared is the CPU time of the whole processes. See bench/README.md.
 */

const HERE = fileURLToPath(new URL("..", import.meta.url));
const RESULT = fileURLToPath(new URL("results/against-latest.json", import.meta.url));
const USAGE_ERROR = 64;

export async function against(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      base: { type: "string" },
      ours: { type: "string", default: HERE },
      rounds: { type: "string", default: "3" },
      sizes: { type: "string", default: SIZES.join(",") },
      json: { type: "string", default: RESULT },
    },
  });
  const names = AGAINST_CASES.map(({ name }) => name);
  const unknown = positionals.filter((name) => !names.includes(name));
  if (values.base === undefined || unknown.length > 0) {
    process.stderr.write(
      `npm run bench -- against --base DIR [${names.join("|")}]...; DIR has a built checkout (bench/README.md)\n`,
    );
    process.exitCode = USAGE_ERROR;
    return;
  }
  const on = machine(["against", ...args]);
  const builds = { base: new Build(values.base), ours: new Build(values.ours) };
  const comparison = new Comparison(builds, Number(values.rounds));
  const sizes = values.sizes.split(",").map(Number);
  const cases: CaseFigure[] = [];
  let startS: Pair<number> = { base: 0, ours: 0 };
  const resultOf = () => ({
    machine: { ...on, loadAfter: loadavg()[0] },
    base: { folder: builds.base.folder, commit: builds.base.commit },
    ours: { folder: builds.ours.folder, commit: builds.ours.commit },
    rounds: Number(values.rounds),
    startS,
    cases,
  });
  try {
    say("start ...");
    startS = await comparison.start();
    for (const found of AGAINST_CASES) {
      if (positionals.length > 0 && !positionals.includes(found.name)) continue;
      say(`${found.name} ...`);
      cases.push(await comparison.run(found, sizes));
      // What has been measured is kept when the run is broken off.
      write(values.json, resultOf());
    }
  } finally {
    comparison.remove();
  }
  const { base, ours } = builds;
  process.stdout.write(
    [
      `${on.cpu}, ${on.cores} cores, ${on.memoryGib} GiB; Node ${on.node}; load ${on.load.toFixed(1)} before, ${loadavg()[0]?.toFixed(1)} after`,
      `base ${base.commit} (${base.folder}); ours ${ours.commit} (${ours.folder}); medians of ${values.rounds}; ${on.command}`,
      `start-up ${seconds(startS.base)} s and ${seconds(startS.ours)} s: ${times(startS.base / startS.ours)}`,
      costTable(cases),
      growthTable(cases),
      "",
    ].join("\n"),
  );
}

function write(path: string, result: object): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
}

function costTable(cases: readonly CaseFigure[]): string {
  const table = new Table({
    head: [
      "case",
      "size",
      "packets",
      "base CPU s",
      "ours",
      "ratio",
      "net",
      "base us each",
      "ours",
      "base peak MiB",
      "ours",
    ],
    style: { head: [], border: [] },
    colAligns: ["left", ...Array.from({ length: 10 }, () => "right" as const)],
  });
  for (const { name, sizes } of cases) {
    for (const { size, packets, base, ours, ratio, netRatio } of sizes) {
      table.push([
        name,
        `${size}x`,
        packets.toLocaleString("en"),
        seconds(base.cpuS),
        seconds(ours.cpuS),
        times(ratio),
        times(netRatio),
        base.netUsEach.toFixed(3),
        ours.netUsEach.toFixed(3),
        base.peakMib.toFixed(0),
        ours.peakMib.toFixed(0),
      ]);
    }
  }
  return table.toString();
}

function growthTable(cases: readonly CaseFigure[]): string {
  const table = new Table({
    head: ["growth of the net cost of each", "base", "ours", "of each further one: base", "ours"],
    style: { head: [], border: [] },
    colAligns: ["left", "right", "right", "right", "right"],
  });
  for (const { name, growth, growthOfFurther } of cases) {
    if (growth === null) continue;
    table.push([
      name,
      percent(growth.base),
      percent(growth.ours),
      growthOfFurther === null ? "" : percent(growthOfFurther.base),
      growthOfFurther === null ? "" : percent(growthOfFurther.ours),
    ]);
  }
  return table.toString();
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function seconds(value: number): string {
  return value.toFixed(3);
}

function times(value: number): string {
  return `${value.toFixed(2)} x`;
}

function percent(value: number): string {
  return `${value >= 0 ? "+" : ""}${(100 * value).toFixed(0)} %`;
}
