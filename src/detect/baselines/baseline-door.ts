import { KeyTable } from "../../base/key-table.ts";

/** Keys that are remembered of those that were not taken. */
const KEYS = 1_024;

/**
 * Where another key has to go for a new one, the new one is taken when it comes a second time before a thousand others
 * do: keys that come once teach nothing, and would push out those from which something is being learned.
 */
export class BaselineDoor {
  /** Made when the first key has to wait. */
  #waiting: KeyTable | null = null;

  /** True of a key that has to come again. */
  isFirst(key: number): boolean {
    this.#waiting ??= new KeyTable(KEYS);
    const row = this.#waiting.find(key);
    if (row < 0) this.#waiting.add(key);
    else this.#waiting.remove(row);
    return row < 0;
  }
}
