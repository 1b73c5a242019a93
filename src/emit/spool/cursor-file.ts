import { join } from "node:path";
import { readSequence, writeSequence } from "./sequence-file.ts";

export const CURSOR_SUFFIX = ".cursor";

/** Last acknowledged sequence of one output, in the spool folder. Written whole or not at all. */
export class CursorFile {
  readonly #path: string;
  #sequence: number;

  /** `name` is made of letters, digits, `.`, `_` and `-`. A missing or damaged file reads as 0: all is sent again. */
  constructor(dir: string, name: string) {
    this.#path = join(dir, `${name}${CURSOR_SUFFIX}`);
    this.#sequence = readSequence(this.#path);
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Throws the system's error when it cannot be written; the old value then stands. */
  write(sequence: number): void {
    writeSequence(this.#path, sequence);
    this.#sequence = sequence;
  }
}
