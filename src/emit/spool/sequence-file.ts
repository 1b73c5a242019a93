import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { SEQUENCE_MAX, TEMPORARY_SUFFIX } from "./spool-format.ts";

/** The sequence that a file holds; 0 when the file is missing, unreadable or damaged. */
export function readSequence(path: string): number {
  try {
    const match = /^(\d{1,15})\n$/.exec(readFileSync(path, "latin1"));
    const sequence = match === null ? 0 : Number(match[1]);
    return sequence > SEQUENCE_MAX ? 0 : sequence;
  } catch {
    return 0;
  }
}

/** Writes the file whole or not at all. Throws the system's error; the old value then stands. */
export function writeSequence(path: string, sequence: number): void {
  const temporary = `${path}${TEMPORARY_SUFFIX}`;
  // No fsync: after a power failure an older or empty file only means that some records are sent again.
  writeFileSync(temporary, `${sequence}\n`, { mode: 0o640 });
  renameSync(temporary, path);
}
