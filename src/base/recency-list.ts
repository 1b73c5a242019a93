/** What a `RecencyList` holds; the two fields are its own. */
export interface RecencyLinks<T> {
  older: T | null;
  younger: T | null;
}

/** Items in the order in which they were last used, linked through themselves: a use moves a few pointers. */
export class RecencyList<T extends RecencyLinks<T>> {
  #oldest: T | null = null;
  #youngest: T | null = null;

  get oldest(): T | null {
    return this.#oldest;
  }

  /** Adds an item that is not in the list, as the youngest. */
  add(item: T): void {
    item.older = this.#youngest;
    item.younger = null;
    if (this.#youngest === null) this.#oldest = item;
    else this.#youngest.younger = item;
    this.#youngest = item;
  }

  /** Makes an item of the list the youngest. */
  touch(item: T): void {
    if (this.#youngest === item) return;
    this.delete(item);
    this.add(item);
  }

  /** Takes an item out; one that is not in the list changes nothing. */
  delete(item: T): void {
    if (item.older === null && this.#oldest !== item) return;
    if (item.older === null) this.#oldest = item.younger;
    else item.older.younger = item.younger;
    if (item.younger === null) this.#youngest = item.older;
    else item.younger.older = item.older;
    item.older = null;
    item.younger = null;
  }
}
