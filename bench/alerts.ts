import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { bundledCaptures } from "../test/support/bundled-captures.ts";
import { KafkaBroker } from "../test/support/kafka-broker.ts";
import { KAFKA_VERSION, missingForKafka } from "../test/support/kafka-tools.ts";
import { bundleSensor } from "./alerts/bundle.ts";
import type { Asked, Ready, Round, Setup } from "./alerts/messages.ts";
import { commitOf, machine } from "./machine.ts";
import { median } from "./measure.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

/**
 * `npm run bench -- alerts --base DIR`: alerts through this checkout and that of DIR to a real Kafka, in turns. See
 * bench/README.md.
 */

const HERE = fileURLToPath(new URL("..", import.meta.url));
const RESULT = fileURLToPath(new URL("results/alerts-latest.json", import.meta.url));
const USAGE_ERROR = 64;
const PARTITIONS = 3;
/** Nobody listens there: alerts wait in the spool, and what they cost the packet thread is the same. */
const NOBODY = "127.0.0.1:9";

/** Of one build, in all rounds. */
interface BuildFigure {
  readonly commit: string;
  readonly perSecond: number;
  readonly threadUs: number;
  readonly characters: number;
  readonly rounds: readonly Round[];
}

export async function alerts(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      base: { type: "string" },
      ours: { type: "string", default: HERE },
      alerts: { type: "string", default: "40000" },
      rounds: { type: "string", default: "7" },
      "no-kafka": { type: "boolean", default: false },
      json: { type: "string", default: RESULT },
    },
  });
  const { base, ours } = values;
  if (base === undefined) {
    process.stderr.write(
      "npm run bench -- alerts --base DIR; DIR has a built checkout (bench/README.md)\n",
    );
    process.exitCode = USAGE_ERROR;
    return;
  }
  const on = machine(["alerts", ...args]);
  const missing = values["no-kafka"] ? "" : missingForKafka();
  const broker = values["no-kafka"] || missing !== "" ? null : await KafkaBroker.start();
  const folder = new TemporaryFolder("sipsentry-alerts-");
  const sensors: Sensor[] = [];
  try {
    for (const [index, build] of [base, ours].entries()) {
      const topic = `alerts-${index}`;
      await broker?.createTopic(topic, { partitions: PARTITIONS });
      const target = `kafka://${broker?.plain ?? NOBODY}/${topic}`;
      const captures = bundledCaptures().map(({ path }) => path);
      const dir = join(folder.path, topic);
      const isReceived = broker !== null;
      sensors.push(await Sensor.start({ build, captures, dir, isReceived, target }));
    }
    const figures = await inTurns(sensors, Number(values.alerts), Number(values.rounds));
    const result = {
      machine: { ...on, loadAfter: loadavg()[0] },
      kafka: broker === null ? "" : KAFKA_VERSION,
      alerts: Number(values.alerts),
      base: figures[0],
      ours: figures[1],
    };
    mkdirSync(dirname(values.json), { recursive: true });
    writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
    const [old, now] = figures as [BuildFigure, BuildFigure];
    process.stdout.write(
      [
        `${on.cpu}, ${on.cores} cores; Node ${on.node}; load ${on.load.toFixed(1)} before, ${loadavg()[0]?.toFixed(1)} after`,
        `${broker === null ? "no broker" : `Kafka ${KAFKA_VERSION} on the same cores`}; medians of ${values.rounds} rounds of ${values.alerts} alerts, in turns`,
        tableOf([old, now], broker !== null),
        "",
      ].join("\n"),
    );
  } finally {
    for (const sensor of sensors) await sensor.close();
    await broker?.close();
    folder.remove();
  }
}

/** Both builds one after the other, each round the other one first; the first round warms up. */
async function inTurns(
  sensors: readonly Sensor[],
  alerts: number,
  rounds: number,
): Promise<BuildFigure[]> {
  for (const sensor of sensors) await sensor.round(alerts);
  const found = new Map(sensors.map((sensor) => [sensor, [] as Round[]]));
  for (let n = 0; n < rounds; n++) {
    const order = n % 2 === 0 ? sensors : [...sensors].reverse();
    for (const sensor of order) found.get(sensor)?.push(await sensor.round(alerts));
  }
  return [...found].map(([{ commit }, rounds]) => ({
    commit,
    perSecond: (alerts * 1_000) / median(rounds.map(({ ms }) => ms)),
    threadUs: median(rounds.map(({ threadUs }) => threadUs)),
    characters: median(rounds.map(({ characters }) => characters)),
    rounds,
  }));
}

function tableOf(figures: readonly [BuildFigure, BuildFigure], isDelivered: boolean): string {
  const table = new Table({
    head: ["build", "alerts/s, acknowledged", "us of packet thread each", "characters a line"],
    style: { head: [], border: [] },
    colAligns: ["left", "right", "right", "right"],
  });
  for (const { characters, commit, perSecond, threadUs } of figures) {
    const rate = isDelivered ? Math.round(perSecond).toLocaleString("en") : "";
    table.push([commit, rate, threadUs.toFixed(1), Math.round(characters)]);
  }
  const [base, ours] = figures;
  const rate = isDelivered ? `${(ours.perSecond / base.perSecond).toFixed(2)} x` : "";
  table.push(["ours / base", rate, `${(ours.threadUs / base.threadUs).toFixed(2)} x`, ""]);
  return table.toString();
}

/** Its commit; the folder where that is unknown. */
function nameOf(build: string): string {
  const commit = commitOf(build);
  return commit === "unknown" ? basename(build) : commit;
}

/** A build in a process of its own. */
class Sensor {
  readonly commit: string;
  readonly #child: ChildProcess;

  static async start(setup: Setup): Promise<Sensor> {
    const child = fork(await bundleSensor(setup.build), [JSON.stringify(setup)], {
      execArgv: ["--expose-gc"],
    });
    const sensor = new Sensor(child, nameOf(setup.build));
    await sensor.#answer<Ready>();
    return sensor;
  }

  private constructor(child: ChildProcess, commit: string) {
    this.#child = child;
    this.commit = commit;
  }

  round(alerts: number): Promise<Round> {
    this.#ask({ kind: "round", alerts });
    return this.#answer<Round>();
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#ask({ kind: "close" });
    await exit;
  }

  #ask(asked: Asked): void {
    this.#child.send(asked);
  }

  async #answer<T>(): Promise<T> {
    const exit = once(this.#child, "exit").then(([code]) => {
      throw new Error(`${this.commit} ended with code ${code}`);
    });
    exit.catch(() => {});
    const [answer] = await Promise.race([once(this.#child, "message"), exit]);
    return answer as T;
  }
}
