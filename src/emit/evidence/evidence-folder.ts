import {
  accessSync,
  closeSync,
  constants,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../base/make-folder.ts";
import { SinkError } from "../file-sink.ts";
import { FILE_HEADER_BYTES, RECORD_HEADER_BYTES } from "./pcap-file.ts";

const NAME = /^[0-9a-f]{32}\.pcap$/;

/** The process that wrote before may have been killed within a write: its last files are looked at. */
const REPAIRED_MAX = 64;

const FAULTS: Readonly<Record<string, string>> = {
  ENOTDIR: "a part of the path is not a folder; give another path",
  EEXIST: "it is a file; give a folder",
  EACCES: "permission denied; give a folder that this user may write",
  EPERM: "permission denied; give a folder that this user may write",
  EROFS: "the file system is read-only; give another folder",
  ENOSPC: "no space left on the device; make room or give another folder",
  ENOENT: "the file system takes no folders here; give another path",
};

/** The evidence files of this and earlier runs, and the room that they take; the oldest goes first. */
export class EvidenceFolder {
  readonly path: string;
  /** Bytes of all files. */
  bytes = 0;
  /** Files that went to make room. */
  removed = 0;
  readonly #bytesMax: number;
  /** Bytes of each file by name, oldest first. */
  readonly #files = new Map<string, number>();

  /** Makes the folder when it is missing. Throws SinkError. */
  constructor(path: string, bytesMax: number) {
    this.path = path;
    this.#bytesMax = bytesMax;
    try {
      makeFolder(path, 0o750);
      accessSync(path, constants.W_OK | constants.X_OK);
      this.#takeStock();
    } catch (error) {
      const { code = "", message } = error as NodeJS.ErrnoException;
      throw new SinkError(`cannot keep evidence in ${path}: ${FAULTS[code] ?? message}`, code);
    }
    this.makeRoom(0, () => false);
  }

  get files(): number {
    return this.#files.size;
  }

  has(alertId: string): boolean {
    return this.#files.has(nameOf(alertId));
  }

  pathOf(alertId: string): string {
    return join(this.path, nameOf(alertId));
  }

  /** Notes the size of an alert's file; a new one is the youngest. */
  note(alertId: string, bytes: number): void {
    const name = nameOf(alertId);
    this.bytes += bytes - (this.#files.get(name) ?? 0);
    this.#files.set(name, bytes);
  }

  /** Forgets a file that is about to be made anew. */
  forget(alertId: string): void {
    const name = nameOf(alertId);
    this.bytes -= this.#files.get(name) ?? 0;
    this.#files.delete(name);
  }

  /**
   * Removes the oldest files until `bytes` more fit. False: they do not fit beside the files that
   * `isOpen`. Never throws; a file that cannot be removed is no longer counted.
   */
  makeRoom(bytes: number, isOpen: (alertId: string) => boolean): boolean {
    if (this.bytes + bytes <= this.#bytesMax) return true;
    for (const [name, size] of this.#files) {
      if (isOpen(name.slice(0, 32))) continue;
      this.#files.delete(name);
      this.bytes -= size;
      this.removed++;
      try {
        rmSync(join(this.path, name), { force: true });
      } catch {
        // Somebody took our right to write; the next file says so.
      }
      if (this.bytes + bytes <= this.#bytesMax) return true;
    }
    return false;
  }

  #takeStock(): void {
    const found = readdirSync(this.path)
      .filter((name) => NAME.test(name))
      .map((name) => ({ name, status: statSync(join(this.path, name), { throwIfNoEntry: false }) }))
      .flatMap(({ name, status }) => (status?.isFile() ? [{ name, status }] : []))
      .sort((a, b) => a.status.mtimeMs - b.status.mtimeMs || (a.name < b.name ? -1 : 1));
    for (const [i, { name, status }] of found.entries()) {
      const isRecent = i >= found.length - REPAIRED_MAX;
      const bytes = isRecent ? repair(join(this.path, name), status.size) : status.size;
      this.#files.set(name, bytes);
      this.bytes += bytes;
    }
  }
}

function nameOf(alertId: string): string {
  return `${alertId}.pcap`;
}

/** Cuts what is left of a record that was not written to its end. Returns the size after it. */
function repair(path: string, size: number): number {
  try {
    const fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      const end = endOfRecords(fd, size);
      if (end < size) ftruncateSync(fd, end);
      return end;
    } finally {
      closeSync(fd);
    }
  } catch {
    return size;
  }
}

/** End of the last whole record; 0 when not even the file's header is whole. */
function endOfRecords(fd: number, size: number): number {
  if (size < FILE_HEADER_BYTES) return 0;
  const header = Buffer.alloc(RECORD_HEADER_BYTES);
  let end = FILE_HEADER_BYTES;
  while (end + RECORD_HEADER_BYTES <= size) {
    readSync(fd, header, 0, RECORD_HEADER_BYTES, end);
    const next = end + RECORD_HEADER_BYTES + header.readUInt32LE(8);
    if (next > size) break;
    end = next;
  }
  return end;
}
