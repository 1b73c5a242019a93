import { createReadStream, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { Build, type Summary } from "./against/build.ts";
import { writeCapture } from "./capture-file.ts";
import { machine } from "./machine.ts";
import { FLOOD_ALERTS_MAX, STORMS, type Storm } from "./storm-traffic.ts";
import { type Finding, type StormAlert, type StormVerdict, stormVerdict } from "./storm-verdict.ts";
import { stormThenAttacks } from "./storm-victims.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

/**
 * `npm run bench -- storms [STORM ...]`: three calls are up, a storm tries to push them out of the
 * tables, then they are attacked. See bench/README.md.
 */

const HERE = fileURLToPath(new URL("..", import.meta.url));
const RESULT = fileURLToPath(new URL("results/storms-latest.json", import.meta.url));
const USAGE_ERROR = 64;
const MEMORY_MIB = 1024;

interface StormFigure extends StormVerdict {
  readonly name: string;
  readonly about: string;
  readonly packets: number;
  readonly cpuS: number;
  readonly peakMib: number;
  readonly tables: Summary["tables"];
  /** Facts about what the sensor could not keep. */
  readonly sensorFacts: Readonly<Record<string, number>>;
  /** What is not as it has to be. */
  readonly problems: readonly string[];
}

export async function storms(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      /** Another checkout with a build. */
      build: { type: "string", default: HERE },
      /** Part of each storm; tables stay as they are, so a part shows less. */
      share: { type: "string", default: "1" },
      json: { type: "string", default: RESULT },
    },
  });
  const names = STORMS.map(({ name }) => name);
  if (positionals.some((name) => !names.includes(name))) {
    process.stderr.write(`npm run bench -- storms [${names.join("|")}]...\n`);
    process.exitCode = USAGE_ERROR;
    return;
  }
  const on = machine(["storms", ...args]);
  const build = new Build(values.build);
  process.stdout.write(
    `${on.cpu}, ${on.cores} cores, ${on.memoryGib} GiB; Node ${on.node}\ncommit ${build.commit} (${build.folder}); ${on.command}\n`,
  );
  const share = Number(values.share);
  const folder = new TemporaryFolder("sipsentry-storms-");
  const figures: StormFigure[] = [];
  try {
    for (const storm of STORMS) {
      if (positionals.length > 0 && !positionals.includes(storm.name)) continue;
      process.stderr.write(`${storm.name} ...\n`);
      const figure = await figureOf(storm, build, folder.path, share);
      figures.push(figure);
      // All storms take over an hour: what is known already outlives a run that is stopped.
      writeResult(values.json, {
        machine: { ...on, loadAfter: loadavg()[0] },
        build: { folder: build.folder, commit: build.commit },
        share,
        memoryMib: MEMORY_MIB,
        storms: figures,
      });
      process.stdout.write(`${lineOf(figure)}\n`);
      for (const problem of figure.problems) process.stdout.write(`${storm.name}: ${problem}\n`);
    }
  } finally {
    folder.remove();
  }
  const load = `load ${on.load.toFixed(1)} before, ${loadavg()[0]?.toFixed(1)} after`;
  process.stdout.write(`${load}\n${tableOf(figures)}\n`);
}

/** Whole or not at all, so that a reader never meets half a file. */
function writeResult(path: string, result: object): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(`${path}.part`, path);
}

async function figureOf(
  storm: Storm,
  build: Build,
  folder: string,
  share: number,
): Promise<StormFigure> {
  const capture = join(folder, "storm.pcap");
  const eve = join(folder, "eve.json");
  writeCapture(capture, stormThenAttacks(storm, share));
  const sets = [`limits.memoryMib=${MEMORY_MIB}`];
  const { cpuS, peakBytes, summary } = await build.replay(capture, { eve, sets });
  const verdict = stormVerdict(await alertsIn(eve));
  const peakMib = peakBytes / 2 ** 20;
  const { tables, facts, packets } = summary;
  const sensorFacts = Object.fromEntries(
    Object.entries(facts).filter(([name, count]) => name.startsWith("sensor.") && count > 0),
  );
  return {
    name: storm.name,
    about: storm.about,
    packets: packets.total,
    cpuS,
    peakMib,
    ...verdict,
    tables,
    sensorFacts,
    problems: [
      ...Object.entries(verdict.found)
        .filter(([, finding]) => finding === null)
        .map(([name]) => `the attack "${name}" is not found`),
      ...(verdict.floods < storm.floodAlertsMin ? ["no alert names the flood"] : []),
      ...(verdict.floods > FLOOD_ALERTS_MAX ? [`${verdict.floods} alerts name the flood`] : []),
      ...(peakMib > MEMORY_MIB ? [`${peakMib.toFixed(0)} MiB resident, over ${MEMORY_MIB}`] : []),
      ...(provenEvictionsOf(tables) > 0 && sensorFacts["sensor.table_full"] === undefined
        ? ["what was proven was evicted, and no fact tells it"]
        : []),
      ...tables
        .filter(({ size, capacity }) => size > capacity)
        .map(({ name, size, capacity }) => `table ${name} has ${size} entries, over ${capacity}`),
    ],
  };
}

function provenEvictionsOf(tables: Summary["tables"]): number {
  return tables.reduce((sum, { provenEvictions = 0 }) => sum + provenEvictions, 0);
}

async function alertsIn(eve: string): Promise<StormAlert[]> {
  const alerts: StormAlert[] = [];
  for await (const line of createInterface({ input: createReadStream(eve) })) {
    if (line.includes('"event_type":"alert"')) alerts.push(JSON.parse(line) as StormAlert);
  }
  return alerts;
}

/** Heads of the table, how they are set, and what stands below them. */
const COLUMNS: readonly (readonly [string, "left" | "right", (figure: StormFigure) => string])[] = [
  ["storm", "left", ({ name }) => name],
  ["packets", "right", ({ packets }) => packets.toLocaleString("en")],
  ["forged BYE", "left", ({ found }) => textOf(found.bye)],
  ["foreign RTP", "left", ({ found }) => textOf(found.foreign)],
  ["RTP in name", "left", ({ found }) => textOf(found.inName)],
  ["floods", "right", ({ floods }) => String(floods)],
  ["alerts", "right", ({ alerts }) => String(alerts)],
  ["peak MiB", "right", ({ peakMib }) => peakMib.toFixed(0)],
  ["CPU s", "right", ({ cpuS }) => cpuS.toFixed(1)],
  ["proven evicted", "left", ({ tables }) => evictedOf(tables)],
];

function tableOf(figures: readonly StormFigure[]): string {
  const table = new Table({
    head: COLUMNS.map(([head]) => head),
    style: { head: [], border: [] },
    colAligns: COLUMNS.map(([, align]) => align),
  });
  for (const figure of figures) table.push(COLUMNS.map(([, , text]) => text(figure)));
  return table.toString();
}

/** What the table will say of a storm, as soon as it is over. */
function lineOf(figure: StormFigure): string {
  const [name, ...rest] = COLUMNS.map(([head, , text], i) =>
    i === 0 ? text(figure) : `${head} ${text(figure) || "none"}`,
  );
  return `${name}: ${rest.join(", ")}`;
}

function evictedOf(tables: Summary["tables"]): string {
  return tables
    .filter(({ provenEvictions = 0 }) => provenEvictions > 0)
    .map((row) => `${row.name} ${row.provenEvictions}`)
    .join(", ");
}

function textOf(finding: Finding | null): string {
  return finding === null ? "MISSED" : `${finding.sid} (${finding.severity})`;
}
