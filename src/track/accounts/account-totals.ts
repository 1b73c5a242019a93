import { column } from "../../base/column.ts";
import { FewKeys } from "../../base/few-keys.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { HostKey } from "../../decode/host.ts";
import { DayCounts } from "./day-counts.ts";

/** Fewer clients than this are somebody with two devices, not guesses shared among many. */
const CLIENTS_MIN = 3;
const DAY_US = 24 * 3_600_000_000;

/** Tries on one account by all clients together, within a day: guesses that many hosts share. */
export class AccountTotals {
  readonly #table: KeyTable;
  readonly #tries: DayCounts;
  readonly #clients: FewKeys;
  readonly #clientsUs: Float64Array;

  constructor(capacity: number) {
    this.#table = new KeyTable(capacity);
    this.#tries = new DayCounts(capacity);
    this.#clients = new FewKeys(capacity, CLIENTS_MIN);
    this.#clientsUs = column(Float64Array, capacity);
  }

  add(accountKey: number, client: HostKey, nowUs: number): void {
    let row = this.#table.find(accountKey);
    if (row < 0) {
      row = this.#table.add(accountKey);
      this.#tries.clear(row);
      this.#clients.clear(row);
      this.#clientsUs[row] = nowUs;
    }
    this.#table.touch(row);
    this.#tries.add(row, 1, nowUs);
    if (nowUs - (this.#clientsUs[row] as number) > DAY_US) {
      this.#clients.clear(row);
      this.#clientsUs[row] = nowUs;
    }
    this.#clients.add(row, client);
  }

  /** Tries of all clients, when they are many; 0 otherwise. */
  tries(accountKey: number, nowUs: number): number {
    const row = this.#table.find(accountKey);
    if (row < 0 || this.#clients.count(row) < CLIENTS_MIN) return 0;
    return this.#tries.sum(row, nowUs);
  }
}
