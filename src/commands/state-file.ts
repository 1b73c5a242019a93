import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { readFault } from "../base/read-fault.ts";
import { openFault } from "../emit/file-faults.ts";
import { replaceFile } from "../emit/outputs/ban-file.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

/** A file that keeps what one run knows for the next. */
export abstract class StateFile {
  protected readonly path: string;
  /** The option that names it. */
  readonly #option: string;
  readonly #what: string;
  #saving: Promise<string> | null = null;

  /** `option` names the file, `what` it keeps; both for messages. */
  constructor(path: string, { option, what }: { option: string; what: string }) {
    this.path = path;
    this.#option = option;
    this.#what = what;
  }

  /** What is to be kept; null when nothing has changed. */
  protected abstract encoded(): string | Uint8Array | null;

  /** Writes the file; one write at a time. Gives the problem, or "". Never rejects. */
  save(): Promise<string> {
    this.#saving ??= this.#write().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  /**
   * Why the file could not be written, or "": asked at the start, since the first writing is an hour away, and what was
   * learned until then would be gone. It is written beside itself, so its folder counts.
   */
  writeFault(): string {
    try {
      accessSync(dirname(this.path), constants.W_OK | constants.X_OK);
      return "";
    } catch (error) {
      return `${this.#option}: cannot keep ${this.#what} in ${this.path}: ${openFault(error)}`;
    }
  }

  /** At the end of a run. */
  async close(): Promise<string> {
    await this.#saving;
    return this.save();
  }

  /** Null when there is none. Throws CommandError when it cannot be read. */
  protected read(bytesMax: number): Buffer | null {
    try {
      const status = statSync(this.path);
      if (!status.isFile()) throw new Error("it is no file");
      if (status.size > bytesMax) throw new Error("it is too large");
      return readFileSync(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw new CommandError(ExitCode.BAD_CONFIG, [
        `${this.#option}: cannot read ${this.path}: ${readFault(error)}`,
      ]);
    }
  }

  async #write(): Promise<string> {
    const state = this.encoded();
    if (state === null) return "";
    try {
      await replaceFile(this.path, state);
      return "";
    } catch (error) {
      return `${this.path}: cannot keep ${this.#what}: ${openFault(error)}`;
    }
  }
}
