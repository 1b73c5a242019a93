import { RecencyList } from "../../base/recency-list.ts";
import type { Connection } from "./connection.ts";

/** Connections that hold bytes, in the order in which they began to: who holds for longest goes first. */
export class StreamHolders {
  readonly #list = new RecencyList<Connection>();

  get oldest(): Connection | null {
    return this.#list.oldest;
  }

  note(connection: Connection): void {
    if (connection.isHolding === connection.isHolder) return;
    connection.isHolder = !connection.isHolder;
    if (connection.isHolder) this.#list.add(connection);
    else this.#list.delete(connection);
  }
}
