import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { captureChunks, type Packets } from "../capture-file.ts";
import { commitOf } from "../machine.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const PROBE = fileURLToPath(new URL("probe.mjs", import.meta.url));
const POLL_MS = 50;

/** The parts of `replay --json` that benchmarks look at; every build has them. */
export interface Summary {
  readonly packets: { readonly total: number };
  readonly payloads: { readonly sip: number; readonly rtp: number };
  readonly calls: { readonly attempts: number; readonly answered: number };
  readonly facts: Readonly<Record<string, number>>;
  readonly alerts: {
    readonly total: number;
    readonly by_severity: Readonly<Record<string, number>>;
  };
  readonly tables: readonly {
    readonly name: string;
    readonly size: number;
    readonly capacity: number;
    readonly evictions: number;
    /** Of these, entries of which something was proven; absent in builds that do not know. */
    readonly provenEvictions?: number;
  }[];
}

/** What one run of a build has cost. */
export interface Cost {
  /** User and system time of all threads, from start to end. */
  readonly cpuS: number;
  /** Of the packet thread alone. */
  readonly threadS: number;
  /** Largest resident size. */
  readonly peakBytes: number;
  readonly summary: Summary;
}

/** What a process holds after all packets, while it waits for more. */
export interface Held {
  /** Resident after a garbage collection, and the largest before it. */
  readonly residentBytes: number;
  readonly peakBytes: number;
  /** V8 heap and what hangs on it outside; tables that are made at the start are in it from the start. */
  readonly liveBytes: number;
  readonly summary: Summary;
}

export interface ReplayOptions {
  /** `key=value` of the configuration; those that the build does not know are left out. */
  readonly sets?: readonly string[];
  /** EVE file to write, and the records in it. */
  readonly eve?: string;
  readonly types?: readonly string[];
  /** A rule file instead of the shipped ones. */
  readonly rules?: string;
}

/** A folder with `dist/main.js`: this checkout or another. Each run is a process of its own. */
export class Build {
  readonly folder: string;
  readonly commit: string;
  readonly #main: string;
  readonly #options: ReadonlySet<string>;

  /** Throws when there is no build in the folder. */
  constructor(folder: string) {
    this.folder = resolve(folder);
    this.#main = join(this.folder, "dist", "main.js");
    if (!existsSync(this.#main)) throw new Error(`${this.#main} is not there; build it first`);
    this.commit = commitOf(this.folder);
    this.#options = optionsOf(this.#main);
  }

  /** Replays a capture file. */
  async replay(capture: string, options: ReplayOptions = {}): Promise<Cost> {
    const run = new Run([...this.#argsOf(options), capture], this.#main);
    try {
      const summary = await run.summary();
      const { cpuS, peakBytes, threadS } = run.probe();
      return { cpuS, threadS, peakBytes, summary };
    } finally {
      run.remove();
    }
  }

  /** Feeds packets and looks at the process before it knows that these were all. */
  async hold(packets: Packets, options: ReplayOptions = {}): Promise<Held> {
    const run = new Run([...this.#argsOf(options), "-"], this.#main, true);
    try {
      await run.feed(packets);
      const summary = await run.summary();
      const { held } = run.probe();
      if (held === undefined) throw new Error(`${this.folder}: the probe did not look`);
      return { ...held, summary };
    } finally {
      run.remove();
    }
  }

  #argsOf({ sets = [], eve, rules, types }: ReplayOptions): string[] {
    const known = sets.filter((set) => this.#options.has(set.slice(0, set.indexOf("="))));
    return [
      ...["replay", "--json", "--log-level", "error"],
      ...known.flatMap((set) => ["--set", set]),
      ...(eve === undefined ? [] : ["--eve", eve]),
      ...(types === undefined ? [] : ["--eve-types", types.join(",")]),
      ...(rules === undefined ? [] : ["--rules", rules]),
    ];
  }
}

interface Probed {
  readonly cpuS: number;
  readonly threadS: number;
  readonly peakBytes: number;
  readonly held?: Omit<Held, "summary">;
}

class Run {
  readonly #dir = new TemporaryFolder("sipsentry-bench-");
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #ask = join(this.#dir.path, "ask");
  readonly #probe = join(this.#dir.path, "probe.json");
  readonly #out = join(this.#dir.path, "out.json");
  readonly #kill = () => this.#child.kill("SIGKILL");
  #said = "";

  constructor(args: readonly string[], main: string, isAsked = false) {
    const out = openSync(this.#out, "w");
    this.#child = spawn(
      process.execPath,
      [...(isAsked ? ["--expose-gc"] : []), "--import", PROBE, main, ...args],
      {
        stdio: [isAsked ? "pipe" : "ignore", out, "pipe"],
        env: {
          ...process.env,
          SIPSENTRY_BENCH_PROBE: this.#probe,
          ...(isAsked ? { SIPSENTRY_BENCH_ASK: this.#ask } : {}),
        },
      },
    );
    closeSync(out);
    process.on("exit", this.#kill);
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#said = (this.#said + text).slice(-2_000);
    });
    this.#ended = once(this.#child, "close").then(([code]) => code as number | null);
  }

  async summary(): Promise<Summary> {
    const code = await this.#ended;
    if (code !== 0) throw new Error(`exit code ${code}: ${this.#said}`);
    return JSON.parse(readFileSync(this.#out, "utf8")) as Summary;
  }

  probe(): Probed {
    return JSON.parse(readFileSync(this.#probe, "utf8")) as Probed;
  }

  async feed(packets: Packets): Promise<void> {
    const { stdin } = this.#child;
    if (stdin === null) throw new Error("no pipe");
    // A child that ends early says why on standard error.
    stdin.on("error", () => {});
    for (const chunk of captureChunks(packets)) {
      if (this.#child.exitCode !== null) return;
      if (!stdin.write(chunk)) await Promise.race([once(stdin, "drain"), this.#ended]);
    }
    writeFileSync(this.#ask, "");
    while (!existsSync(`${this.#ask}.done`) && this.#child.exitCode === null) await sleep(POLL_MS);
    stdin.end();
  }

  remove(): void {
    process.off("exit", this.#kill);
    this.#dir.remove();
  }
}

/** Names of the options that a build's configuration has. */
function optionsOf(main: string): Set<string> {
  const text = execFileSync(process.execPath, [main, "config", "check", "--print-options"], {
    encoding: "utf8",
  });
  return new Set([...text.matchAll(/^\W*([a-z]\w*\.[\w.]+)/gm)].map(([, name = ""]) => name));
}
