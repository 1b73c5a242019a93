import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { DeliveryRecord } from "../delivery/delivery-record.ts";
import type { SegmentFile } from "./spool-folder.ts";
import {
  decodeRecord,
  RECORD_BYTES_MAX,
  type Scanned,
  SEGMENT_MAGIC,
  scanRecord,
} from "./spool-format.ts";

const CHUNK_BYTES = 262_144;

/** An open segment, read forward through a window that moves over the file. */
export class SegmentWindow {
  readonly #path: string;
  readonly first: number;
  readonly #fd: number;
  readonly #inode: number;
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  /** The part of the chunk that is filled, and where it ends in the file. */
  #window: Buffer = this.#chunk.subarray(0, 0);
  #fileAt = SEGMENT_MAGIC.length;
  /** The next place, within the window. */
  #at = 0;

  /** Throws the system's error: ENOENT when it was deleted since it was listed. */
  constructor({ path, first }: SegmentFile) {
    this.#path = path;
    this.first = first;
    this.#fd = openSync(path, "r");
    this.#inode = fstatSync(this.#fd).ino;
  }

  /** Place in the file. */
  get offset(): number {
    return this.#fileAt - this.#window.length + this.#at;
  }

  /** Bytes that were read and are not passed: after `scan` said cut and there are no more, a part of a record. */
  get left(): number {
    return this.#window.length - this.#at;
  }

  /** It was rewritten with fewer records, or deleted. */
  get isGone(): boolean {
    return statSync(this.#path, { throwIfNoEntry: false })?.ino !== this.#inode;
  }

  /** What stands at this place, as far as the window reaches. */
  scan(): Scanned {
    return scanRecord(this.#window, this.#at);
  }

  /** The record that `scan` found here. */
  decode(end: number): DeliveryRecord {
    return decodeRecord(this.#window, this.#at, end);
  }

  /** Passes what `scan` found, to the place that it named. */
  pass(to: number): void {
    this.#at = to;
  }

  /** Goes to a place in the file; what was read is forgotten. */
  moveTo(offset: number): void {
    this.#fileAt = offset;
    this.#window = this.#chunk.subarray(0, 0);
    this.#at = 0;
  }

  /** Reads on, behind what is left. False at the end of the file. */
  readMore(): boolean {
    const { left } = this;
    if (left === this.#chunk.length) this.#grow();
    this.#window.copy(this.#chunk, 0, this.#at);
    const count = readSync(this.#fd, this.#chunk, left, this.#chunk.length - left, this.#fileAt);
    this.#fileAt += count;
    this.#window = this.#chunk.subarray(0, left + count);
    this.#at = 0;
    return count > 0;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #grow(): void {
    const grown = Buffer.allocUnsafe(Math.min(4 * this.#chunk.length, 2 * RECORD_BYTES_MAX));
    this.#window.copy(grown);
    this.#window = grown.subarray(0, this.#window.length);
    this.#chunk = grown;
  }
}
