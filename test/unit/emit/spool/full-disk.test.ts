import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { CursorFile, readCursor } from "../../../../src/emit/spool/cursor-file.ts";
import { SpoolKeeper } from "../../../../src/emit/spool/spool-keeper.ts";
import { SpoolReader } from "../../../../src/emit/spool/spool-reader.ts";
import {
  ALL,
  appendAll,
  boundsOf,
  idsOf,
  NO_PLACE,
  needsOf,
  newRecord,
  newRecords,
  openSpool,
  readAll,
  segmentPaths,
} from "./spool-fixture.ts";
import { missingForTmpfs, mountTmpfs } from "./tmpfs.ts";

const KIB = 1_024;
const reason = missingForTmpfs();
const line = "x".repeat(1_200);

/** A disk with a spool folder and a file that takes all the room but this. */
function fullDisk(left = 0): { readonly dir: string; readonly makeRoom: () => void } {
  const disk = mountTmpfs(4_096 * KIB);
  const filler = join(disk, "filler");
  return {
    dir: join(disk, "spool"),
    makeRoom: () => rmSync(filler),
    ...fillWith(filler, left),
  };
}

function fillWith(path: string, left: number) {
  const fd = openSync(path, "w");
  const block = Buffer.alloc(4 * KIB);
  try {
    const most = (4_096 * KIB - left) / block.length;
    for (let i = 0; i < most; i++) writeSync(fd, block);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
  } finally {
    closeSync(fd);
  }
  return {};
}

describe.skipIf(reason !== "")(`a full disk ${reason}`, () => {
  it("loses none of 1,000 records that come while it is full: all arrive in order when it has room", () => {
    const { dir, makeRoom } = fullDisk(256 * KIB);
    const { writer, problems } = openSpool(dir);
    const reader = new SpoolReader(dir);
    const before = appendAll(writer, newRecords(50, { line }));
    const got = [...reader.read(0, writer.lastSequence, ALL).records];
    fillWith(join(dir, "more"), 0);
    const records = newRecords(1_000, { line }).map((record, n) => newRecord(50 + n, record));
    for (const record of records) writer.append(record);
    expect(writer.flush()).toBe(false);
    expect(problems).toEqual([
      `spool ${dir}: no space left on the device; make room; alerts wait in memory`,
    ]);
    const { waiting, written, dropped } = writer.counters;
    expect([waiting + written, dropped.size]).toEqual([1_050, 0]);
    expect(waiting).toBeGreaterThan(900);
    got.push(...reader.read(got.length, writer.lastSequence, ALL).records);
    makeRoom();
    rmSync(join(dir, "more"));
    expect(writer.flush()).toBe(true);
    expect(problems[1]).toBe(`spool ${dir} takes records again`);
    expect(writer.counters).toMatchObject({ waiting: 0, written: 1_050, problem: "" });
    got.push(...reader.read(got.length, writer.lastSequence, ALL).records);
    expect(idsOf(got)).toEqual([...idsOf(before), ...idsOf(records)]);
    expect(got.map(({ sequence }) => sequence)).toEqual(got.map((_, i) => i + 1));
    expect(reader.corrupt).toBe(0);
    expect(readAll(dir)).toEqual({ records: got, corrupt: 0 });
    reader.close();
  });

  it("leaves no part of a record when it fills up in the middle of a write", () => {
    const { dir, makeRoom } = fullDisk(40 * KIB);
    const { writer } = openSpool(dir);
    for (const record of newRecords(200, { line })) writer.append(record);
    expect(writer.flush()).toBe(false);
    const [path = ""] = segmentPaths(dir);
    const whole = boundsOf(readFileSync(path));
    expect(whole.at(-1)).toBe(statSync(path).size);
    expect(whole.length - 1).toBe(writer.counters.written);
    makeRoom();
    expect(writer.flush()).toBe(true);
    expect(idsOf(readAll(dir).records)).toEqual(idsOf(newRecords(200)));
  });

  it("tries again every second by itself, and the one line comes once", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { dir, makeRoom } = fullDisk();
      const { writer, problems } = openSpool(dir);
      appendAll(writer, newRecords(100, { line }));
      for (let i = 0; i < 5; i++) vi.advanceTimersByTime(1_000);
      expect(problems).toHaveLength(1);
      makeRoom();
      vi.advanceTimersByTime(1_000);
      expect(writer.counters).toMatchObject({ written: 100, waiting: 0 });
      expect(problems).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it("keeps to its memory, drops the lowest severity first, and counts each", () => {
    const { dir, makeRoom } = fullDisk();
    const { writer } = openSpool(dir, { memoryBytes: 400 * KIB });
    const records = newRecords(1_000, { line }).map((record, n) => ({
      ...record,
      severity: 1 + (n % 4),
    }));
    appendAll(writer, records);
    const { waiting, dropped } = writer.counters;
    expect(waiting * line.length).toBeLessThan((400 + 65) * KIB);
    makeRoom();
    expect(writer.flush()).toBe(true);
    const arrived = readAll(dir).records;
    expect(arrived).toHaveLength(waiting);
    for (const severity of [1, 2, 3, 4]) {
      const lost = 250 - arrived.filter((record) => record.severity === severity).length;
      expect(dropped.get(severity) ?? 0).toBe(lost);
    }
    // The first 64 KiB were in hand before anybody knew.
    const held = arrived.slice(60);
    expect(held.some(({ severity }) => severity === 1)).toBe(true);
    expect(held.some(({ severity }) => severity > 2)).toBe(false);
    const numbers = arrived.map(({ alertId }) => Number(alertId.slice(1)));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  it("does not keep a sensor from starting, and its numbers stay unique", () => {
    const { dir, makeRoom } = fullDisk(256 * KIB);
    const { writer: earlier } = openSpool(dir);
    appendAll(earlier, newRecords(100, { line }));
    earlier.close();
    fillWith(join(dir, "more"), 0);
    const { writer } = openSpool(dir);
    expect(writer.lastSequence).toBe(100);
    for (const record of newRecords(100, { line })) writer.append(record);
    expect(writer.flush()).toBe(false);
    makeRoom();
    expect(writer.flush()).toBe(true);
    expect(readAll(dir).records.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 200 }, (_, i) => i + 1),
    );
  });

  it("holds everything of a spool that begins on it", () => {
    const { dir, makeRoom } = fullDisk();
    const { writer } = openSpool(dir);
    for (const record of newRecords(100, { line })) writer.append(record);
    expect(writer.flush()).toBe(false);
    expect(writer.counters.waiting).toBe(100);
    makeRoom();
    expect(writer.flush()).toBe(true);
    expect(idsOf(readAll(dir).records)).toEqual(idsOf(newRecords(100)));
  });

  it("says at the end how many records it did not take", () => {
    const { dir } = fullDisk();
    const { writer } = openSpool(dir);
    for (const record of newRecords(300, { line })) writer.append(record);
    writer.close();
    expect(writer.counters.dropped).toEqual(new Map([[2, 300]]));
    expect(readAll(dir)).toEqual({ records: [], corrupt: 0 });
  });

  it("leaves a cursor and a segment as they were when the new one finds no room", () => {
    const { dir } = fullDisk(256 * KIB);
    const { writer } = openSpool(dir, { segmentBytes: 32 * KIB });
    const records = newRecords(100, { line }).flatMap((record, n) =>
      appendAll(writer, [{ ...record, severity: 1 + (n % 2) }]),
    );
    const cursor = new CursorFile(dir, "kafka", NO_PLACE);
    cursor.write(7, 0);
    fillWith(join(dir, "more"), 0);
    expect(() => cursor.write(8, 0)).toThrow("ENOSPC");
    expect(readCursor(dir, "kafka")).toMatchObject({ sequence: 7 });
    expect(() => new SpoolKeeper(dir, 64 * KIB).keep(needsOf(0))).toThrow("ENOSPC");
    expect(readAll(dir).records).toEqual(records);
    expect(readdirSync(dir).filter((name) => name.endsWith(".seg.tmp"))).toEqual([]);
  });
});
