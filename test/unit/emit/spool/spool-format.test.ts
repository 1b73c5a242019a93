import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BODY_BYTES_MAX,
  SEQUENCE_MAX,
  segmentFirst,
  segmentName,
} from "../../../../src/emit/spool/spool-format.ts";
import { SpoolReader } from "../../../../src/emit/spool/spool-reader.ts";
import {
  ALL,
  appendAll,
  emptyFolder,
  newRecord,
  newRecords,
  openSpool,
  readAll,
  segmentPaths,
} from "./spool-fixture.ts";

/** As UTF-8 has it: half of a surrogate pair has no bytes of its own. */
const wellFormed = (text: string) => Buffer.from(text, "utf8").toString("utf8");

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ unit: fc.integer({ max: 0xffff }).map((n) => String.fromCharCode(n)) }),
  // What the format itself is made of.
  fc.constantFrom("", "\0", "\n", "SIPSPL01", "\u00f5\u00fa\u00fe\u00f9", "\ud800", "\udfff\ud800"),
);

const hostileRecord = fc.record({
  severity: fc.integer({ min: 1, max: 255 }),
  alertId: hostile.map((text) => text.slice(0, 16)),
  key: hostile,
  line: fc.oneof(
    hostile,
    hostile.map((text) => text.repeat(300)),
  ),
});

describe("a record in the spool", () => {
  it("comes back as it went in, whatever its texts are and in whatever portions it is read", () => {
    const options = {
      records: fc.array(hostileRecord, { maxLength: 40 }),
      segmentBytes: fc.constantFrom(64, 1_000, 1 << 20),
      portion: fc.record({
        records: fc.integer({ min: 1, max: 50 }),
        characters: fc.integer({ min: 1, max: 5_000 }),
      }),
    };
    fc.assert(
      fc.property(fc.record(options), ({ records, segmentBytes, portion }) => {
        const dir = emptyFolder();
        const { writer } = openSpool(dir, { segmentBytes });
        for (const [i, record] of records.entries()) {
          writer.append(record);
          if (i % 7 === 0) writer.flush();
        }
        writer.close();
        const reader = new SpoolReader(dir);
        const read = [];
        for (let at = 0; at < writer.lastSequence; ) {
          const { records: some, through } = reader.read(at, writer.lastSequence, portion);
          expect(some.length).toBeLessThanOrEqual(portion.records);
          expect(through).toBeGreaterThan(at);
          read.push(...some);
          at = through;
        }
        reader.close();
        const expected = records.map(({ severity, alertId, key, line }, i) => ({
          sequence: i + 1,
          severity,
          alertId: wellFormed(alertId),
          key: wellFormed(key),
          line: wellFormed(line),
        }));
        expect(read).toEqual(expected);
        expect(reader.corrupt).toBe(0);
      }),
    );
  });

  it("may be 1 MiB long, and no longer: that one is dropped and counted", () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir);
    const { alertId, key } = newRecord(1);
    const lineBytes = BODY_BYTES_MAX - 10 - alertId.length - key.length;
    const records = [
      newRecord(1, { line: "x".repeat(lineBytes) }),
      newRecord(1, { line: "x".repeat(lineBytes + 1), severity: 3 }),
      newRecord(1, { line: "\u20ac".repeat(BODY_BYTES_MAX / 2), severity: 3 }),
      newRecord(1, { line: "x".repeat(100 * BODY_BYTES_MAX), severity: 1 }),
      newRecord(1),
    ];
    for (const record of records) writer.append(record);
    writer.flush();
    expect([...writer.counters.dropped]).toEqual([
      [3, 2],
      [1, 1],
    ]);
    const { records: read, corrupt } = readAll(dir);
    expect(read.map(({ sequence, line }) => [sequence, line.length])).toEqual([
      [1, lineBytes],
      [2, newRecord(1).line.length],
    ]);
    expect(corrupt).toBe(0);
  });

  it("keeps an id of 64 bytes and a key of 512, and cuts longer ones between characters", () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir);
    appendAll(writer, [
      newRecord(1, { alertId: "i".repeat(64), key: "k".repeat(512) }),
      newRecord(2, { alertId: "\u20ac".repeat(64), key: "\u20ac".repeat(512) }),
    ]);
    const [exact, long] = readAll(dir).records;
    expect([exact?.alertId.length, exact?.key.length]).toEqual([64, 512]);
    expect([long?.alertId, long?.key]).toEqual(["\u20ac".repeat(21), "\u20ac".repeat(170)]);
    expect(long?.line).toBe(newRecord(2).line);
  });

  it.each([
    [0, 1],
    [-5, 1],
    [Number.NaN, 1],
    [2.7, 2],
    [255, 255],
    [1_000, 255],
  ])("with severity %d has severity %d", (given, kept) => {
    const dir = emptyFolder();
    appendAll(openSpool(dir).writer, [newRecord(1, { severity: given })]);
    expect(readAll(dir).records[0]?.severity).toBe(kept);
  });
});

describe("the name of a segment", () => {
  it("sorts as its first sequence does", () => {
    const sequences = [1, 9, 10, 99_999, 2 ** 32, SEQUENCE_MAX];
    expect(sequences.map(segmentName).sort().map(segmentFirst)).toEqual(sequences);
  });

  it.each(["1.seg", "0000000000000001.seg.tmp", "000000000000000x.seg", "9999999999999999.seg"])(
    "is not %s",
    (name) => {
      expect(segmentFirst(name)).toBe(-1);
    },
  );

  it("says which record is the first in it", () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir, { segmentBytes: 100 });
    for (const record of newRecords(10)) appendAll(writer, [record]);
    const paths = segmentPaths(dir);
    expect(paths.length).toBeGreaterThan(3);
    const firsts = paths.map((path) => segmentFirst(path.slice(-20)));
    const reader = new SpoolReader(dir);
    for (const first of firsts.slice(0, -1)) {
      expect(reader.read(first - 1, 10, { ...ALL, records: 1 }).records[0]?.sequence).toBe(first);
    }
    reader.close();
  });
});
