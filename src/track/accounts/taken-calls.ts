import { column } from "../../base/column.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { HostKey } from "../../decode/host.ts";
import type { Transaction } from "../transactions/transaction.ts";

/** Calls that are taken but not acknowledged yet; an ACK comes within seconds (RFC 3261 13.2.2.4). */
const TAKEN_MAX = 32_768;

export interface TakenCall {
  server: HostKey;
  user: number;
  hasCredentials: boolean;
}

/** Calls that were taken and wait for the ACK that proves it, by caller and Call-ID. */
export class TakenCalls {
  readonly #table = new KeyTable(TAKEN_MAX);
  readonly #server = column(Float64Array, TAKEN_MAX);
  readonly #hasCredentials = column(Uint8Array, TAKEN_MAX);
  readonly #user = column(Float64Array, TAKEN_MAX);
  readonly #call: TakenCall = { server: 0, user: 0, hasCredentials: false };

  note({ client, server, callKey, hasCredentials, uriUserKey }: Transaction): void {
    const key = combine53(client, callKey);
    let row = this.#table.find(key);
    if (row < 0) row = this.#table.add(key);
    this.#server[row] = server;
    this.#user[row] = uriUserKey;
    this.#hasCredentials[row] = hasCredentials ? 1 : 0;
  }

  forget(client: HostKey, callKey: number): void {
    const row = this.#table.find(combine53(client, callKey));
    if (row >= 0) this.#table.remove(row);
  }

  /** What is known of a call that waited; it waits no more. The result is reused; null for any other call. */
  take(client: HostKey, callKey: number): TakenCall | null {
    const row = this.#table.find(combine53(client, callKey));
    if (row < 0) return null;
    const call = this.#call;
    call.server = this.#server[row] as number;
    call.user = this.#user[row] as number;
    call.hasCredentials = this.#hasCredentials[row] === 1;
    this.#table.remove(row);
    return call;
  }
}
