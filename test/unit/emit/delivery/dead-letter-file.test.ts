import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DeadLetterFile } from "../../../../src/emit/delivery/dead-letter-file.ts";
import { recordOf } from "./fakes.ts";

let dir = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sipsentry-dead-"));
});

afterEach(() => rmSync(dir, { recursive: true }));

describe("DeadLetterFile", () => {
  it("stays below twice its limit and keeps the newest records", () => {
    const file = new DeadLetterFile(dir, 2_000);
    for (let n = 1; n <= 200; n++) file.add("out", recordOf(n), "too large");
    const names = readdirSync(dir).sort();
    expect(names).toEqual(["dead-letter.1.ndjson", "dead-letter.ndjson"]);
    for (const name of names) expect(statSync(join(dir, name)).size).toBeLessThanOrEqual(2_000);
    const ids = names.flatMap((name) =>
      readFileSync(join(dir, name), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).alert_id),
    );
    expect(ids.at(-1)).toBe("a200");
    expect(ids).toEqual(ids.map((_, i) => `a${200 - ids.length + 1 + i}`));
  });

  it("throws when it cannot be written, so that the record stays", () => {
    const file = new DeadLetterFile(join(dir, "missing"));
    expect(() => file.add("out", recordOf(1), "x")).toThrow(/ENOENT/);
  });
});
