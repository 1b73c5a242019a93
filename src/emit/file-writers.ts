import { closeSync, openSync, realpathSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { otherMarker, ownMark } from "./process-marks.ts";

/** Who writes to a file of records, which two sensors given one path would not notice. Pipes and devices are left alone. */
interface Place {
  readonly folder: string;
  readonly prefix: string;
}

/** Number of another process whose sensor writes to that file now; 0 when there is none, or none can be seen. */
export function otherWriterOf(path: string): number {
  const place = placeOf(path);
  if (place === null) return 0;
  try {
    return otherMarker(place.folder, place.prefix);
  } catch {
    return 0;
  }
}

/**
 * Says that this process writes to that file, which exists; returns how to take it back. Where the folder may not be
 * written nothing is said, as the file itself may be.
 */
export function markWriter(path: string): () => void {
  const place = placeOf(path);
  if (place === null) return () => {};
  const mark = join(place.folder, ownMark(place.prefix));
  try {
    closeSync(openSync(mark, "w", 0o640));
  } catch {
    return () => {};
  }
  return () => {
    try {
      rmSync(mark, { force: true });
    } catch {
      // Of a user that the sensor is no more: it goes when the next one looks.
    }
  };
}

/** Null of what is no file. A link is what it points to. */
function placeOf(path: string): Place | null {
  try {
    const real = realpathSync(path);
    if (!statSync(real).isFile()) return null;
    return { folder: dirname(real), prefix: `.${basename(real)}.writer` };
  } catch {
    return null;
  }
}
