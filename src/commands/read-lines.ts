import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { CommandError, ExitCode } from "./exit-code.ts";

/** Each line of the file of `--eve`. Throws CommandError. */
export async function forEachEveLine(path: string, onLine: (line: string) => void): Promise<void> {
  try {
    const lines = createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Infinity });
    for await (const line of lines) onLine(line);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new CommandError(ExitCode.FAILED, [`--eve: cannot read ${path}: ${text}`]);
  }
}
