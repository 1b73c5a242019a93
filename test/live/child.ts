import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../cli/cli.ts";

const OUTPUT_MAX = 4_000_000;
/** A program that a test starts may not outlive it, whatever happens. */
const LIFE_MAX_MS = 400_000;

/** A process that a test starts, with what it said. It is ended by its id. */
export class Child {
  stdout = "";
  stderr = "";
  /** Null while it runs or when a signal ended it. */
  exitCode: number | null = null;
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  #isEnded = false;

  /** `folder` is where it runs: the project's root, unless it leaves files behind. */
  constructor(command: string, args: readonly string[], folder = ROOT) {
    this.#name = [command, ...args].join(" ");
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (this.stdout.length < OUTPUT_MAX) this.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (this.stderr.length < OUTPUT_MAX) this.stderr += text;
    });
    const limit = setTimeout(() => this.signal("SIGKILL"), LIFE_MAX_MS);
    this.#ended = new Promise((resolve) => {
      const onEnd = (): void => {
        clearTimeout(limit);
        this.#isEnded = true;
        this.exitCode = child.exitCode;
        resolve();
      };
      child.on("close", onEnd);
      child.on("error", (error) => {
        this.stderr += error.message;
        onEnd();
      });
    });
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#isEnded) this.#process.kill(signal);
  }

  /** Resolves when it said so; rejects when it ended without or the time is over. */
  async said(pattern: RegExp, timeoutMs: number): Promise<void> {
    const said = () => pattern.test(this.stdout) || pattern.test(this.stderr);
    await until(said, timeoutMs, () => this.#story(`did not say ${pattern}`), this.#ended);
  }

  /** Resolves with its exit code; ends it and rejects when the time is over. */
  async ended(timeoutMs: number): Promise<number | null> {
    const ender = new AbortController();
    const isInTime = await Promise.race([
      this.#ended.then(() => true),
      sleep(timeoutMs, false, { signal: ender.signal }),
    ]);
    ender.abort();
    if (!isInTime) {
      this.signal("SIGKILL");
      throw new Error(this.#story(`did not end within ${timeoutMs} ms`));
    }
    return this.exitCode;
  }

  /** For the end of a test, where it has come to whatever end. */
  async dispose(): Promise<void> {
    this.signal("SIGTERM");
    const killer = setTimeout(() => this.signal("SIGKILL"), 3_000);
    await this.#ended;
    clearTimeout(killer);
  }

  #story(what: string): string {
    return `${this.#name}: ${what}\nexit code ${this.exitCode}\n${this.stdout.slice(-2_000)}\n${this.stderr.slice(-2_000)}`;
  }
}

/** Looks every 20 ms. Rejects with `why` when the time is over, or `end` came and it still is not so. */
export async function until(
  isSo: () => boolean,
  timeoutMs: number,
  why: () => string,
  end: Promise<void> = new Promise(() => {}),
): Promise<void> {
  const untilMs = performance.now() + timeoutMs;
  let isOver = false;
  void end.then(() => {
    isOver = true;
  });
  while (!isSo()) {
    if (isOver || performance.now() > untilMs) throw new Error(why());
    await sleep(20);
  }
}
