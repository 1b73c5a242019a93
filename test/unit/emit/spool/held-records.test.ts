import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeldRecords } from "../../../../src/emit/spool/held-records.ts";
import { idsOf, newRecord } from "./spool-fixture.ts";

function takeAll(held: HeldRecords) {
  const records = [];
  for (let record = held.take(); record !== null; record = held.take()) records.push(record);
  return records;
}

/** Of these records, about so many find room. */
function roomForAbout(count: number): number {
  const { line, key, alertId } = newRecord(1_000);
  return count * (line.length + key.length + alertId.length + 128);
}

describe("HeldRecords", () => {
  it("gives records back in the order in which they came, whatever their severity", () => {
    const held = new HeldRecords(1 << 20);
    const records = Array.from({ length: 5_000 }, (_, n) =>
      newRecord(n, { severity: 1 + (n % 4) }),
    );
    for (const record of records) held.add(record);
    expect(held.length).toBe(5_000);
    expect(takeAll(held)).toEqual(records);
    expect(held.length).toBe(0);
    expect(held.take()).toBeNull();
  });

  it("drops the lowest severity first, and of it the oldest, each counted", () => {
    const held = new HeldRecords(roomForAbout(100));
    for (let n = 1000; n < 1060; n++) held.add(newRecord(n, { severity: 3 }));
    for (let n = 1060; n < 1100; n++) held.add(newRecord(n, { severity: 1 }));
    expect(held.dropped.size).toBe(0);
    for (let n = 1100; n < 1120; n++) held.add(newRecord(n, { severity: 2 }));
    expect([...held.dropped]).toEqual([[3, 20]]);
    expect(idsOf(takeAll(held))).toEqual(idsOf(range(1020, 1120)));
  });

  it("goes on with the next severity when the lowest has run out", () => {
    const held = new HeldRecords(roomForAbout(10));
    for (let n = 1000; n < 1005; n++) held.add(newRecord(n, { severity: 4 }));
    for (let n = 1005; n < 1010; n++) held.add(newRecord(n, { severity: 2 }));
    for (let n = 1010; n < 1018; n++) held.add(newRecord(n, { severity: 1 }));
    expect([...held.dropped].sort()).toEqual([
      [2, 3],
      [4, 5],
    ]);
    expect(idsOf(takeAll(held))).toEqual(idsOf(range(1008, 1018)));
  });

  it("drops what comes when all that it holds is more important", () => {
    const held = new HeldRecords(roomForAbout(10));
    for (let n = 1000; n < 1010; n++) held.add(newRecord(n, { severity: 1 }));
    for (let n = 1010; n < 1020; n++) held.add(newRecord(n, { severity: 3 }));
    expect([...held.dropped]).toEqual([[3, 10]]);
    expect(held.length).toBe(10);
  });

  it("holds nothing that is larger than its limit, and counts it", () => {
    const held = new HeldRecords(1_000);
    held.add(newRecord(1, { severity: 1, line: "x".repeat(2_000) }));
    expect(held.length).toBe(0);
    expect([...held.dropped]).toEqual([[1, 1]]);
  });

  it("loses nothing uncounted in any mix of adding and taking", () => {
    const step = fc.option(fc.integer({ min: 1, max: 5 }), { freq: 3 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const held = new HeldRecords(roomForAbout(20));
        const taken: number[] = [];
        let added = 0;
        for (const severity of steps) {
          const record = severity === null ? held.take() : null;
          if (record !== null) taken.push(Number(record.key));
          if (severity !== null) held.add(newRecord(1_000, { severity, key: String(++added) }));
        }
        for (const record of takeAll(held)) taken.push(Number(record.key));
        const dropped = [...held.dropped.values()].reduce((sum, count) => sum + count, 0);
        expect(taken.length + dropped).toBe(added);
        expect(taken).toEqual([...taken].sort((a, b) => a - b));
      }),
    );
  });
});

function range(from: number, to: number) {
  return Array.from({ length: to - from }, (_, i) => newRecord(from + i));
}
