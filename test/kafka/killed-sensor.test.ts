import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KafkaBroker } from "../support/kafka-broker.ts";
import { missingForKafka, requireForKafka } from "../support/kafka-tools.ts";
import { expectAllArrived, tallyOf } from "./alert-tally.ts";
import { alerts } from "./sink-settings.ts";

const missing = missingForKafka();
const SENSOR = fileURLToPath(new URL("sensor-child.ts", import.meta.url));
const KILLS = 20;
/** Numbers of one life; no life raises as many. */
const LIFE = 1_000_000;
/** The broker stands still in these lives, so that the next ones find a spool that is not empty. */
const STILL = new Set([5, 6, 7, 14]);

describe.skipIf(missing !== "")(`a sensor that is killed loses no alert ${missing}`, () => {
  let broker: KafkaBroker;
  const dir = mkdtempSync(join(tmpdir(), "sipsentry-killed-"));
  const alive = new Set<ChildProcess>();

  beforeAll(async () => {
    requireForKafka();
    broker = await KafkaBroker.start();
  });

  afterAll(async () => {
    for (const child of alive) child.kill("SIGKILL");
    await broker?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  function start(topic: string, first: number): ChildProcess {
    const args = [
      "--import",
      "tsx",
      SENSOR,
      dir,
      `kafka://${broker.plain}/${topic}`,
      String(first),
    ];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    alive.add(child);
    child.once("close", () => alive.delete(child));
    return child;
  }

  /** One life, ended at a random point; the last number that it said was on disk, 0 for none. */
  async function life(topic: string, first: number): Promise<number> {
    const child = start(topic, first);
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const closed = once(child, "close");
    // Some die before they have raised anything: while they read what the one before has left.
    await Promise.race([once(child.stdout ?? child, "data"), sleep(600 + 600 * Math.random())]);
    await sleep(500 * Math.random());
    child.kill("SIGKILL");
    await closed;
    // A number is said with its line feed or not at all.
    return Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1) ?? 0);
  }

  it(`${KILLS} SIGKILL at random points: what was on disk arrives, once and in order`, async () => {
    const topic = "killed-sensor";
    await broker.createTopic(topic, { partitions: 3 });
    const spooled: string[] = [];
    const counts: number[] = [];
    for (let kill = 1; kill <= KILLS; kill++) {
      const first = kill * LIFE + 1;
      if (STILL.has(kill)) broker.pause();
      const last = await life(topic, first);
      broker.resume();
      const count = last === 0 ? 0 : last - first + 1;
      counts.push(count);
      spooled.push(...alerts(count, { first }).map(({ alertId }) => alertId));
    }
    const end = start(topic, 0);
    const [code] = await once(end, "close");
    expect(code).toBe(0);
    const tally = await tallyOf(broker.plain, topic);
    console.log(`on disk in each of ${KILLS} lives: ${counts.join(" ")}`);
    // What a life wrote and had no time to say may arrive too.
    const known = new Set(spooled);
    const unsaid = [...tally.distinct].filter((id) => !known.has(id));
    console.log(`${unsaid.length} more arrived that a killed sensor had no time to report`);
    expect(unsaid.every((id) => /^alert-\d{8}$/.test(id))).toBe(true);
    expectAllArrived(`sensor killed ${KILLS} times`, [...spooled, ...unsaid].sort(), tally);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(KILLS / 3);
  });
});
