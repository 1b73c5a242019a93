/**
 * One row of numbers in a Float64Array that many rows share: a table of such rows is cheap to keep and nothing
 * for the garbage collector. Subclasses give the places names.
 */
export class NumberRow {
  readonly #numbers: Float64Array;
  readonly #at: number;

  constructor(numbers: Float64Array, at: number) {
    this.#numbers = numbers;
    this.#at = at;
  }

  protected read(field: number): number {
    return this.#numbers[this.#at + field] as number;
  }

  protected write(field: number, value: number): void {
    this.#numbers[this.#at + field] = value;
  }

  /** Sets the first `count` numbers to 0. */
  protected wipe(count: number): void {
    this.#numbers.fill(0, this.#at, this.#at + count);
  }
}
