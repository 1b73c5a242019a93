import {
  closeSync,
  constants,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { cursorIds, highestOf, readCursor } from "./cursor-file.ts";
import { readSequence } from "./sequence-file.ts";
import { segmentsOf } from "./spool-folder.ts";
import { RECORD_BYTES_MIN, SEGMENT_MAGIC, scanRecord } from "./spool-format.ts";

/** Remembers the last sequence when all segments are gone; brought up to date at each new segment. */
const LAST_SEQUENCE_NAME = "last-sequence";
/** The file is always of one length. */
const LAST_SEQUENCE_DIGITS = 15;

/** Where numbering goes on. */
export interface Recovered {
  /** Last sequence that was given away, or may have been. */
  readonly last: number;
  /** Of the numbers up to it, so many only may have been: no record ever had them, as far as anybody knows. */
  readonly spare: number;
}

/**
 * Makes the folder ready to be written: cuts a record that was only half written off the last segment, and
 * returns the last sequence that was given away. No number is given twice: not after the end of the
 * last segment was damaged, nor after segments were deleted. Throws system errors.
 */
export function recoverSpool(dir: string): Recovered {
  const known = [readSequence(join(dir, LAST_SEQUENCE_NAME))];
  for (const id of cursorIds(dir)) {
    // An output that has acknowledged a number would pass over the next record that gets it.
    const place = readCursor(dir, id);
    if (typeof place === "object") known.push(highestOf(place));
  }
  const proven = Math.max(...known);
  const last = segmentsOf(dir).at(-1);
  if (last === undefined) return { last: proven, spare: 0 };
  const found = recover(last.path, last.first - 1);
  const spare = Math.max(0, found.last - Math.max(proven, found.last - found.spare));
  return { last: Math.max(proven, found.last), spare };
}

/**
 * Best effort: on a full disk the segments still tell. Written over in its place, as the packet thread waits
 * for it, and to put a new file in the place of one makes some file systems write it to disk at once.
 */
export function rememberSequence(dir: string, sequence: number): void {
  try {
    const fd = openSync(
      join(dir, LAST_SEQUENCE_NAME),
      constants.O_WRONLY | constants.O_CREAT,
      0o640,
    );
    try {
      writeSync(fd, `${String(sequence).padStart(LAST_SEQUENCE_DIGITS, "0")}\n`, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    // The next segment tries again.
  }
}

/** What the file tells; the last sequence is at least `least`. */
function recover(path: string, least: number): Recovered {
  const bytes = readFileSync(path);
  let sequence = least;
  let damaged = 0;
  let places = 0;
  for (let at = SEGMENT_MAGIC.length; at < bytes.length; ) {
    const found = scanRecord(bytes, at);
    if (found.kind === "cut") {
      truncate(path, at);
      break;
    }
    if (found.kind === "record") {
      sequence = Math.max(sequence, found.sequence);
      damaged = 0;
      places = 0;
      at = found.end;
    } else {
      damaged += found.next - at;
      places++;
      at = found.next;
    }
  }
  // What stood in damaged bytes at the end is not known, but how many records they can have held at most.
  const most = Math.floor(damaged / RECORD_BYTES_MIN);
  return { last: sequence + most, spare: Math.max(most - places, 0) };
}

function truncate(path: string, bytes: number): void {
  const fd = openSync(path, "r+");
  try {
    ftruncateSync(fd, bytes);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
