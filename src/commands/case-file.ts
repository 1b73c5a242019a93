import { readFileSync, statSync } from "node:fs";
import type { Config } from "../config/config.ts";
import type { Cases } from "../detect/cases/cases.ts";
import { KeptCases } from "../detect/cases/kept-case.ts";
import { replaceFile } from "../emit/outputs/ban-file.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { Messages } from "./messages.ts";

const BYTES_MAX = 512 * 1_048_576;

/** Keeps open cases in a file (`cases.file`), from one run of `live` to the next. */
export class CaseFile {
  readonly #path: string;
  readonly #cases: Cases;
  readonly #nowUs: () => number;
  #saving: Promise<string> | null = null;

  /** `nowUs` is packet time. From now on the end of the run closes no case. */
  constructor(path: string, cases: Cases, nowUs: () => number) {
    this.#path = path;
    this.#cases = cases;
    this.#nowUs = nowUs;
    cases.isKept = true;
  }

  /** Reads the file, if it is there; a damaged one costs its cases. Throws CommandError for one that is something else. */
  load(): { readonly level: "info" | "warn"; readonly line: string } | null {
    const text = this.#read();
    if (text === null) return null;
    let read: unknown;
    try {
      read = JSON.parse(text);
    } catch {
      read = null;
    }
    const isOurs = text.startsWith('{"kind":"sipsentry cases"');
    if (!isOurs) {
      throw new CommandError(ExitCode.BAD_CONFIG, [
        `cases.file: ${this.#path} holds no cases of sipsentry and would be overwritten; name another file`,
      ]);
    }
    const kept = KeptCases.safeParse(read);
    if (!kept.success) {
      const where = kept.error.issues[0]?.path.join(".") ?? "";
      const what = read === null ? "cut off" : `not as this version writes it (${where})`;
      return { level: "warn", line: `${this.#path}: ${what}; cases begin anew` };
    }
    const { cases } = kept.data;
    this.#cases.restore(cases);
    return { level: "info", line: `${this.#path}: ${cases.length} open cases go on` };
  }

  /** Writes the file; one write at a time. Gives the problem, or "". Never rejects. */
  save(): Promise<string> {
    this.#saving ??= this.#write().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  /** At the end of a run. */
  async close(): Promise<string> {
    await this.#saving;
    return this.save();
  }

  async #write(): Promise<string> {
    const savedUs = this.#nowUs();
    // Without a packet nothing has changed.
    if (savedUs <= 0) return "";
    const kept: KeptCases = {
      kind: "sipsentry cases",
      version: 1,
      savedUs,
      cases: this.#cases.kept(),
    };
    try {
      await replaceFile(this.#path, `${JSON.stringify(kept)}\n`);
      return "";
    } catch (error) {
      return `${this.#path}: cannot keep cases: ${(error as Error).message}`;
    }
  }

  #read(): string | null {
    try {
      const status = statSync(this.#path);
      if (!status.isFile()) throw new Error("it is no file");
      if (status.size > BYTES_MAX) throw new Error("it is too large");
      return readFileSync(this.#path, "utf8");
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return null;
      throw new CommandError(ExitCode.BAD_CONFIG, [
        `cases.file: cannot read ${this.#path}: ${code === undefined ? message : code}`,
      ]);
    }
  }
}

/** The file of a run, read; null without one, and in a replay, whose results must not depend on other runs. Throws CommandError. */
export function openCases(
  config: Config,
  { engine, statistics }: Pipeline,
  { messages, isLive }: { messages: Messages; isLive: boolean },
): CaseFile | null {
  const { file } = config.cases;
  if (file === "" || !isLive) return null;
  const kept = new CaseFile(file, engine.attacks.cases, () => statistics.lastUs);
  const loaded = kept.load();
  if (loaded !== null) messages[loaded.level](loaded.line);
  return kept;
}
