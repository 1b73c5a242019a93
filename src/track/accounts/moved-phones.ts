import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { Transaction } from "../transactions/transaction.ts";

const PHONES_MAX = 8_192;
/** Telephones retry every 30 s or slower, give or take. */
const PACE_US = 25_000_000;
const DAY_US = 86_400_000_000;
/** A line that is given another address so often in a day has a fault of its own. */
const MOVES_MAX = 16;

interface Phone {
  loginKey: number;
  cseq: number;
  lastUs: number;
  moves: number;
  sinceUs: number;
}

/**
 * Telephones whose line gets another address between two tries: each goes on with its Call-ID and counts CSeq up (RFC 3261 10.2), at its pace.
 * Guessers who share one Call-ID to look like that have together what one host has that plays a telephone, and less of it.
 */
export class MovedPhones {
  /** By account and Call-ID. */
  readonly #phones = new KeyMap<Phone>(PHONES_MAX);

  /** A try from a new place. Returns the login of the telephone that it is of, at its place before; 0 for nobody's. */
  movedFrom(transaction: Transaction, loginKey: number, nowUs: number): number {
    const { accountKey, callKey, cseq } = transaction;
    const key = combine53(accountKey, callKey);
    const phone = this.#phones.get(key);
    if (phone === undefined || nowUs - phone.sinceUs > DAY_US) {
      this.#phones.put(key, { loginKey, cseq, lastUs: nowUs, moves: 0, sinceUs: nowUs });
      return 0;
    }
    this.#phones.touch(key);
    const before = phone.loginKey;
    const isNext = cseq > phone.cseq && nowUs - phone.lastUs >= PACE_US;
    phone.loginKey = loginKey;
    phone.cseq = cseq;
    phone.lastUs = nowUs;
    phone.moves++;
    return isNext && phone.moves <= MOVES_MAX ? before : 0;
  }
}
