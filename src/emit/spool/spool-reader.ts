import type { DeliveryRecord } from "../delivery/delivery-record.ts";
import { SegmentWindow } from "./segment-window.ts";
import { type SegmentFile, segmentsOf } from "./spool-folder.ts";

export interface ReadLimits {
  /** At least 1. */
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

/** A place between two records: all up to `sequence` lie before it. */
interface Mark {
  readonly first: number;
  readonly offset: number;
  readonly sequence: number;
}

/**
 * Reads the spool in order, for one output. Damaged places are skipped to the next whole record and counted.
 * Every reader has its own place; several may read one folder, in any thread of the writer's process.
 * The file system must be local: what was written is readable at once.
 */
export class SpoolReader {
  /** Damaged places between two records that were skipped, each counted once; each cost at least one record. */
  corrupt = 0;
  readonly #dir: string;
  #segment: SegmentWindow | null = null;
  /** Last sequence that was passed. */
  #passed = 0;
  /** Behind the last record that was passed; what follows is taken for granted when a record proves it. */
  #proven = 0;
  /** Where the last read began: most reads that go back repeat that one. */
  #mark: Mark | null = null;
  /** Something since the last record is damaged. */
  #isDamaged = false;
  /** Damage before this sequence has been counted. */
  #counted = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * Records after `after` and up to `upTo`, which the writer must have announced, in order. Asking again
   * for what was given before is allowed. Throws the system's error when the disk cannot be read.
   */
  read(after: number, upTo: number, limits: ReadLimits): ReadResult {
    const records: DeliveryRecord[] = [];
    if (after >= upTo) return { records, through: after };
    this.#goTo(after);
    let characters = 0;
    let isAll = false;
    while (!isAll && records.length < limits.records && characters < limits.characters) {
      const record = this.#next(after, upTo);
      isAll = record === null || record.sequence >= upTo;
      if (record === null) break;
      records.push(record);
      characters += record.line.length;
    }
    if (!isAll) return { records, through: this.#passed };
    // What follows may be half-written, or be undone and written anew: next time it is read again.
    this.#isDamaged = false;
    this.#segment?.moveTo(this.#proven);
    return { records, through: upTo };
  }

  close(): void {
    this.#segment?.close();
    this.#segment = null;
  }

  /** The next record after `after`; null when there is none up to `upTo`. */
  #next(after: number, upTo: number): DeliveryRecord | null {
    for (let segment = this.#segment; segment !== null; segment = this.#segment) {
      const found = segment.scan();
      if (found.kind === "corrupt") {
        this.#isDamaged = true;
        segment.pass(found.next);
      } else if (found.kind === "record") {
        if (found.sequence > upTo) break;
        const record = found.sequence > after ? segment.decode(found.end) : null;
        segment.pass(found.end);
        this.#countDamage(found.sequence);
        this.#passed = found.sequence;
        this.#proven = segment.offset;
        if (record !== null) return record;
      } else if (!segment.readMore() && !this.#openNext(segment)) {
        break;
      }
    }
    return null;
  }

  /** Damage is certain when a record or a segment follows it. */
  #countDamage(sequence: number): void {
    if (sequence > this.#counted) {
      if (this.#isDamaged) this.corrupt++;
      this.#counted = sequence;
    }
    this.#isDamaged = false;
  }

  #goTo(after: number): void {
    const segment = this.#segment;
    if (segment === null || segment.isGone) {
      this.#seek(after);
    } else if (after < this.#passed) {
      const mark = this.#mark;
      if (mark === null || mark.first !== segment.first || mark.sequence > after) {
        this.#seek(after);
      } else {
        segment.moveTo(mark.offset);
        this.#passed = mark.sequence;
        this.#proven = mark.offset;
      }
    }
    this.#mark = {
      first: this.#segment?.first ?? 0,
      offset: this.#proven,
      sequence: Math.min(this.#passed, after),
    };
  }

  /** Opens the segment that the record after `after` is in. */
  #seek(after: number): void {
    this.close();
    this.#passed = 0;
    this.#isDamaged = false;
    const segments = segmentsOf(this.#dir);
    const index = segments.findLastIndex(({ first }) => first <= after + 1);
    this.#open(segments.slice(Math.max(index, 0)));
  }

  /** False at the last segment. */
  #openNext(segment: SegmentWindow): boolean {
    const later = segmentsOf(this.#dir).filter(({ first }) => first > segment.first);
    if (later.length === 0) return false;
    // The writer may have written between our reading and its next file; from now on it does not.
    if (segment.readMore()) return true;
    if (segment.left > 0) this.#isDamaged = true;
    return this.#open(later);
  }

  /** Opens the first of these that is still there. */
  #open(segments: readonly SegmentFile[]): boolean {
    for (const file of segments) {
      let segment: SegmentWindow;
      try {
        segment = new SegmentWindow(file);
      } catch (error) {
        // Deleted since it was listed: nobody needs its records any more.
        if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
        throw error;
      }
      // The segment before is whole now, so damage at its end is certain.
      this.#countDamage(file.first - 0.5);
      this.close();
      this.#segment = segment;
      this.#proven = segment.offset;
      return true;
    }
    return false;
  }
}
