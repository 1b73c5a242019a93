import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { spoolBytes } from "../../../../src/emit/spool/spool-folder.ts";
import { SpoolKeeper } from "../../../../src/emit/spool/spool-keeper.ts";
import {
  appendAll,
  emptyFolder,
  idsOf,
  needsOf,
  newRecord,
  newRecords,
  openSpool,
  readAll,
  segmentPaths,
} from "./spool-fixture.ts";

const KIB = 1_024;
const line = "x".repeat(1_000);

describe("SpoolWriter", () => {
  it("writes all records of one turn of the event loop at its end, in one go", async () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir);
    const announced: number[] = [];
    writer.onWritten = (last) => announced.push(last);
    for (const record of newRecords(20)) writer.append(record);
    expect(writer.counters).toMatchObject({ written: 0, waiting: 20 });
    expect(writer.lastSequence).toBe(0);
    expect(readAll(dir).records).toEqual([]);
    await turn();
    expect(announced).toEqual([20]);
    expect(writer.counters).toMatchObject({ written: 20, waiting: 0, problem: "" });
    expect(writer.lastSequence).toBe(20);
    expect(readAll(dir).records).toHaveLength(20);
  });

  it("has at most 64 KiB and a record in hand, however long the turn is", () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir);
    let most = 0;
    for (const record of newRecords(1_000, { line })) {
      writer.append(record);
      most = Math.max(most, writer.counters.waiting);
    }
    expect(most * line.length).toBeLessThan(65 * KIB);
    expect(writer.counters.written).toBeGreaterThan(900);
  });

  it("announces only what a reader finds whole", () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir, { segmentBytes: 2_000 });
    let announced = 0;
    writer.onWritten = (last) => {
      announced = last;
      const { records, corrupt } = readAll(dir);
      expect([records.at(-1)?.sequence, records.length, corrupt]).toEqual([last, last, 0]);
    };
    for (const record of newRecords(100)) appendAll(writer, [record]);
    expect(announced).toBe(100);
  });

  it("begins a new segment when one is full, and goes on in the last one after a restart", () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir, { segmentBytes: 10 * KIB });
    for (const record of newRecords(100, { line })) appendAll(writer, [record]);
    for (const path of segmentPaths(dir)) expect(statSync(path).size).toBeLessThan(11.1 * KIB);
    const count = segmentPaths(dir).length;
    expect(count).toBeGreaterThan(8);
    writer.close();
    const { writer: second } = openSpool(dir, { segmentBytes: 10 * KIB });
    appendAll(second, [newRecord(101)]);
    expect(segmentPaths(dir)).toHaveLength(count);
    expect(readAll(dir).records).toHaveLength(101);
  });

  it("writes what is in hand when it is closed, and says that nothing is left", () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir);
    for (const record of newRecords(5)) writer.append(record);
    writer.close();
    writer.close();
    expect(writer.counters.dropped.size).toBe(0);
    writer.append(newRecord(6));
    expect(writer.flush()).toBe(true);
    expect(readAll(dir).records).toHaveLength(5);
  });

  it("gives the folder back when it is closed", () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir);
    expect(() => openSpool(dir)).toThrow("is in use by process");
    writer.close();
    openSpool(dir).writer.close();
  });

  it("calls fsync within each write with syncMs 0, and loses nothing by it", () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir, { syncMs: 0 });
    appendAll(writer, newRecords(10));
    expect(readAll(dir).records).toHaveLength(10);
  });

  it("makes the folder, for its user and group only", () => {
    const dir = join(emptyFolder(), "a", "b");
    openSpool(dir);
    expect(statSync(dir).mode & 0o007).toBe(0);
    for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o007).toBe(0);
  });

  it("says in one line that its folder cannot be one, with the cure", () => {
    const dir = emptyFolder();
    const file = join(dir, "file");
    writeFileSync(file, "");
    const under = join(file, "spool");
    expect(() => openSpool(under)).toThrow(
      `cannot use spool folder ${under}: a part of the path is not a folder; or give another with --set spool.dir=FOLDER`,
    );
    mkdirSync(join(dir, "spool", "0000000000000001.seg"), { recursive: true });
    expect(() => openSpool(join(dir, "spool"))).toThrow("cannot use spool folder");
    expect(readdirSync(join(dir, "spool"))).toEqual(["0000000000000001.seg"]);
  });

  it.each(["segments", "folder"])(
    "begins anew when its %s are deleted, and says so once",
    (what) => {
      const dir = emptyFolder();
      const { writer, problems } = openSpool(dir, { segmentBytes: 500 });
      for (const record of newRecords(100)) appendAll(writer, [record]);
      if (what === "folder") rmSync(dir, { recursive: true });
      else for (const path of segmentPaths(dir)) rmSync(path);
      const added = appendAll(writer, newRecords(100));
      expect(added[0]?.sequence).toBe(101);
      expect(readAll(dir).records).toEqual(added);
      expect(problems).toEqual([
        `spool ${dir}: its files were deleted; alerts in them that had not been sent are lost`,
      ]);
    },
  );

  it("never throws when the folder cannot be made again, and holds what comes", () => {
    const dir = join(emptyFolder(), "spool");
    const { writer, problems } = openSpool(dir);
    appendAll(writer, newRecords(3));
    rmSync(dir, { recursive: true });
    writeFileSync(dir, "");
    for (const record of newRecords(50)) {
      writer.append(record);
      expect(writer.flush()).toBe(false);
    }
    expect(problems).toEqual([
      `spool ${dir}: its files were deleted; alerts in them that had not been sent are lost`,
      `spool ${dir}: a part of the path is not a folder; alerts wait in memory`,
    ]);
    expect(writer.counters.waiting).toBe(50);
    rmSync(dir);
    expect(writer.flush()).toBe(true);
    expect(idsOf(readAll(dir).records)).toEqual(idsOf(newRecords(50)));
  });
});

describe("SpoolWriter at the limit of the folder", () => {
  const limits = { maxBytes: 100 * KIB, segmentBytes: 16 << 20, memoryBytes: 50 * KIB };

  it("stops there when nobody reads, holds what comes, and drops the lowest severity, counted", () => {
    const dir = emptyFolder();
    const { writer, problems } = openSpool(dir, limits);
    const records = newRecords(300, { line }).map((record, n) => ({
      ...record,
      severity: n % 5 === 0 ? 1 : 2 + (n % 2),
    }));
    for (const record of records) {
      writer.append(record);
      writer.flush();
    }
    expect(spoolBytes(dir)).toBeLessThanOrEqual(1.1 * limits.maxBytes);
    // It is for the reading side to tell what the limit costs, once a minute.
    expect(problems).toEqual([]);
    expect(writer.counters.problem).toContain("has reached its size limit");
    const { written, waiting, dropped } = writer.counters;
    expect(readAll(dir).records).toHaveLength(written);
    const lost = [...dropped.values()].reduce((sum, count) => sum + count, 0);
    expect(written + waiting + lost).toBe(300);
    // More are of severity 1 and 2 than can wait, and fewer of severity 1. The first one was in hand already.
    const tooMany = records.slice(written + 1).filter(({ severity }) => severity === 3);
    expect(dropped.get(3)).toBe(tooMany.length);
    expect(dropped.get(2)).toBeGreaterThan(0);
    expect(dropped.get(1) ?? 0).toBe(0);

    // The reading side has delivered all: what was held follows, in order.
    const onDisk = readAll(dir).records;
    new SpoolKeeper(dir, limits.maxBytes).keep(needsOf(writer.lastSequence));
    expect(writer.flush()).toBe(true);
    expect(writer.counters.problem).toBe("");
    const after = readAll(dir).records.filter(({ sequence }) => sequence > onDisk.length);
    expect(after).toHaveLength(waiting);
    expect(after.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: waiting }, (_, i) => written + 1 + i),
    );
    const numbers = after.map(({ alertId }) => Number(alertId.slice(1)));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(after.slice(1).every(({ severity }) => severity < 3)).toBe(true);
  });

  it("goes on for ever when all is read, with segments as large as the limit", () => {
    const dir = emptyFolder();
    const { writer, problems } = openSpool(dir, limits);
    const keeper = new SpoolKeeper(dir, limits.maxBytes);
    for (const record of newRecords(2_000, { line })) {
      appendAll(writer, [record]);
      keeper.keep(needsOf(writer.lastSequence));
    }
    expect(problems).toEqual([]);
    expect(keeper.dropped.size).toBe(0);
    expect(writer.lastSequence).toBe(2_000);
    expect(spoolBytes(dir)).toBeLessThan(limits.maxBytes / 4);
  });

  it("frees a last segment of an earlier run that is as large as the new limit", () => {
    const dir = emptyFolder();
    const { writer: earlier } = openSpool(dir);
    appendAll(earlier, newRecords(200, { line }));
    earlier.close();
    const { writer } = openSpool(dir, limits);
    new SpoolKeeper(dir, limits.maxBytes).keep(needsOf(200));
    expect(idsOf(appendAll(writer, [newRecord(201)]))).toEqual(["a201"]);
    expect(readAll(dir).records.map(({ sequence }) => sequence)).toEqual([201]);
  });

  it("tries again every second, without being asked", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const dir = emptyFolder();
      const { writer } = openSpool(dir, limits);
      for (const record of newRecords(120, { line })) appendAll(writer, [record]);
      expect(writer.counters.problem).toContain("size limit");
      const { waiting } = writer.counters;
      expect(waiting).toBeGreaterThan(0);
      vi.advanceTimersByTime(1_000);
      expect(writer.counters.waiting).toBe(waiting);
      new SpoolKeeper(dir, limits.maxBytes).keep(needsOf(writer.lastSequence));
      vi.advanceTimersByTime(1_000);
      expect(writer.counters).toMatchObject({ waiting: 0, problem: "", written: 120 });
    } finally {
      vi.useRealTimers();
    }
  });

  it("writes what it held in portions, and what comes meanwhile behind it", async () => {
    const maxBytes = 4_096 * KIB;
    const dir = emptyFolder();
    const { writer } = openSpool(dir, { ...limits, maxBytes, memoryBytes: 1 << 26 });
    const records = newRecords(8_000, { line });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      for (const record of records.slice(0, 7_000)) writer.append(record);
      expect(writer.counters.problem).toContain("size limit");
      const { written, waiting } = writer.counters;
      new SpoolKeeper(dir, maxBytes).keep(needsOf(written));
      vi.advanceTimersByTime(1_000);
      const atOnce = writer.counters.written - written;
      expect(atOnce).toBeGreaterThan(0);
      expect(atOnce).toBeLessThan(400);
      for (const record of records.slice(7_000)) writer.append(record);
      expect(writer.counters.waiting).toBeLessThan(waiting - atOnce - 900);
      expect(writer.counters.waiting).toBeGreaterThan(0);
      while (writer.counters.waiting > 0) await turn();
      const read = readAll(dir).records.filter(({ sequence }) => sequence > written);
      expect(idsOf(read)).toEqual(idsOf(records.slice(written)));
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("files of the spool", () => {
  it("are segments, a lock and the last sequence", () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir);
    appendAll(writer, newRecords(3));
    writer.close();
    expect(readdirSync(dir).sort()).toEqual(["0000000000000001.seg", "last-sequence"]);
    expect(readFileSync(join(dir, "last-sequence"), "utf8")).toBe("000000000000003\n");
  });
});
