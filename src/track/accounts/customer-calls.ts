import { column } from "../../base/column.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { HostKey } from "../../decode/host.ts";
import type { Transaction } from "../transactions/transaction.ts";

const SERVERS_MAX = 4096;
/** So long two customers' calls tell that their server is well. */
const FRESH_US = 300_000_000;

/**
 * Calls with credentials that each server takes or fails by 5xx: one that takes those of two accounts is not in trouble, whatever it says to others. Its
 * trouble shows with the first of them that fails.
 */
export class CustomerCalls {
  readonly #servers = new KeyTable(SERVERS_MAX);
  /** The two accounts of which calls were taken last, and when these began. */
  readonly #account = column(Float64Array, 2 * SERVERS_MAX);
  readonly #takenUs = column(Float64Array, 2 * SERVERS_MAX);
  readonly #failedUs = column(Float64Array, SERVERS_MAX);

  /** A call was answered whose credentials the server must have looked at. */
  taken({ accountKey, server, startUs }: Transaction): void {
    const row = this.#rowOf(server);
    let at = 2 * row;
    if (this.#account[at] !== accountKey) at++;
    if (this.#account[at] !== accountKey) at = this.#olderOf(row);
    this.#account[at] = accountKey;
    this.#takenUs[at] = startUs;
  }

  failed({ server, startUs }: Transaction): void {
    this.#failedUs[this.#rowOf(server)] = startUs;
  }

  /** Calls of two accounts that began since then were taken, lately, and none has failed behind them. */
  areTaken(server: HostKey, sinceUs: number, nowUs: number): boolean {
    const row = this.#servers.find(server);
    if (row < 0) return false;
    const olderUs = this.#takenUs[this.#olderOf(row)] as number;
    const isFresh = olderUs >= sinceUs && nowUs - olderUs <= FRESH_US;
    return isFresh && (this.#failedUs[row] as number) < olderUs;
  }

  #olderOf(row: number): number {
    const first = 2 * row;
    const isFirst = (this.#takenUs[first] as number) <= (this.#takenUs[first + 1] as number);
    return isFirst ? first : first + 1;
  }

  #rowOf(server: HostKey): number {
    let row = this.#servers.find(server);
    if (row < 0) {
      row = this.#servers.add(server);
      this.#account.fill(0, 2 * row, 2 * row + 2);
      this.#takenUs.fill(Number.NEGATIVE_INFINITY, 2 * row, 2 * row + 2);
      this.#failedUs[row] = Number.NEGATIVE_INFINITY;
    } else this.#servers.touch(row);
    return row;
  }
}
