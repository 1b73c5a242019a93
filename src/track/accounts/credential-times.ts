import { column } from "../../base/column.ts";
import { combine53, combineThree53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { HostKey } from "../../decode/host.ts";
import type { Transaction } from "../transactions/transaction.ts";

const BY_USER = 1;
const BY_ANSWER = 2;
/** A mirror that reads each direction by itself may be so much behind with requests. */
const SKEW_US = 50_000;

/**
 * When each client last took a challenge up, by the user it asked for and by Call-ID: it was when either was
 * done after the challenged request. Some phones change the Call-ID between the two, some callers the user
 * (RFC 3261 22.1 asks for the same Call-ID). Credentials show it, and where the capture has lost them, the
 * success that they met with.
 */
export class CredentialTimes {
  readonly #table: KeyTable;
  readonly #timeUs: Float64Array;
  readonly #times: Int32Array;

  constructor(capacity: number) {
    this.#table = new KeyTable(capacity);
    this.#timeUs = column(Float64Array, capacity);
    this.#times = column(Int32Array, capacity);
  }

  note(transaction: Transaction, nowUs: number): void {
    const { client, callKey } = transaction;
    this.#set(userKey(client, transaction.toUserKey), nowUs);
    this.#set(combine53(client, callKey), nowUs);
    this.#set(client, nowUs);
  }

  /** A success of that call whose request was not seen. */
  noteCall(client: HostKey, callKey: number, nowUs: number): void {
    this.#set(combine53(client, callKey), nowUs);
  }

  /** A success of that call whose request was not seen, or is seen behind it. */
  noteSuccess(client: HostKey, callKey: number, nowUs: number): void {
    this.#set(combineThree53(client, BY_ANSWER, callKey), nowUs);
  }

  /** The request succeeded, only that its answer came first. */
  succeededAround({ client, callKey, startUs }: Transaction): boolean {
    return this.#at(combineThree53(client, BY_ANSWER, callKey)) >= startUs - SKEW_US;
  }

  /** True when the client has sent credentials for that user or call since the request. */
  sentSince(transaction: Transaction): boolean {
    const { client, callKey, startUs } = transaction;
    return (
      this.#at(userKey(client, transaction.toUserKey)) >= startUs ||
      this.#at(combine53(client, callKey)) >= startUs
    );
  }

  /** How often the client has taken a challenge up, for whomever; what was taken counts once more. */
  timesSent(client: HostKey): number {
    const row = this.#table.find(client);
    return row < 0 ? 0 : (this.#times[row] as number);
  }

  #set(key: number, nowUs: number): void {
    let row = this.#table.find(key);
    if (row < 0) {
      row = this.#table.add(key);
      this.#times[row] = 0;
    }
    this.#table.touch(row);
    this.#times[row] = (this.#times[row] as number) + 1;
    this.#timeUs[row] = nowUs;
  }

  #at(key: number): number {
    const row = this.#table.find(key);
    return row < 0 ? Number.NEGATIVE_INFINITY : (this.#timeUs[row] as number);
  }
}

function userKey(client: HostKey, user: number): number {
  return combineThree53(client, BY_USER, user);
}
