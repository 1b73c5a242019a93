import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Empty files by which processes tell each other what they hold: process number and start time are in the name, so a mark whose
 * process has died tells so itself. Processes that do not see each other (two containers with one volume) do not see their marks.
 */

/** Name of this process's mark behind a prefix. */
export function ownMark(prefix: string): string {
  return `${prefix}.${process.pid}.${startOf(process.pid)}`;
}

/** A living process that has a mark with that prefix here; 0 when there is none. Marks of dead ones are deleted. Throws system errors. */
export function otherMarker(folder: string, prefix: string): number {
  const own = ownMark(prefix);
  for (const name of readdirSync(folder)) {
    if (name === own || !name.startsWith(`${prefix}.`)) continue;
    const match = /^(\d{1,10})\.(\d{1,20})$/.exec(name.slice(prefix.length + 1));
    if (match === null) continue;
    const pid = Number(match[1]);
    if (isAlive(pid, Number(match[2]))) return pid;
    rmSync(join(folder, name), { force: true });
  }
  return 0;
}

/** Whether this very process runs: a number alone may be somebody else's by now. */
function isAlive(pid: number, start: number): boolean {
  // Of its own number in an earlier life, as in a container that was started again.
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
