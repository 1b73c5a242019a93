import { spawnSync } from "node:child_process";

/** Prometheus' own checker (Debian: apt-get install prometheus). Null where it is not installed; CI has it. */
export function promtool(
  args: readonly string[],
  input = "",
): { readonly exitCode: number | null; readonly output: string } | null {
  const { error, status, stdout, stderr } = spawnSync("promtool", args, {
    input,
    encoding: "utf8",
  });
  if (error === undefined) return { exitCode: status, output: `${stdout}${stderr}` };
  if ((error as NodeJS.ErrnoException).code !== "ENOENT" || process.env.CI === "true") throw error;
  return null;
}

/** For `it.skipIf`: says so once. */
export function lacksPromtool(): boolean {
  const isMissing = promtool(["--version"]) === null;
  if (isMissing) console.warn("tests with promtool skipped: apt-get install prometheus");
  return isMissing;
}
