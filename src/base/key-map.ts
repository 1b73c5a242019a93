import { KeyTable } from "./key-table.ts";

/** Values by a key of up to 53 bits, in a `KeyTable`: bounded, strangers go before what was promoted. */
export class KeyMap<V> {
  readonly #table: KeyTable;
  readonly #values: (V | undefined)[] = [];

  /** `onEvict` sees a value that goes because the table is full. */
  constructor(capacity: number, onEvict?: (value: V) => void) {
    this.#table = new KeyTable(capacity);
    this.#table.onEvict = (row) => {
      const value = this.#values[row];
      this.#values[row] = undefined;
      if (value !== undefined) onEvict?.(value);
    };
  }

  get capacity(): number {
    return this.#table.capacity;
  }

  get size(): number {
    return this.#table.size;
  }

  get evictions(): number {
    return this.#table.evictions;
  }

  /** Of these, entries that had been promoted. */
  get provenEvictions(): number {
    return this.#table.provenEvictions;
  }

  get(key: number): V | undefined {
    const row = this.#table.find(key);
    return row < 0 ? undefined : this.#values[row];
  }

  has(key: number): boolean {
    return this.#table.find(key) >= 0;
  }

  /** A new key is the youngest; a known one keeps its age. */
  set(key: number, value: V): void {
    let row = this.#table.find(key);
    if (row < 0) row = this.#table.add(key);
    this.#values[row] = value;
  }

  /** The same, and the entry is the youngest of its kind. */
  put(key: number, value: V): void {
    let row = this.#table.find(key);
    if (row < 0) row = this.#table.add(key);
    else this.#table.touch(row);
    this.#values[row] = value;
  }

  /** Makes an entry the youngest of its kind. */
  touch(key: number): void {
    const row = this.#table.find(key);
    if (row >= 0) this.#table.touch(row);
  }

  /** The entry proved itself: it stays while there are others. */
  promote(key: number): void {
    const row = this.#table.find(key);
    if (row >= 0) this.#table.promote(row);
  }

  delete(key: number): boolean {
    const row = this.#table.find(key);
    if (row < 0) return false;
    this.#values[row] = undefined;
    this.#table.remove(row);
    return true;
  }

  /** All values, in no order that means anything. For looking through everything, not for each packet. */
  *values(): IterableIterator<V> {
    for (const value of this.#values) if (value !== undefined) yield value;
  }
}
