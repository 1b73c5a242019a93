import { KeyMap } from "../../base/key-map.ts";
import type { Transaction } from "../transactions/transaction.ts";

const ACCOUNTS_MAX = 4_096;
/** So many callers share no telephone. */
const CALLERS_MIN = 8;
/** Who comes in with a stolen account and other people's numbers is found by then. */
const PROBATION_US = 24 * 3_600_000_000;

interface Trunk {
  readonly callers: Set<number>;
  readonly sinceUs: number;
}

/** Accounts that many callers call through: a PBX at its carrier, which is no one user's. */
export class Trunks {
  readonly #accounts = new KeyMap<Trunk>(ACCOUNTS_MAX);

  /**
   * A call of the account was answered; true when it has had eight callers. Where much is at stake, with a call to a high-cost
   * destination, it also has to be known for a day.
   */
  note(
    { accountKey, fromUserKey, hasCredentials }: Transaction,
    isHighCost: boolean,
    nowUs: number,
  ): boolean {
    if (!hasCredentials) return false;
    let trunk = this.#accounts.get(accountKey);
    if (trunk === undefined) {
      trunk = { callers: new Set(), sinceUs: nowUs };
      this.#accounts.set(accountKey, trunk);
    }
    this.#accounts.touch(accountKey);
    if (trunk.callers.size < CALLERS_MIN) trunk.callers.add(fromUserKey);
    if (trunk.callers.size < CALLERS_MIN) return false;
    return !isHighCost || nowUs - trunk.sinceUs > PROBATION_US;
  }
}
