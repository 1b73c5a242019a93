import { closeSync, constants, openSync, readSync, statSync, writeSync } from "node:fs";
import type { RecordSink, SinkHealth } from "./sink.ts";

/** A sink that cannot be opened; the message is one line with the cure. */
export class SinkError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.name = "SinkError";
    this.code = code;
  }
}

export interface FileSinkOptions {
  /**
   * What to do when a pipe's reader is slower than we are: `wait` holds the run up (replay), `drop`
   * keeps a bounded amount and then loses records, counted (live: packets matter more).
   */
  readonly whenFull: "wait" | "drop";
  /** Called once, when the sink breaks. */
  readonly onProblem?: (problem: string, code: string) => void;
}

/** Lines gather up to this many characters, or for this long, before they are written. */
const BATCH_CHARACTERS = 65_536;
const BATCH_MS = 100;
/** With `drop`: characters that may wait for a slow reader. */
const WAITING_MAX = 16_777_216;
/** With `drop`: how long the end of the run waits for the reader. */
const CLOSE_MS = 2_000;
const RETRY_MS = 1;

const SLEEP = new Int32Array(new SharedArrayBuffer(4));
const STDOUT = 1;

/** Opens a file to write to: a replay makes it anew, live capture adds to it. Throws SinkError. */
export function openFileSink(
  path: string,
  options: FileSinkOptions & { readonly append: boolean },
): FileSink {
  refuseCapture(path);
  const mode = options.append ? constants.O_APPEND : constants.O_TRUNC;
  let fd: number;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | mode, 0o640);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new SinkError(`cannot write ${path}: ${OPEN_FAULTS[code] ?? message}`, code);
  }
  return new FileSink(fd, path, options);
}

/** Standard output as a sink. */
export function openStdoutSink(options: FileSinkOptions): FileSink {
  // Node makes a pipe non-blocking when it is asked for the stream; only then can we drop.
  if (options.whenFull === "drop") process.stdout.on("error", () => {});
  return new FileSink(STDOUT, "standard output", options);
}

const OPEN_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: "no such folder; make it first or give another path",
  ENOTDIR: "a part of the path is not a folder; give another path",
  EACCES: "permission denied; give a path that this user may write",
  EPERM: "permission denied; give a path that this user may write",
  EROFS: "the file system is read-only; give another path",
  EISDIR: "it is a folder; give a file name",
  ENOSPC: "no space left on the device; make room or give another path",
  EDQUOT: "the disk quota is used up; make room or give another path",
};

const WRITE_FAULTS: Readonly<Record<string, string>> = {
  EPIPE: "its reader has gone",
  ENOSPC: "no space left on the device; make room and run again",
  EDQUOT: "the disk quota is used up; make room and run again",
  EFBIG: "the file has reached the size limit; give another path",
  EIO: "the device reports an input/output error",
};

/** First bytes of pcap (both orders, µs and ns), pcapng, gzip and zstd. */
const CAPTURE_MAGICS = new Set([
  "d4c3b2a1",
  "a1b2c3d4",
  "4d3cb2a1",
  "a1b23c4d",
  "0a0d0d0a",
  "28b52ffd",
]);

/** `--eve call.pcap` by mistake must not destroy a capture. */
function refuseCapture(path: string): void {
  const head = Buffer.alloc(4);
  try {
    if (!statSync(path).isFile()) return;
    const fd = openSync(path, "r");
    try {
      readSync(fd, head, 0, 4, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    return;
  }
  const magic = head.toString("hex");
  if (CAPTURE_MAGICS.has(magic) || magic.startsWith("1f8b")) {
    const problem = `cannot write ${path}: it is a capture or a compressed file and would be lost; give another path`;
    throw new SinkError(problem, "EEXIST");
  }
}

/** Writes lines in order, in batches, synchronously: a file takes them at memory speed, a pipe holds us up. */
export class FileSink implements RecordSink {
  readonly name: string;
  #fd: number;
  readonly #options: FileSinkOptions;
  #lines: string[] = [];
  #characters = 0;
  #batch: Buffer | null = null;
  #batchLines = 0;
  #batchAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #written = 0;
  #dropped = 0;
  #problem = "";

  constructor(fd: number, name: string, options: FileSinkOptions) {
    this.#fd = fd;
    this.name = name;
    this.#options = options;
  }

  get health(): SinkHealth {
    return { written: this.#written, dropped: this.#dropped, problem: this.#problem };
  }

  offer(line: string): boolean {
    const isFull = this.#batch !== null && this.#characters + line.length > WAITING_MAX;
    if (this.#problem !== "" || this.#isClosed || isFull) {
      this.#dropped++;
      return false;
    }
    this.#lines.push(line);
    this.#characters += line.length + 1;
    if (this.#batch === null && this.#characters >= BATCH_CHARACTERS) this.#write();
    if (this.#hasMore()) this.#timer ??= setTimeout(() => this.#onTimer(), BATCH_MS);
    return true;
  }

  async flush(): Promise<void> {
    const deadline = Date.now() + CLOSE_MS;
    this.#write();
    while (this.#hasMore() && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      this.#write();
    }
    if (this.#hasMore()) this.#break("EAGAIN", `its reader took nothing for ${CLOSE_MS / 1_000} s`);
  }

  /** Opens the file by its name again, after log rotation has moved it away. A fault leaves the old file open. */
  reopen(): void {
    if (this.#isClosed || this.#fd === STDOUT) return;
    this.#write();
    try {
      const fd = openSync(
        this.name,
        constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
        0o640,
      );
      closeSync(this.#fd);
      this.#fd = fd;
    } catch (error) {
      const { code = "", message } = error as NodeJS.ErrnoException;
      const problem = `cannot open ${this.name} again: ${OPEN_FAULTS[code] ?? message}`;
      this.#options.onProblem?.(problem, code);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.flush();
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#fd === STDOUT) return;
    try {
      closeSync(this.#fd);
    } catch (error) {
      // Network file systems report a full disk only here.
      const { code = "", message } = error as NodeJS.ErrnoException;
      this.#break(code, WRITE_FAULTS[code] ?? message);
    }
  }

  #hasMore(): boolean {
    return this.#batch !== null || this.#lines.length > 0;
  }

  #onTimer(): void {
    this.#timer = null;
    this.#write();
    if (this.#hasMore()) this.#timer = setTimeout(() => this.#onTimer(), BATCH_MS);
  }

  /** Writes all that waits; stops early when a pipe is full and the options say drop, or on a fault. */
  #write(): void {
    while (this.#hasMore()) {
      this.#batch ??= this.#nextBatch();
      try {
        this.#batchAt += writeSync(this.#fd, this.#batch, this.#batchAt);
      } catch (error) {
        const { code = "", message } = error as NodeJS.ErrnoException;
        if (code !== "EAGAIN") {
          this.#break(code, WRITE_FAULTS[code] ?? message);
          return;
        }
        if (this.#options.whenFull === "drop") return;
        Atomics.wait(SLEEP, 0, 0, RETRY_MS);
      }
      if (this.#batchAt === this.#batch.length) {
        this.#written += this.#batchLines;
        this.#batch = null;
      }
    }
  }

  #nextBatch(): Buffer {
    const batch = Buffer.from(`${this.#lines.join("\n")}\n`, "utf8");
    this.#batchLines = this.#lines.length;
    this.#batchAt = 0;
    this.#lines = [];
    this.#characters = 0;
    return batch;
  }

  #break(code: string, reason: string): void {
    this.#dropped += this.#lines.length + (this.#batch === null ? 0 : this.#batchLines);
    this.#lines = [];
    this.#batch = null;
    this.#problem = `cannot write ${this.name}: ${reason} (${this.#written} records written)`;
    this.#options.onProblem?.(this.#problem, code);
  }
}
