import { setTimeout as sleep } from "node:timers/promises";
import type { NewDeliveryRecord } from "../../src/emit/delivery/delivery-record.ts";
import { type Needs, SpoolKeeper } from "../../src/emit/spool/spool-keeper.ts";
import { SpoolReader } from "../../src/emit/spool/spool-reader.ts";
import { SpoolWriter } from "../../src/emit/spool/spool-writer.ts";
import { type Figure, measure } from "../measure.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

/** Alerts a second that are the goal, and how long the line of one is. */
const ALERTS = 20_000;
const LINE_CHARACTERS = 1_200;
const LINES = 997;
/** 20,000 a second in turns of the event loop of 5 ms. */
const TURN_RECORDS = 100;
const COUNT = 40_000;
/** Between two cases the event loop closes files, and the disk comes to rest. */
const PAUSE_MS = 1_000;
const MIB = 1_048_576;
const PORTION = { records: 1_000, characters: MIB };

/** What spooling costs the packet thread, and the delivery thread. Writes some GiB below the temporary folder. */
export async function benchSpool(): Promise<Figure[]> {
  const cases = [
    () => appendCost("ASCII", (n) => lineOf(n, "sip:mallory@example.invalid ")),
    () => appendCost("other characters", (n) => lineOf(n, "sip:m\u00e4llory \u20ac ")),
    readCost,
    slowestTurn,
    roomCost,
  ];
  const figures: Figure[] = [];
  for (const run of cases) {
    figures.push(run());
    await sleep(PAUSE_MS);
  }
  return figures;
}

function lineOf(n: number, filler: string): string {
  const start = `{"timestamp":"2026-01-02T03:04:05.${n}","event_type":"alert","n":${n},"x":"`;
  return `${start.padEnd(LINE_CHARACTERS - 2, filler)}"}`;
}

function recordsOf(line: (n: number) => string): NewDeliveryRecord[] {
  return Array.from({ length: LINES }, (_, n) => ({
    severity: 1 + (n % 3),
    alertId: n.toString(16).padStart(32, "0"),
    key: `192.0.2.${n % 250}`,
    // A text as JSON.stringify makes it: flat, not put together of parts.
    line: Buffer.from(line(n)).toString(),
  }));
}

/** Runs in a spool of its own; what is written is acknowledged now and then, as with a quick receiver. */
function inSpool<T>(run: (writer: SpoolWriter, dir: string) => T): T {
  const temporary = new TemporaryFolder("sipsentry-bench-spool-");
  const dir = temporary.path;
  const writer = SpoolWriter.open({
    dir,
    maxBytes: 1_024 * MIB,
    segmentBytes: 16 * MIB,
    memoryBytes: 64 * MIB,
    syncMs: 1_000,
    onProblem: (line) => process.stderr.write(`${line}\n`),
  });
  try {
    return run(writer, dir);
  } finally {
    writer.close();
    temporary.remove();
  }
}

/** One output waits for all after this sequence. */
function needsAfter(acknowledged: number): Needs {
  return { outputs: [{ after: acknowledged, upTo: Number.POSITIVE_INFINITY }], absent: [] };
}

function appendCost(name: string, line: (n: number) => string): Figure {
  const records = recordsOf(line);
  return inSpool((writer, dir) => {
    const keeper = new SpoolKeeper(dir, 1_024 * MIB);
    const append = (count: number) => {
      for (let n = 0; n < count; n++) {
        writer.append(records[n % LINES] as NewDeliveryRecord);
        if (n % TURN_RECORDS === 0) writer.flush();
      }
      writer.flush();
      keeper.keep(needsAfter(writer.lastSequence));
    };
    const rate = measure(append, { count: COUNT });
    return {
      name: `spool: ${ALERTS.toLocaleString("en")} alerts a second of 1.2 kB, ${name}`,
      value: (100 * ALERTS) / rate.perSecond,
      unit: "% of a core",
      target: 8,
      isAtMost: true,
      byCpu: (100 * ALERTS) / rate.perCpuSecond,
      heapBytes: rate.heapBytes,
      note: `${Math.round(rate.nsEach)} ns each`,
    };
  });
}

function readCost(): Figure {
  const records = recordsOf((n) => lineOf(n, "sip:mallory@example.invalid "));
  return inSpool((writer, dir) => {
    for (let n = 0; n < COUNT; n++) writer.append(records[n % LINES] as NewDeliveryRecord);
    writer.flush();
    const reader = new SpoolReader(dir);
    const read = (count: number) => {
      for (let at = 0; at < count; ) at = reader.read(at, count, PORTION).through;
    };
    const rate = measure(read, { count: COUNT });
    reader.close();
    return {
      name: "spool: read in portions",
      value: rate.perSecond,
      unit: "alerts/s",
      byCpu: rate.perCpuSecond,
    };
  });
}

/** Packets wait for a turn's write: also for the one that begins a new segment. */
function slowestTurn(): Figure {
  const records = recordsOf((n) => lineOf(n, "sip:mallory@example.invalid "));
  const slowestMs = inSpool((writer) => {
    let slowest = 0;
    for (let n = 0; n < 5 * COUNT; n++) {
      writer.append(records[n % LINES] as NewDeliveryRecord);
      if (n % TURN_RECORDS !== 0) continue;
      const start = process.hrtime.bigint();
      writer.flush();
      if (n > COUNT) slowest = Math.max(slowest, Number(process.hrtime.bigint() - start));
    }
    return slowest / 1e6;
  });
  return { name: "spool: slowest write of a turn", value: slowestMs, unit: "ms" };
}

/** The delivery thread stands still while it makes room in a full spool that it sees for the first time. */
function roomCost(): Figure {
  const records = recordsOf((n) => lineOf(n, "sip:mallory@example.invalid "));
  return inSpool((writer, dir) => {
    for (let n = 0; n < 5 * COUNT; n++) writer.append(records[n % LINES] as NewDeliveryRecord);
    writer.flush();
    const keeper = new SpoolKeeper(dir, 200 * MIB);
    const start = process.hrtime.bigint();
    keeper.keep(needsAfter(0));
    const ms = Number(process.hrtime.bigint() - start) / 1e6;
    const dropped = [...keeper.dropped.values()].reduce((sum, count) => sum + count, 0);
    return {
      name: "spool: first drop in a spool of 245 MiB",
      value: ms,
      unit: "ms",
      note: `${dropped.toLocaleString("en")} alerts dropped`,
    };
  });
}
