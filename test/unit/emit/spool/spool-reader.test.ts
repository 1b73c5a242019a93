import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SEGMENT_MAGIC } from "../../../../src/emit/spool/spool-format.ts";
import { SpoolReader } from "../../../../src/emit/spool/spool-reader.ts";
import {
  ALL,
  appendAll,
  boundsOf,
  damage,
  emptyFolder,
  idsOf,
  newRecord,
  newRecords,
  openSpool,
  readAll,
  segmentPaths,
} from "./spool-fixture.ts";

function spoolOf(count: number, segmentBytes = 1 << 20) {
  const dir = emptyFolder();
  const { writer } = openSpool(dir, { segmentBytes });
  const records = newRecords(count).flatMap((record) => appendAll(writer, [record]));
  const reader = new SpoolReader(dir);
  return { dir, writer, records, reader, paths: segmentPaths(dir) };
}

describe("SpoolReader", () => {
  it.each([
    ["over all segments", 500],
    ["forward and back in one segment", 1 << 20],
  ])("gives records after a place and up to another, %s", (_, segmentBytes) => {
    const { reader, records } = spoolOf(100, segmentBytes);
    for (const [after, upTo] of [
      [0, 100],
      [0, 1],
      [37, 64],
      [99, 100],
      [12, 13],
      [11, 20],
      [11, 12],
      [50, 60],
      [45, 51],
    ] as const) {
      expect(reader.read(after, upTo, ALL)).toEqual({
        records: records.slice(after, upTo),
        through: upTo,
      });
    }
    expect(reader.read(100, 100, ALL)).toEqual({ records: [], through: 100 });
    reader.close();
  });

  it("ends a portion at its number of records, or with the record that reaches its characters", () => {
    const { reader, records } = spoolOf(20);
    expect(reader.read(0, 20, { ...ALL, records: 3 })).toEqual({
      records: records.slice(0, 3),
      through: 3,
    });
    const characters = `${records[3]?.line}${records[4]?.line}`.length;
    expect(reader.read(3, 20, { ...ALL, characters }).through).toBe(5);
    expect(reader.read(5, 20, { ...ALL, characters: 1 }).through).toBe(6);
    reader.close();
  });

  it("gives a portion again as often as it is asked, at every place of every segment", () => {
    const { reader, records } = spoolOf(60, 300);
    for (let after = 0; after < 60; after += 4) {
      for (const size of [8, 4, 2, 1, 8, 4]) {
        const expected = records.slice(after, after + size);
        expect(reader.read(after, 60, { ...ALL, records: size }).records).toEqual(expected);
      }
    }
    expect(reader.read(0, 60, ALL).records).toEqual(records);
    reader.close();
  });

  it("gives what is written while it reads, from one segment to the next", () => {
    const { dir, writer, reader } = spoolOf(0, 300);
    const read = [];
    for (let n = 1; n <= 200; n++) {
      appendAll(writer, [newRecord(n)]);
      read.push(...reader.read(n - 1, n, ALL).records);
    }
    expect(idsOf(read)).toEqual(idsOf(newRecords(200)));
    expect(segmentPaths(dir).length).toBeGreaterThan(10);
    reader.close();
  });

  it("begins with the oldest segment that is left", () => {
    const { dir, reader, records, paths } = spoolOf(100, 500);
    for (const path of paths.slice(0, 3)) rmSync(path);
    const left = readAll(dir).records;
    expect(left).toEqual(records.slice(-left.length));
    expect(reader.read(0, 100, ALL)).toEqual({ records: left, through: 100 });
    reader.close();
  });

  it("goes on when a segment that it has not reached yet, or has open, is deleted", () => {
    const { reader, records, paths } = spoolOf(100, 500);
    expect(reader.read(0, 100, { ...ALL, records: 1 }).through).toBe(1);
    rmSync(paths[0] as string);
    rmSync(paths[1] as string);
    const { records: left, through } = reader.read(1, 100, ALL);
    expect(through).toBe(100);
    expect(left).toEqual(records.slice(-left.length));
    expect(left.length).toBeGreaterThan(50);
    reader.close();
  });

  it("gives nothing of an empty folder", () => {
    const reader = new SpoolReader(emptyFolder());
    expect(reader.read(0, 10, ALL)).toEqual({ records: [], through: 10 });
    reader.close();
  });

  it("throws what the system says when the folder is gone, and works again when it is back", () => {
    const { dir, reader } = spoolOf(3);
    rmSync(dir, { recursive: true });
    expect(() => reader.read(0, 3, ALL)).toThrow("ENOENT");
    reader.close();
  });

  it("gives records that are larger than its window", () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir);
    const sizes = [10, 300_000, 1_040_000, 5, 700_000, 262_144, 262_130, 1];
    appendAll(
      writer,
      sizes.map((size, n) => newRecord(n, { line: "x".repeat(size) })),
    );
    expect(readAll(dir).records.map(({ line }) => line.length)).toEqual(sizes);
  });
});

describe("SpoolReader at damage", () => {
  it("loses one record to one damaged byte, anywhere in it, and counts one place", () => {
    for (const bits of [0x01, 0x80, 0xff]) {
      const { dir, records, paths } = spoolOf(5);
      const path = paths[0] as string;
      const bytes = readFileSync(path);
      const [from = 0, to = 0] = boundsOf(bytes).slice(2);
      for (let at = from; at < to; at++) {
        writeFileSync(path, bytes);
        damage(path, at, bits);
        const read = readAll(dir, 5);
        expect(read.records, `byte ${at - from} ^ ${bits}`).toEqual(
          records.filter(({ sequence }) => sequence !== 3),
        );
        expect(read.corrupt, `byte ${at - from} ^ ${bits}`).toBe(1);
      }
    }
  });

  it("reads past a segment that was cut at any byte, and counts what is not between records", () => {
    const { dir, records, paths } = spoolOf(12, 200);
    const path = paths[1] as string;
    const bytes = readFileSync(path);
    const bounds = boundsOf(bytes);
    const before = boundsOf(readFileSync(paths[0] as string)).length - 1;
    for (let end = SEGMENT_MAGIC.length; end < bytes.length; end++) {
      truncateSync(path, end);
      const whole = bounds.filter((bound) => bound <= end).length - 1;
      const read = readAll(dir, 12);
      const lost = records.slice(before + whole, before + bounds.length - 1);
      expect(read.records, `${end} bytes`).toEqual(records.filter((each) => !lost.includes(each)));
      expect(read.corrupt, `${end} bytes`).toBe(bounds.includes(end) ? 0 : 1);
      writeFileSync(path, bytes);
    }
  });

  it("reads past a segment that has become empty, or shorter than its magic", () => {
    const { dir, records, paths } = spoolOf(12, 200);
    const inFirst = boundsOf(readFileSync(paths[0] as string)).length - 1;
    for (const bytes of [0, 3]) {
      truncateSync(paths[0] as string, bytes);
      expect(readAll(dir, 12).records).toEqual(records.slice(inFirst));
    }
  });

  it("counts a place once, however often it is read", () => {
    const { reader, paths } = spoolOf(30, 400);
    const path = paths[0] as string;
    damage(path, (boundsOf(readFileSync(path))[2] as number) + 20);
    truncateSync(paths[1] as string, readFileSync(paths[1] as string).length - 1);
    for (let i = 0; i < 5; i++) {
      reader.read(0, 30, ALL);
      reader.read(0, 30, { ...ALL, records: 2 });
      reader.read(2, 30, { ...ALL, records: 20 });
    }
    expect(reader.corrupt).toBe(2);
    reader.close();
  });

  it("is not held up by a damaged last record, and counts it when another follows", () => {
    const { reader, writer, paths } = spoolOf(3);
    const path = paths[0] as string;
    damage(path, readFileSync(path).length - 1);
    const first = reader.read(0, 3, ALL);
    expect([idsOf(first.records), first.through]).toEqual([["a1", "a2"], 3]);
    appendAll(writer, [newRecord(4)]);
    expect(idsOf(reader.read(3, 4, ALL).records)).toEqual(["a4"]);
    expect(reader.corrupt).toBe(1);
    reader.close();
  });

  it("finds a record after a mebibyte of rubbish", () => {
    const { dir, writer, paths } = spoolOf(2);
    const rubbish = Buffer.alloc(1 << 20, "\xf5\xfa\xfe", "latin1");
    appendFileSync(paths[0] as string, rubbish);
    writer.close();
    appendAll(openSpool(dir).writer, [newRecord(3)]);
    const { records, corrupt } = readAll(dir);
    expect([idsOf(records), corrupt]).toEqual([["a1", "a2", "a3"], 1]);
  });
});

describe("SpoolReader at what is being written", () => {
  it("takes a record of which only a part is there as not there yet", () => {
    const { dir, reader, writer, paths } = spoolOf(3);
    const path = paths[0] as string;
    writer.close();
    const bytes = readFileSync(path);
    const lastAt = boundsOf(bytes).at(-2) as number;
    for (let end = lastAt; end < bytes.length; end++) {
      writeFileSync(path, bytes.subarray(0, end));
      const own = new SpoolReader(dir);
      expect(idsOf(own.read(0, 2, ALL).records)).toEqual(["a1", "a2"]);
      // One that reads further than the writer said does not take it for damage either.
      expect(own.read(2, 3, ALL)).toEqual({ records: [], through: 3 });
      writeFileSync(path, bytes);
      expect(idsOf(own.read(2, 3, ALL).records)).toEqual(["a3"]);
      expect(own.corrupt).toBe(0);
      own.close();
    }
    reader.close();
  });

  it("gives no record beyond what was announced", () => {
    const { reader } = spoolOf(10);
    expect(reader.read(0, 4, ALL).through).toBe(4);
    expect(idsOf(reader.read(4, 6, ALL).records)).toEqual(["a5", "a6"]);
    reader.close();
  });

  it("gives no record beyond what was announced when the last of those is damaged", () => {
    const { reader, paths } = spoolOf(10);
    const path = paths[0] as string;
    damage(path, boundsOf(readFileSync(path))[3] as number);
    expect(reader.read(2, 4, ALL)).toEqual({
      records: [expect.objectContaining({ sequence: 3 })],
      through: 4,
    });
    expect(reader.read(4, 5, ALL).records).toEqual([expect.objectContaining({ sequence: 5 })]);
    reader.close();
  });

  it.each([ALL, { ...ALL, records: 2 }])(
    "forgets what was undone and written anew: %j",
    (limits) => {
      const { dir, reader, writer, paths } = spoolOf(2);
      const path = paths[0] as string;
      const start = readFileSync(path);
      appendAll(writer, [newRecord(3, { line: "undone".repeat(50) }), newRecord(4)]);
      expect(reader.read(0, 2, limits).through).toBe(2);
      writer.close();
      writeFileSync(path, start);
      rmSync(`${dir}/last-sequence`);
      const { writer: second } = openSpool(dir);
      const added = appendAll(second, [newRecord(30), newRecord(40), newRecord(50)]);
      expect(reader.read(2, 5, ALL).records).toEqual(added);
      expect(reader.corrupt).toBe(0);
      reader.close();
    },
  );
});
