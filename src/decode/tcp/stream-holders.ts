import type { Connection } from "./connection.ts";

/** Rows of connections that hold bytes, in the order in which they began to: who holds for longest goes first. */
export class StreamHolders {
  readonly #rows = new Set<number>();

  [Symbol.iterator](): IterableIterator<number> {
    return this.#rows.values();
  }

  note(connection: Connection): void {
    if (connection.isHolding === connection.isHolder) return;
    connection.isHolder = !connection.isHolder;
    if (connection.isHolder) this.#rows.add(connection.row);
    else this.#rows.delete(connection.row);
  }
}
