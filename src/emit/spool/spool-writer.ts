import { mkdirSync } from "node:fs";
import type { NewDeliveryRecord } from "../delivery/delivery-record.ts";
import { SinkError } from "../file-sink.ts";
import { ActiveSegment } from "./active-segment.ts";
import { HeldRecords } from "./held-records.ts";
import { recoverSpool, rememberSequence } from "./segment-recovery.ts";
import { removeTemporaries, spoolBytes } from "./spool-folder.ts";
import { encodeRecord, RECORD_BYTES_MAX, roomFor } from "./spool-format.ts";
import { lockSpool } from "./spool-lock.ts";

export interface SpoolOptions {
  readonly dir: string;
  /** Bytes of all segments; the reading side drops before the writing side has to. */
  readonly maxBytes: number;
  /** A segment is at most an eighth of `maxBytes`, and one batch or record longer. */
  readonly segmentBytes: number;
  /** Bytes of records kept in memory while the disk takes none, about. */
  readonly memoryBytes: number;
  /** Time between two fsync calls; 0 calls it after every write. */
  readonly syncMs: number;
  /** One line when the disk begins to refuse, and one when it takes again. */
  readonly onProblem: (line: string) => void;
}

export interface SpoolWriterCounters {
  /** Records on disk, of this run. */
  readonly written: number;
  /** Records in memory: in hand, or held because the disk takes none. */
  readonly waiting: number;
  /** Records lost, by severity: disk and memory were full, or the record was longer than 1 MiB. */
  readonly dropped: ReadonlyMap<number, number>;
  /** Why the disk takes none, one line; "" while it does. */
  readonly problem: string;
}

/** Gathered this long before it is written, at most; or until the current turn of the event loop ends. */
const BATCH_BYTES = 65_536;
/** Of what is held, so much goes to disk in one turn: packets wait for it. */
const TURN_BYTES = 4 * BATCH_BYTES;
const RETRY_MS = 1_000;
/** How far over the limit the segments may go before records are held: the reading side needs time. */
const SLACK = 1.1;
/** Room is made by segments, so there have to be some. */
const SEGMENTS_MIN = 8;

/**
 * The writing end of the spool, on the packet thread. `append` costs an encoding; the bytes go to disk at the
 * end of the turn of the event loop, in one synchronous write. What is on disk survives the end of the
 * process; a power failure may cost what was written since the last fsync.
 *
 * While the disk is full, or the reading side cannot keep the folder below its limit, records wait in
 * memory, then the lowest severity is dropped. The disk is tried again every second.
 */
export class SpoolWriter {
  /** Called after a write with the last sequence on disk. */
  onWritten: (lastSequence: number) => void = () => {};
  readonly #options: SpoolOptions;
  readonly #segmentBytes: number;
  readonly #unlock: () => void;
  readonly #held: HeldRecords;
  readonly #segment: ActiveSegment;
  #batch = Buffer.allocUnsafe(2 * BATCH_BYTES);
  #batchEnd = 0;
  #batchRecords = 0;
  #next: number;
  #bytes: number;
  #isScheduled = false;
  #retry: NodeJS.Timeout | null = null;
  #written = 0;
  #problem = "";
  #isSyncBroken = false;
  #isClosed = false;

  /** Takes the folder, makes it when it is missing, and cuts a torn tail. Throws SinkError. */
  static open(options: SpoolOptions): SpoolWriter {
    let unlock = () => {};
    try {
      mkdirSync(options.dir, { recursive: true, mode: 0o750 });
      unlock = lockSpool(options.dir);
      return new SpoolWriter(options, unlock);
    } catch (error) {
      unlock();
      if (error instanceof SinkError) throw error;
      const { code = "", message } = error as NodeJS.ErrnoException;
      const problem = `cannot use spool folder ${options.dir}: ${FAULTS[code] ?? message}; or give another with --set spool.dir=FOLDER`;
      throw new SinkError(problem, code);
    }
  }

  private constructor(options: SpoolOptions, unlock: () => void) {
    const { dir, maxBytes, segmentBytes, syncMs } = options;
    this.#options = options;
    this.#segmentBytes = Math.min(segmentBytes, Math.floor(maxBytes / SEGMENTS_MIN));
    this.#unlock = unlock;
    removeTemporaries(dir);
    this.#next = recoverSpool(dir) + 1;
    this.#bytes = spoolBytes(dir);
    this.#held = new HeldRecords(options.memoryBytes);
    const onSync = (fault: string) => this.#onSync(fault);
    const onDeleted = () => options.onProblem(`spool ${dir}: ${DELETED}`);
    this.#segment = new ActiveSegment({ dir, syncMs, onSync, onDeleted }, this.#next);
    this.#roll();
  }

  get counters(): SpoolWriterCounters {
    const waiting = this.#batchRecords + this.#held.length;
    const { dropped } = this.#held;
    return { written: this.#written, waiting, dropped, problem: this.#problem };
  }

  /** Last sequence given to a record that is on disk. */
  get lastSequence(): number {
    return this.#next - 1 - this.#batchRecords;
  }

  /** Takes a record; it is on disk when the current turn of the event loop is over. Never throws. */
  append(record: NewDeliveryRecord): void {
    if (this.#isClosed) return;
    if (this.#problem !== "") {
      this.#held.add(record);
      return;
    }
    if (this.#held.length === 0) {
      this.#encode(record);
    } else {
      // One comes and two go, so what is held becomes less however fast they come.
      this.#held.add(record);
      this.#encodeHeld();
      this.#encodeHeld();
    }
    if (this.#batchEnd >= BATCH_BYTES) this.#writeBatch();
    this.#schedule();
  }

  /** Writes all that is in hand. False when the disk takes none; it is tried again every second. */
  flush(): boolean {
    return this.#isClosed || this.#write(Number.POSITIVE_INFINITY);
  }

  /** Writes and closes; returns the records that the disk did not take. */
  close(): number {
    if (this.#isClosed) return 0;
    this.flush();
    const left = this.#batchRecords + this.#held.length;
    this.#isClosed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#segment.close();
    rememberSequence(this.#options.dir, this.lastSequence);
    this.#unlock();
    return left;
  }

  #schedule(): void {
    const isIdle = this.#batchEnd === 0 && this.#held.length === 0;
    if (isIdle || this.#isScheduled || this.#problem !== "") return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#isClosed) return;
    this.#write(TURN_BYTES);
    this.#schedule();
  }

  /** Writes until nothing is in hand, or so many bytes. False when the disk takes none. */
  #write(bytesMax: number): boolean {
    let bytes = 0;
    do {
      bytes += this.#batchEnd;
      if (!this.#writeBatch()) return false;
      while (this.#batchEnd < BATCH_BYTES && this.#encodeHeld());
    } while (this.#batchEnd > 0 && bytes < bytesMax);
    return true;
  }

  #encodeHeld(): boolean {
    const record = this.#held.take();
    if (record !== null) this.#encode(record);
    return record !== null;
  }

  #encode(record: NewDeliveryRecord): void {
    const room = roomFor(record);
    if (this.#batch.length - this.#batchEnd < room) this.#growBatch(room);
    const end = room < 0 ? -1 : encodeRecord(record, this.#next, this.#batch, this.#batchEnd);
    if (end < 0) {
      this.#held.refuse(record);
      return;
    }
    this.#next++;
    this.#batchEnd = end;
    this.#batchRecords++;
  }

  #growBatch(room: number): void {
    const grown = Buffer.allocUnsafe(this.#batchEnd + Math.max(room, BATCH_BYTES));
    this.#batch.copy(grown, 0, 0, this.#batchEnd);
    this.#batch = grown;
  }

  #writeBatch(): boolean {
    if (this.#batchEnd === 0) return true;
    const fault = this.#isOverLimit()
      ? OVER_LIMIT
      : this.#segment.write(this.#batch, this.#batchEnd, this.lastSequence + 1);
    if (fault !== "") {
      this.#refused(fault);
      return false;
    }
    this.#bytes += this.#batchEnd;
    this.#written += this.#batchRecords;
    this.#batchEnd = 0;
    this.#batchRecords = 0;
    if (this.#batch.length > RECORD_BYTES_MAX) this.#batch = Buffer.allocUnsafe(2 * BATCH_BYTES);
    if (this.#problem !== "") {
      this.#problem = "";
      this.#options.onProblem(`spool ${this.#options.dir} takes records again`);
    }
    this.#roll();
    this.onWritten(this.#next - 1);
    return true;
  }

  #roll(): void {
    if (!this.#segment.rollAt(this.#segmentBytes, this.#next)) return;
    rememberSequence(this.#options.dir, this.#next - 1);
  }

  /** The reading side frees what was acknowledged; the folder is measured again only when it seems full. */
  #isOverLimit(): boolean {
    const limit = this.#options.maxBytes * SLACK;
    if (this.#bytes + this.#batchEnd <= limit) return false;
    try {
      this.#bytes = spoolBytes(this.#options.dir);
    } catch {
      // The write says what is wrong with the folder.
      return false;
    }
    return this.#bytes + this.#batchEnd > limit;
  }

  #refused(fault: string): void {
    const { dir, onProblem } = this.#options;
    const isNew = this.#problem === "";
    this.#problem = `spool ${dir}: ${FAULTS[fault] ?? fault}; alerts wait in memory`;
    if (isNew) onProblem(this.#problem);
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.#turn();
    }, RETRY_MS).unref();
  }

  #onSync(fault: string): void {
    const isBroken = fault !== "";
    if (this.#isClosed || isBroken === this.#isSyncBroken) return;
    this.#isSyncBroken = isBroken;
    const { dir, onProblem } = this.#options;
    const line = `fsync fails (${FAULTS[fault] ?? fault}); a power failure now would cost alerts`;
    onProblem(`spool ${dir}: ${isBroken ? line : "fsync works again"}`);
  }
}

const DELETED = "its files were deleted; alerts in them that had not been sent are lost";
const OVER_LIMIT = "it has reached its size limit; bring the outputs back or raise spool.maxMib";

const FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the device; make room",
  EDQUOT: "the disk quota is used up; make room",
  EACCES: "permission denied; make it writable for this user",
  EPERM: "permission denied; make it writable for this user",
  EROFS: "the file system is read-only; give a writable folder",
  ENOTDIR: "a part of the path is not a folder",
  EEXIST: "a part of the path is not a folder",
  EIO: "the device reports an input/output error",
};
