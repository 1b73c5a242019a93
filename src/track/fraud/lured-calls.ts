import { hashText53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";

const NUMBERS_MAX = 8_192;
const DAY_US = 24 * 3_600_000_000;
const KEPT_MAX = 16;
/** One dropped call is a misdial. */
const VICTIMS_MIN = 3;

interface Lure {
  readonly sinceUs: number;
  readonly victims: Set<number>;
  readonly accounts: Set<number>;
}

/** Who called back how often. */
export interface CalledBack {
  /** Accounts that have called the number back. */
  readonly accounts: number;
  /** Those whom it had rung for a moment. */
  readonly victims: number;
}

/** High-cost numbers that rang many phones for a moment, so that people call them back (wangiri). */
export class LuredCalls {
  readonly #lures = new KeyMap<Lure>(NUMBERS_MAX);

  /** A call from that number was given up before anybody could answer. */
  dropped(e164: string, calleeKey: number, nowUs: number): void {
    const key = hashText53(e164);
    let lure = this.#lures.get(key);
    if (lure === undefined || nowUs - lure.sinceUs > DAY_US) {
      lure = { sinceUs: nowUs, victims: new Set(), accounts: new Set() };
      this.#lures.set(key, lure);
    }
    this.#lures.touch(key);
    if (lure.victims.size < KEPT_MAX) lure.victims.add(calleeKey);
  }

  /** A call to that number was answered; null where it has lured nobody. */
  answered(e164: string, accountKey: number, nowUs: number): CalledBack | null {
    if (this.#lures.size === 0) return null;
    const lure = this.#lures.get(hashText53(e164));
    if (lure === undefined || lure.victims.size < VICTIMS_MIN) return null;
    if (nowUs - lure.sinceUs > 2 * DAY_US) return null;
    if (lure.accounts.size < KEPT_MAX) lure.accounts.add(accountKey);
    return { accounts: lure.accounts.size, victims: lure.victims.size };
  }
}
