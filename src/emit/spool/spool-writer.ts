import { makeFolder } from "../../base/make-folder.ts";
import type { NewDeliveryRecord } from "../delivery/delivery-record.ts";
import { ActiveSegment } from "./active-segment.ts";
import { HeldRecords } from "./held-records.ts";
import { recoverSpool, rememberSequence } from "./segment-recovery.ts";
import { DELETED, FAULTS, folderError, OVER_LIMIT } from "./spool-faults.ts";
import { type Range, releaseSegments, removeTemporaries, spoolBytes } from "./spool-folder.ts";
import { encodeRecord, RECORD_BYTES_MAX, roomFor, scanRecord, severityOf } from "./spool-format.ts";
import { lockSpool } from "./spool-lock.ts";
import type { SpoolOptions, SpoolWriterCounters } from "./spool-options.ts";

/** Gathered this long before it is written, at most; or until the current turn of the event loop ends. */
const BATCH_BYTES = 65_536;
/** Of what is held, so much goes to disk in one turn: packets wait for it. */
const TURN_BYTES = 4 * BATCH_BYTES;
const RETRY_MS = 1_000;
/** At the size limit: the reading side makes room within this time. */
const FULL_RETRY_MS = 100;
/** Between two messages that the disk refuses. */
const TELL_MS = 60_000;
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
  /** Called when the segments have reached their limit: the reading side should make room. */
  onFull: () => void = () => {};
  readonly #options: SpoolOptions;
  readonly #segmentBytes: number;
  readonly #unlock: () => void;
  readonly #held: HeldRecords;
  readonly #segment: ActiveSegment;
  /** Numbers up to the last one at the start that no record ever had. */
  readonly spare: number;
  #batch = Buffer.allocUnsafe(2 * BATCH_BYTES);
  #batchEnd = 0;
  #batchRecords = 0;
  #next: number;
  #bytes: number;
  #isScheduled = false;
  #retry: NodeJS.Timeout | null = null;
  #raised = 0;
  #written = 0;
  #problem = "";
  #isTold = false;
  #toldMs = Number.NEGATIVE_INFINITY;
  #isSyncBroken = false;
  #isClosed = false;

  /** Takes the folder, makes it when it is missing, and cuts a torn tail. Throws SinkError. */
  static open(options: SpoolOptions): SpoolWriter {
    let unlock = () => {};
    try {
      makeFolder(options.dir, 0o750);
      unlock = lockSpool(options.dir);
      return new SpoolWriter(options, unlock);
    } catch (error) {
      unlock();
      throw folderError(options.dir, error);
    }
  }

  private constructor(options: SpoolOptions, unlock: () => void) {
    const { dir, maxBytes, segmentBytes, syncMs } = options;
    this.#options = options;
    this.#segmentBytes = Math.min(segmentBytes, Math.floor(maxBytes / SEGMENTS_MIN));
    this.#unlock = unlock;
    removeTemporaries(dir);
    const { last, spare } = recoverSpool(dir);
    this.#next = last + 1;
    this.spare = spare;
    this.#bytes = spoolBytes(dir);
    this.#held = new HeldRecords(options.memoryBytes);
    const onSync = (fault: string) => this.#onSync(fault);
    const onDeleted = () => options.onProblem(`spool ${dir}: ${DELETED}`);
    this.#segment = new ActiveSegment({ dir, syncMs, onSync, onDeleted }, this.#next);
  }

  get counters(): SpoolWriterCounters {
    const waiting = this.#batchRecords + this.#held.length;
    const { dropped } = this.#held;
    const raised = this.#raised;
    return { raised, written: this.#written, waiting, dropped, problem: this.#problem };
  }

  /** Last sequence given to a record that is on disk. */
  get lastSequence(): number {
    return this.#next - 1 - this.#batchRecords;
  }

  /** Takes a record; it is on disk when the current turn of the event loop is over. Never throws. */
  append(record: NewDeliveryRecord): void {
    if (this.#isClosed) return;
    this.#raised++;
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

  /** Begins a new segment, so that the reading side can delete what has been acknowledged. */
  seal(): void {
    if (!this.#isClosed && this.#batchEnd === 0) this.#roll(0);
  }

  /**
   * Writes and closes; what the disk did not take is counted as dropped. Segments go that hold nothing of what
   * `needs` names then; null keeps all.
   */
  close(needs: (() => readonly Range[]) | null = null): void {
    if (this.#isClosed) return;
    this.flush();
    this.#giveUp();
    this.#isClosed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#segment.close();
    const { dir } = this.#options;
    rememberSequence(dir, this.lastSequence);
    try {
      if (needs !== null) {
        releaseSegments(dir, needs(), { last: this.lastSequence, isWritten: false });
      }
    } catch {
      // The next run deletes them.
    }
    this.#unlock();
  }

  /** At the end, what the disk has not taken is lost. */
  #giveUp(): void {
    this.#held.giveUp();
    const batch = this.#batch.subarray(0, this.#batchEnd);
    for (let at = 0; at < batch.length; ) {
      const found = scanRecord(batch, at);
      if (found.kind !== "record") break;
      this.#held.refuse(found.severity);
      at = found.end;
    }
    this.#next -= this.#batchRecords;
    this.#batchRecords = 0;
    this.#batchEnd = 0;
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
      this.#held.refuse(severityOf(record));
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
    this.#problem = "";
    if (this.#isTold) this.#options.onProblem(`spool ${this.#options.dir} takes records again`);
    this.#isTold = false;
    this.#roll(this.#segmentBytes);
    this.onWritten(this.#next - 1);
    return true;
  }

  #roll(bytesMax: number): void {
    if (!this.#segment.rollAt(bytesMax, this.#next)) return;
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
    this.#problem = `spool ${dir}: ${FAULTS[fault] ?? fault}; alerts wait in memory`;
    // At its limit it takes records again as soon as the reading side has made room, and tells what that costs.
    if (fault === OVER_LIMIT) this.onFull();
    else if (!this.#isTold && performance.now() - this.#toldMs >= TELL_MS) {
      this.#isTold = true;
      this.#toldMs = performance.now();
      onProblem(this.#problem);
    }
    this.#retry ??= setTimeout(
      () => {
        this.#retry = null;
        this.#turn();
      },
      fault === OVER_LIMIT ? FULL_RETRY_MS : RETRY_MS,
    ).unref();
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
