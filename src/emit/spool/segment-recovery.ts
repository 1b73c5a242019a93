import {
  closeSync,
  constants,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { CURSOR_SUFFIX } from "./cursor-file.ts";
import { readSequence } from "./sequence-file.ts";
import { segmentsOf } from "./spool-folder.ts";
import { RECORD_BYTES_MIN, SEGMENT_MAGIC, scanRecord } from "./spool-format.ts";

/** Remembers the last sequence when all segments are gone; brought up to date at each new segment. */
const LAST_SEQUENCE_NAME = "last-sequence";
/** The file is always of one length. */
const LAST_SEQUENCE_DIGITS = 15;

/**
 * Makes the folder ready to be written: cuts a record that was only half written off the last segment, and
 * returns the last sequence that was given away. No number is given twice: not after the end of the
 * last segment was damaged, nor after segments were deleted. Throws system errors.
 */
export function recoverSpool(dir: string): number {
  const known = [readSequence(join(dir, LAST_SEQUENCE_NAME))];
  for (const name of readdirSync(dir)) {
    // An output that has acknowledged a number would pass over the next record that gets it.
    if (name.endsWith(CURSOR_SUFFIX)) known.push(readSequence(join(dir, name)));
  }
  const last = segmentsOf(dir).at(-1);
  if (last !== undefined) known.push(recover(last.path, last.first - 1));
  return Math.max(...known);
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

/** Returns the last sequence that may be in the file, at least `least`. */
function recover(path: string, least: number): number {
  const bytes = readFileSync(path);
  let sequence = least;
  let damaged = 0;
  for (let at = SEGMENT_MAGIC.length; at < bytes.length; ) {
    const found = scanRecord(bytes, at);
    if (found.kind === "cut") {
      truncate(path, at);
      break;
    }
    if (found.kind === "record") {
      sequence = Math.max(sequence, found.sequence);
      damaged = 0;
      at = found.end;
    } else {
      damaged += found.next - at;
      at = found.next;
    }
  }
  // What stood in damaged bytes at the end is not known, but how many records they can have held at most.
  return sequence + Math.floor(damaged / RECORD_BYTES_MIN);
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
