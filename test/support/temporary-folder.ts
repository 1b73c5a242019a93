import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, onTestFinished } from "vitest";

/** An empty folder for one test, to be asked for in it. It goes when the test ends, also when that fails. */
export function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), "sipsentry-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An empty folder for the tests of a file or a `describe`, to be asked for outside of tests and hooks. It goes after the last test. */
export function folderOfFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "sipsentry-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
