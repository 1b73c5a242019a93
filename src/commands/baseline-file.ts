import { readFileSync, statSync } from "node:fs";
import type { Config } from "../config/config.ts";
import { encodeState, restoreState, STATE_BYTES_MAX } from "../detect/baselines/baseline-state.ts";
import type { Baselines } from "../detect/baselines/baselines.ts";
import { replaceFile } from "../emit/outputs/ban-file.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";

/** Keeps what baselines have learned in a file (`baseline.file`), from one run to the next. */
export class BaselineFile {
  readonly #path: string;
  readonly #baselines: Baselines;
  readonly #nowUs: () => number;
  #saving: Promise<string> | null = null;

  /** `nowUs` is packet time. */
  constructor(path: string, baselines: Baselines, nowUs: () => number) {
    this.#path = path;
    this.#baselines = baselines;
    this.#nowUs = nowUs;
  }

  /**
   * Reads the file, if it is there. Gives a line for people; a damaged file costs only what was learned. Throws
   * CommandError for a file that is something else, which would be overwritten.
   */
  load(): { level: "info" | "warn"; line: string } | null {
    const path = this.#path;
    const bytes = this.#read();
    if (bytes === null) return null;
    const verdict = restoreState(bytes, this.#baselines);
    switch (verdict.state) {
      case "foreign":
        throw new CommandError(ExitCode.BAD_CONFIG, [
          `baseline.file: ${path} is no state of sipsentry and would be overwritten; name another file`,
        ]);
      case "bad":
        return {
          level: "warn",
          line: `${path}: ${verdict.reason}; baselines begin to learn anew`,
        };
      case "restored": {
        const { dropped, keys } = verdict;
        const lost = dropped === 0 ? "" : `; ${dropped} keys of rules that changed begin anew`;
        return { level: "info", line: `${path}: baselines of ${keys} keys${lost}` };
      }
    }
  }

  /** Writes the file; one write at a time. Gives the problem, or "". Never rejects. */
  save(): Promise<string> {
    this.#saving ??= this.#write().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  /** At the end of a run, when nothing is learned any more. */
  async close(): Promise<string> {
    await this.#saving;
    return this.save();
  }

  async #write(): Promise<string> {
    // Without a packet there is no time, and what was restored is still in the file.
    const nowUs = this.#nowUs();
    if (nowUs <= 0) return "";
    try {
      await replaceFile(this.#path, encodeState(this.#baselines, nowUs));
      return "";
    } catch (error) {
      return `${this.#path}: cannot keep baselines: ${(error as Error).message}`;
    }
  }

  #read(): Buffer | null {
    try {
      const status = statSync(this.#path);
      if (!status.isFile()) throw new Error("it is no file");
      if (status.size > STATE_BYTES_MAX) throw new Error("it is too large");
      return readFileSync(this.#path);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return null;
      throw new CommandError(ExitCode.BAD_CONFIG, [
        `baseline.file: cannot read ${this.#path}: ${code === undefined ? message : code}`,
      ]);
    }
  }
}

/** The file of a run, read; null when `baseline.file` is empty. Throws CommandError. */
export function openBaselines(
  config: Config,
  { engine, statistics }: Pipeline,
  { messages, isLive }: { messages: Messages; isLive: boolean },
): BaselineFile | null {
  const { file } = config.baseline;
  if (file === "") {
    if (isLive && engine.baselines.isUsed)
      messages.info("baselines are learned in memory only; baseline.file keeps them over restarts");
    return null;
  }
  const kept = new BaselineFile(file, engine.baselines, () => statistics.lastUs);
  const loaded = kept.load();
  if (loaded !== null) messages[loaded.level](loaded.line);
  return kept;
}
