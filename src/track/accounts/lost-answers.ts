import { FewKeys } from "../../base/few-keys.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { Transaction } from "../transactions/transaction.ts";

const CLIENTS_MAX = 4096;
const HOUR_US = 3_600_000_000;
/** So many accounts behind one address were taken. */
const ACCOUNTS_MIN = 22;
/** A mirror that loses more is of no use; who guesses behind the address of others gains no more. */
const LOST_SHARE = 1 / 8;

/**
 * Silence to credentials is a refusal of some registrars. Behind an address whose many phones are taken all the time, it
 * is mostly an answer that the mirror lost (a phone would send the request again, RFC 3261 17.1.2). No account is
 * excused twice in a row, so guesses at one count.
 */
export class LostAnswers {
  readonly #table = new KeyTable(CLIENTS_MAX);
  readonly #sinceUs = new Float64Array(CLIENTS_MAX);
  readonly #taken = new Int32Array(CLIENTS_MAX);
  readonly #lost = new Int32Array(CLIENTS_MAX);
  readonly #accounts = new FewKeys(CLIENTS_MAX, ACCOUNTS_MIN);
  /** The account that was excused last. */
  readonly #lastAccount = new Float64Array(CLIENTS_MAX);

  /** A REGISTER was taken; only one with credentials counts. */
  taken({ accountKey, client, hasCredentials, server }: Transaction, nowUs: number): void {
    if (!hasCredentials) return;
    const key = combine53(client, server);
    let row = this.#table.find(key);
    if (row < 0) {
      row = this.#table.add(key);
      this.#begin(row, nowUs);
    } else if (nowUs - (this.#sinceUs[row] as number) > HOUR_US) this.#begin(row, nowUs);
    this.#table.touch(row);
    this.#taken[row] = (this.#taken[row] as number) + 1;
    this.#accounts.add(row, accountKey);
  }

  /** Credentials of a REGISTER had no answer: whether that is put down to the mirror. Counts it. */
  isLost({ client, server, accountKey }: Transaction, nowUs: number): boolean {
    const row = this.#table.find(combine53(client, server));
    if (row < 0 || nowUs - (this.#sinceUs[row] as number) > HOUR_US) return false;
    if (this.#accounts.count(row) < ACCOUNTS_MIN) return false;
    const lost = this.#lost[row] as number;
    if (lost >= LOST_SHARE * (this.#taken[row] as number)) return false;
    if (this.#lastAccount[row] === accountKey) return false;
    this.#lost[row] = lost + 1;
    this.#lastAccount[row] = accountKey;
    return true;
  }

  #begin(row: number, nowUs: number): void {
    this.#sinceUs[row] = nowUs;
    this.#taken[row] = 0;
    this.#lost[row] = 0;
    this.#accounts.clear(row);
    this.#lastAccount[row] = 0;
  }
}
