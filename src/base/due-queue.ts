/** What a `DueQueue` holds; the three fields are its own while the item is in it. */
export interface DueItem {
  /** When it is due, microseconds of packet time. Change it with `reschedule` only. */
  dueUs: number;
  /** Breaks ties: of two due at once, the lower comes first. */
  readonly ordinal: number;
  /** Place in the queue; -1 when it is in none. */
  dueIndex: number;
}

/**
 * Items by the time at which each is due: a binary heap in which every item knows its place, so that
 * it can be moved or taken out. `nextUs` is all that a packet has to look at.
 */
export class DueQueue<T extends DueItem> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** When the first item is due; Infinity when there is none. */
  get nextUs(): number {
    return this.#items[0]?.dueUs ?? Number.POSITIVE_INFINITY;
  }

  /** The item that is due first, still in the queue. */
  first(): T | undefined {
    return this.#items[0];
  }

  /** Puts the item in, or moves it to another time. */
  reschedule(item: T, dueUs: number): void {
    item.dueUs = dueUs;
    if (item.dueIndex < 0) {
      item.dueIndex = this.#items.length;
      this.#items.push(item);
    }
    this.#sift(item);
  }

  delete(item: T): void {
    const at = item.dueIndex;
    if (at < 0) return;
    item.dueIndex = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    last.dueIndex = at;
    this.#items[at] = last;
    this.#sift(last);
  }

  #sift(item: T): void {
    const items = this.#items;
    let at = item.dueIndex;
    while (at > 0) {
      const above = items[(at - 1) >> 1] as T;
      if (!isBefore(item, above)) break;
      this.#put(above, at);
      at = (at - 1) >> 1;
    }
    for (;;) {
      const left = items[2 * at + 1];
      if (left === undefined) break;
      const right = items[2 * at + 2];
      const below = right !== undefined && isBefore(right, left) ? right : left;
      if (!isBefore(below, item)) break;
      const next = below.dueIndex;
      this.#put(below, at);
      at = next;
    }
    this.#put(item, at);
  }

  #put(item: T, at: number): void {
    this.#items[at] = item;
    item.dueIndex = at;
  }
}

function isBefore(a: DueItem, b: DueItem): boolean {
  return a.dueUs < b.dueUs || (a.dueUs === b.dueUs && a.ordinal < b.ordinal);
}
