import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A file system of its own with this many bytes, gone after the test. Throws when it cannot be mounted. */
export function mountTmpfs(bytes: number): string {
  const dir = mkdtempSync(join(tmpdir(), "sipsentry-tmpfs-"));
  const { status, stderr, error } = run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "none", dir);
  if (status !== 0) {
    rmSync(dir, { recursive: true });
    throw new Error(`cannot mount a tmpfs: ${error?.message ?? stderr.trim()}`);
  }
  onTestFinished(() => {
    // At once for new users of the path, even when something in it is still open.
    const unmounted = run("umount", "-l", dir);
    if (unmounted.status !== 0) throw new Error(`cannot unmount ${dir}: ${unmounted.stderr}`);
    rmSync(dir, { recursive: true });
  });
  return dir;
}

/** Why tests on a tmpfs are skipped; empty when they can run. In CI they run and fail instead. */
export function missingForTmpfs(): string {
  if (process.env.CI === "true") return "";
  const isRoot = process.getuid?.() === 0;
  // In a namespace of its own, so that this trial leaves nothing behind.
  const trial = isRoot && run("unshare", "-m", "mount", "-t", "tmpfs", "none", tmpdir());
  if (trial && trial.status === 0) return "";
  const reason = `skipped: ${isRoot ? "no right to mount a tmpfs" : "not root, which mounting needs"}`;
  console.warn(`tests of a full disk ${reason}`);
  return reason;
}

function run(command: string, ...args: string[]) {
  return spawnSync(command, args, { encoding: "utf8" });
}
