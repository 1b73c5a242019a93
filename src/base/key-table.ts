import { column } from "./column.ts";
import { RUN_SEED } from "./hash.ts";
import { RowIndex } from "./row-index.ts";

/** Part of the rows that newcomers may always have, so that proven ones never shut everybody else out. */
const PROBATION_SHARE = 0.1;
const NONE = -1;
/** Two lists of age: what nothing was proven of, and what proved itself. A row in none is free. */
const FREE = 0;
const PROBATION = 1;
const MAIN = 2;
/** Place of the younger neighbour behind the older one. */
const YOUNGER = 1;

/**
 * Rows by a key of up to 53 bits: columns in typed arrays, nothing allocated per look-up. The
 * table gives row numbers; its owner keeps what belongs to them. When it is full the oldest row in
 * probation goes first, and one that was promoted only when hardly any is left there: a flood of
 * strangers never pushes out what proved itself.
 *
 * A row number is good until the row goes; what is kept for longer is a `ref`, which has the row's
 * generation in it and reads as gone once the row has another owner.
 */
export class KeyTable {
  readonly capacity: number;
  size = 0;
  /** Rows that went because the table was full, while in probation, and after they were promoted. */
  evictions = 0;
  provenEvictions = 0;
  /** Called before a row goes by eviction; it is still whole. */
  onEvict: (row: number) => void = () => {};

  /** What a generation counts for in a `ref`. */
  readonly #refUnit: number;
  readonly #index: RowIndex;
  /** Low and high word of each row's key, side by side: they are read together. */
  readonly #keys: Int32Array;
  readonly #generation: Int32Array;
  /** The list of a row. */
  readonly #part: Uint8Array;
  /** The next older and the next younger row of each one, side by side. */
  readonly #links: Int32Array;
  readonly #oldest = [NONE, NONE, NONE];
  readonly #youngest = [NONE, NONE, NONE];
  readonly #count = [0, 0, 0];
  readonly #mainMax: number;
  #free = NONE;
  #used = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#refUnit = 2 ** Math.max(1, 32 - Math.clz32(capacity));
    this.#index = new RowIndex(capacity, (row) => this.#hash(row));
    this.#keys = column(Int32Array, 2 * capacity);
    this.#generation = column(Int32Array, capacity);
    this.#part = column(Uint8Array, capacity);
    this.#links = column(Int32Array, 2 * capacity);
    this.#mainMax = Math.max(1, capacity - Math.ceil(capacity * PROBATION_SHARE));
  }

  /** The row of that key; -1 when there is none. */
  find(key: number): number {
    const low = key | 0;
    const high = (key / 0x100000000) | 0;
    const hash = hashOf(low, high);
    const index = this.#index;
    const keys = this.#keys;
    for (let at = index.first(hash); at >= 0; at = index.next(hash, at)) {
      const row = index.row(at);
      if (keys[2 * row] === low && keys[2 * row + 1] === high) return row;
    }
    return NONE;
  }

  /** A fresh row for a key that has none, in probation and the youngest. May evict another. */
  add(key: number): number {
    if (this.size === this.capacity) this.#evict();
    let row = this.#free;
    if (row >= 0) this.#free = this.#links[2 * row + YOUNGER] as number;
    else row = this.#used++;
    const low = key | 0;
    const high = (key / 0x100000000) | 0;
    this.#keys[2 * row] = low;
    this.#keys[2 * row + 1] = high;
    this.#index.add(hashOf(low, high), row);
    this.size++;
    this.#link(row, PROBATION);
    return row;
  }

  /** Moves a row to those that proved themselves; the oldest of these makes room when there are too many. */
  promote(row: number): void {
    if (this.#part[row] !== PROBATION) return;
    this.#unlink(row);
    this.#link(row, MAIN);
    if ((this.#count[MAIN] as number) <= this.#mainMax) return;
    const oldest = this.#oldest[MAIN] as number;
    this.#unlink(oldest);
    this.#link(oldest, PROBATION);
  }

  /** Makes a row the youngest of its kind. */
  touch(row: number): void {
    const part = this.#part[row] as number;
    if (part === FREE || this.#youngest[part] === row) return;
    this.#unlink(row);
    this.#link(row, part);
  }

  remove(row: number): void {
    if (this.#part[row] === FREE) return;
    this.#index.remove(this.#hash(row), row);
    this.#unlink(row);
    this.#part[row] = FREE;
    this.#generation[row] = ((this.#generation[row] as number) + 1) | 0;
    this.#links[2 * row + YOUNGER] = this.#free;
    this.#free = row;
    this.size--;
  }

  /** Identity of a row as long as it lives: safe to keep. Never 0. */
  ref(row: number): number {
    return ((this.#generation[row] as number) >>> 0) * this.#refUnit + row + 1;
  }

  /** The row of a `ref`; -1 when it has gone since. */
  rowOf(ref: number): number {
    const unit = this.#refUnit;
    // An integer to the compiler, too: a float that a field of one table holds makes it float in all, and their code void.
    const row = (ref & (unit - 1)) - 1;
    if (row < 0 || row >= this.#used || this.#part[row] === FREE) return NONE;
    return (this.#generation[row] as number) >>> 0 === Math.floor(ref / unit) ? row : NONE;
  }

  /** The row longest untouched, of those in probation first; -1 when the table is empty. */
  oldest(): number {
    const row = this.#oldest[PROBATION] as number;
    return row >= 0 ? row : (this.#oldest[MAIN] as number);
  }

  /** The promoted row longest untouched; -1 when there is none. */
  oldestPromoted(): number {
    return this.#oldest[MAIN] as number;
  }

  /** The next younger row of the same part; -1 at the end. */
  younger(row: number): number {
    return this.#links[2 * row + YOUNGER] as number;
  }

  #evict(): void {
    const row = this.oldest();
    if (this.#part[row] === MAIN) this.provenEvictions++;
    this.evictions++;
    this.onEvict(row);
    this.remove(row);
  }

  #link(row: number, part: number): void {
    const links = this.#links;
    const youngest = this.#youngest[part] as number;
    this.#part[row] = part;
    links[2 * row] = youngest;
    links[2 * row + YOUNGER] = NONE;
    if (youngest >= 0) links[2 * youngest + YOUNGER] = row;
    else this.#oldest[part] = row;
    this.#youngest[part] = row;
    this.#count[part] = (this.#count[part] as number) + 1;
  }

  #unlink(row: number): void {
    const links = this.#links;
    const part = this.#part[row] as number;
    const older = links[2 * row] as number;
    const younger = links[2 * row + YOUNGER] as number;
    if (older >= 0) links[2 * older + YOUNGER] = younger;
    else this.#oldest[part] = younger;
    if (younger >= 0) links[2 * younger] = older;
    else this.#youngest[part] = older;
    this.#count[part] = (this.#count[part] as number) - 1;
  }

  #hash(row: number): number {
    return hashOf(this.#keys[2 * row] as number, this.#keys[2 * row + 1] as number);
  }
}

/** Keys that are hashes already need little mixing; host addresses, which are none, need the seed. */
function hashOf(low: number, high: number): number {
  let h = Math.imul(low ^ RUN_SEED, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ high, 0xc2b2ae35);
  return h ^ (h >>> 14);
}
