import { column } from "../../base/column.ts";
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
  /** One bit for each client, by a hash: enough to tell few from many. */
  readonly #clients: Uint32Array;
  readonly #clientsUs: Float64Array;

  constructor(capacity: number) {
    this.#table = new KeyTable(capacity);
    this.#tries = new DayCounts(capacity);
    this.#clients = column(Uint32Array, capacity);
    this.#clientsUs = column(Float64Array, capacity);
  }

  add(accountKey: number, client: HostKey, nowUs: number): void {
    let row = this.#table.find(accountKey);
    if (row < 0) {
      row = this.#table.add(accountKey);
      this.#tries.clear(row);
      this.#clients[row] = 0;
      this.#clientsUs[row] = nowUs;
    }
    this.#table.touch(row);
    this.#tries.add(row, 1, nowUs);
    if (nowUs - (this.#clientsUs[row] as number) > DAY_US) {
      this.#clients[row] = 0;
      this.#clientsUs[row] = nowUs;
    }
    const bit = Math.imul(client ^ (client / 0x100000000), 0x9e3779b1) >>> 27;
    this.#clients[row] = (this.#clients[row] as number) | (1 << bit);
  }

  /** Tries of all clients, when they are many; 0 otherwise. */
  tries(accountKey: number, nowUs: number): number {
    const row = this.#table.find(accountKey);
    if (row < 0 || bitsOf(this.#clients[row] as number) < CLIENTS_MIN) return 0;
    return this.#tries.sum(row, nowUs);
  }
}

function bitsOf(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
