import { lstatSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { DEAD_LETTER_NAME } from "../emit/delivery/dead-letter-file.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

/** Where `spool.dir` is empty: live keeps it beside where it was started. */
const LIVE_DIR = "sipsentry-spool";
const OWN_NAME = /^sipsentry-replay-(\d{1,10})-\w{6}$/;
/** A folder whose process seems to have ended is only taken for left behind after so long. */
const LEFT_BEHIND_MS = 3_600_000;

/** The folder of a run's spool. */
export interface SpoolHome {
  readonly dir: string;
  /** It is this run's own and goes with it: what is not delivered then is lost. */
  readonly isOwn: boolean;
}

/** Where the spool of `live` is; `spool.dir` or a folder beside where it was started. */
export function liveSpoolDir({ spool }: Config): string {
  return spool.dir === "" ? LIVE_DIR : spool.dir;
}

/**
 * The spool of a run. A replay without `spool.dir` has one of its own, so that no alert of another run goes to
 * its outputs, and none of its alerts to another run's. Throws CommandError.
 */
export function openSpoolHome(config: Config, isReplay: boolean): SpoolHome {
  if (!isReplay || config.spool.dir !== "") return { dir: liveSpoolDir(config), isOwn: false };
  const parent = tmpdir();
  removeLeftBehind(parent);
  try {
    return { dir: mkdtempSync(join(parent, `sipsentry-replay-${process.pid}-`)), isOwn: true };
  } catch (error) {
    const problem = `cannot make a spool in ${parent}: ${(error as Error).message}; give another place with --set spool.dir=FOLDER`;
    throw new CommandError(ExitCode.FAILED, [problem]);
  }
}

/** Deletes a spool that is the run's own; refused records, which only its dead-letter file has, stay there. */
export function closeSpoolHome({ dir, isOwn }: SpoolHome): void {
  if (!isOwn) return;
  const hasLetters = statSync(join(dir, DEAD_LETTER_NAME), { throwIfNoEntry: false }) !== undefined;
  if (!hasLetters) rmSync(dir, { recursive: true, force: true });
}

/** Replays that were killed could not clean up. */
function removeLeftBehind(parent: string): void {
  try {
    for (const name of readdirSync(parent)) {
      const pid = Number(OWN_NAME.exec(name)?.[1] ?? 0);
      if (pid === 0 || isAlive(pid)) continue;
      const path = join(parent, name);
      const status = lstatSync(path);
      const isOurs = status.isDirectory() && status.uid === process.getuid?.();
      const hasLetters =
        statSync(join(path, DEAD_LETTER_NAME), { throwIfNoEntry: false }) !== undefined;
      if (!isOurs || hasLetters || Date.now() - status.mtimeMs < LEFT_BEHIND_MS) continue;
      rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // Another run may be doing the same.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
