import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { SinkError } from "../file-sink.ts";

const LOCK_NAME = "lock";
/** Folders that this process holds: its own number in an old lock file proves nothing. */
const HELD = new Set<string>();

/** Takes a spool folder for this process; returns how to give it back. Throws SinkError when it is in use. */
export function lockSpool(dir: string): () => void {
  const path = join(dir, LOCK_NAME);
  if (HELD.has(path)) throw inUse(dir, process.pid);
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const fd = openSync(path, "wx", 0o640);
      writeSync(fd, `${process.pid} ${startOf(process.pid)}\n`);
      closeSync(fd);
      HELD.add(path);
      return () => {
        HELD.delete(path);
        rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = ownerOf(path);
    if (owner > 0) throw inUse(dir, owner);
    rmSync(path, { force: true });
  }
  throw inUse(dir, ownerOf(path));
}

function inUse(dir: string, pid: number): SinkError {
  const problem = `spool folder ${dir} is in use by process ${pid}; stop it, or give each sensor its own with --set spool.dir=FOLDER`;
  return new SinkError(problem, "EBUSY");
}

/** The living process that holds the lock; 0 when it is gone, as after a kill. */
function ownerOf(path: string): number {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return 0;
  }
  const [pid = 0, start = 0] = text.trim().split(" ").map(Number);
  // A container's process often gets the same number again.
  if (!(pid > 0) || pid === process.pid) return 0;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return 0;
  }
  return start > 0 && startOf(pid) !== start ? 0 : pid;
}

/** Start time of a process in clock ticks since boot (proc(5) stat, field 22), which tells a reused number; 0 unknown. */
function startOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[19]) || 0;
  } catch {
    return 0;
  }
}
