import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CursorFile } from "../../../../src/emit/spool/cursor-file.ts";
import { emptyFolder } from "./spool-fixture.ts";

describe("CursorFile", () => {
  it("is 0 at first, and keeps what was written", () => {
    const dir = emptyFolder();
    const cursor = new CursorFile(dir, "kafka-1");
    expect(cursor.sequence).toBe(0);
    cursor.write(123_456_789_012);
    expect(cursor.sequence).toBe(123_456_789_012);
    expect(new CursorFile(dir, "kafka-1").sequence).toBe(123_456_789_012);
    expect(new CursorFile(dir, "kafka-2").sequence).toBe(0);
  });

  it("leaves no other file behind", () => {
    const dir = emptyFolder();
    const cursor = new CursorFile(dir, "a");
    for (let n = 1; n < 20; n++) cursor.write(n);
    expect(readdirSync(dir)).toEqual(["a.cursor"]);
  });

  it.each([
    "",
    "12",
    "-1\n",
    "1e9\n",
    "999999999999999\n",
    "9999999999999999999\n",
    "\0\0\0\0",
    "7\n8\n",
  ])("reads damage as 0, so that all is sent again: %j", (text) => {
    const dir = emptyFolder();
    writeFileSync(join(dir, "a.cursor"), text);
    expect(new CursorFile(dir, "a").sequence).toBe(0);
  });

  it("keeps the old value when it cannot be written", () => {
    const dir = emptyFolder();
    const cursor = new CursorFile(join(dir, "missing"), "a");
    expect(() => cursor.write(5)).toThrow("ENOENT");
    expect(cursor.sequence).toBe(0);
  });
});
