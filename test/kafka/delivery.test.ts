import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Delivery } from "../../src/emit/delivery/delivery.ts";
import { parseOutputs } from "../../src/emit/delivery/output-spec.ts";
import { startThread } from "../../src/emit/delivery/start-thread.ts";
import { FaultyProxy } from "../support/faulty-proxy.ts";
import { KafkaBroker } from "../support/kafka-broker.ts";
import { missingForKafka, requireForKafka } from "../support/kafka-tools.ts";
import { type ConsumedRecord, consumeAll } from "../support/kcat.ts";
import { outputSettings } from "../support/output-settings.ts";
import { alerts } from "./sink-settings.ts";

const missing = missingForKafka();

describe.skipIf(missing !== "")(`delivery to a real broker ${missing}`, () => {
  let broker: KafkaBroker;
  const dirs: string[] = [];
  let topics = 0;

  beforeAll(async () => {
    requireForKafka();
    broker = await KafkaBroker.start();
  });

  afterAll(async () => {
    await broker?.close();
    for (const dir of dirs) rmSync(dir, { recursive: true });
  });

  async function newTopic(): Promise<string> {
    const topic = `voip.delivery.test-${++topics}`;
    await broker.createTopic(topic, { partitions: 3 });
    return topic;
  }

  function newDir(): string {
    const dir = mkdtempSync(join(tmpdir(), "sipsentry-spool-"));
    dirs.push(dir);
    return dir;
  }

  function run(dir: string, address: string, topic: string, requestTimeoutMs = 2_000) {
    const threads: Worker[] = [];
    const lines: string[] = [];
    const settings = outputSettings({ kafka: { requestTimeoutMs } });
    const delivery = new Delivery({
      spool: { dir, maxBytes: 1 << 30, segmentBytes: 1 << 20, memoryBytes: 1 << 26, syncMs: 1_000 },
      outputs: parseOutputs([`kafka://${address}/${topic}`], settings, {}).network,
      onLine: (_level, line) => lines.push(line),
      startThread: (setup) => {
        const thread = startThread(setup);
        threads.push(thread);
        return thread;
      },
    });
    const offer = (first: number, count: number) => {
      for (const record of alerts(count, { first, fill: "x".repeat(500) })) delivery.offer(record);
    };
    return { delivery, lines, offer, threads };
  }

  function check(received: readonly ConsumedRecord[], count: number): void {
    const ids = received.map(({ headers }) => headers.get("alert_id") ?? "");
    expect(new Set(ids).size).toBe(count);
    const last = new Map<string, string>();
    const seen = new Set<string>();
    let disordered = 0;
    for (const [index, { key }] of received.entries()) {
      const id = ids[index] ?? "";
      if (seen.has(id)) continue;
      seen.add(id);
      if (id < (last.get(key) ?? "")) disordered++;
      last.set(key, id);
    }
    expect(disordered).toBe(0);
    console.log(`${count} alerts raised, ${seen.size} distinct received, ${ids.length} in all`);
  }

  it("delivers 20,000 alerts, each once, and knows when it has", async () => {
    const topic = await newTopic();
    const { delivery, lines, offer } = run(newDir(), broker.plain, topic);
    for (let n = 0; n < 20; n++) {
      offer(1 + n * 1_000, 1_000);
      await sleep(5);
    }
    expect(await delivery.drain(120_000)).toEqual([]);
    await delivery.close();
    const received = await consumeAll(broker.plain, topic);
    expect(received).toHaveLength(20_000);
    check(received, 20_000);
    expect(lines).toEqual([]);
    const { account } = delivery.snapshot().outputs[0] ?? {};
    expect(account).toMatchObject({ raised: 20_000, delivered: 20_000, waiting: 0 });
  });

  it("loses nothing when the thread is killed again and again", async () => {
    const topic = await newTopic();
    const { delivery, lines, offer, threads } = run(newDir(), broker.plain, topic);
    for (let n = 0; n < 5; n++) {
      offer(1 + n * 2_000, 2_000);
      while (threads.length === n) await sleep(5);
      await sleep(700);
      await threads.at(-1)?.terminate();
    }
    expect(await delivery.drain(120_000)).toEqual([]);
    await delivery.close();
    check(await consumeAll(broker.plain, topic), 10_000);
    expect(delivery.restarts).toBe(5);
    expect(lines.length).toBeGreaterThan(0);
  });

  it("delivers in the next run what a hung broker has not taken, and stops in time before", async () => {
    const topic = await newTopic();
    const dir = newDir();
    const first = run(dir, broker.plain, topic, 60_000);
    first.offer(1, 500);
    expect(await first.delivery.drain(120_000)).toEqual([]);
    process.kill(broker.pid, "SIGSTOP");
    try {
      first.offer(501, 1_500);
      const left = await first.delivery.drain(1_000);
      expect(left).toMatchObject([{ left: 1_500 }]);
      const startMs = performance.now();
      await first.delivery.close();
      // Not only when the request's time is over.
      expect(performance.now() - startMs).toBeLessThan(30_000);
    } finally {
      process.kill(broker.pid, "SIGCONT");
    }
    const second = run(dir, broker.plain, topic);
    second.offer(2_001, 1_000);
    expect(await second.delivery.drain(120_000)).toEqual([]);
    await second.delivery.close();
    check(await consumeAll(broker.plain, topic), 3_000);
  });

  it("says once that a resetting broker takes nothing, and once that it does again", async () => {
    const topic = await newTopic();
    const proxy = await FaultyProxy.start(broker.proxyPort, broker.behindProxyPort);
    const { delivery, lines, offer } = run(newDir(), broker.proxied, topic);
    try {
      proxy.mode = "reset";
      offer(1, 1_000);
      expect(await delivery.drain(3_000)).toMatchObject([{ left: 1_000 }]);
      await expect.poll(() => lines.length).toBe(1);
      proxy.mode = "pass";
      offer(1_001, 1_000);
      expect(await delivery.drain(120_000)).toEqual([]);
      proxy.mode = "lose-answer";
      offer(2_001, 1_000);
      expect(await delivery.drain(120_000)).toEqual([]);
    } finally {
      await delivery.close();
      await proxy.close();
    }
    check(await consumeAll(broker.plain, topic), 3_000);
    expect(lines.filter((line) => line.includes("takes no alerts"))).toHaveLength(1);
    expect(lines.filter((line) => line.includes("takes alerts again"))).toHaveLength(1);
  });
});
