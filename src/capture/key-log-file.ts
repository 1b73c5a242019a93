import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { CaptureError } from "./capture-error.ts";

const BLOCK_BYTES = 1_048_576;
/** What is read at once while packets wait; the rest comes with the next look. */
const POLL_BYTES_MAX = 4 * BLOCK_BYTES;
const BAD_FILE = 2;

/**
 * A key log that a TLS program writes (SSLKEYLOGFILE), read on as it grows. It stays open, so it can be read on
 * after rights were dropped; a new file in its place, or one that was cut, is read from its start.
 */
export class KeyLogFile {
  readonly #path: string;
  readonly #block = Buffer.allocUnsafe(BLOCK_BYTES);
  #file: number;
  #stats: Stats;
  #at = 0;

  /** Throws `CaptureError` when it cannot be read. */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = openSync(path, "r");
      this.#stats = fstatSync(this.#file);
    } catch (error) {
      throw new CaptureError(keyLogProblem(path, error as NodeJS.ErrnoException), BAD_FILE);
    }
    if (!this.#stats.isFile()) {
      this.close();
      throw new CaptureError(`key log ${path}: is no file`, BAD_FILE);
    }
  }

  /**
   * Hands over what is new, some MiB at most; true when there may be more. What cannot be read any more is left: its
   * keys may come with the next file.
   */
  poll(take: (bytes: Buffer) => void): boolean {
    if (this.#file < 0) return false;
    try {
      this.#follow();
      for (let left = POLL_BYTES_MAX; left > 0; ) {
        const bytes = readSync(this.#file, this.#block, 0, BLOCK_BYTES, this.#at);
        if (bytes === 0) return false;
        this.#at += bytes;
        left -= bytes;
        take(this.#block.subarray(0, bytes));
      }
      return true;
    } catch {
      // Read again at the next look.
      return false;
    }
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  /** Opens the file that has the name now, and begins anew with one that has become shorter. */
  #follow(): void {
    const now = statSync(this.#path, { throwIfNoEntry: false });
    if (now !== undefined && (now.ino !== this.#stats.ino || now.dev !== this.#stats.dev)) {
      const file = openSync(this.#path, "r");
      closeSync(this.#file);
      this.#file = file;
      this.#stats = fstatSync(file);
      this.#at = 0;
    } else if (fstatSync(this.#file).size < this.#at) this.#at = 0;
  }
}

function keyLogProblem(path: string, error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") {
    return `key log ${path}: no such file; create it empty if the program writes it later`;
  }
  return `key log ${path}: ${error.code === "EACCES" ? "no right to read it" : error.message}`;
}
