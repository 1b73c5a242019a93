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
/** A life that never sends ends all the same. */
const SENDING_MS = 30_000;
/** Numbers of one life; no life raises as many. */
const LIFE = 1_000_000;
/** The broker stands still in these lives, so that the next ones find a spool that is not empty. */
const STILL = new Set([5, 6, 7, 14]);

interface Life {
  /** Alerts that it said were on disk. */
  readonly count: number;
  /** It saw some acknowledged. */
  readonly isSending: boolean;
}

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

  /** One life, ended at a random point: soon after its start, or once it is seen to send. */
  async function live(topic: string, first: number, isLong: boolean): Promise<Life> {
    const child = start(topic, first);
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const closed = once(child, "close");
    if (isLong) {
      for (const end = performance.now() + SENDING_MS; performance.now() < end; await sleep(20)) {
        if (lifeOf(said, first).isSending) break;
      }
    } else {
      // Some die before they have raised anything: while they read what the one before has left.
      await Promise.race([once(child.stdout ?? child, "data"), sleep(600 + 600 * Math.random())]);
    }
    await sleep(400 * Math.random());
    child.kill("SIGKILL");
    await closed;
    return lifeOf(said, first);
  }

  it(`${KILLS} SIGKILL at random points: what was on disk arrives, in order`, {
    timeout: 400_000,
  }, async () => {
    const topic = "killed-sensor";
    await broker.createTopic(topic, { partitions: 3 });
    const spooled: string[] = [];
    const lives: Life[] = [];
    for (let kill = 1; kill <= KILLS; kill++) {
      const first = kill * LIFE + 1;
      if (STILL.has(kill)) broker.pause();
      const life = await live(topic, first, kill % 2 === 0 && !STILL.has(kill));
      broker.resume();
      const { count } = life;
      lives.push(life);
      spooled.push(...alerts(count, { first }).map(({ alertId }) => alertId));
    }
    const end = start(topic, 0);
    const [code] = await once(end, "close");
    expect(code).toBe(0);
    const tally = await tallyOf(broker.plain, topic);
    const story = lives.map(({ count, isSending }) => `${count}${isSending ? "*" : ""}`).join(" ");
    console.log(`on disk in each of ${KILLS} lives (* was sending): ${story}`);
    // What a life wrote and had no time to say may arrive too.
    const known = new Set(spooled);
    const unsaid = [...tally.distinct].filter((id) => !known.has(id));
    console.log(`${unsaid.length} more arrived that a killed sensor had no time to report`);
    expect(unsaid.every((id) => /^alert-\d{8}$/.test(id))).toBe(true);
    expectAllArrived(`sensor killed ${KILLS} times`, [...spooled, ...unsaid].sort(), tally);
    expect(lives.filter(({ count }) => count > 0).length).toBeGreaterThan(KILLS / 3);
    expect(lives.filter(({ isSending }) => isSending).length).toBeGreaterThan(KILLS / 4);
  });
});

/** What a life has said so far. A line is said with its line feed or not at all. */
function lifeOf(said: string, first: number): Life {
  const lines = said.split("\n").slice(0, -1);
  const waiting = lines.map((line) => Number(line.split(" ")[1]));
  const last = Number(lines.at(-1)?.split(" ")[0] ?? first - 1);
  const isSending = waiting.some((count, index) => count < (waiting[index - 1] ?? 0));
  return { count: last - first + 1, isSending };
}
