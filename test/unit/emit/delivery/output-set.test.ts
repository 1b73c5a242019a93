import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OutputSet } from "../../../../src/emit/delivery/output-set.ts";
import type { NetworkOutputSpec } from "../../../../src/emit/delivery/output-spec.ts";
import { takePlaces } from "../../../../src/emit/delivery/places.ts";
import { SpoolSignal, sharedNowMs } from "../../../../src/emit/delivery/spool-signal.ts";
import type { ThreadReport } from "../../../../src/emit/delivery/thread-messages.ts";
import { SpoolWriter } from "../../../../src/emit/spool/spool-writer.ts";
import { FakeSink, isOrdered, recordOf, refusal, reset } from "./fakes.ts";

const specOf = (id: string) => ({ id, name: id, sendMs: 50 }) as NetworkOutputSpec;

let dir = "";
let ends: (() => void | Promise<void>)[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sipsentry-delivery-"));
});

afterEach(async () => {
  for (const end of ends) await end();
  ends = [];
  rmSync(dir, { recursive: true });
});

/** A run of the program: a writer and the outputs, as two threads have them. */
function run(sinks: Record<string, FakeSink>, { fromStart = false } = {}) {
  const writer = SpoolWriter.open({
    dir,
    maxBytes: 1 << 30,
    segmentBytes: 4_096,
    memoryBytes: 1 << 20,
    syncMs: 1_000,
    onProblem: () => {},
  });
  const outputs = Object.keys(sinks).map(specOf);
  const signal = SpoolSignal.create(outputs.length);
  const reports: ThreadReport[] = [];
  const last = writer.lastSequence;
  signal.announce(last, sharedNowMs());
  const places = takePlaces({ dir, last, spare: writer.spare }, outputs, fromStart);
  for (const [index, { holes, sequence }] of places.outputs.entries()) {
    signal.setProgress(index, { acknowledged: sequence, refused: 0, missing: 0, holes });
  }
  const set = new OutputSet({
    spoolDir: dir,
    spoolMaxBytes: 1 << 30,
    outputs,
    places: places.outputs,
    absent: places.absent,
    signal: signal.buffer,
    makeSink: ({ id }) => sinks[id] as FakeSink,
    report: (report) => reports.push(report),
    times: { connectMs: 50, sendMs: 50, backOffFirstMs: 1, backOffLongestMs: 5, cursorMs: 5 },
  });
  writer.onWritten = (sequence) => {
    signal.announce(sequence, sharedNowMs());
    if (signal.disarm()) set.wake();
  };
  set.start();
  let isEnded = false;
  const end = async () => {
    if (isEnded) return;
    isEnded = true;
    await set.close();
    writer.close();
  };
  ends.push(end);
  const offer = (from: number, to: number) => {
    for (let n = from; n <= to; n++) writer.append(recordOf(n));
    writer.flush();
  };
  const lines = () => reports.flatMap((report) => (report.kind === "line" ? [report.line] : []));
  return { writer, set, signal, reports, lines, offer, end };
}

/** What never comes is told with the line that waits for it. */
async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 120_000, interval: 1 });
}

const segments = () => readdirSync(dir).filter((name) => name.endsWith(".seg"));
const idsOf = (sink: FakeSink) => sink.received.map(({ alertId }) => alertId);
const ids = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `a${from + i}`);

describe("OutputSet", () => {
  it("delivers 10,000 spooled records to every output, in order per key, and frees the spool", async () => {
    const good = new FakeSink();
    const flaky = new FakeSink();
    let n = 0;
    flaky.batchRecords = 50;
    flaky.onSend = async (batch) => {
      if (++n % 4 !== 0) return;
      flaky.received.push(...batch.slice(0, 20));
      throw reset();
    };
    good.batchRecords = 500;
    const { offer, set, signal } = run({ good, flaky });
    offer(1, 5_000);
    await sleep(1);
    offer(5_001, 10_000);
    await until(() => signal.acknowledged(0) === 10_000 && signal.acknowledged(1) === 10_000);
    expect(idsOf(good)).toEqual(ids(1, 10_000));
    expect(new Set(idsOf(flaky)).size).toBe(10_000);
    expect(isOrdered(flaky.received)).toBe(true);
    expect(segments().length).toBeGreaterThan(1);
    set.keep();
    expect(segments()).toHaveLength(1);
    const { outputs } = set.snapshot();
    expect(outputs.map(({ acknowledged }) => acknowledged)).toEqual([10_000, 10_000]);
    expect(outputs[0]?.acknowledgement.count).toBe(10_000);
    expect(outputs[0]?.acknowledgement.all.p50).toBeGreaterThan(0);
  });

  it("holds what one slow output has not got, and gives it to it in the next run", async () => {
    const fast = new FakeSink();
    const down = new FakeSink();
    down.onConnect = async () => {
      throw reset("connection refused");
    };
    const first = run({ fast, down });
    first.offer(1, 300);
    await until(() => first.signal.acknowledged(0) === 300);
    await first.end();
    expect(segments().length).toBeGreaterThan(1);
    const up = new FakeSink();
    const second = run({ fast, down: up });
    second.offer(301, 310);
    await until(() => second.signal.acknowledged(0) + second.signal.acknowledged(1) === 620);
    expect(idsOf(fast)).toEqual(ids(1, 310));
    expect(idsOf(up)).toEqual(ids(1, 310));
  });

  it("begins a new output at the end, whatever is still on the disk", async () => {
    const down = new FakeSink();
    down.onConnect = async () => {
      throw reset();
    };
    const first = run({ a: new FakeSink(), down });
    first.offer(1, 300);
    await until(() => first.signal.acknowledged(0) === 300);
    await first.end();
    const b = new FakeSink();
    const second = run({ a: new FakeSink(), down, b });
    expect(second.signal.acknowledged(2)).toBe(300);
    second.offer(301, 310);
    await until(() => second.signal.acknowledged(2) === 310);
    expect(idsOf(b)).toEqual(ids(301, 310));
    await second.end();
  });

  it("does not take an output for new that was killed before it had acknowledged anything", async () => {
    const down = new FakeSink();
    down.onConnect = async () => {
      throw reset();
    };
    const first = run({ a: new FakeSink() });
    first.offer(1, 10);
    await until(() => first.signal.acknowledged(0) === 10);
    await first.end();
    const second = run({ a: new FakeSink(), b: down });
    second.offer(11, 20);
    // As on the disk after a kill: what a close writes is left out.
    const cursor = readFileSync(join(dir, "b.cursor"), "utf8");
    await second.end();
    expect(cursor).toBe("10 0\n# b\n");
    writeFileSync(join(dir, "b.cursor"), cursor);
    const b = new FakeSink();
    const third = run({ a: new FakeSink(), b });
    await until(() => third.signal.acknowledged(1) === 20);
    expect(idsOf(b)).toEqual(ids(11, 20));
  });

  it("begins a new output with --from-start at the oldest record that somebody waits for", async () => {
    const down = new FakeSink();
    down.onConnect = async () => {
      throw reset();
    };
    const first = run({ a: new FakeSink(), down });
    first.offer(1, 300);
    await until(() => first.signal.acknowledged(0) === 300);
    await first.end();
    writeFileSync(join(dir, "down.cursor"), "250 0\n");
    const b = new FakeSink();
    const second = run({ a: new FakeSink(), down, b }, { fromStart: true });
    await until(() => second.signal.acknowledged(2) === 300);
    expect(idsOf(b)).toEqual(ids(251, 300));
  });

  it("sends all again to an output whose place is damaged, and none to one that is new beside it", async () => {
    const down = new FakeSink();
    down.onConnect = async () => {
      throw reset();
    };
    const first = run({ a: down });
    first.offer(1, 20);
    await first.end();
    writeFileSync(join(dir, "a.cursor"), "");
    const a = new FakeSink();
    const b = new FakeSink();
    const second = run({ a, b });
    await until(() => second.signal.acknowledged(0) === 20);
    expect(idsOf(a)).toEqual(ids(1, 20));
    expect(idsOf(b)).toEqual([]);
  });

  it("gives what waits in a spool of a version without places to all", async () => {
    const down = new FakeSink();
    down.onConnect = async () => {
      throw reset();
    };
    const first = run({ a: down });
    first.offer(1, 20);
    await first.end();
    rmSync(join(dir, "a.cursor"));
    const a = new FakeSink();
    const second = run({ a });
    await until(() => second.signal.acknowledged(0) === 20);
    expect(idsOf(a)).toEqual(ids(1, 20));
  });

  it("passes over nothing for a cursor that is beyond the end of the spool", async () => {
    writeFileSync(join(dir, "a.cursor"), "5000\n");
    const a = new FakeSink();
    const { offer, signal, writer } = run({ a });
    offer(1, 10);
    await until(() => signal.acknowledged(0) === writer.lastSequence);
    expect(idsOf(a)).toEqual(ids(1, 10));
  });

  it("keeps what waits for an output that is gone, says so, and gives it nothing that was raised without it", async () => {
    const gone = new FakeSink();
    gone.onConnect = async () => {
      throw reset();
    };
    const first = run({ a: new FakeSink(), gone });
    first.offer(1, 300);
    await until(() => first.signal.acknowledged(0) === 300);
    await first.end();

    const second = run({ a: new FakeSink() });
    second.offer(301, 600);
    await until(() => second.signal.acknowledged(0) === 600);
    second.set.keep();
    expect(second.lines()[0]).toMatch(/^300 records wait in .* for gone, which this run does not/);
    expect(second.lines()).toHaveLength(1);
    await second.end();
    // Of the 600 only the segments with the first 300 are there.
    const rest = segments().map((name) => Number(/\d+/.exec(name)?.[0]));
    expect(rest.filter((sequence) => sequence > 300 && sequence < 600)).toEqual([]);

    const back = new FakeSink();
    const third = run({ a: new FakeSink(), gone: back });
    third.offer(601, 610);
    await until(() => third.signal.acknowledged(1) === 610);
    expect(idsOf(back)).toEqual([...ids(1, 300), ...ids(601, 610)]);
    await third.end();
    expect(third.lines()).toEqual([]);
    const fourth = run({ a: new FakeSink() });
    fourth.set.keep();
    expect(existsSync(join(dir, "gone.cursor"))).toBe(false);
    expect(segments()).toHaveLength(1);
  });

  it("puts a refused record into dead-letter.ndjson with the reason", async () => {
    const a = new FakeSink();
    a.onSend = async (batch) => {
      if (batch.some(({ alertId }) => alertId === "a5")) throw refusal("too large");
    };
    const { offer, reports, signal } = run({ a });
    offer(1, 10);
    await until(() => signal.acknowledged(0) === 10);
    const [letter, ...rest] = readFileSync(join(dir, "dead-letter.ndjson"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rest).toEqual([]);
    expect(letter).toMatchObject({
      output: "a",
      problem: "too large",
      alert_id: "a5",
      key: "host5",
      line: '{"event_type":"alert","n":5}',
    });
    expect(reports).toEqual([
      {
        kind: "line",
        level: "warn",
        line: "a refused alert a5, now in the dead-letter file: too large",
      },
    ]);
  });

  it("keeps the place at the end, so that the next run repeats nothing", async () => {
    const a = new FakeSink();
    const first = run({ a });
    first.offer(1, 25);
    await until(() => first.signal.acknowledged(0) === 25);
    await first.end();
    const again = new FakeSink();
    const second = run({ a: again });
    second.offer(26, 27);
    await until(() => second.signal.acknowledged(0) === 27);
    expect(idsOf(again)).toEqual(["a26", "a27"]);
  });
});
