import { rmSync } from "node:fs";
import { SealedSegments } from "./sealed-segments.ts";
import { withoutRecords } from "./segment-content.ts";
import {
  type Range,
  readSegment,
  replaceFile,
  type SegmentFile,
  segmentsOf,
} from "./spool-folder.ts";
import { SEGMENT_MAGIC } from "./spool-format.ts";

/** Room is made down to this part of the limit, so that not every call has to. */
const AFTER_DROP = 0.95;
/** One call reads about so much at most to make room; the next one goes on. */
const WORK_BYTES = 64 * 1024 * 1024;
/** From this part of the limit on, what segments hold is looked up a bit at a time, before it is needed. */
const LOOK_FROM = 0.5;
const LOOK_BYTES = 64 * 1024 * 1024;

/** Who waits for records. */
export interface Needs {
  /** Of the outputs of this run. */
  readonly outputs: readonly Range[];
  /** Of outputs that this run does not have: the first to go at the limit. */
  readonly absent: readonly Range[];
}

/**
 * Keeps the folder small: deletes segments that nobody waits for, and at the size limit first what only absent
 * outputs wait for, then the lowest severity, oldest records first. The last segment belongs to the writer
 * and is never touched. A rewritten segment replaces the old one in one step. For the thread of the readers.
 */
export class SpoolKeeper {
  /** Records dropped at the size limit, by severity; those of a batch that was on its way may have arrived. */
  readonly dropped = new Map<number, number>();
  /** At the size limit, what only absent outputs waited for had to go. */
  hasGivenUpAbsent = false;
  readonly #dir: string;
  readonly #maxBytes: number;
  readonly #sealed: SealedSegments;

  constructor(dir: string, maxBytes: number) {
    this.#dir = dir;
    this.#maxBytes = maxBytes;
    this.#sealed = new SealedSegments();
  }

  /**
   * Deletes what nobody waits for, then makes room; returns the bytes of the folder, which may take some
   * calls to come down from far above the limit. Throws system errors.
   */
  keep({ outputs, absent }: Needs): number {
    let needs = this.hasGivenUpAbsent ? outputs : [...outputs, ...absent];
    let segments = this.#release(needs);
    if (sumOf(segments) > this.#maxBytes && absent.length > 0 && !this.hasGivenUpAbsent) {
      this.hasGivenUpAbsent = true;
      needs = outputs;
      segments = this.#release(needs);
    }
    const sealed = segments.slice(0, -1);
    let bytes = sumOf(segments);
    this.#sealed.look(sealed, LOOK_BYTES, bytes > this.#maxBytes * LOOK_FROM);
    if (bytes > this.#maxBytes) bytes = this.#makeRoom(sealed, bytes, needs);
    return bytes;
  }

  /** Looks into what an earlier run left, until so many bytes were read: `countIn` is exact from then on. */
  lookInto(bytesMax: number): void {
    this.#sealed.look(segmentsOf(this.#dir).slice(0, -1), bytesMax, false);
  }

  /** Records on disk after `after`, up to `upTo`, which the writer has announced. */
  countIn(range: Range): number {
    return this.#sealed.countIn(range);
  }

  /** False while `countIn` may be too high, as not all that an earlier run left was looked into. */
  get isCounted(): boolean {
    return this.#sealed.isCounted;
  }

  #release(needs: readonly Range[]): SegmentFile[] {
    const segments = segmentsOf(this.#dir);
    this.#sealed.update(segments);
    return segments.filter((segment, index) => {
      if (index === segments.length - 1 || this.#sealed.isNeeded(segment, needs)) return true;
      this.#remove(segment);
      return false;
    });
  }

  #remove({ path, first }: SegmentFile): void {
    rmSync(path, { force: true });
    this.#sealed.forget(first);
  }

  #makeRoom(segments: readonly SegmentFile[], bytesBefore: number, needs: readonly Range[]) {
    const sealed = [...segments];
    let bytes = bytesBefore;
    let work = WORK_BYTES;
    while (bytes > this.#maxBytes && work > 0) {
      const severity = this.#sealed.lowestIn(sealed);
      // Each round takes one severity out of one segment, the oldest that has it.
      const index = sealed.findIndex((segment) => this.#sealed.has(segment, severity));
      const segment = sealed[index];
      if (segment === undefined) break;
      const wanted = bytes - this.#maxBytes * AFTER_DROP;
      const left = this.#rewrite(segment, { severity, wanted }, needs);
      bytes += left - segment.bytes;
      work -= segment.bytes;
      if (left === 0) sealed.splice(index, 1);
      else sealed[index] = { ...segment, bytes: left };
    }
    return bytes;
  }

  /** Takes records of one severity out, until `wanted` bytes are free; returns the new size. */
  #rewrite(
    segment: SegmentFile,
    what: { readonly severity: number; readonly wanted: number },
    needs: readonly Range[],
  ): number {
    const isNeeded = (sequence: number) => needs.some((range) => isWithin(sequence, range));
    const { bytes, dropped } = withoutRecords(readSegment(segment), { ...what, isNeeded });
    if (bytes.length === SEGMENT_MAGIC.length) {
      this.#remove(segment);
    } else {
      replaceFile(segment.path, bytes);
      this.#sealed.replaced(segment, bytes);
    }
    const { severity } = what;
    if (dropped > 0) this.dropped.set(severity, (this.dropped.get(severity) ?? 0) + dropped);
    return bytes.length === SEGMENT_MAGIC.length ? 0 : bytes.length;
  }
}

function isWithin(sequence: number, { after, upTo }: Range): boolean {
  return sequence > after && sequence <= upTo;
}

function sumOf(segments: readonly SegmentFile[]): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, 0);
}
