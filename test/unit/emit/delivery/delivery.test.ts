import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Delivery } from "../../../../src/emit/delivery/delivery.ts";
import { type NetworkOutputSpec, parseOutputs } from "../../../../src/emit/delivery/output-spec.ts";
import { startThread } from "../../../../src/emit/delivery/start-thread.ts";
import { closedPort } from "../../../support/free-ports.ts";
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

/** What a receiver that hangs is given, unless the delivery ends before. */
const HANG_MS = 50_000;
const specOf = (name: string) => ({ id: name, name, sendMs: HANG_MS }) as NetworkOutputSpec;

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

/** What never comes is told with the line that waits for it. */
async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 120_000, interval: 1 });
}

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
      { name: "a", retries: 0, problem: "" },
      { name: "b", retries: 0, problem: "" },
    ]);
    expect(outputs[1]?.account).toEqual({
      ...{ raised: 10_000, carried: 0, delivered: 10_000, waiting: 0 },
      lost: { spoolFull: 0, damaged: 0, notTaken: 0, notSent: 0, refused: 0 },
    });
    expect(outputs[0]?.acknowledgement.count).toBe(10_000);
    expect(spool).toMatchObject({ records: 0, oldestS: 0, corrupt: 0, problem: "" });
    expect(spool.bytes).toBeGreaterThan(0);
    // What has been acknowledged is gone.
    expect(readdirSync(dir).filter((name) => name.endsWith(".seg"))).toEqual([]);
  });

  it("says what is left per output, and delivers it in the next run before what is new", async () => {
    file("b.down");
    const first = run([specOf("a"), specOf("b")], FILE_THREAD);
    first.offer(1, 500);
    await until(() => !first.delivery.left().some(({ name }) => name === "a"));
    await until(() => first.lines.length === 1);
    expect(await first.delivery.drain(50)).toMatchObject([{ name: "b", left: 500 }]);
    await first.delivery.close();
    expect(first.lines).toEqual(["b takes no alerts: connection refused; they wait in the spool"]);
    noFile("b.down");
    const second = run([specOf("a"), specOf("b")], FILE_THREAD);
    // At once, not only when the thread runs.
    expect(second.delivery.left()).toMatchObject([{ name: "b", left: 500 }]);
    second.offer(501, 600);
    expect(await second.delivery.drain(120_000)).toEqual([]);
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
      await until(() => received("a").length >= goal);
      await threads.at(-1)?.terminate();
    }
    expect(await delivery.drain(120_000)).toEqual([]);
    expect(new Set(received("a")).size).toBe(10_000);
    expect(isOrdered(received("a"))).toBe(true);
    expect(delivery.restarts).toBe(4);
    expect(lines[0]).toBe("the delivery thread died and is started again: it ended");
    // What a killed thread had not reported is not missing from the account.
    await delivery.close();
    expect(delivery.account(0)).toMatchObject({ raised: 10_000, delivered: 10_000, waiting: 0 });
  });

  it("tells of a thread that cannot start, and ends nevertheless", async () => {
    const missing = new URL("./no-such-thread.ts", import.meta.url);
    const { delivery, lines, offer } = run([specOf("a")], missing);
    offer(1, 10);
    await until(() => delivery.restarts >= 3);
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
    expect(performance.now() - startMs).toBeLessThan(HANG_MS / 2);
    noFile("a.hung");
    const second = run([specOf("a")], FILE_THREAD);
    expect(await second.delivery.drain(120_000)).toEqual([]);
    expect(received("a")).toHaveLength(100);
  });

  it("refuses a spool folder that another run holds", async () => {
    run([specOf("a")], FILE_THREAD);
    expect(() => run([specOf("a")], FILE_THREAD)).toThrow(/is in use by process/);
  });
});

describe("Delivery with the real thread", () => {
  it("says once what a broker that is not there does, and ends in time", async () => {
    const target = `kafka://127.0.0.1:${await closedPort()}/alerts`;
    const { delivery, lines, offer } = run(parseOutputs([target], outputSettings(), {}).network);
    offer(1, 5);
    await until(() => lines.length > 0);
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
    const settings = outputSettings({ kafka: { requestTimeoutMs: HANG_MS } });
    const { delivery, offer } = run(parseOutputs(targets, settings, {}).network);
    offer(1, 5);
    expect(await delivery.drain(1_000)).toMatchObject([{ left: 5 }]);
    const startMs = performance.now();
    await delivery.close();
    expect(performance.now() - startMs).toBeLessThan(HANG_MS / 2);
    server.close();
  });

  it("delivers 10,000 records to a webhook that resets, hangs, errs and refuses, through killed threads", async () => {
    const receiver = await Receiver.start();
    const webhook = { batchRecords: 200, timeoutMs: 300 };
    const settings = outputSettings({ webhook });
    const { network } = parseOutputs([receiver.url], settings, {});
    const { delivery, lines, offer, threads } = run(network);
    try {
      for (let n = 0; n < 10; n++) {
        offer(1 + n * 1_000, (n + 1) * 1_000);
        const goal = receiver.ids.size + 300;
        await until(() => receiver.ids.size >= goal);
        if (n % 4 === 1) await threads.at(-1)?.terminate();
      }
      expect(await delivery.drain(120_000)).toEqual([]);
      await delivery.close();
      // One record is refused for good, and is in the dead-letter file.
      expect(receiver.ids.size).toBe(9_999);
      expect(receiver.disordered).toBe(0);
      expect(receiver.faults).toBeGreaterThan(10);
      expect(readFileSync(join(dir, "dead-letter.ndjson"), "utf8")).toContain('"alert_id":"a777"');
      expect(delivery.restarts).toBe(3);
      expect(delivery.snapshot().outputs[0]?.retries).toBeGreaterThan(0);
      expect(lines.some((line) => line.includes("refused alert a777"))).toBe(true);
      console.log(`10,000 raised, ${receiver.ids.size} received, ${receiver.records} with repeats`);
    } finally {
      await receiver.close();
    }
  });
});

/** An HTTP receiver that misbehaves in turn, and checks the order of what it takes. */
class Receiver {
  readonly ids = new Set<number>();
  readonly url: string;
  records = 0;
  disordered = 0;
  faults = 0;
  #requests = 0;
  readonly #last = new Map<number, number>();
  readonly #server: Server;

  static async start(): Promise<Receiver> {
    const server = createHttpServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Receiver(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`;
    server.on("request", (request, response) => {
      let text = "";
      request.on("data", (chunk) => {
        text += chunk;
      });
      request.on("end", () => this.#onBatch(text, request, response));
    });
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #onBatch(text: string, request: IncomingMessage, response: ServerResponse): void {
    const numbers = text
      .trimEnd()
      .split("\n")
      .map((line): number => JSON.parse(line).n);
    if (numbers.includes(777)) {
      response.writeHead(422).end();
      return;
    }
    const fault = this.#requests++ % 12;
    // Some faults come after the batch was taken: it is sent again.
    if (fault === 3 || fault === 9) this.#take(numbers.slice(0, 50));
    if (fault === 5) this.#take(numbers);
    if (fault % 2 === 1) this.faults++;
    if (fault === 1 || fault === 3) request.socket.destroy();
    else if (fault === 5 || fault === 9) response.writeHead(503).end();
    else if (fault === 7 || fault === 11) return;
    else {
      this.#take(numbers);
      response.writeHead(204).end();
    }
  }

  #take(numbers: readonly number[]): void {
    for (const n of numbers) {
      this.records++;
      if (this.ids.has(n)) continue;
      this.ids.add(n);
      const key = n % 7;
      if (n < (this.#last.get(key) ?? 0)) this.disordered++;
      this.#last.set(key, n);
    }
  }
}
