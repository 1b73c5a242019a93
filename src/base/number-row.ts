/** Numbers that many rows share: of eight bytes and, over the same bytes, whole ones of four. */
export interface NumberRows {
  readonly reals: Float64Array;
  readonly ints: Int32Array;
}

/** Zeros for `count` rows of `rowReals` numbers of eight bytes. */
export function numberRows(count: number, rowReals: number): NumberRows {
  const reals = new Float64Array(count * rowReals);
  return { reals, ints: new Int32Array(reals.buffer) };
}

/**
 * One row of numbers that lie in arrays which many rows share: a table of such rows is cheap to keep and nothing
 * for the garbage collector. Subclasses give the places names: `read` and `write` count in numbers of eight bytes,
 * `readInt` and `writeInt` in whole ones of four.
 */
export class NumberRow {
  readonly #reals: Float64Array;
  readonly #ints: Int32Array;
  readonly #at: number;

  /** `at`: place of its first number of eight bytes. */
  constructor({ reals, ints }: NumberRows, at: number) {
    this.#reals = reals;
    this.#ints = ints;
    this.#at = at;
  }

  protected read(field: number): number {
    return this.#reals[this.#at + field] as number;
  }

  protected write(field: number, value: number): void {
    this.#reals[this.#at + field] = value;
  }

  protected readInt(field: number): number {
    return this.#ints[2 * this.#at + field] as number;
  }

  protected writeInt(field: number, value: number): void {
    this.#ints[2 * this.#at + field] = value;
  }

  /** Sets the first `count` numbers of eight bytes to 0. */
  protected wipe(count: number): void {
    this.#reals.fill(0, this.#at, this.#at + count);
  }
}
