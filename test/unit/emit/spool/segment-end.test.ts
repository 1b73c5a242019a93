import { readFileSync, type readSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { SpoolReader } from "../../../../src/emit/spool/spool-reader.ts";
import {
  ALL,
  appendAll,
  boundsOf,
  damage,
  emptyFolder,
  idsOf,
  newRecord,
  openSpool,
  segmentPaths,
} from "./spool-fixture.ts";

/** Called when a reader has come to the end of a file: the other thread may write at that very moment. */
const atEnd = vi.hoisted(() => ({ act: () => {} }));

vi.mock("node:fs", async (importOriginal) => {
  const fs = await importOriginal<{ readSync: typeof readSync }>();
  const readSyncAndAct = (...args: Parameters<typeof readSync>) => {
    const count = fs.readSync(...args);
    if (count === 0) atEnd.act();
    return count;
  };
  return { ...fs, readSync: readSyncAndAct };
});

describe("SpoolReader at the end of a segment", () => {
  it("misses nothing that is written there before the next segment begins", () => {
    const dir = emptyFolder();
    const { writer } = openSpool(dir, { segmentBytes: 200 });
    appendAll(writer, [newRecord(1), newRecord(2)]);
    const [path = ""] = segmentPaths(dir);
    // So that a reader of both looks for the second one up to the end.
    damage(path, boundsOf(readFileSync(path))[1] as number);
    let acts = 0;
    atEnd.act = () => {
      if (acts++ > 0) return;
      appendAll(writer, [newRecord(3), newRecord(4), newRecord(5, { line: "x".repeat(200) })]);
      appendAll(writer, [newRecord(6)]);
    };
    const reader = new SpoolReader(dir);
    const first = reader.read(0, 2, ALL);
    expect(acts).toBeGreaterThan(0);
    expect(segmentPaths(dir)).toHaveLength(2);
    expect([idsOf(first.records), first.through]).toEqual([["a1"], 2]);
    expect(idsOf(reader.read(2, 6, ALL).records)).toEqual(["a3", "a4", "a5", "a6"]);
    expect(reader.corrupt).toBe(1);
    reader.close();
  });
});
