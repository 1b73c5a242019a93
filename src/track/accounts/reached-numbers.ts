import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { Transaction } from "../transactions/transaction.ts";

const NUMBERS_MAX = 16_384;
const DAY_US = 24 * 3_600_000_000;

interface Reached {
  sinceUs: number;
  calls: number;
  /** Whose call reached it last. */
  accountKey: number;
}

/** Users and numbers of each server that calls get through to: they ring or are answered. */
export class ReachedNumbers {
  readonly #numbers = new KeyMap<Reached>(NUMBERS_MAX);

  /** A call of that transaction rings or was answered. */
  note(transaction: Transaction, nowUs: number): void {
    const key = keyOf(transaction);
    const known = this.#numbers.get(key);
    if (known === undefined || nowUs - known.sinceUs > DAY_US) {
      this.#numbers.put(key, { sinceUs: nowUs, calls: 1, accountKey: transaction.accountKey });
      return;
    }
    known.calls++;
    known.accountKey = transaction.accountKey;
    this.#numbers.touch(key);
  }

  /** Some call got through to it within the day. */
  has(transaction: Transaction, nowUs: number): boolean {
    const known = this.#numbers.get(keyOf(transaction));
    return known !== undefined && nowUs - known.sinceUs <= DAY_US;
  }

  /** How often calls of others got through to it within the day. */
  callsOfOthers(transaction: Transaction, nowUs: number): number {
    const known = this.#numbers.get(keyOf(transaction));
    if (known === undefined || nowUs - known.sinceUs > DAY_US) return 0;
    return known.accountKey === transaction.accountKey ? 0 : known.calls;
  }
}

function keyOf({ server, uriUserKey }: Transaction): number {
  return combine53(server, uriUserKey);
}
