import {
  closeSync,
  fdatasyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { segmentFirst, TEMPORARY_SUFFIX } from "./spool-format.ts";

/** One file of the spool. */
export interface SegmentFile {
  readonly path: string;
  /** First sequence that may be in it. */
  readonly first: number;
  readonly bytes: number;
}

/** All segments, oldest first. The last one is being written, or will be. */
export function segmentsOf(dir: string): SegmentFile[] {
  const segments: SegmentFile[] = [];
  for (const name of readdirSync(dir)) {
    const first = segmentFirst(name);
    if (first < 0) continue;
    const path = join(dir, name);
    // The reading side may delete one meanwhile.
    const bytes = statSync(path, { throwIfNoEntry: false })?.size;
    if (bytes !== undefined) segments.push({ path, first, bytes });
  }
  return segments.sort((a, b) => a.first - b.first);
}

/** Empty for one that somebody has deleted since it was listed: its records are lost. Throws system errors. */
export function readSegment({ path }: SegmentFile): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

export function spoolBytes(dir: string): number {
  return segmentsOf(dir).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Deletes what a killed process left half-written. */
export function removeTemporaries(dir: string): void {
  for (const name of readdirSync(dir)) {
    if (name.endsWith(TEMPORARY_SUFFIX)) rmSync(join(dir, name), { force: true });
  }
}

/** Puts a new file in the place of one, in one step. Throws the system's error; the old one then stands. */
export function replaceFile(path: string, bytes: Buffer): void {
  const temporary = `${path}${TEMPORARY_SUFFIX}`;
  try {
    writeWhole(temporary, bytes, true);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Writes a new file; `isDurable`: and waits until the disk has it. Throws the system's error. */
export function writeWhole(path: string, bytes: Buffer, isDurable: boolean): void {
  const fd = openSync(path, "w", 0o640);
  try {
    writeFileSync(fd, bytes);
    if (isDurable) fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Sequences after `after`, up to and with `upTo`. */
export interface Range {
  readonly after: number;
  readonly upTo: number;
}

/**
 * Deletes all segments up to sequence `last` that hold nothing of these ranges; while somebody writes, one that
 * begins behind it is his. Throws system errors.
 */
export function releaseSegments(
  dir: string,
  needs: readonly Range[],
  { last, isWritten }: { readonly last: number; readonly isWritten: boolean },
): void {
  const segments = segmentsOf(dir);
  for (const [index, { first, path }] of segments.entries()) {
    if (isWritten && first > last) return;
    const end = (segments[index + 1]?.first ?? last + 1) - 1;
    const isNeeded = needs.some(({ after, upTo }) => after < end && upTo >= first);
    if (!isNeeded) rmSync(path, { force: true });
  }
}
