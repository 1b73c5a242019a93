import { type Scanned, SEGMENT_MAGIC, scanRecord } from "./spool-format.ts";

/** What one sealed segment holds. */
export interface SegmentContent {
  /** Bytes of its records by severity. */
  readonly bytes: ReadonlyMap<number, number>;
  /** Sequences of its records, rising. */
  readonly sequences: Float64Array;
}

export function contentOf(segment: Buffer): SegmentContent {
  const bytes = new Map<number, number>();
  const sequences: number[] = [];
  forEachPlace(segment, (found, at) => {
    if (found.kind !== "record") return;
    bytes.set(found.severity, (bytes.get(found.severity) ?? 0) + found.end - at);
    sequences.push(found.sequence);
  });
  return { bytes, sequences: Float64Array.from(sequences) };
}

/** Records of a segment after `after` and up to `upTo`. */
export function countWithin(
  { sequences }: SegmentContent,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): number {
  return Math.max(firstAbove(sequences, upTo) - firstAbove(sequences, after), 0);
}

function firstAbove(sequences: Float64Array, limit: number): number {
  let low = 0;
  let high = sequences.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sequences[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Stands for a damaged place in a segment that is written anew: readers find and count it there. */
const DAMAGE = Buffer.from([0]);

/**
 * The segment without what nobody waits for, and without the oldest records of one severity until it is
 * `wanted` bytes shorter; `dropped` counts those. Damaged places stay as one byte each.
 */
export function withoutRecords(
  segment: Buffer,
  what: {
    readonly severity: number;
    readonly wanted: number;
    readonly isNeeded: (sequence: number) => boolean;
  },
): { readonly bytes: Buffer; readonly dropped: number } {
  const kept: Buffer[] = [SEGMENT_MAGIC];
  let keptBytes = SEGMENT_MAGIC.length;
  let dropped = 0;
  forEachPlace(segment, (found, at, end) => {
    let part: Buffer = DAMAGE;
    if (found.kind === "record") {
      if (!what.isNeeded(found.sequence)) return;
      if (found.severity === what.severity && at - keptBytes < what.wanted) {
        dropped++;
        return;
      }
      part = segment.subarray(at, end);
    }
    kept.push(part);
    keptBytes += part.length;
  });
  return { bytes: Buffer.concat(kept), dropped };
}

function forEachPlace(
  segment: Buffer,
  visit: (found: Scanned, at: number, end: number) => void,
): void {
  for (let at = SEGMENT_MAGIC.length; at < segment.length; ) {
    const found = scanRecord(segment, at);
    const end =
      found.kind === "cut" ? segment.length : found.kind === "record" ? found.end : found.next;
    visit(found, at, end);
    at = end;
  }
}
