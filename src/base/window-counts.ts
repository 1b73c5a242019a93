import { column } from "./column.ts";
import { KeyTable } from "./key-table.ts";

/** How often a key was met since its window began; a window begins with the first count behind the one before. */
export class WindowCounts {
  readonly #table: KeyTable;
  readonly #sinceUs: Float64Array;
  readonly #count: Int32Array;
  readonly #windowUs: number;

  constructor(capacity: number, windowUs: number) {
    this.#table = new KeyTable(capacity);
    this.#sinceUs = column(Float64Array, capacity);
    this.#count = column(Int32Array, capacity);
    this.#windowUs = windowUs;
  }

  /** Counts one. Returns the number within the window. */
  add(key: number, nowUs: number): number {
    let row = this.#table.find(key);
    const isNew = row < 0;
    if (isNew) row = this.#table.add(key);
    if (isNew || nowUs - (this.#sinceUs[row] as number) >= this.#windowUs) {
      this.#sinceUs[row] = nowUs;
      this.#count[row] = 0;
      this.#table.touch(row);
    }
    const count = (this.#count[row] as number) + 1;
    this.#count[row] = count;
    return count;
  }
}
