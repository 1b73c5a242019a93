import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";

/** What is read of the past when a file is opened. */
const PAST_BYTES_MAX = 16_777_216;
const PIECE_BYTES = 1_048_576;
/** Lines are shorter (`eve.textMax`); what has no end by then is left aside. */
const LINE_CHARS_MAX = 4_194_304;

/** Reads the lines of a file that grows, also when it is begun anew or another one takes its place (log rotation). */
export class EveFollower {
  /** What keeps it from reading, one line; "" while it can. */
  problem = "";
  readonly #path: string;
  readonly #onLine: (line: string) => void;
  readonly #buffer = Buffer.allocUnsafe(PIECE_BYTES);
  #file = -1;
  #inode = 0;
  #offset = 0;
  #rest = "";
  #decoder = new StringDecoder("utf8");
  #isFirst = true;

  constructor(path: string, onLine: (line: string) => void) {
    this.#path = path;
    this.#onLine = onLine;
  }

  /** Reads what has come; at most some MiB, so that a screen stays alive. True when there is more. Never throws. */
  read(): boolean {
    try {
      const { ino, size } = statSync(this.#path);
      if (this.#file < 0 || ino !== this.#inode || size < this.#offset) {
        // The end of the old one first.
        if (this.#file >= 0 && ino !== this.#inode) while (this.#piece() > 0);
        this.#open();
      }
      this.problem = "";
      let pieces = 0;
      while (pieces < 8 && this.#piece() > 0) pieces++;
      return pieces === 8;
    } catch (error) {
      const { code = "", message } = error as NodeJS.ErrnoException;
      const isMissing = code === "ENOENT";
      this.problem = `${this.#path}: ${isMissing ? "no such file, waiting for it" : message}`;
      return false;
    }
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  #open(): void {
    this.close();
    this.#file = openSync(this.#path, "r");
    const { ino, size } = fstatSync(this.#file);
    this.#inode = ino;
    this.#offset = this.#isFirst ? Math.max(0, size - PAST_BYTES_MAX) : 0;
    this.#isFirst = false;
    this.#rest = "";
    this.#decoder = new StringDecoder("utf8");
  }

  #piece(): number {
    const read = readSync(this.#file, this.#buffer, 0, PIECE_BYTES, this.#offset);
    this.#offset += read;
    const text = this.#rest + this.#decoder.write(this.#buffer.subarray(0, read));
    const lines = text.split("\n");
    const rest = lines.pop() ?? "";
    this.#rest = rest.length > LINE_CHARS_MAX ? "" : rest;
    for (const line of lines) if (line !== "") this.#onLine(line);
    return read;
  }
}
