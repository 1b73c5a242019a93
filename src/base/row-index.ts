/** Entries of an index before it grows. */
const ENTRIES_MIN = 1024;
/** Entries of the index before that each addition takes along; all are over long before it grows again. */
const MOVED_AT_ONCE = 8;
const NONE = -1;

/**
 * Finds rows by a 32-bit hash: open addressing over one typed array, nothing allocated per look-up. It has
 * room for what is in it, not for what may come, so that a table which is hardly used stays in the
 * processor's caches. It grows by doubling, a few entries with each addition: no addition waits for all
 * of them.
 *
 * A look-up goes over places: `for (let at = index.first(hash); at >= 0; at = index.next(hash, at))` with
 * `index.row(at)` until it is the one that was meant; nearly always the first one is.
 */
export class RowIndex {
  readonly #hashOf: (row: number) => number;
  readonly #entriesMax: number;
  /** Row + 1 is in the low bits, bits of the hash above: most misses need no look at a row. */
  readonly #rowMask: number;
  #entries: Int32Array;
  /** The index before, half as large, while its entries move; what has moved is in both. */
  #before: Int32Array | null = null;
  #moved = 0;
  #size = 0;

  /** `hashOf` gives the hash of a row that is in the index. */
  constructor(capacity: number, hashOf: (row: number) => number) {
    this.#hashOf = hashOf;
    // By shifts: a power is a float to the compiler, and so would be all that is masked with it.
    this.#rowMask = (1 << Math.max(1, 32 - Math.clz32(capacity))) - 1;
    let entriesMax = 16;
    while (entriesMax < capacity * 2) entriesMax *= 2;
    this.#entriesMax = entriesMax;
    this.#entries = new Int32Array(Math.min(entriesMax, ENTRIES_MIN));
  }

  /** The first place whose row may have that hash; -1 when there is none. */
  first(hash: number): number {
    const mask = this.#entries.length - 1;
    return this.#from(hash, hash & mask);
  }

  /** The place after `at` whose row may have that hash; -1 when there is none. */
  next(hash: number, at: number): number {
    const size = this.#entries.length;
    if (at < size) return this.#from(hash, (at + 1) & (size - 1));
    return this.#fromBefore(hash, at - size + 1);
  }

  row(at: number): number {
    const size = this.#entries.length;
    const entry = at < size ? this.#entries[at] : this.#before?.[at - size];
    return ((entry as number) & this.#rowMask) - 1;
  }

  /** Adds a row that is not in it. */
  add(hash: number, row: number): void {
    this.#size++;
    const { length } = this.#entries;
    if (this.#before !== null) this.#move(this.#before);
    else if (2 * this.#size > length && length < this.#entriesMax) {
      this.#before = this.#entries;
      this.#entries = new Int32Array(2 * length);
      this.#moved = 0;
    }
    this.#put(hash, row);
  }

  /** Removes a row that is in it. */
  remove(hash: number, row: number): void {
    this.#size--;
    const mask = this.#entries.length - 1;
    for (let at = hash & mask; this.#entries[at] !== 0; at = (at + 1) & mask) {
      if (((this.#entries[at] as number) & this.#rowMask) !== row + 1) continue;
      this.#close(at);
      break;
    }
    if (this.#before !== null) this.#strike(this.#before, hash, row);
  }

  #from(hash: number, start: number): number {
    const entries = this.#entries;
    const mask = entries.length - 1;
    const tags = ~this.#rowMask;
    for (let at = start; ; at = (at + 1) & mask) {
      const entry = entries[at] as number;
      if (entry === 0) break;
      if (((entry ^ hash) & tags) === 0) return at;
    }
    return this.#before === null ? NONE : this.#fromBefore(hash, hash);
  }

  /** Goes on in the index before; a struck entry is no row. */
  #fromBefore(hash: number, start: number): number {
    const before = this.#before;
    if (before === null) return NONE;
    const mask = before.length - 1;
    for (let at = start & mask; ; at = (at + 1) & mask) {
      const entry = before[at] as number;
      if (entry === 0) return NONE;
      if (((entry ^ hash) & ~this.#rowMask) === 0 && (entry & this.#rowMask) !== 0) {
        return this.#entries.length + at;
      }
    }
  }

  #put(hash: number, row: number): void {
    const entries = this.#entries;
    const mask = entries.length - 1;
    let at = hash & mask;
    while (entries[at] !== 0) at = (at + 1) & mask;
    entries[at] = (hash & ~this.#rowMask) | (row + 1);
  }

  #move(before: Int32Array): void {
    for (let n = 0; n < MOVED_AT_ONCE; n++) {
      const row = ((before[this.#moved++] as number) & this.#rowMask) - 1;
      if (row >= 0) this.#put(this.#hashOf(row), row);
    }
    if (this.#moved === before.length) this.#before = null;
  }

  /** Backward-shift deletion keeps probe chains whole without tombstones (Knuth 6.4, algorithm R). */
  #close(place: number): void {
    const entries = this.#entries;
    const mask = entries.length - 1;
    let hole = place;
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const entry = entries[at] as number;
      if (entry === 0) break;
      const home = this.#hashOf((entry & this.#rowMask) - 1) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        entries[hole] = entry;
        hole = at;
      }
    }
    entries[hole] = 0;
  }

  /** Entries of the index before stay where they are, or some would not be moved. */
  #strike(before: Int32Array, hash: number, row: number): void {
    const mask = before.length - 1;
    for (let at = hash & mask; before[at] !== 0; at = (at + 1) & mask) {
      if (((before[at] as number) & this.#rowMask) !== row + 1) continue;
      before[at] = ~this.#rowMask;
      return;
    }
  }
}
