import { column } from "./column.ts";

/**
 * The first few different keys of each row, for verdicts that hang on few or many. They are kept whole: a bit for each class of a hash
 * would let the run's seed decide, or, with a hash that everybody knows, whoever chooses the keys.
 */
export class FewKeys {
  readonly #max: number;
  readonly #keys: Float64Array;
  readonly #counts: Uint8Array;

  /** `max`: keys of a row that are told apart, at most 255; each takes 8 bytes, whether it is used or not. */
  constructor(capacity: number, max: number) {
    this.#max = max;
    this.#keys = column(Float64Array, max * capacity);
    this.#counts = column(Uint8Array, capacity);
  }

  /** Notes a key of that row. */
  add(row: number, key: number): void {
    const count = this.#counts[row] as number;
    if (count === this.#max) return;
    const start = row * this.#max;
    for (let at = start; at < start + count; at++) if (this.#keys[at] === key) return;
    this.#keys[start + count] = key;
    this.#counts[row] = count + 1;
  }

  /** How many different keys the row has had, `max` for more. */
  count(row: number): number {
    return this.#counts[row] as number;
  }

  clear(row: number): void {
    this.#counts[row] = 0;
  }
}
