import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CursorFile } from "../../../../src/emit/spool/cursor-file.ts";
import { SEGMENT_MAGIC } from "../../../../src/emit/spool/spool-format.ts";
import { SpoolReader } from "../../../../src/emit/spool/spool-reader.ts";
import {
  ALL,
  appendAll,
  boundsOf,
  damage,
  emptyFolder,
  idsOf,
  NO_PLACE,
  newRecord,
  newRecords,
  openSpool,
  readAll,
  segmentPaths,
} from "./spool-fixture.ts";

/** A closed spool of ten records in one segment. */
function closedSpool(options = {}) {
  const dir = emptyFolder();
  const { writer } = openSpool(dir, options);
  const records = appendAll(writer, newRecords(10));
  writer.close();
  const path = segmentPaths(dir).at(-1) as string;
  const bytes = readFileSync(path);
  return { dir, records, path, bytes, bounds: boundsOf(bytes) };
}

function reopen(dir: string) {
  return openSpool(dir).writer;
}

describe("SpoolWriter.open after an end in the middle of a write", () => {
  it("cuts a record that ends after any number of its bytes, and goes on with its number", () => {
    const { dir, records, path, bytes, bounds } = closedSpool();
    const lastAt = bounds.at(-2) as number;
    rmSync(join(dir, "last-sequence"));
    for (let end = lastAt; end < bytes.length; end++) {
      for (const later of segmentPaths(dir).slice(1)) rmSync(later);
      writeFileSync(path, bytes.subarray(0, end));
      const writer = reopen(dir);
      expect(writer.lastSequence, `${end} bytes`).toBe(9);
      expect(readFileSync(path).length, `${end} bytes`).toBe(lastAt);
      appendAll(writer, [newRecord(99)]);
      writer.close();
      const read = readAll(dir);
      expect(read.corrupt, `${end} bytes`).toBe(0);
      expect(read.records, `${end} bytes`).toEqual([
        ...records.slice(0, 9),
        { sequence: 10, ...newRecord(99) },
      ]);
      rmSync(join(dir, "last-sequence"));
    }
  });

  it("writes the magic that was cut", () => {
    for (let end = 0; end < SEGMENT_MAGIC.length; end++) {
      const { dir, path, bytes } = closedSpool();
      writeFileSync(path, bytes.subarray(0, end));
      const writer = reopen(dir);
      expect(writer.lastSequence).toBe(10);
      appendAll(writer, [newRecord(11)]);
      expect(readAll(dir)).toEqual({ records: [{ sequence: 11, ...newRecord(11) }], corrupt: 0 });
      writer.close();
    }
  });

  it("keeps a whole last record", () => {
    const { dir, records, bytes, path } = closedSpool();
    expect(reopen(dir).lastSequence).toBe(10);
    expect(readFileSync(path)).toEqual(bytes);
    expect(readAll(dir).records).toEqual(records);
  });

  it("deletes files that were only half-written", () => {
    const { dir, path } = closedSpool();
    writeFileSync(`${path}.tmp`, "half");
    writeFileSync(join(dir, "a.cursor.tmp"), "1");
    reopen(dir).close();
    expect(() => readFileSync(`${path}.tmp`)).toThrow("ENOENT");
    expect(() => readFileSync(join(dir, "a.cursor.tmp"))).toThrow("ENOENT");
  });

  it("finds its way past bytes that no write of ours leaves, and gives the new record", () => {
    for (const tail of [
      Buffer.alloc(500),
      Buffer.from("\xf5\xfa\xfe", "latin1"),
      Buffer.from("x"),
    ]) {
      const { dir, path, records } = closedSpool();
      appendFileSync(path, tail);
      const writer = reopen(dir);
      const [added] = appendAll(writer, [newRecord(11)]);
      expect(readAll(dir).records).toEqual([...records, added]);
      writer.close();
    }
  });
});

describe("sequences", () => {
  it("go on after a restart", () => {
    const { dir } = closedSpool();
    expect(appendAll(reopen(dir), [newRecord(11)])[0]?.sequence).toBe(11);
  });

  it("go on after all segments were deleted, without cursors too", () => {
    const { dir, path } = closedSpool();
    rmSync(path);
    const writer = reopen(dir);
    expect(writer.lastSequence).toBe(10);
    appendAll(writer, [newRecord(11)]);
    expect(readAll(dir).records[0]?.sequence).toBe(11);
  });

  it("go on after a kill when the segments before were deleted: the last one's name says where", () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir, { segmentBytes: 64 });
    for (const record of newRecords(10)) appendAll(writer, [record]);
    writer.close();
    rmSync(join(dir, "last-sequence"));
    for (const path of segmentPaths(dir)) truncateSync(path, SEGMENT_MAGIC.length);
    expect(reopen(dir).lastSequence).toBe(10);
  });

  it("are not given again up to what an output has acknowledged, so that it passes over no record", () => {
    // A power failure took the end of the segment, and not the cursor.
    const { dir, path, bounds } = closedSpool();
    rmSync(join(dir, "last-sequence"));
    new CursorFile(dir, "kafka", NO_PLACE).write(10, 0);
    truncateSync(path, bounds[5]);
    const [added] = appendAll(reopen(dir), [newRecord(99)]);
    expect(added?.sequence).toBe(11);
    const reader = new SpoolReader(dir);
    expect(idsOf(reader.read(10, 11, ALL).records)).toEqual(["a99"]);
    reader.close();
  });

  it("are not given again when the last record is damaged at any byte but those of its length", () => {
    const { dir, path, bytes, bounds, records } = closedSpool();
    const lastAt = bounds.at(-2) as number;
    for (let at = lastAt; at < bytes.length; at++) {
      for (const later of segmentPaths(dir).slice(1)) rmSync(later);
      writeFileSync(path, bytes);
      damage(path, at);
      rmSync(join(dir, "last-sequence"));
      const writer = reopen(dir);
      const [added] = appendAll(writer, [newRecord(99)]);
      // One with a length beyond the end looks like one that was never whole.
      const isLength = at >= lastAt + 4 && at < lastAt + 8;
      expect(added?.sequence, `byte ${at}`).toBeGreaterThan(isLength ? 9 : 10);
      writer.close();
      expect(readAll(dir).records, `byte ${at}`).toEqual([...records.slice(0, 9), added]);
    }
  });

  it("are not given again when the last record is damaged at its length and the writer was closed", () => {
    const { dir, path, bounds } = closedSpool();
    damage(path, (bounds.at(-2) as number) + 5);
    expect(reopen(dir).lastSequence).toBe(10);
  });

  it.each(["281474976710656\n", "999999999999999\n", "x"])(
    "are not led astray by a damaged file: %j",
    (text) => {
      const { dir } = closedSpool();
      writeFileSync(join(dir, "kafka.cursor"), text);
      writeFileSync(join(dir, "last-sequence"), text);
      writeFileSync(join(dir, "9999999999999999.seg"), "x");
      expect(reopen(dir).lastSequence).toBe(10);
    },
  );
});
