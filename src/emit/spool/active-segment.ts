import {
  close,
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../base/make-folder.ts";
import { SEGMENT_MAGIC, segmentName } from "./spool-format.ts";

export interface ActiveSegmentOptions {
  readonly dir: string;
  /** Time between two fsync calls; 0 calls it within every write. */
  readonly syncMs: number;
  /** An fsync call failed with this code, or works again (""). */
  readonly onSync: (fault: string) => void;
  /** Somebody has deleted the file, and likely others. */
  readonly onDeleted: () => void;
}

/** The disk may have room again by the time something is written. */
const FULL = new Set(["ENOSPC", "EDQUOT"]);

/** The segment that is being written. A write is whole or undone. */
export class ActiveSegment {
  readonly #options: ActiveSegmentOptions;
  readonly #timer: NodeJS.Timeout | null;
  /** Full ones that wait for their last fsync. */
  readonly #sealing = new Set<number>();
  #fd = -1;
  #bytes = 0;
  #first: number;
  #isDirty = false;
  #isSyncing = false;

  /**
   * Begins a file with this sequence: those of earlier runs are read only, whatever has happened to them.
   * Throws the system's error, but not of a full disk.
   */
  constructor(options: ActiveSegmentOptions, next: number) {
    this.#options = options;
    this.#first = next;
    try {
      this.#open();
    } catch (error) {
      if (!FULL.has(codeOf(error))) throw error;
    }
    const { syncMs } = options;
    this.#timer = syncMs > 0 ? setInterval(() => this.#sync(), syncMs).unref() : null;
  }

  /** Appends `length` bytes, of which `first` is the first record; returns the code of the fault that undid it, or "". */
  write(bytes: Buffer, length: number, first: number): string {
    let done = 0;
    try {
      if (this.#fd >= 0 && fstatSync(this.#fd).nlink === 0) this.#abandon(first);
      if (this.#fd < 0) this.#open();
      while (done < length) {
        done += writeSync(this.#fd, bytes, done, length - done, this.#bytes + done);
      }
      if (this.#options.syncMs === 0) fdatasyncSync(this.#fd);
    } catch (error) {
      this.#undo();
      return codeOf(error);
    }
    this.#bytes += length;
    this.#isDirty = true;
    return "";
  }

  /** Begins the next file when this one has this many bytes. True when it does. */
  rollAt(bytesMax: number, next: number): boolean {
    if (this.#bytes < bytesMax || next === this.#first) return false;
    this.#seal();
    this.#first = next;
    this.#bytes = 0;
    try {
      this.#open();
    } catch {
      // The next write tries again and reports.
    }
    return true;
  }

  /** Returns when all is on disk, as far as the disk says. */
  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const fd of this.#sealing) syncNow(fd);
    if (this.#fd < 0) return;
    syncNow(this.#fd);
    closeSync(this.#fd);
    this.#fd = -1;
  }

  /** What is written to a file without a name is lost: a new one begins with this sequence. */
  #abandon(first: number): void {
    closeSync(this.#fd);
    this.#fd = -1;
    this.#first = first;
    this.#options.onDeleted();
  }

  /** Opens the file, new or not; a new one gets its magic. */
  #open(): void {
    const { dir } = this.#options;
    makeFolder(dir, 0o750);
    const path = join(dir, segmentName(this.#first));
    // Not for appending: a write that was undone may leave bytes that the next one has to replace.
    closeSync(openSync(path, "a", 0o640));
    const fd = openSync(path, "r+");
    try {
      const { size } = fstatSync(fd);
      if (size < SEGMENT_MAGIC.length) writeSync(fd, SEGMENT_MAGIC, 0, SEGMENT_MAGIC.length, 0);
      this.#bytes = Math.max(size, SEGMENT_MAGIC.length);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#fd = fd;
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

  /** The last fsync of a full file waits for the disk, and packets do not wait for it. */
  #seal(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    this.#fd = -1;
    this.#isDirty = false;
    this.#sealing.add(fd);
    fdatasync(fd, (error) => {
      this.#options.onSync(error === null ? "" : codeOf(error));
      this.#sealing.delete(fd);
      close(fd, () => {});
    });
  }

  #sync(): void {
    const fd = this.#fd;
    if (!this.#isDirty || this.#isSyncing || fd < 0) return;
    this.#isDirty = false;
    this.#isSyncing = true;
    fdatasync(fd, (error) => {
      this.#isSyncing = false;
      // Closed meanwhile, which has its own fsync.
      if (fd !== this.#fd && error?.code === "EBADF") return;
      this.#isDirty ||= error !== null;
      this.#options.onSync(error === null ? "" : codeOf(error));
    });
  }
}

function syncNow(fd: number): void {
  try {
    fdatasyncSync(fd);
  } catch {
    // At the end there is nothing left to be done about it.
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}
