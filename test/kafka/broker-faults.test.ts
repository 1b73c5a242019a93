import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Delivery } from "../../src/emit/delivery/delivery.ts";
import { parseOutputs } from "../../src/emit/delivery/output-spec.ts";
import { FaultyProxy } from "../support/faulty-proxy.ts";
import { KafkaBroker } from "../support/kafka-broker.ts";
import { missingForKafka, requireForKafka } from "../support/kafka-tools.ts";
import { outputSettings } from "../support/output-settings.ts";
import { expectAllArrived, tallyOf } from "./alert-tally.ts";
import { alerts } from "./sink-settings.ts";

const missing = missingForKafka();
const TURN = 250;
const DRAIN_MS = 150_000;
/** The broker stands still for longer than the sink waits. */
const REQUEST_TIMEOUT_MS = 1_500;
const PAUSE_MS = 4_000;

/** What befalls the broker, and what brings it back. */
interface Fault {
  readonly begin: () => Promise<void> | void;
  readonly end: () => Promise<void> | void;
  readonly address: () => string;
}

describe.skipIf(missing !== "")(`no alert is lost whatever befalls the broker ${missing}`, () => {
  let broker: KafkaBroker;
  let proxy: FaultyProxy;
  const dirs: string[] = [];

  beforeAll(async () => {
    requireForKafka();
    broker = await KafkaBroker.start();
    proxy = await FaultyProxy.start(broker.proxyPort, broker.behindProxyPort);
  });

  afterAll(async () => {
    await proxy?.close();
    await broker?.close();
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  });

  const plain = () => broker.plain;
  const faults: Readonly<Record<string, Fault>> = {
    "stopped and started": {
      begin: () => broker.stop(),
      end: () => broker.start(),
      address: plain,
    },
    "paused (SIGSTOP) and resumed": {
      begin: () => broker.pause(),
      end: async () => {
        await sleep(PAUSE_MS);
        broker.resume();
      },
      address: plain,
    },
    "killed (SIGKILL) and started on its log": {
      begin: () => broker.kill(),
      end: () => broker.start(),
      address: plain,
    },
    "behind a proxy that accepts and then resets": {
      begin: () => {
        proxy.mode = "reset";
        proxy.resetAll();
      },
      end: async () => {
        await sleep(1_000);
        proxy.mode = "pass";
      },
      address: () => broker.proxied,
    },
  };

  function newDelivery(address: string, topic: string): { delivery: Delivery; lines: string[] } {
    const dir = mkdtempSync(join(tmpdir(), "sipsentry-faults-"));
    dirs.push(dir);
    const lines: string[] = [];
    const settings = outputSettings({ kafka: { requestTimeoutMs: REQUEST_TIMEOUT_MS } });
    const delivery = new Delivery({
      spool: { dir, maxBytes: 1 << 30, segmentBytes: 4 << 20, memoryBytes: 1 << 26, syncMs: 1_000 },
      outputs: parseOutputs([`kafka://${address}/${topic}`], settings, {}).network,
      onLine: (_level, line) => lines.push(line),
    });
    return { delivery, lines };
  }

  /** Some in each turn of the event loop, as packets bring them. */
  async function raise(delivery: Delivery, from: number, to: number): Promise<void> {
    for (let first = from; first < to; first += TURN) {
      const count = Math.min(TURN, to - first);
      for (const record of alerts(count, { first, fill: "x".repeat(300) })) delivery.offer(record);
      await sleep(1);
    }
  }

  const cases = Object.keys(faults).flatMap((fault) =>
    [1_000, 100_000].map((count) => ({ count, fault })),
  );

  it.each(cases)("$count alerts, broker $fault", { timeout: 400_000 }, async ({ count, fault }) => {
    const { address, begin, end } = faults[fault] as Fault;
    const topic = `faults-${count}-${fault.replace(/\W+/g, "-")}`;
    await broker.createTopic(topic, { partitions: 3 });
    const { delivery, lines } = newDelivery(address(), topic);
    const startMs = performance.now();
    try {
      // The fault comes while batches are on their way, and goes while more are raised.
      const third = Math.floor(count / 3);
      await raise(delivery, 1, third);
      while ((delivery.snapshot().outputs[0]?.account.waiting ?? 0) > third * 0.9) await sleep(1);
      const raising = raise(delivery, third, 2 * third);
      await begin();
      await raising;
      const ending = end();
      await raise(delivery, 2 * third, count + 1);
      const waiting = delivery.snapshot().outputs[0]?.account.waiting ?? 0;
      await ending;
      expect(await delivery.drain(DRAIN_MS)).toEqual([]);
      const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
      await delivery.close();
      const tally = await tallyOf(broker.plain, topic);
      const raised = alerts(count).map(({ alertId }) => alertId);
      const retries = delivery.snapshot().outputs[0]?.retries ?? 0;
      expectAllArrived(
        `${count} alerts, broker ${fault}: ${seconds} s, ${waiting} waited, ${retries} retries`,
        raised,
        tally,
      );
      expect(retries).toBeGreaterThan(0);
      expect(lines.filter((line) => line.includes("takes alerts again"))).toHaveLength(
        lines.filter((line) => line.includes("takes no alerts")).length,
      );
      expect(readdirSync(dirs.at(-1) ?? "")).not.toContain("dead-letter.ndjson");
    } finally {
      await delivery.close();
    }
  });
});
