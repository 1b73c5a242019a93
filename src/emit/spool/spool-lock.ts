import { closeSync, openSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SinkError } from "../file-sink.ts";
import { otherMarker, ownMark } from "../process-marks.ts";

const LOCK = "lock";
/** Folders that this process holds: its own lock file must not keep it out after a restart in a container. */
const HELD = new Set<string>();
const ATTEMPTS = 4;
const PAUSE_MS = 20;

/**
 * Takes a spool folder for this process; returns how to give it back. Throws SinkError when it is in use,
 * and system errors.
 *
 * A lock is a mark of the process (`process-marks.ts`). It is made first, and then the
 * others are looked at: two processes that begin at once may both step back, but cannot both go on.
 * A dead owner's file is deleted, which cannot hit anybody else's.
 */
export function lockSpool(dir: string): () => void {
  const folder = realpathSync(dir);
  if (HELD.has(folder)) throw inUse(dir, process.pid);
  const path = join(folder, ownMark(LOCK));
  for (let attempt = 0; ; attempt++) {
    closeSync(openSync(path, "w", 0o640));
    const owner = otherMarker(folder, LOCK);
    if (owner === 0) break;
    rmSync(path, { force: true });
    if (attempt === ATTEMPTS) throw inUse(dir, owner);
    // The other one may only have tried. Of several that try, the pauses differ.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS + (process.pid % 40));
  }
  HELD.add(folder);
  return () => {
    HELD.delete(folder);
    rmSync(path, { force: true });
  };
}

function inUse(dir: string, pid: number): SinkError {
  const problem = `spool folder ${dir} is in use by process ${pid}; stop it, or give each sensor its own with --set spool.dir=FOLDER`;
  return new SinkError(problem, "EBUSY");
}
