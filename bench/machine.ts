import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";

/** What a figure depends on beside the code. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  /** Processes that wanted the cores in the last minute, before the benchmark. */
  readonly load: number;
  readonly node: string;
  readonly v8: string;
  readonly commit: string;
  readonly command: string;
}

export function machine(options: readonly string[]): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? "unknown",
    cores: all.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? 0,
    node: process.version,
    v8: process.versions.v8,
    commit: commitOf("."),
    command: ["npm run bench", ...(options.length > 0 ? ["--", ...options] : [])].join(" "),
  };
}

/** Of the checkout in this folder; "unknown" where the folder is no checkout of its own. */
export function commitOf(folder: string): string {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", folder, ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim();
    if (git("rev-parse", "--show-toplevel") !== realpathSync(folder)) return "unknown";
    const isChanged = git("status", "--porcelain", "--untracked-files=no", "--", "src", "rules");
    return git("rev-parse", "--short", "HEAD") + (isChanged === "" ? "" : " with changes");
  } catch {
    return "unknown";
  }
}
