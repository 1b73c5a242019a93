import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import headless from "@xterm/headless";
import { ROOT } from "../cli/cli.ts";
import { BUILT_MAIN } from "./build-program.ts";

const SCRIPT = "/usr/bin/script";
const WAIT_MS = 100_000;

/** Why nothing can be run on a terminal here; "" when it can. */
export const noPty = existsSync(SCRIPT)
  ? ""
  : `no ${SCRIPT} (apt-get install bsdutils): the screen is not driven through a terminal`;

/** The program on a terminal of its own (util-linux's script), whose screen an emulator (xterm.js) keeps. */
export class PtyScreen {
  readonly #terminal: headless.Terminal;
  readonly #child: ChildProcess;
  /** All that was written, as it came. */
  raw = "";
  exitCode: number | null = null;

  constructor(args: readonly string[], { columns = 120, rows = 30 } = {}) {
    this.#terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true });
    const program = [process.execPath, BUILT_MAIN, ...args];
    const command = `stty rows ${rows} cols ${columns}; exec ${program.map(quoted).join(" ")}`;
    this.#child = spawn(SCRIPT, ["-qefc", command, "/dev/null"], {
      cwd: ROOT,
      env: { ...process.env, TERM: "xterm-256color", NO_COLOR: "", SHELL: "/bin/sh" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.raw += text;
      this.#terminal.write(text);
    });
    this.#child.on("close", (code) => {
      this.exitCode = code;
    });
  }

  /** Lines of the screen, without blanks at their ends. */
  get lines(): string[] {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: this.#terminal.rows }, (_, row) =>
      (active.getLine(row)?.translateToString(true) ?? "").trimEnd(),
    );
  }

  get isOnSecondScreen(): boolean {
    return this.#terminal.buffer.active.type === "alternate";
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Waits until the screen shows it. Throws with the screen when it does not. */
  async until(pattern: RegExp): Promise<string[]> {
    const endMs = performance.now() + WAIT_MS;
    while (performance.now() < endMs) {
      const { lines } = this;
      if (pattern.test(lines.join("\n"))) return lines;
      if (this.exitCode !== null) break;
      await sleep(50);
    }
    throw new Error(`the screen does not show ${pattern}:\n${this.lines.join("\n")}`);
  }

  async ended(): Promise<number | null> {
    const endMs = performance.now() + WAIT_MS;
    while (this.exitCode === null && performance.now() < endMs) await sleep(50);
    return this.exitCode;
  }

  kill(): void {
    this.#child.kill();
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
