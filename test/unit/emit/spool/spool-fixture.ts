import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type {
  DeliveryRecord,
  NewDeliveryRecord,
} from "../../../../src/emit/delivery/delivery-record.ts";
import { SEGMENT_MAGIC, scanRecord } from "../../../../src/emit/spool/spool-format.ts";
import type { Needs } from "../../../../src/emit/spool/spool-keeper.ts";
import type { SpoolOptions } from "../../../../src/emit/spool/spool-options.ts";
import { SpoolReader } from "../../../../src/emit/spool/spool-reader.ts";
import { SpoolWriter } from "../../../../src/emit/spool/spool-writer.ts";

/** One output waits for all after this sequence. */
export function needsOf(acknowledged: number): Needs {
  return { outputs: [{ after: acknowledged, upTo: Number.POSITIVE_INFINITY }], absent: [] };
}

export const NO_PLACE = { sequence: 0, holes: 0, gap: null, name: "" };

export const ALL = { records: Number.MAX_SAFE_INTEGER, characters: Number.MAX_SAFE_INTEGER };

/** An empty folder, gone after the test. */
export function emptyFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "sipsentry-spool-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A writer with room for everything, closed after the test; `problems` is what it said. */
export function openSpool(
  dir: string,
  options: Partial<SpoolOptions> = {},
): { readonly writer: SpoolWriter; readonly problems: string[] } {
  const problems: string[] = [];
  const writer = SpoolWriter.open({
    dir,
    maxBytes: 1 << 30,
    segmentBytes: 1 << 24,
    memoryBytes: 1 << 24,
    syncMs: 1_000,
    onProblem: (line) => problems.push(line),
    ...options,
  });
  onTestFinished(() => {
    writer.close();
  });
  return { writer, problems };
}

export function newRecord(n: number, fields: Partial<NewDeliveryRecord> = {}): NewDeliveryRecord {
  return { severity: 2, alertId: `a${n}`, key: `host${n % 3}`, line: `{"n":${n}}`, ...fields };
}

/** Appends these records and writes them; returns them as a reader has to give them. */
export function appendAll(
  writer: SpoolWriter,
  records: readonly NewDeliveryRecord[],
): DeliveryRecord[] {
  const before = writer.lastSequence;
  for (const record of records) writer.append(record);
  writer.flush();
  return records.map((record, i) => ({ sequence: before + 1 + i, ...record }));
}

export function newRecords(count: number, fields: Partial<NewDeliveryRecord> = {}) {
  return Array.from({ length: count }, (_, i) => newRecord(i + 1, fields));
}

/** All that a new reader gives, and the damaged places that it met. */
export function readAll(
  dir: string,
  upTo = Number.MAX_SAFE_INTEGER,
): { readonly records: readonly DeliveryRecord[]; readonly corrupt: number } {
  const reader = new SpoolReader(dir);
  const { records } = reader.read(0, upTo, ALL);
  reader.close();
  return { records, corrupt: reader.corrupt };
}

export function idsOf(records: readonly { readonly alertId: string }[]): string[] {
  return records.map(({ alertId }) => alertId);
}

/** Paths of the segments, oldest first. */
export function segmentPaths(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(".seg"))
    .sort()
    .map((name) => join(dir, name));
}

/** Where each record of an undamaged segment begins, and the end of the last one. */
export function boundsOf(segment: Buffer): number[] {
  const bounds = [SEGMENT_MAGIC.length];
  for (let at = SEGMENT_MAGIC.length; at < segment.length; ) {
    const found = scanRecord(segment, at);
    if (found.kind !== "record") throw new Error(`no record at ${at}`);
    at = found.end;
    bounds.push(at);
  }
  return bounds;
}

/** Changes one byte of a file by these bits. */
export function damage(path: string, at: number, bits = 0xff): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ bits;
  writeFileSync(path, bytes);
}
