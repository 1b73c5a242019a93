import { closeSync, openSync, readSync } from "node:fs";
import type { DeliveryRecord } from "../delivery/delivery-record.ts";
import { type SegmentFile, segmentsOf } from "./spool-folder.ts";
import { decodeRecord, RECORD_BYTES_MAX, SEGMENT_MAGIC } from "./spool-format.ts";

const CHUNK_BYTES = 262_144;

export interface ReadLimits {
  readonly records: number;
  /** Characters of all lines in one answer; at least one record is given. */
  readonly characters: number;
}

export interface ReadResult {
  readonly records: readonly DeliveryRecord[];
  /**
   * Up to this sequence all that the spool holds has been given: the last record's, or `upTo` when none is
   * left (numbers without a record were dropped or damaged).
   */
  readonly through: number;
}

/**
 * Reads the spool in order, for one output. Damaged places are skipped to the next whole record and counted.
 * Every reader has its own place; several may read one folder.
 */
export class SpoolReader {
  /** Damaged places that were skipped; each cost at least one record. */
  corrupt = 0;
  readonly #dir: string;
  #fd = -1;
  /** First sequence of the open segment. */
  #first = -1;
  /** Last sequence that was given. */
  #given = -1;
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  /** The part of the chunk that is filled. */
  #window: Buffer = this.#chunk.subarray(0, 0);
  /** Next record in the window, and where the window ends in the file. */
  #at = 0;
  #fileAt = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * Records after `after` and up to `upTo`, which must be on disk whole, in order. Asking again for what
   * was given before is allowed.
   */
  read(after: number, upTo: number, limits: ReadLimits): ReadResult {
    const records: DeliveryRecord[] = [];
    if (after >= upTo) return { records, through: after };
    if (this.#fd < 0 || after < this.#given) this.#seek(after);
    let characters = 0;
    while (records.length < limits.records && characters < limits.characters) {
      const record = this.#next(upTo);
      if (record === null) return { records, through: upTo };
      this.#given = record.sequence;
      if (record.sequence <= after) continue;
      records.push(record);
      characters += record.line.length;
    }
    return { records, through: this.#given };
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #next(upTo: number): DeliveryRecord | null {
    while (this.#fd >= 0) {
      const found = decodeRecord(this.#window, this.#at);
      if (found.kind === "record") {
        if (found.record.sequence > upTo) return null;
        this.#at = found.end;
        return found.record;
      }
      if (found.kind === "corrupt") {
        this.corrupt++;
        this.#at = found.next;
      } else if (!this.#readMore() && !this.#openNext()) {
        return null;
      }
    }
    return null;
  }

  /** More of the file, behind what is left of the window. False at its end. */
  #readMore(): boolean {
    const left = this.#window.length - this.#at;
    if (left === this.#chunk.length) this.#grow();
    this.#window.copy(this.#chunk, 0, this.#at);
    const count = readSync(this.#fd, this.#chunk, left, this.#chunk.length - left, this.#fileAt);
    this.#fileAt += count;
    this.#window = this.#chunk.subarray(0, left + count);
    this.#at = 0;
    return count > 0;
  }

  #grow(): void {
    const grown = Buffer.allocUnsafe(Math.min(4 * this.#chunk.length, 2 * RECORD_BYTES_MAX));
    this.#window.copy(grown);
    this.#window = grown.subarray(0, this.#window.length);
    this.#chunk = grown;
  }

  /** False at the last segment. */
  #openNext(): boolean {
    const next = segmentsOf(this.#dir).find(({ first }) => first > this.#first);
    if (next === undefined) return false;
    if (this.#at < this.#window.length) this.corrupt++;
    return this.#open(next);
  }

  #seek(after: number): void {
    const segments = segmentsOf(this.#dir);
    const segment = segments.findLast(({ first }) => first <= after + 1) ?? segments[0];
    this.#given = -1;
    if (segment !== undefined) this.#open(segment);
  }

  #open({ path, first }: SegmentFile): boolean {
    this.close();
    try {
      this.#fd = openSync(path, "r");
    } catch (error) {
      // Deleted since it was listed: all its records were acknowledged.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
    this.#first = first;
    this.#at = 0;
    this.#fileAt = SEGMENT_MAGIC.length;
    this.#window = this.#chunk.subarray(0, 0);
    return true;
  }
}
