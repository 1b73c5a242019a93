import { closeSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { readFault } from "../base/read-fault.ts";
import { isCapture } from "../emit/file-faults.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

const CHUNK_BYTES = 1_048_576;
/** Characters; a line that is longer is none of ours. */
const LINE_MAX = 4_194_304;

/** The lines of the file of `--eve`. Throws CommandError. */
export function* eveLines(path: string): Iterable<string> {
  if (isCapture(path)) {
    throw new CommandError(ExitCode.USAGE, [
      `--eve: ${path} is a capture or compressed; give a file of EVE JSON lines, as replay --eve and live --eve write them`,
    ]);
  }
  const file = opened(path);
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const decoder = new StringDecoder("utf8");
    let rest = "";
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, read))).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > LINE_MAX) rest = "";
      yield* lines;
    }
    yield rest;
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    closeSync(file);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): CommandError {
  return new CommandError(ExitCode.FAILED, [`--eve: cannot read ${path}: ${readFault(error)}`]);
}
