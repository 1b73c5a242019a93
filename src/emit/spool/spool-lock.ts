import { closeSync, openSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SinkError } from "../file-sink.ts";

const LOCK_NAME = /^lock\.(\d{1,10})\.(\d{1,20})$/;
/** Folders that this process holds: its own lock file must not keep it out after a restart in a container. */
const HELD = new Set<string>();
const ATTEMPTS = 4;
const PAUSE_MS = 20;

/**
 * Takes a spool folder for this process; returns how to give it back. Throws SinkError when it is in use,
 * and system errors.
 *
 * A lock is an empty file with process number and start time in its name. It is made first, and then the
 * others are looked at: two processes that begin at once may both step back, but cannot both go on.
 * A dead owner's file is deleted, which cannot hit anybody else's. Processes that do not see each other
 * (two containers with one volume) are not kept apart.
 */
export function lockSpool(dir: string): () => void {
  const folder = realpathSync(dir);
  if (HELD.has(folder)) throw inUse(dir, process.pid);
  const name = `lock.${process.pid}.${startOf(process.pid)}`;
  const path = join(folder, name);
  for (let attempt = 0; ; attempt++) {
    closeSync(openSync(path, "w", 0o640));
    const owner = otherOwner(folder, name);
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

/** A living process that has a lock file here; 0 when there is none. Dead ones' files are deleted. */
function otherOwner(folder: string, own: string): number {
  for (const name of readdirSync(folder)) {
    const match = LOCK_NAME.exec(name);
    if (match === null || name === own) continue;
    const pid = Number(match[1]);
    if (isAlive(pid, Number(match[2]))) return pid;
    rmSync(join(folder, name), { force: true });
  }
  return 0;
}

/** Whether this very process runs: a number alone may be somebody else's by now. */
function isAlive(pid: number, start: number): boolean {
  if (pid === 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs as another user.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = startOf(pid);
  return now >= 0 && (start === 0 || now === 0 || start === now);
}

/**
 * Start time of a process in clock ticks since boot (proc(5) stat, field 22), which tells a reused number; 0
 * unknown, -1 for one that has ended and that its parent has not asked about.
 */
function startOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? -1 : Number(fields[19]) || 0;
  } catch {
    return 0;
  }
}
