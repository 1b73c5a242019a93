import { contentOf, countWithin, type SegmentContent } from "./segment-content.ts";
import { type Range, readSegment, type SegmentFile } from "./spool-folder.ts";

interface Known {
  /** Sequences that may be in it: from its name to that of the next segment. */
  readonly first: number;
  readonly last: number;
  /** Sealed while this keeper looked on, and not rewritten: it holds every sequence. */
  readonly isWhole: boolean;
  content: SegmentContent | null;
}

/** What is known of the segments that nobody writes any more, and of the one that is being written. */
export class SealedSegments {
  readonly #known = new Map<number, Known>();
  /** First sequence of the segment that is being written. */
  #activeFirst = 1;
  #hasStarted = false;

  /** All segments, oldest first: those that were sealed since the last call become known. */
  update(segments: readonly SegmentFile[]): void {
    for (const [index, { first }] of segments.entries()) {
      const next = segments[index + 1];
      if (next === undefined) this.#activeFirst = first;
      else if (!this.#known.has(first)) {
        const last = next.first - 1;
        // Those that were there at the start are of an earlier run, which may have dropped some records.
        this.#known.set(first, { first, last, isWhole: this.#hasStarted, content: null });
      }
    }
    const there = new Set(segments.map(({ first }) => first));
    for (const first of this.#known.keys()) if (!there.has(first)) this.#known.delete(first);
    this.#hasStarted = true;
  }

  isNeeded({ first }: SegmentFile, needs: readonly Range[]): boolean {
    const { last } = this.#known.get(first) as Known;
    return needs.some(({ after, upTo }) => after < last && upTo >= first);
  }

  forget(first: number): void {
    this.#known.delete(first);
  }

  /** It was rewritten with these bytes. */
  replaced({ first }: SegmentFile, bytes: Buffer): void {
    const known = this.#known.get(first) as Known;
    this.#known.set(first, { ...known, isWhole: false, content: contentOf(bytes) });
  }

  /** Reads segments whose content is not known, until `bytesMax` were read; whole ones only when `isAll`. */
  look(segments: readonly SegmentFile[], bytesMax: number, isAll: boolean): void {
    let left = bytesMax;
    for (const segment of segments) {
      if (left <= 0) return;
      const known = this.#known.get(segment.first);
      if (known === undefined || known.content !== null || (known.isWhole && !isAll)) continue;
      known.content = contentOf(readSegment(segment));
      left -= segment.bytes;
    }
  }

  /** The largest number is the lowest severity; 0 when there is no record. */
  lowestIn(segments: readonly SegmentFile[]): number {
    let lowest = 0;
    for (const segment of segments) {
      for (const severity of this.#contentOf(segment).bytes.keys()) {
        lowest = Math.max(lowest, severity);
      }
    }
    return lowest;
  }

  has(segment: SegmentFile, severity: number): boolean {
    return this.#contentOf(segment).bytes.has(severity);
  }

  get isCounted(): boolean {
    for (const { isWhole, content } of this.#known.values()) {
      if (!isWhole && content === null) return false;
    }
    return true;
  }

  /** Records on disk in this range, which ends with what the writer has announced. */
  countIn({ after, upTo }: Range): number {
    let count = Math.max(upTo - Math.max(after, this.#activeFirst - 1), 0);
    for (const { first, last, content } of this.#known.values()) {
      if (content !== null) count += countWithin(content, { after, upTo });
      else count += Math.max(Math.min(upTo, last) - Math.max(after, first - 1), 0);
    }
    return count;
  }

  #contentOf(segment: SegmentFile): SegmentContent {
    const known = this.#known.get(segment.first) as Known;
    known.content ??= contentOf(readSegment(segment));
    return known.content;
  }
}
