import { closeSync, constants, fstatSync, openSync, realpathSync, writeSync } from "node:fs";
import type { LineBytes } from "./eve/line-bytes.ts";
import { isCapture, openFault, WRITE_FAULTS } from "./file-faults.ts";
import { FileRotation, type RotationLimits } from "./file-rotation.ts";
import { cutHalfLine } from "./half-line.ts";
import { LineBatch } from "./line-batch.ts";
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
  /** Called when a sink that broke is written again. */
  readonly onRecovery?: (line: string) => void;
  /** When a new file is begun; never unless given. */
  readonly rotation?: RotationLimits;
}

/** Lines gather up to this many bytes, or for this long, before they are written. */
const BATCH_BYTES = 65_536;
const BATCH_MS = 100;
/** With `drop`: bytes that may wait for a slow reader, or for room on a full disk. */
const WAITING_MAX = 16_777_216;
/** With `drop`: how long the end of the run waits for the reader. */
const CLOSE_MS = 2_000;
const RETRY_MS = 1;
/** With `drop`: a disk that is full is tried again after this time. */
const RECOVERY_MS = 1_000;
/** Faults that end by themselves once somebody makes room. */
const PASSING = new Set(["ENOSPC", "EDQUOT"]);
const GOES_ON = `no space left; make room: up to ${WAITING_MAX / 2 ** 20} MiB wait in memory and are written then`;

const SLEEP = new Int32Array(new SharedArrayBuffer(4));
const STDOUT = 1;

/** Opens a file to write to: a replay makes it anew, live capture adds to it. Throws SinkError. */
export function openFileSink(
  path: string,
  options: FileSinkOptions & { readonly append: boolean },
): FileSink {
  if (isCapture(path)) {
    const problem = `cannot write ${path}: it is a capture or a compressed file and would be lost; give another path`;
    throw new SinkError(problem, "EEXIST");
  }
  const mode = options.append ? constants.O_APPEND : constants.O_TRUNC;
  let fd: number;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | mode, 0o640);
    if (options.whenFull === "drop" && fstatSync(fd).isFIFO()) fd = withoutWaiting(fd, path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    throw new SinkError(`cannot write ${path}: ${openFault(error)}`, code);
  }
  return new FileSink(fd, path, options);
}

/** A pipe's first open waits for a reader; from then on a slow one must not hold packets up. */
function withoutWaiting(fd: number, path: string): number {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } finally {
    closeSync(fd);
  }
}

/** Standard output as a sink. */
export function openStdoutSink(options: FileSinkOptions): FileSink {
  // Node makes a pipe non-blocking when it is asked for the stream; only then can we drop.
  if (options.whenFull === "drop") process.stdout.on("error", () => {});
  return new FileSink(STDOUT, "standard output", options);
}

/** Writes lines in order, in batches, synchronously: a file takes them at memory speed, a pipe holds us up. */
export class FileSink implements RecordSink {
  readonly name: string;
  #fd: number;
  readonly #options: FileSinkOptions;
  readonly #waiting = new LineBatch();
  #batch: Buffer | null = null;
  #batchLines = 0;
  #batchAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #written = 0;
  #dropped = 0;
  #problem = "";
  /** Time of a full disk; 0 when there is none, or nothing is to be tried again. */
  #fullMs = 0;
  readonly #rotation: FileRotation | null;
  /** It is a plain file, and no fault has kept it from being rotated. */
  #isRotated = false;

  constructor(fd: number, name: string, options: FileSinkOptions) {
    this.#fd = fd;
    this.name = name;
    this.#options = options;
    const { rotation } = options;
    // Of a link, what it points to is moved away, and made anew through the link.
    this.#rotation = rotation === undefined ? null : new FileRotation(realpathSync(name), rotation);
    this.#beginFile();
  }

  get health(): SinkHealth {
    return { written: this.#written, dropped: this.#dropped, problem: this.#problem };
  }

  offer(line: string | LineBytes): boolean {
    const waiting = this.#waiting;
    const isFull = this.#batch !== null && waiting.length + line.length > WAITING_MAX;
    const isBroken = this.#problem !== "" && this.#fullMs === 0;
    if (isBroken || this.#isClosed || isFull) {
      this.#dropped++;
      return false;
    }
    waiting.add(line);
    if (this.#batch === null && waiting.length >= BATCH_BYTES) this.#write();
    if (this.#hasMore()) this.#timer ??= setTimeout(() => this.#onTimer(), BATCH_MS);
    return true;
  }

  async flush(): Promise<void> {
    const deadline = Date.now() + CLOSE_MS;
    this.#retryAtOnce();
    this.#write();
    while (this.#hasMore() && this.#fullMs === 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      this.#write();
    }
    if (this.#hasMore() && this.#fullMs === 0)
      this.#break("EAGAIN", `its reader took nothing for ${CLOSE_MS / 1_000} s`);
  }

  /** Opens the file by its name again, after log rotation has moved it away. A fault leaves the old file open. */
  reopen(): void {
    if (this.#isClosed || this.#fd === STDOUT) return;
    this.#retryAtOnce();
    this.#write();
    try {
      // Without O_NONBLOCK a pipe that nobody reads would hold packets up for ever.
      const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;
      const fd = openSync(this.name, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK, 0o640);
      closeSync(this.#fd);
      this.#fd = fd;
      this.#beginFile();
      // What a full disk kept back goes to the new file, which may be elsewhere.
      if (this.#fullMs > 0) this.#write();
      else this.#recovered();
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      const problem = `cannot open ${this.name} again: ${openFault(error)}`;
      this.#options.onProblem?.(problem, code);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.flush();
    this.#isClosed = true;
    if (this.#hasMore()) this.#endOnFullDisk();
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
    return this.#batch !== null || this.#waiting.lines > 0;
  }

  #onTimer(): void {
    this.#timer = null;
    this.#write();
    if (this.#hasMore()) this.#timer = setTimeout(() => this.#onTimer(), BATCH_MS);
  }

  /** Writes all that waits; stops early when a pipe is full and the options say drop, or on a fault. */
  #write(): void {
    if (this.#fullMs > 0 && Date.now() - this.#fullMs < RECOVERY_MS) return;
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
        this.#rotation?.added(this.#batch.length);
        this.#batch = null;
        this.#recovered();
        this.#rotate();
      }
    }
  }

  #beginFile(): void {
    if (this.#rotation === null) return;
    const status = fstatSync(this.#fd);
    this.#isRotated = status.isFile();
    this.#rotation.opened(status.size, Date.now());
  }

  #rotate(): void {
    const rotation = this.#rotation;
    if (rotation === null || !this.#isRotated || !rotation.isDue(Date.now())) return;
    // A fault is told once; reopening tries again.
    this.#isRotated = false;
    try {
      rotation.moveAway(Date.now());
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      const problem = `cannot rotate ${this.name}: ${openFault(error)}; it goes on growing`;
      this.#options.onProblem?.(problem, code);
      return;
    }
    this.reopen();
  }

  /** A full disk was long ago. */
  #retryAtOnce(): void {
    if (this.#fullMs > 0) this.#fullMs = 1;
  }

  #recovered(): void {
    if (this.#problem === "") return;
    this.#problem = "";
    this.#fullMs = 0;
    const lost = this.#dropped === 0 ? "no record was lost" : `${this.#dropped} records were lost`;
    this.#options.onRecovery?.(`${this.name} is written again; ${lost}`);
  }

  #nextBatch(): Buffer {
    this.#batchLines = this.#waiting.lines;
    this.#batchAt = 0;
    return this.#waiting.take();
  }

  #break(code: string, reason: string): void {
    if (this.#batch !== null && this.#batchAt > 0) this.#keepWholeLines(this.#batch);
    const isPassing = this.#options.whenFull === "drop" && PASSING.has(code);
    this.#fullMs = isPassing ? Date.now() : 0;
    if (!isPassing) this.#giveUp();
    const isTold = this.#problem !== "";
    const cure = isPassing ? GOES_ON : reason;
    this.#problem = `cannot write ${this.name}: ${cure} (${this.#written} records written)`;
    if (!isTold) this.#options.onProblem?.(this.#problem, code);
  }

  /** The run ends, and what waits in memory with it. */
  #endOnFullDisk(): void {
    this.#giveUp();
    this.#problem = `cannot write ${this.name}: no space was left up to the end; ${this.#dropped} records were lost`;
    this.#options.onProblem?.(this.#problem, "ENOSPC");
  }

  #giveUp(): void {
    this.#dropped += this.#waiting.lines + (this.#batch === null ? 0 : this.#batchLines);
    this.#waiting.take();
    this.#batch = null;
  }

  /** The lines that were written whole stay and count; the rest of the batch is still to be written. */
  #keepWholeLines(batch: Buffer): void {
    const { bytes, lines } = cutHalfLine(this.#fd, batch, this.#batchAt);
    this.#written += lines;
    this.#batchLines -= lines;
    this.#batch = batch.subarray(bytes);
    this.#batchAt = 0;
  }
}
