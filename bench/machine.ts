import { execFileSync } from "node:child_process";
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
    commit: commit(),
    command: ["npm run bench", ...(options.length > 0 ? ["--", ...options] : [])].join(" "),
  };
}

function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();
    const isChanged = git("status", "--porcelain", "--untracked-files=no", "--", "src", "rules");
    return git("rev-parse", "--short", "HEAD") + (isChanged === "" ? "" : " with changes");
  } catch {
    return "unknown";
  }
}
