import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Delivery } from "../../../../src/emit/delivery/delivery.ts";
import { type NetworkOutputSpec, parseOutputs } from "../../../../src/emit/delivery/output-spec.ts";
import { startThread } from "../../../../src/emit/delivery/start-thread.ts";
import { outputSettings } from "../../../support/output-settings.ts";
import { recordOf } from "./fakes.ts";

const FILE_THREAD = new URL("./file-thread.ts", import.meta.url);

let dir = "";
const open: Delivery[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sipsentry-delivery-"));
});

afterEach(async () => {
  for (const delivery of open.splice(0)) await delivery.close();
  rmSync(dir, { recursive: true });
});

const specOf = (name: string) => ({ id: name, name, sendMs: 10_000 }) as NetworkOutputSpec;

function run(outputs: readonly NetworkOutputSpec[], entry?: URL) {
  const threads: Worker[] = [];
  const lines: string[] = [];
  const delivery = new Delivery({
    spool: { dir, maxBytes: 1 << 28, segmentBytes: 1 << 16, memoryBytes: 1 << 20, syncMs: 1_000 },
    outputs,
    onLine: (_level, line) => lines.push(line),
    startThread: (setup) => {
      const thread = startThread(setup, entry);
      threads.push(thread);
      return thread;
    },
  });
  open.push(delivery);
  const offer = (from: number, to: number) => {
    for (let n = from; n <= to; n++) delivery.offer(recordOf(n));
  };
  return { delivery, lines, offer, threads };
}

function received(name: string): string[] {
  const path = join(dir, `${name}.received`);
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
}

function isOrdered(rows: readonly string[]): boolean {
  const last = new Map<string, number>();
  return [...new Set(rows)].every((row) => {
    const [id = "", key = ""] = row.split(" ");
    const n = Number(id.slice(1));
    const isLater = n > (last.get(key) ?? 0);
    last.set(key, n);
    return isLater;
  });
}

const file = (name: string) => writeFileSync(join(dir, name), "");
const noFile = (name: string) => rmSync(join(dir, name));

describe("Delivery", () => {
  it("has all acknowledged by every output when drain says so", async () => {
    const { delivery, lines, offer } = run([specOf("a"), specOf("b")], FILE_THREAD);
    for (let n = 0; n < 10; n++) {
      offer(1 + n * 1_000, (n + 1) * 1_000);
      await sleep(1);
    }
    expect(await delivery.drain(Number.POSITIVE_INFINITY)).toEqual([]);
    for (const name of ["a", "b"]) {
      expect(received(name)).toHaveLength(10_000);
      expect(new Set(received(name)).size).toBe(10_000);
      expect(isOrdered(received(name))).toBe(true);
    }
    await delivery.close();
    expect(lines).toEqual([]);
    const { outputs, spool } = delivery.snapshot();
    expect(outputs).toMatchObject([
      { name: "a", acknowledged: 10_000, retries: 0, deadLetters: 0, lag: 0, problem: "" },
      { name: "b", acknowledged: 10_000, retries: 0, deadLetters: 0, lag: 0, problem: "" },
    ]);
    expect(outputs[0]?.acknowledgement.count).toBe(10_000);
    expect(spool).toMatchObject({ records: 0, oldestS: 0, corrupt: 0, problem: "" });
    expect(spool.bytes).toBeGreaterThan(0);
  });

  it("says what is left per output, and delivers it in the next run before what is new", async () => {
    file("b.down");
    const first = run([specOf("a"), specOf("b")], FILE_THREAD);
    first.offer(1, 500);
    while (received("a").length < 500) await sleep(5);
    expect(await first.delivery.drain(50)).toMatchObject([{ name: "b", left: 500 }]);
    await first.delivery.close();
    expect(first.lines).toEqual(["b takes no alerts: connection refused; they wait in the spool"]);
    noFile("b.down");
    const second = run([specOf("a"), specOf("b")], FILE_THREAD);
    second.offer(501, 600);
    expect(await second.delivery.drain(30_000)).toEqual([]);
    expect(received("b").map((row) => Number(row.slice(1, row.indexOf(" "))))).toEqual(
      Array.from({ length: 600 }, (_, i) => i + 1),
    );
    expect(received("a")).toHaveLength(600);
  });

  it("starts a killed thread again and loses nothing", async () => {
    const { delivery, lines, offer, threads } = run([specOf("a")], FILE_THREAD);
    for (let n = 0; n < 4; n++) {
      offer(1 + n * 2_500, (n + 1) * 2_500);
      const goal = received("a").length + 100;
      while (received("a").length < goal) await sleep(1);
      await threads.at(-1)?.terminate();
    }
    expect(await delivery.drain(30_000)).toEqual([]);
    expect(new Set(received("a")).size).toBe(10_000);
    expect(isOrdered(received("a"))).toBe(true);
    expect(delivery.restarts).toBe(4);
    expect(lines[0]).toBe("the delivery thread died and is started again: it ended");
  });

  it("tells of a thread that cannot start, and ends nevertheless", async () => {
    const missing = new URL("./no-such-thread.ts", import.meta.url);
    const { delivery, lines, offer } = run([specOf("a")], missing);
    offer(1, 10);
    while (delivery.restarts < 3) await sleep(5);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("no-such-thread");
    expect(await delivery.drain(10)).toMatchObject([{ name: "a", left: 10 }]);
    await delivery.close();
  });

  it("does not wait for a hung receiver when it is closed", async () => {
    file("a.hung");
    const { delivery, offer } = run([specOf("a")], FILE_THREAD);
    offer(1, 100);
    expect(await delivery.drain(500)).toMatchObject([{ left: 100 }]);
    const startMs = performance.now();
    await delivery.close();
    expect(performance.now() - startMs).toBeLessThan(4_000);
    noFile("a.hung");
    const second = run([specOf("a")], FILE_THREAD);
    expect(await second.delivery.drain(30_000)).toEqual([]);
    expect(received("a")).toHaveLength(100);
  });

  it("refuses a spool folder that another run holds", async () => {
    run([specOf("a")], FILE_THREAD);
    expect(() => run([specOf("a")], FILE_THREAD)).toThrow(/is in use by process/);
  });
});

describe("Delivery with the real thread", () => {
  it("says once what a broker that is not there does, and ends in time", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const target = `kafka://127.0.0.1:${port}/alerts`;
    const { delivery, lines, offer } = run(parseOutputs([target], outputSettings(), {}).network);
    offer(1, 5);
    while (lines.length === 0) await sleep(5);
    expect(await delivery.drain(500)).toMatchObject([{ name: target, left: 5 }]);
    await delivery.close();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^kafka:\/\/127\.0\.0\.1:\d+\/alerts takes no alerts: /);
  });

  it("ends in time although a broker accepts and never answers", async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const targets = [`kafka://127.0.0.1:${port}/alerts`];
    const { delivery, offer } = run(parseOutputs(targets, outputSettings(), {}).network);
    offer(1, 5);
    expect(await delivery.drain(1_000)).toMatchObject([{ left: 5 }]);
    const startMs = performance.now();
    await delivery.close();
    expect(performance.now() - startMs).toBeLessThan(4_000);
    server.close();
  });
});
