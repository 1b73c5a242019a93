import {
  closeSync,
  fdatasyncSync,
  openSync,
  readdirSync,
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
    const fd = openSync(temporary, "w", 0o640);
    try {
      writeFileSync(fd, bytes);
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
