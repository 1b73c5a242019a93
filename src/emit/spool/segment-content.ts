import { type Scanned, SEGMENT_MAGIC, scanRecord } from "./spool-format.ts";

/** What one sealed segment holds. */
export interface SegmentContent {
  /** Bytes of its records by severity. */
  readonly bytes: ReadonlyMap<number, number>;
}

export function contentOf(segment: Buffer): SegmentContent {
  const bytes = new Map<number, number>();
  forEachPlace(segment, (found, at) => {
    if (found.kind !== "record") return;
    bytes.set(found.severity, (bytes.get(found.severity) ?? 0) + found.end - at);
  });
  return { bytes };
}

/** Stands for a damaged place in a segment that is written anew: readers find and count it there. */
const DAMAGE = Buffer.from([0]);

/**
 * The segment without what is acknowledged, and without the oldest records of one severity until it is
 * `wanted` bytes shorter; `dropped` counts those. Damaged places stay as one byte each.
 */
export function withoutRecords(
  segment: Buffer,
  what: { readonly severity: number; readonly wanted: number; readonly acknowledged: number },
): { readonly bytes: Buffer; readonly dropped: number } {
  const kept: Buffer[] = [SEGMENT_MAGIC];
  let keptBytes = SEGMENT_MAGIC.length;
  let dropped = 0;
  forEachPlace(segment, (found, at, end) => {
    let part: Buffer = DAMAGE;
    if (found.kind === "record") {
      if (found.sequence <= what.acknowledged) return;
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
