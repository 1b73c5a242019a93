import { resolve } from "node:path";
import type { BanSettings } from "../outputs/ban-sink.ts";
import { NeverBanned } from "../outputs/never-banned.ts";
import { OutputError } from "./output-files.ts";
import type { BanOptions } from "./output-settings.ts";

/** Reads what follows `ban:`, a file. Throws OutputError. */
export function banSettings(path: string, options: BanOptions): BanSettings {
  if (path === "") throw new OutputError("ban: give a file, such as ban:offenders.json");
  try {
    new NeverBanned(options.never);
  } catch (error) {
    throw new OutputError(`ban.never: ${(error as Error).message}`);
  }
  const { attacks, never, ...rest } = options;
  // The working directory is the same for the thread, but not for the next run.
  return {
    ...rest,
    path: resolve(path),
    attacks: [...attacks],
    never: [...never],
  };
}
