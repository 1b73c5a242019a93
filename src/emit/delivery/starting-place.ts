import { CursorFile } from "../spool/cursor-file.ts";
import { segmentsOf } from "../spool/spool-folder.ts";

/** The spool holds nothing up to this sequence. Throws system errors. */
export function spoolBegin(dir: string): number {
  return (segmentsOf(dir)[0]?.first ?? 1) - 1;
}

/**
 * Up to where an output of this id needs no sending: a new one begins at the oldest record; a cursor beyond
 * the last sequence is of another spool.
 */
export function startingPlace(dir: string, id: string, begin: number, last: number): number {
  const { sequence } = new CursorFile(dir, id);
  return Math.max(sequence > last ? 0 : sequence, begin);
}
