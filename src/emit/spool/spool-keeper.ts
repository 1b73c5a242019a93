import { readFileSync, rmSync } from "node:fs";
import { contentOf, type SegmentContent, withoutRecords } from "./segment-content.ts";
import { replaceFile, type SegmentFile, segmentsOf } from "./spool-folder.ts";
import { SEGMENT_MAGIC } from "./spool-format.ts";

/** Room is made down to this part of the limit, so that not every call has to. */
const AFTER_DROP = 0.95;
/** One call reads about so much at most to make room; the next one goes on. */
const WORK_BYTES = 64 * 1024 * 1024;
/** From this part of the limit on, what segments hold is looked up a bit at a time, before it is needed. */
const LOOK_FROM = 0.5;
const LOOK_BYTES = 64 * 1024 * 1024;

/**
 * Keeps the folder small: deletes segments that every output has passed, and at the size limit drops the
 * lowest severity, oldest records first. The last segment belongs to the writer and is never touched. A
 * rewritten segment replaces the old one in one step. For the thread of the readers.
 */
export class SpoolKeeper {
  /** Records dropped at the size limit, by severity; those of a batch that was on its way may have arrived. */
  readonly dropped = new Map<number, number>();
  readonly #dir: string;
  readonly #maxBytes: number;
  /** Of sealed segments, by their first sequence. */
  readonly #contents = new Map<number, SegmentContent>();

  constructor(dir: string, maxBytes: number) {
    this.#dir = dir;
    this.#maxBytes = maxBytes;
  }

  /**
   * Deletes what all have acknowledged, then makes room; returns the bytes of the folder, which may take some
   * calls to come down from far above the limit. Throws system errors.
   */
  keep(acknowledged: number): number {
    const segments = this.#release(acknowledged);
    let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
    const sealed = segments.slice(0, -1);
    if (bytes > this.#maxBytes * LOOK_FROM) this.#lookAhead(sealed);
    let work = WORK_BYTES;
    while (bytes > this.#maxBytes && work > 0) {
      const severity = this.#lowestIn(sealed);
      // Each round takes one severity out of one segment, the oldest that has it.
      const index = sealed.findIndex((segment) => this.#contentOf(segment).bytes.has(severity));
      const segment = sealed[index];
      if (segment === undefined) break;
      const wanted = bytes - this.#maxBytes * AFTER_DROP;
      const left = this.#rewrite(segment, { severity, wanted, acknowledged });
      bytes += left - segment.bytes;
      work -= segment.bytes;
      if (left === 0) sealed.splice(index, 1);
      else sealed[index] = { ...segment, bytes: left };
    }
    return bytes;
  }

  #release(acknowledged: number): SegmentFile[] {
    const segments = segmentsOf(this.#dir);
    while (segments.length > 1 && (segments[1] as SegmentFile).first <= acknowledged + 1) {
      this.#remove(segments.shift() as SegmentFile);
    }
    return segments;
  }

  #remove({ path, first }: SegmentFile): void {
    rmSync(path, { force: true });
    this.#contents.delete(first);
  }

  #lookAhead(sealed: readonly SegmentFile[]): void {
    let work = LOOK_BYTES;
    for (const segment of sealed) {
      if (work <= 0) return;
      if (this.#contents.has(segment.first)) continue;
      this.#contentOf(segment);
      work -= segment.bytes;
    }
  }

  #contentOf({ first, path }: SegmentFile): SegmentContent {
    let content = this.#contents.get(first);
    if (content === undefined) {
      content = contentOf(readFileSync(path));
      this.#contents.set(first, content);
    }
    return content;
  }

  /** The largest number is the lowest severity; 0 when there is no record. */
  #lowestIn(sealed: readonly SegmentFile[]): number {
    let lowest = 0;
    for (const segment of sealed) {
      for (const severity of this.#contentOf(segment).bytes.keys()) {
        lowest = Math.max(lowest, severity);
      }
    }
    return lowest;
  }

  /** Takes records of one severity out, until `wanted` bytes are free; returns the new size. */
  #rewrite(
    segment: SegmentFile,
    what: { readonly severity: number; readonly wanted: number; readonly acknowledged: number },
  ): number {
    const { bytes, dropped } = withoutRecords(readFileSync(segment.path), what);
    if (bytes.length === SEGMENT_MAGIC.length) {
      this.#remove(segment);
    } else {
      replaceFile(segment.path, bytes);
      this.#contents.set(segment.first, contentOf(bytes));
    }
    const { severity } = what;
    if (dropped > 0) this.dropped.set(severity, (this.dropped.get(severity) ?? 0) + dropped);
    return bytes.length === SEGMENT_MAGIC.length ? 0 : bytes.length;
  }
}
