import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TEMPORARY_SUFFIX } from "./spool-format.ts";

/** Last acknowledged sequence of one output, in the spool folder. Written whole or not at all. */
export class CursorFile {
  readonly #path: string;
  #sequence: number;

  /** `name` is made of letters, digits, `.`, `_` and `-`. A missing or damaged file reads as 0: all is sent again. */
  constructor(dir: string, name: string) {
    this.#path = join(dir, `${name}.cursor`);
    this.#sequence = readSequence(this.#path);
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Throws the system's error when it cannot be written; the old value then stands. */
  write(sequence: number): void {
    const temporary = `${this.#path}${TEMPORARY_SUFFIX}`;
    // No fsync: after a power failure an older or empty file only sends some records again.
    writeFileSync(temporary, `${sequence}\n`, { mode: 0o640 });
    renameSync(temporary, this.#path);
    this.#sequence = sequence;
  }
}

function readSequence(path: string): number {
  try {
    const match = /^(\d{1,15})\n$/.exec(readFileSync(path, "latin1"));
    return match === null ? 0 : Number(match[1]);
  } catch {
    return 0;
  }
}
