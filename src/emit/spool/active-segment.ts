import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { segmentsOf } from "./spool-folder.ts";
import { decodeRecord, SEGMENT_MAGIC, segmentName } from "./spool-format.ts";

/** The last sequence that the spool has given away: of the last record, else what the last file's name says. */
export function lastSequenceIn(dir: string): number {
  const last = segmentsOf(dir).at(-1);
  if (last === undefined) return 0;
  return recover(last.path, last.first - 1);
}

/** Cuts what an interrupted write left at the end; returns the last sequence in the file, at least `least`. */
function recover(path: string, least: number): number {
  const bytes = readFileSync(path);
  let sequence = least;
  let end = SEGMENT_MAGIC.length;
  for (let at = end; at < bytes.length; ) {
    const found = decodeRecord(bytes, at);
    if (found.kind === "cut") break;
    if (found.kind === "record") {
      sequence = Math.max(sequence, found.record.sequence);
      end = found.end;
    }
    at = found.kind === "record" ? found.end : found.next;
  }
  if (end < bytes.length) truncate(path, end);
  return sequence;
}

function truncate(path: string, bytes: number): void {
  const fd = openSync(path, "r+");
  try {
    ftruncateSync(fd, bytes);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The segment that is being written. A write is whole or undone. */
export class ActiveSegment {
  readonly #dir: string;
  readonly #syncMs: number;
  #fd = -1;
  #bytes = 0;
  #first: number;
  #isDirty = false;
  #isSyncing = false;
  readonly #timer: NodeJS.Timeout | null;

  /** Goes on in the last file, or begins one with this sequence. */
  constructor({ dir, syncMs }: { readonly dir: string; readonly syncMs: number }, next: number) {
    this.#dir = dir;
    this.#syncMs = syncMs;
    this.#first = segmentsOf(dir).at(-1)?.first ?? next;
    this.#open();
    this.#timer = syncMs > 0 ? setInterval(() => this.#sync(), syncMs).unref() : null;
  }

  /** Appends `length` bytes; returns the code of the fault that undid it, or "". */
  write(bytes: Buffer, length: number): string {
    let done = 0;
    try {
      if (this.#fd < 0) this.#open();
      while (done < length) {
        done += writeSync(this.#fd, bytes, done, length - done, this.#bytes + done);
      }
      if (this.#syncMs === 0) fdatasyncSync(this.#fd);
    } catch (error) {
      this.#undo();
      return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    }
    this.#bytes += length;
    this.#isDirty = true;
    return "";
  }

  /** Begins the next file when this one has this many bytes. */
  rollAt(bytesMax: number, next: number): void {
    if (this.#bytes < bytesMax) return;
    this.#release();
    this.#first = next;
    try {
      this.#open();
    } catch {
      // The next write tries again and reports.
    }
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#release();
  }

  /** Opens the file, new or not; a new one gets its magic. */
  #open(): void {
    const fd = openSync(join(this.#dir, segmentName(this.#first)), "a+", 0o640);
    closeSync(fd);
    this.#fd = openSync(join(this.#dir, segmentName(this.#first)), "r+");
    this.#bytes = fstatSync(this.#fd).size;
    if (this.#bytes >= SEGMENT_MAGIC.length) return;
    this.#bytes = 0;
    try {
      writeSync(this.#fd, SEGMENT_MAGIC, 0, SEGMENT_MAGIC.length, 0);
    } catch (error) {
      this.#release();
      throw error;
    }
    this.#bytes = SEGMENT_MAGIC.length;
  }

  /** A part of a record must not stay: it would stand in the way of the next one. */
  #undo(): void {
    if (this.#fd < 0) return;
    try {
      ftruncateSync(this.#fd, this.#bytes);
    } catch {
      // The rest is overwritten by the next write, which begins at the same place.
    }
  }

  #release(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    try {
      fdatasyncSync(fd);
    } catch {
      // Reported by the next write, if it still holds.
    }
    closeSync(fd);
    this.#isDirty = false;
  }

  #sync(): void {
    if (!this.#isDirty || this.#isSyncing || this.#fd < 0) return;
    this.#isDirty = false;
    this.#isSyncing = true;
    fdatasync(this.#fd, () => {
      this.#isSyncing = false;
    });
  }
}
