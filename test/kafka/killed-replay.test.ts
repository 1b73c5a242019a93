import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILT_MAIN } from "../support/build-program.ts";
import { KafkaBroker } from "../support/kafka-broker.ts";
import { missingForKafka, requireForKafka } from "../support/kafka-tools.ts";
import { pcapFile, udpPacket } from "../support/pcap-writer.ts";
import { sipRequest } from "../support/sip-builder.ts";
import { expectAllArrived, tallyOf } from "./alert-tally.ts";

const missing = missingForKafka();
const SCANNERS = 2_000;
const KILLS = 20;
/** A replay may be over before its kill; then it is tried again. */
const RUNS_MAX = 40;

describe.skipIf(missing !== "")(`a replay to Kafka that is killed ${missing}`, () => {
  let broker: KafkaBroker;
  const dir = mkdtempSync(join(tmpdir(), "sipsentry-replay-"));
  const capture = join(dir, "scanners.pcap");
  const alive = new Set<ChildProcess>();

  beforeAll(async () => {
    requireForKafka();
    writeFileSync(capture, scannersCapture());
    broker = await KafkaBroker.start();
  });

  afterAll(async () => {
    for (const child of alive) child.kill("SIGKILL");
    await broker?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Runs the program; null when the kill came first. */
  async function replay(topic: string, killAfterMs = 0): Promise<number | null> {
    const spool = `spool.dir=${join(dir, topic)}`;
    const output = `kafka://${broker.plain}/${topic}`;
    // Each scanner is an alert, and all of them within a minute.
    const rate = ["--set", "incidents.rulePerMinute=0", "--set", "incidents.severityPerMinute=0"];
    const args = ["--quiet", "--set", spool, ...rate, "--output", output];
    const command = [BUILT_MAIN, "replay", capture, ...args];
    const child = spawn(process.execPath, command, { stdio: ["ignore", "ignore", "pipe"] });
    let problems = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      problems += text;
    });
    alive.add(child);
    const closed = once(child, "close");
    if (killAfterMs > 0) {
      await Promise.race([closed, sleep(killAfterMs)]);
      child.kill("SIGKILL");
    }
    await closed;
    alive.delete(child);
    if (child.signalCode === null && child.exitCode !== 0) throw new Error(problems);
    return child.exitCode;
  }

  it(`${KILLS} SIGKILL at random points, then one whole run: the alerts of a run that nobody disturbed`, {
    timeout: 240_000,
  }, async () => {
    for (const topic of ["replay-whole", "replay-killed"]) {
      await broker.createTopic(topic, { partitions: 3 });
    }
    let startMs = performance.now();
    expect(await replay("replay-whole")).toBe(0);
    let wholeMs = performance.now() - startMs;
    const whole = await tallyOf(broker.plain, "replay-whole", () => 0);
    expect(whole.distinct.size).toBeGreaterThanOrEqual(SCANNERS);
    expect(whole.received).toBe(whole.distinct.size);

    let kills = 0;
    for (let run = 0; run < RUNS_MAX && kills < KILLS; run++) {
      startMs = performance.now();
      const code = await replay("replay-killed", wholeMs * (0.3 + 0.65 * Math.random()));
      if (code === null) kills++;
      // The machine has more time than before.
      else wholeMs = performance.now() - startMs;
    }
    expect(kills).toBe(KILLS);
    expect(await replay("replay-killed")).toBe(0);
    const ranks = new Map([...whole.distinct].map((id, index) => [id, index]));
    const tally = await tallyOf(broker.plain, "replay-killed", (id) => ranks.get(id) ?? 0);
    expectAllArrived(`replay killed ${kills} times`, [...whole.distinct], tally);
  });
});

/** Each scanner asks once and is an alert of its own. */
function scannersCapture(): Buffer {
  const packets = Array.from({ length: SCANNERS }, (_, index) => {
    const src = `203.0.${index >> 8}.${index & 255}`;
    const id = `scan-${index}`;
    const { text } = sipRequest({
      ...{ method: "OPTIONS", host: "10.0.0.2", sentBy: `${src}:5060`, from: "100", to: "100" },
      ...{ callId: id, branch: id, fromTag: id, userAgent: "friendly-scanner" },
    });
    const bytes = udpPacket(text, { src, dst: "10.0.0.2" });
    return { timeUs: 1_700_000_000_000_000 + index * 10_000, bytes };
  });
  return pcapFile(packets);
}
