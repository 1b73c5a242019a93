import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

/** Every user may enter it, as in /tmp: some tests start programs that give up their rights. */
const MODE = 0o1777;

/**
 * Once for all files of a run (vitest's `globalSetup`): the temporary folder of the tests and of what they start. It goes with the
 * run, also with one that is interrupted, and with it what processes left there that a test had killed.
 */
export function setup({ tmpDir }: TestProject): void {
  const outer = tmpdir();
  // Vitest asks once for each of its projects.
  if (process.env.SIPSENTRY_RUN_FOLDER === outer) return;
  const folder = mkdtempSync(join(outer, "sipsentry-tests-"));
  chmodSync(folder, MODE);
  process.env.TMPDIR = folder;
  process.env.SIPSENTRY_RUN_FOLDER = folder;
  // Vitest leaves its own folder of transformed sources behind when it is interrupted.
  process.on("exit", () => {
    for (const path of [folder, tmpDir]) rmSync(path, { recursive: true, force: true });
  });
}
