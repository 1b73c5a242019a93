import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeFolder } from "../../../src/base/make-folder.ts";

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), "sipsentry-folder-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("makes what is missing and tells the first of it", () => {
  const folder = place();
  expect(makeFolder(join(folder, "a/b/c"), 0o750)).toBe(join(folder, "a"));
  expect(statSync(join(folder, "a/b/c")).isDirectory()).toBe(true);
  expect(statSync(join(folder, "a/b")).mode & 0o777).toBe(0o750);
  expect(makeFolder(join(folder, "a/b/c"), 0o750)).toBeUndefined();
});

test("a file in the way is an error", () => {
  const folder = place();
  writeFileSync(join(folder, "file"), "");
  expect(() => makeFolder(join(folder, "file"), 0o750)).toThrow("EEXIST");
  expect(() => makeFolder(join(folder, "file/a/b"), 0o750)).toThrow("ENOTDIR");
});

test("where no folder can be made it throws instead of trying for ever", () => {
  expect(() => makeFolder("/proc/self/evidence/of", 0o750)).toThrow();
});
