import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { openFault } from "../emit/file-faults.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

/**
 * Asked at the start of a run for a file that is written at its end, so that a mistyped path does not cost the run. Nothing is made.
 * Throws CommandError.
 */
export function refuseUnwritable(option: string, path: string): void {
  const { W_OK, X_OK } = constants;
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isDirectory() === true) throw Object.assign(new Error(), { code: "EISDIR" });
    // Also a file that is there is written anew and moved into place.
    if (status === undefined || status.isFile()) accessSync(dirname(resolve(path)), W_OK | X_OK);
    else accessSync(path, W_OK);
  } catch (error) {
    throw new CommandError(ExitCode.FAILED, [
      `${option}: cannot write ${path}: ${openFault(error)}`,
    ]);
  }
}
