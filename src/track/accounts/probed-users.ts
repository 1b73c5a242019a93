import { column } from "../../base/column.ts";
import { KeyTable } from "../../base/key-table.ts";
import { isAlive, isPingMethod } from "../fraud/failed-request.ts";
import type { Transaction } from "../transactions/transaction.ts";

const CLIENTS_MAX = 16_384;

/**
 * Whom each client's refused OPTIONS asked for last. A server that pings its phones asks each for its own
 * user, or for none; a scanner, which knows nobody, asks all hosts for the same.
 */
export class ProbedUsers {
  readonly #table = new KeyTable(CLIENTS_MAX);
  readonly #user = column(Float64Array, CLIENTS_MAX);
  readonly #server = column(Float64Array, CLIENTS_MAX);

  /** It was taken, or its receiver is alive. */
  isAnswered(transaction: Transaction, status: number): boolean {
    if (status === 0 || status < 400) return status !== 0;
    return this.isPing(transaction) || isAlive(transaction, status);
  }

  /** A ping that asks each host for its own user: any answer says that the phone is alive. */
  isPing(transaction: Transaction): boolean {
    return isPingMethod(transaction.methodId) && !this.isRepeated(transaction);
  }

  /** True when the client has been refused for the same user by another host just before. */
  isRepeated(transaction: Transaction): boolean {
    const { client, server } = transaction;
    const user = transaction.toUserKey;
    let row = this.#table.find(client);
    if (row < 0) {
      row = this.#table.add(client);
      this.#user[row] = 0;
    }
    const isRepeated = user !== 0 && this.#user[row] === user && this.#server[row] !== server;
    this.#user[row] = user;
    this.#server[row] = server;
    this.#table.touch(row);
    return isRepeated;
  }
}
