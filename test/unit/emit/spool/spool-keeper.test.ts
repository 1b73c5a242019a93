import { readFileSync, statSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NewDeliveryRecord } from "../../../../src/emit/delivery/delivery-record.ts";
import { spoolBytes } from "../../../../src/emit/spool/spool-folder.ts";
import { SpoolKeeper } from "../../../../src/emit/spool/spool-keeper.ts";
import { SpoolReader } from "../../../../src/emit/spool/spool-reader.ts";
import {
  ALL,
  appendAll,
  boundsOf,
  damage,
  emptyFolder,
  idsOf,
  needsOf,
  newRecord,
  newRecords,
  openSpool,
  readAll,
  segmentPaths,
} from "./spool-fixture.ts";

const line = "x".repeat(500);

/** A spool of these records, in many segments. */
function spoolOf(records: readonly NewDeliveryRecord[], segmentBytes = 4_096) {
  const dir = emptyFolder();
  const { writer } = openSpool(dir, { segmentBytes });
  const written = records.flatMap((record) => appendAll(writer, [record]));
  const last = segmentPaths(dir).at(-1) as string;
  const inLast = boundsOf(readFileSync(last)).length - 1;
  return { dir, writer, written, sealed: written.length - inLast, last };
}

function cycle(count: number, severities: readonly number[]): NewDeliveryRecord[] {
  return newRecords(count, { line }).map((record, n) => ({
    ...record,
    severity: severities[n % severities.length] as number,
  }));
}

function countsOf(records: readonly { readonly severity: number }[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { severity } of records) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  return counts;
}

describe("SpoolKeeper", () => {
  it("deletes a segment when all that it holds is acknowledged, and never the last", () => {
    const { dir, written } = spoolOf(cycle(100, [2]));
    const count = segmentPaths(dir).length;
    const keeper = new SpoolKeeper(dir, 1 << 30);
    expect(keeper.keep(needsOf(0))).toBe(spoolBytes(dir));
    expect(segmentPaths(dir)).toHaveLength(count);
    const inFirst = boundsOf(readFileSync(segmentPaths(dir)[0] as string)).length - 1;
    keeper.keep(needsOf(inFirst - 1));
    expect(segmentPaths(dir)).toHaveLength(count);
    keeper.keep(needsOf(inFirst));
    expect(segmentPaths(dir)).toHaveLength(count - 1);
    expect(readAll(dir).records).toEqual(written.slice(inFirst));
    keeper.keep(needsOf(100));
    expect(segmentPaths(dir)).toHaveLength(1);
    expect(keeper.dropped.size).toBe(0);
  });

  it("drops the lowest severity at the limit, oldest first, and counts exactly those", () => {
    const { dir, written } = spoolOf(cycle(400, [1, 2, 3, 2]));
    const maxBytes = Math.round(0.9 * spoolBytes(dir));
    const keeper = new SpoolKeeper(dir, maxBytes);
    expect(keeper.keep(needsOf(0))).toBeLessThanOrEqual(maxBytes);
    expect(spoolBytes(dir)).toBeLessThanOrEqual(maxBytes);
    // Not much more than it had to be.
    expect(spoolBytes(dir)).toBeGreaterThan(0.9 * maxBytes);
    const left = readAll(dir);
    const lost = written.filter(({ sequence }) =>
      left.records.every((r) => r.sequence !== sequence),
    );
    expect(left.corrupt).toBe(0);
    expect(lost.length).toBeGreaterThan(0);
    expect(keeper.dropped).toEqual(countsOf(lost));
    expect([...keeper.dropped.keys()]).toEqual([3]);
    const ofThatSeverity = written.filter(({ severity }) => severity === 3);
    expect(lost).toEqual(ofThatSeverity.slice(0, lost.length));
  });

  it("takes the next severity only when the lower ones are gone from all segments but the last", () => {
    const { dir, written, sealed } = spoolOf(cycle(400, [1, 2, 3, 4]));
    const keeper = new SpoolKeeper(dir, Math.round(0.4 * spoolBytes(dir)));
    keeper.keep(needsOf(0));
    const left = readAll(dir).records;
    const lost = written.filter((record) => !left.some((r) => r.sequence === record.sequence));
    expect(keeper.dropped).toEqual(countsOf(lost));
    const inSealed = countsOf(written.slice(0, sealed));
    expect(keeper.dropped.get(4)).toBe(inSealed.get(4));
    expect(keeper.dropped.get(3)).toBe(inSealed.get(3));
    expect(keeper.dropped.get(2)).toBeGreaterThan(0);
    expect(keeper.dropped.has(1)).toBe(false);
  });

  it("never touches the last segment, which is the writer's", () => {
    const { dir, writer, written, sealed, last } = spoolOf(cycle(103, [3]));
    const before = readFileSync(last);
    const keeper = new SpoolKeeper(dir, 1);
    expect(keeper.keep(needsOf(0))).toBe(before.length);
    expect(readFileSync(last)).toEqual(before);
    expect(segmentPaths(dir)).toEqual([last]);
    expect(keeper.dropped).toEqual(new Map([[3, sealed]]));
    const added = appendAll(writer, [newRecord(200)]);
    expect(readAll(dir).records).toEqual([...written.slice(sealed), ...added]);
  });

  it("counts no record that was acknowledged", () => {
    const { dir, written, sealed } = spoolOf(cycle(200, [2]));
    const keeper = new SpoolKeeper(dir, 1);
    keeper.keep(needsOf(50));
    expect(keeper.dropped).toEqual(new Map([[2, sealed - 50]]));
    expect(readAll(dir).records).toEqual(written.slice(sealed));
  });

  it("drops nothing below the limit, and nothing twice", () => {
    const { dir } = spoolOf(cycle(200, [1, 3]));
    const maxBytes = Math.round(0.7 * spoolBytes(dir));
    const keeper = new SpoolKeeper(dir, maxBytes);
    keeper.keep(needsOf(0));
    const dropped = new Map(keeper.dropped);
    const bytes = spoolBytes(dir);
    for (let i = 0; i < 5; i++) expect(keeper.keep(needsOf(0))).toBe(bytes);
    expect(keeper.dropped).toEqual(dropped);
  });

  it("leaves damage to be found and counted by readers", () => {
    const { dir } = spoolOf(cycle(100, [1, 3]));
    const [path = ""] = segmentPaths(dir);
    const at = boundsOf(readFileSync(path))[2] as number;
    damage(path, at + 30);
    const keeper = new SpoolKeeper(dir, Math.round(0.8 * spoolBytes(dir)));
    const bytes = statSync(path).size;
    keeper.keep(needsOf(0));
    expect(statSync(path).size).toBeLessThan(bytes);
    expect(readAll(dir).corrupt).toBe(1);
  });

  it("is seen by a reader that has the segment open: it gives what is left, and nothing twice", () => {
    const { dir, written } = spoolOf(cycle(200, [1, 3]));
    const reader = new SpoolReader(dir);
    const given = [...reader.read(0, 200, { ...ALL, records: 4 }).records];
    const keeper = new SpoolKeeper(dir, Math.round(0.7 * spoolBytes(dir)));
    keeper.keep(needsOf(4));
    given.push(...reader.read(4, 200, ALL).records);
    reader.close();
    expect(given.length + (keeper.dropped.get(3) ?? 0)).toBe(200);
    const lost = written.filter((record) => !given.some((r) => r.sequence === record.sequence));
    expect(keeper.dropped).toEqual(countsOf(lost));
    expect(idsOf(given)).toEqual(idsOf(written.filter((record) => !lost.includes(record))));
  });

  it("drops exactly by severity, whatever is written, read and acknowledged in between", () => {
    const step = fc.record({
      severities: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 40 }),
      read: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 15 }),
        fc.integer({ min: 2_000, max: 40_000 }),
        (steps, maxBytes) => {
          const dir = emptyFolder();
          const { writer } = openSpool(dir, { maxBytes: 1 << 20, segmentBytes: 1_500 });
          const keeper = new SpoolKeeper(dir, maxBytes);
          const reader = new SpoolReader(dir);
          const written = [];
          const given = [];
          let acknowledged = 0;
          for (const { severities, read } of steps) {
            for (const severity of severities) {
              written.push(
                ...appendAll(writer, [newRecord(1, { severity, line: line.slice(400) })]),
              );
            }
            keeper.keep(needsOf(acknowledged));
            if (read === 0) continue;
            const answer = reader.read(acknowledged, writer.lastSequence, {
              ...ALL,
              records: read,
            });
            given.push(...answer.records);
            acknowledged = answer.through;
          }
          given.push(...reader.read(acknowledged, writer.lastSequence, ALL).records);
          reader.close();
          writer.close();
          const sequences = new Set(given.map(({ sequence }) => sequence));
          expect(sequences.size).toBe(given.length);
          const lost = written.filter(({ sequence }) => !sequences.has(sequence));
          expect(countsOf(lost)).toEqual(keeper.dropped);
          expect(reader.corrupt).toBe(0);
        },
      ),
    );
  });
});
