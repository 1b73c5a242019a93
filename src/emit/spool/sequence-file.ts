import { readFileSync } from "node:fs";
import { SEQUENCE_MAX } from "./spool-format.ts";

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
