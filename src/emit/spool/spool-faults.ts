import { SinkError } from "../file-sink.ts";

/** What is wrong with the spool, and what cures it. */

export const DELETED = "its files were deleted; alerts in them that had not been sent are lost";
export const OVER_LIMIT =
  "it has reached its size limit; bring the outputs back or raise spool.maxMib";

/** By the system's code. */
export const FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the device; make room",
  EDQUOT: "the disk quota is used up; make room",
  EACCES: "permission denied; make it writable for this user",
  EPERM: "permission denied; make it writable for this user",
  EROFS: "the file system is read-only; give a writable folder",
  ENOTDIR: "a part of the path is not a folder",
  EEXIST: "a part of the path is not a folder",
  EIO: "the device reports an input/output error",
};

/** Why a spool folder cannot be used. */
export function folderError(dir: string, error: unknown): SinkError {
  if (error instanceof SinkError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  const problem = `cannot use spool folder ${dir}: ${FAULTS[code] ?? message}; or give another with --set spool.dir=FOLDER`;
  return new SinkError(problem, code);
}
