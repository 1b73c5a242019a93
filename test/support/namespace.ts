import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const LIVE_CHILD = fileURLToPath(new URL("live-child.ts", import.meta.url));

/** Why live captures cannot be tried here; empty when they can. */
export const namespaceMissing = findMissing();

function findMissing(): string {
  if (process.getuid?.() !== 0) return "not root";
  for (const tool of ["ip", "tcpdump", "tcpreplay", "setpriv"]) {
    if (spawnSync("which", [tool]).status !== 0) return `no ${tool}`;
  }
  const name = `sipsentry-try-${process.pid}`;
  if (spawnSync("ip", ["netns", "add", name]).status !== 0) return "no network namespaces";
  spawnSync("ip", ["netns", "del", name]);
  return "";
}

export interface LiveResult {
  packets: number;
  problems: string[];
  counters: Record<string, number>;
  isOrdered: boolean;
  digests: string[];
  error?: string;
  exitCode?: number;
}

/** A network namespace with a pair of connected interfaces, `near` and `far`, and nothing else. */
export class Namespace {
  readonly #name = `sipsentry-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  readonly #children: ChildProcess[] = [];

  constructor() {
    execFileSync("ip", ["netns", "add", this.#name]);
    // No router solicitations and the like: only what is replayed is on the wire.
    this.exec("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
    this.exec("ip", "link", "add", "near", "type", "veth", "peer", "name", "far");
    for (const end of ["near", "far"]) this.exec("ip", "link", "set", end, "mtu", "9000", "up");
  }

  exec(...command: string[]): string {
    return execFileSync("ip", ["netns", "exec", this.#name, ...command], { encoding: "utf8" });
  }

  replay(path: string, packetsPerSecond: number): void {
    this.exec("tcpreplay", "-q", `--pps=${packetsPerSecond}`, "-i", "near", path);
  }

  /** Starts test/support/live-child.ts. `before` is a command that runs it, as `setpriv`. */
  capture(args: readonly string[], before: readonly string[] = []): LiveCapture {
    const node = [process.execPath, "--import", "tsx", LIVE_CHILD, ...args];
    const child = spawn("ip", ["netns", "exec", this.#name, ...before, ...node]);
    this.#children.push(child);
    return new LiveCapture(child);
  }

  close(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    execFileSync("ip", ["netns", "del", this.#name]);
  }
}

export class LiveCapture {
  notices = "";
  readonly #child: ChildProcess;
  readonly #ended: Promise<LiveResult>;

  constructor(child: ChildProcess) {
    this.#child = child;
    let output = "";
    child.stdout?.on("data", (text) => {
      output += text;
    });
    child.stderr?.on("data", (text) => {
      this.notices += text;
    });
    this.#ended = new Promise((resolve, reject) => {
      child.on("close", (code) => {
        if (code === 0) resolve(JSON.parse(output) as LiveResult);
        else reject(new Error(`the capture ended with ${code}: ${this.notices}`));
      });
    });
  }

  /** Waits for a notice. */
  async notice(text: string): Promise<void> {
    while (!this.notices.includes(text)) {
      const { exitCode, signalCode } = this.#child;
      if (exitCode !== null || signalCode !== null)
        throw new Error(`no "${text}" in: ${this.notices}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Asks it to end. */
  stop(): Promise<LiveResult> {
    this.#child.kill("SIGTERM");
    return this.#ended;
  }

  /** Waits for it to end by itself. */
  result(): Promise<LiveResult> {
    return this.#ended;
  }
}
