import { column, columnOver } from "../../base/column.ts";
import { RUN_SEED } from "../../base/hash.ts";
import { RowIndex } from "../../base/row-index.ts";
import type { SidedValues } from "./row-values.ts";

/**
 * A row is 64 bytes, a line of the processor's caches, seen as 16 integers and as 8 floats: the key in two words, the table,
 * the neighbours by age, and the counter's own: integers from `OWN_INT` on, and floats from `OWN_FLOAT` on.
 */
export const INTS = 16;
export const FLOATS = 8;
export const OWN_INT = 5;
export const OWN_FLOAT = 4;
const LOW = 0;
const HIGH = 1;
const TABLE = 2;
const OLDER = 3;
const YOUNGER = 4;
const NONE = -1;

/** The ends of one table's rows by age; -1 where it has none. */
export interface RowList {
  /** The table's number, which no other one has. */
  readonly table: number;
  oldest: number;
  youngest: number;
  size: number;
}

/**
 * What the counters of all rules keep of their keys, in one pool: each key of each rule has a row. As
 * objects of a Map these were some 230 bytes, and five places of memory for a look at one. Rows of a table are in a list,
 * the one touched longest ago first.
 */
export class CounterRows {
  readonly ints: Int32Array;
  readonly floats: Float64Array;
  /** What does not fit in a row: most have none. */
  readonly more: (SidedValues | number[] | null)[] = [];
  readonly #index: RowIndex;
  #tables = 0;
  #free = NONE;
  #used = 0;

  /** `capacity`: rows of all tables together; adding one more throws. */
  constructor(capacity: number) {
    this.ints = column(Int32Array, INTS * capacity);
    this.floats = columnOver(Float64Array, this.ints);
    this.#index = new RowIndex(capacity, (row) => this.#hash(row));
  }

  newList(): RowList {
    return { table: ++this.#tables, oldest: NONE, youngest: NONE, size: 0 };
  }

  /** The row of a key (0 to 2^53 - 1) of that table; -1 when there is none. */
  find(table: number, key: number): number {
    const { ints } = this;
    const low = key | 0;
    const high = (key / 0x100000000) | 0;
    const hash = hashOf(table, low, high);
    const index = this.#index;
    for (let at = index.first(hash); at >= 0; at = index.next(hash, at)) {
      const row = index.row(at);
      const start = INTS * row;
      if (ints[start] === low && ints[start + HIGH] === high && ints[start + TABLE] === table) {
        return row;
      }
    }
    return NONE;
  }

  /** A row for a key that has none, the youngest; what the counter keeps there is zero. */
  add(list: RowList, key: number): number {
    const { ints } = this;
    let row = this.#free;
    if (row >= 0) this.#free = ints[INTS * row + YOUNGER] as number;
    else row = this.#used++;
    const start = INTS * row;
    if (start >= ints.length) throw new RangeError("more counters than there are rows");
    ints[start + LOW] = key | 0;
    ints[start + HIGH] = (key / 0x100000000) | 0;
    ints[start + TABLE] = list.table;
    for (let at = OWN_INT; at < INTS; at++) ints[start + at] = 0;
    this.more[row] = null;
    this.#index.add(this.#hash(row), row);
    this.#link(list, row);
    list.size++;
    return row;
  }

  /** Makes a row the youngest of its list. */
  touch(list: RowList, row: number): void {
    if (list.youngest === row) return;
    this.#unlink(list, row);
    this.#link(list, row);
  }

  remove(list: RowList, row: number): void {
    this.#index.remove(this.#hash(row), row);
    this.#unlink(list, row);
    list.size--;
    this.more[row] = null;
    this.ints[INTS * row + YOUNGER] = this.#free;
    this.#free = row;
  }

  #link(list: RowList, row: number): void {
    const { ints } = this;
    const { youngest } = list;
    ints[INTS * row + OLDER] = youngest;
    ints[INTS * row + YOUNGER] = NONE;
    if (youngest >= 0) ints[INTS * youngest + YOUNGER] = row;
    else list.oldest = row;
    list.youngest = row;
  }

  #unlink(list: RowList, row: number): void {
    const { ints } = this;
    const older = ints[INTS * row + OLDER] as number;
    const younger = ints[INTS * row + YOUNGER] as number;
    if (older >= 0) ints[INTS * older + YOUNGER] = younger;
    else list.oldest = younger;
    if (younger >= 0) ints[INTS * younger + OLDER] = older;
    else list.youngest = older;
  }

  #hash(row: number): number {
    const { ints } = this;
    const start = INTS * row;
    return hashOf(
      ints[start + TABLE] as number,
      ints[start + LOW] as number,
      ints[start + HIGH] as number,
    );
  }
}

/** As in `KeyTable`, with the table in it: every rule that counts by source has the same keys. */
function hashOf(table: number, low: number, high: number): number {
  let h = Math.imul(low ^ RUN_SEED, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ high, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 13) ^ table, 0x27d4eb2f);
  return h ^ (h >>> 14);
}
