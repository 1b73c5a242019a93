import { BoundedMap } from "../base/bounded-map.ts";
import { DelayQueue } from "../base/delay-queue.ts";
import type { TrackSettings } from "./settings.ts";
import type { Transaction } from "./transaction.ts";

/** Rejections remembered for one client and account; a streak is not counted beyond. */
const REJECTIONS_MAX = 256;

/** What one client tried on one account since its last success. */
class Login {
  readonly digests = new Map<string, number>();
  /** The first rejection of a streak, until it is known not to be a refresh. */
  held: Transaction | null = null;
}

interface Held {
  readonly login: Login;
  readonly transaction: Transaction;
}

/** What the account table reports to the tracker that owns it. */
export interface AccountOutcomes {
  /** `failures`: distinct rejected digests of the streak. */
  failed(transaction: Transaction, failures: number): void;
  accepted(transaction: Transaction, failures: number): void;
}

/**
 * Rejected and accepted credentials by client and account. A phone that refreshes with a cached nonce
 * is rejected once and then succeeds: such a single rejection is not a failure (DETECTIONS 1.3), so
 * the first of a streak is held until a second one or the settle time shows that it was real.
 */
export class AccountTable {
  readonly map: BoundedMap<string, Login>;
  readonly #held: DelayQueue<Held>;
  readonly #streakUs: number;
  readonly #outcomes: AccountOutcomes;

  constructor(settings: TrackSettings, outcomes: AccountOutcomes) {
    this.map = new BoundedMap(settings.accountsMax);
    this.#held = new DelayQueue(settings.authSettleMs * 1000, settings.accountsMax);
    this.#streakUs = settings.authStreakMs * 1000;
    this.#outcomes = outcomes;
  }

  /** Credentials answered 401, 407 or 403. The same digest twice is one rejection. */
  reject(transaction: Transaction, nowUs: number): void {
    const key = keyOf(transaction);
    let login = this.map.get(key);
    if (login === undefined) {
      login = new Login();
      this.map.set(key, login);
    }
    const { digests } = login;
    const digest = `${transaction.nonce} ${transaction.digestResponse}`;
    if (digests.has(digest)) return;
    this.#prune(digests, nowUs);
    digests.set(digest, nowUs);
    if (digests.size === 1) {
      login.held = transaction;
      this.#held.push({ login, transaction }, nowUs);
      return;
    }
    if (login.held !== null) {
      this.#outcomes.failed(login.held, digests.size - 1);
      login.held = null;
    }
    this.#outcomes.failed(transaction, digests.size);
  }

  /** Credentials that the server took. Ends the streak. */
  accept(transaction: Transaction, nowUs: number): void {
    const key = keyOf(transaction);
    const login = this.map.get(key);
    let failures = 0;
    if (login !== undefined) {
      this.#prune(login.digests, nowUs);
      failures = login.digests.size;
      login.held = null;
      this.map.delete(key);
    }
    this.#outcomes.accepted(transaction, failures);
  }

  isDue(nowUs: number): boolean {
    return this.#held.isDue(nowUs);
  }

  /** Reports the next held rejection that no success has explained within the settle time. */
  settleNext(nowUs: number): void {
    const due = this.#held.takeDue(nowUs);
    if (due === undefined || due.login.held !== due.transaction) return;
    due.login.held = null;
    this.#outcomes.failed(due.transaction, due.login.digests.size);
  }

  #prune(digests: Map<string, number>, nowUs: number): void {
    for (const [digest, timeUs] of digests) {
      if (nowUs - timeUs <= this.#streakUs && digests.size < REJECTIONS_MAX) return;
      digests.delete(digest);
    }
  }
}

function keyOf(transaction: Transaction): string {
  return `${transaction.client} ${transaction.account}`;
}
