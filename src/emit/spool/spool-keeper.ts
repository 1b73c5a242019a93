import {
  closeSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type SegmentFile, segmentsOf } from "./spool-folder.ts";
import { decodeRecord, SEGMENT_MAGIC, TEMPORARY_SUFFIX } from "./spool-format.ts";

/** What one sealed segment holds. */
interface Content {
  /** Bytes of its records by severity. */
  readonly bytes: Map<number, number>;
}

/** Room is made down to this part of the limit, so that it lasts. */
const AFTER_DROP = 0.8;

/**
 * Keeps the folder small: deletes segments that every output has passed, and at the size limit drops the
 * lowest severity, oldest records first. The last segment belongs to the writer and is never touched. A
 * rewritten segment replaces the old one in one step.
 */
export class SpoolKeeper {
  /** Records dropped at the size limit, by severity. */
  readonly dropped = new Map<number, number>();
  readonly #dir: string;
  readonly #maxBytes: number;
  readonly #contents = new Map<number, Content>();

  constructor(dir: string, maxBytes: number) {
    this.#dir = dir;
    this.#maxBytes = maxBytes;
  }

  /** Deletes what all have acknowledged, then makes room; returns the bytes of the folder. Throws system errors. */
  keep(acknowledged: number): number {
    const segments = this.#release(acknowledged);
    let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
    const sealed = segments.slice(0, -1);
    while (bytes > this.#maxBytes && sealed.length > 0) {
      const freed = this.#dropLowest(sealed, bytes - this.#maxBytes * AFTER_DROP, acknowledged);
      if (freed === 0) break;
      bytes -= freed;
    }
    return bytes;
  }

  #release(acknowledged: number): SegmentFile[] {
    const segments = segmentsOf(this.#dir);
    while (segments.length > 1 && (segments[1] as SegmentFile).first <= acknowledged + 1) {
      const { path, first } = segments.shift() as SegmentFile;
      rmSync(path, { force: true });
      this.#contents.delete(first);
    }
    return segments;
  }

  /** Drops one severity until `wanted` bytes are free; returns the bytes that are. */
  #dropLowest(sealed: SegmentFile[], wanted: number, acknowledged: number): number {
    let lowest = 0;
    for (const segment of sealed) {
      for (const severity of this.#contentOf(segment).bytes.keys())
        lowest = Math.max(lowest, severity);
    }
    let freed = 0;
    for (const [index, segment] of sealed.entries()) {
      if (freed >= wanted || lowest === 0) break;
      if (!this.#contentOf(segment).bytes.has(lowest)) continue;
      const bytes = this.#rewrite(segment, lowest, wanted - freed, acknowledged);
      freed += segment.bytes - bytes;
      sealed[index] = { ...segment, bytes };
    }
    return freed;
  }

  #contentOf({ first, path }: SegmentFile): Content {
    let content = this.#contents.get(first);
    if (content === undefined) {
      content = contentOf(readFileSync(path));
      this.#contents.set(first, content);
    }
    return content;
  }

  /** Writes the segment anew without records of this severity; returns its new size. */
  #rewrite(segment: SegmentFile, severity: number, wanted: number, acknowledged: number): number {
    const bytes = readFileSync(segment.path);
    const kept: Buffer[] = [SEGMENT_MAGIC];
    let keptBytes = SEGMENT_MAGIC.length;
    for (let at = SEGMENT_MAGIC.length; at < bytes.length; ) {
      const found = decodeRecord(bytes, at);
      if (found.kind === "cut") break;
      const end = found.kind === "record" ? found.end : found.next;
      if (found.kind === "record") {
        const isDropped = found.record.severity === severity && at - keptBytes < wanted;
        const isDone = found.record.sequence <= acknowledged;
        if (isDropped && !isDone) this.#count(severity);
        if (!isDropped && !isDone) {
          kept.push(bytes.subarray(at, end));
          keptBytes += end - at;
        }
      }
      at = end;
    }
    const all = Buffer.concat(kept);
    replace(segment.path, all);
    this.#contents.set(segment.first, contentOf(all));
    return all.length;
  }

  #count(severity: number): void {
    this.dropped.set(severity, (this.dropped.get(severity) ?? 0) + 1);
  }
}

function contentOf(segment: Buffer): Content {
  const bytes = new Map<number, number>();
  for (let at = SEGMENT_MAGIC.length; at < segment.length; ) {
    const found = decodeRecord(segment, at);
    if (found.kind === "cut") break;
    const end = found.kind === "record" ? found.end : found.next;
    if (found.kind === "record") {
      const { severity } = found.record;
      bytes.set(severity, (bytes.get(severity) ?? 0) + end - at);
    }
    at = end;
  }
  return { bytes };
}

function replace(path: string, bytes: Buffer): void {
  const temporary = `${path}${TEMPORARY_SUFFIX}`;
  const fd = openSync(temporary, "w", 0o640);
  try {
    writeFileSync(fd, bytes);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}
