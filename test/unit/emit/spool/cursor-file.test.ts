import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  CursorFile,
  cursorIds,
  readCursor,
  writeCursor,
} from "../../../../src/emit/spool/cursor-file.ts";
import { emptyFolder, NO_PLACE } from "./spool-fixture.ts";

describe("CursorFile", () => {
  it("keeps what was written, and tells a missing one", () => {
    const dir = emptyFolder();
    const cursor = new CursorFile(dir, "kafka-1", { ...NO_PLACE, name: "kafka://b:9092/alerts" });
    expect(readCursor(dir, "kafka-1")).toBe("missing");
    cursor.write(123_456_789_012, 7);
    expect([cursor.sequence, cursor.holes]).toEqual([123_456_789_012, 7]);
    expect(readCursor(dir, "kafka-1")).toEqual({
      sequence: 123_456_789_012,
      holes: 7,
      gap: null,
      name: "kafka://b:9092/alerts",
    });
    expect(readCursor(dir, "kafka-2")).toBe("missing");
    expect(cursorIds(dir)).toEqual(["kafka-1"]);
  });

  it.each([
    { from: 7, to: 12 },
    { from: 7, to: Number.POSITIVE_INFINITY },
  ])("keeps a gap of %j", (gap) => {
    const dir = emptyFolder();
    writeCursor(dir, "a", { sequence: 3, holes: 1, gap, name: "A\nB \u202e" }, true);
    expect(readCursor(dir, "a")).toEqual({ sequence: 3, holes: 1, gap, name: "A?B ?" });
  });

  it("forgets a gap that it has passed", () => {
    const dir = emptyFolder();
    const place = { sequence: 3, holes: 0, gap: { from: 7, to: 12 }, name: "A" };
    const cursor = new CursorFile(dir, "a", place);
    cursor.write(11, 0);
    expect(readCursor(dir, "a")).toMatchObject({ sequence: 11, gap: { from: 7, to: 12 } });
    cursor.write(12, 0);
    expect(readCursor(dir, "a")).toMatchObject({ sequence: 12, gap: null });
  });

  it("leaves no other file behind", () => {
    const dir = emptyFolder();
    const cursor = new CursorFile(dir, "a", NO_PLACE);
    for (let n = 1; n < 20; n++) cursor.write(n, 0);
    expect(readdirSync(dir)).toEqual(["a.cursor"]);
  });

  it("reads what an earlier version wrote", () => {
    const dir = emptyFolder();
    writeFileSync(join(dir, "a.cursor"), "12\n");
    expect(readCursor(dir, "a")).toEqual({ sequence: 12, holes: 0, gap: null, name: "" });
  });

  it.each([
    "",
    "12",
    "-1\n",
    "1e9\n",
    "999999999999999\n",
    "1 0 999999999999999 0\n",
    "9999999999999999999\n",
    "\0\0\0\0",
    "7\n8\n",
    "7 8 9\n",
  ])("tells damage from a missing one, so that all is sent again: %j", (text) => {
    const dir = emptyFolder();
    writeFileSync(join(dir, "a.cursor"), text);
    expect(readCursor(dir, "a")).toBe("damaged");
  });

  it("keeps the old value when it cannot be written", () => {
    const dir = emptyFolder();
    const cursor = new CursorFile(join(dir, "missing"), "a", NO_PLACE);
    expect(() => cursor.write(5, 0)).toThrow("ENOENT");
    expect(cursor.sequence).toBe(0);
  });
});
