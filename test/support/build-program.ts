import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = "dist-test";

/** The program as it is built, beside the package's own `dist`, which may be in use. */
export const BUILT_MAIN = join(ROOT, FOLDER, "main.js");

/**
 * Once for all files of a run (vitest's `globalSetup`): builds the program, unless the build is newer than its sources. Tests of
 * the command line start it many times, and from the sources each start takes as long as the rest of most tests.
 */
export function setup(): void {
  const built = statSync(BUILT_MAIN, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > newest()) return;
  execFileSync(process.execPath, ["build.mjs", "--outdir", FOLDER], { cwd: ROOT });
}

function newest(): number {
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
  const paths = [...sources.map((name) => join("src", name)), "build.mjs", "package-lock.json"];
  return Math.max(...paths.map((path) => statSync(join(ROOT, path)).mtimeMs));
}
