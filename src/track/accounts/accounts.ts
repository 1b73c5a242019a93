import { DelayQueue } from "../../base/delay-queue.ts";
import type { HostKey } from "../../decode/host.ts";
import type { TrackSettings } from "../settings.ts";
import { AccountTotals } from "./account-totals.ts";
import { Logins } from "./logins.ts";

/**
 * Phones try one wrong password some 15 times in 0.2 s, each nonce anew, and are then silent until their
 * next interval (baresip): so many digests on one Call-ID within so long, and silence after it, are one try
 * as long as such bursts are few and on one Call-ID.
 */
const BURST_DIGESTS_MAX = 20;
const BURST_US = 1_000_000;
/**
 * One wrong password does not become right within a burst. A phone that hops between registrars with nonces of
 * their own meets a few refusals before it is taken, so many digests that end in success are as many guesses.
 */
const LUCKY_DIGESTS_MIN = 8;
/** An answer that somebody forged comes before the server's own; that one comes within 2 x T1 (RFC 3261 17.1.1.1). */
const DOUBT_US = 1_000_000;
/** Guesses that many hosts share before a newcomer's login, which itself needed none, may be their fruit. */
const SHARED_TRIES_MIN = 20;
/** So many tries at a guesser's pace are no change of password, whoever was at home there before. */
const OWNER_TRIES_MAX = 50;

/** Of a attempt, what says who tried what. */
export interface Attempt {
  readonly ref: number;
  readonly client: HostKey;
  readonly accountKey: number;
  readonly callKey: number;
  readonly cseq: number;
  /** Nonce and response (RFC 7616 3.4): one guess. */
  readonly digestKey: number;
}

/** Stale nonces in a row that a client may meet; twice is already odd. */
const STALE_MAX = 6;

interface Held {
  readonly ref: number;
  readonly burstUs: number;
}

interface Success {
  /** The login's row. */
  readonly login: number;
  /** The attempt. */
  readonly ref: number;
  readonly guesses: number;
  readonly recovered: number;
  readonly isNewHere: boolean;
  readonly sinceUs: number;
  /** It ends the streak. */
  readonly isProven: boolean;
}

/** What the account table reports to the tracker that owns it, about a transaction by its `ref`. */
export interface AccountOutcomes {
  /** `tries` of this client on this account since its last success, from `sinceUs` on; `isStuck`: at a phone's pace. */
  failed(ref: number, tries: number, isStuck: boolean, sinceUs: number, nowUs: number): void;
  /** Told before: a try at a phone's pace, but on ever new Call-IDs and of who never had the account there. */
  triedAnew(ref: number, tries: number, nowUs: number): void;
  /**
   * `guesses` that the success ended, from `sinceUs` on (0: nobody knows); `recovered`: tries that were the owner's own, as
   * far as one can see; `isNewHere`: it had never succeeded from there.
   */
  accepted(
    ref: number,
    guesses: number,
    recovered: number,
    sinceUs: number,
    isNewHere: boolean,
    nowUs: number,
  ): void;
  /** The same at its first try, of who was never accepted there, after that many `guesses` of other hosts. */
  acceptedAmidGuesses(ref: number, guesses: number, nowUs: number): void;
}

/**
 * Rejected and accepted credentials by client and account. A try is a digest that was not seen before; a
 * burst on one Call-ID is one try, and a single rejection that success follows within the settle time is a
 * refresh with an old nonce and none at all. So the newest try is held until the next one or the settle time.
 * A success after tries is held too, as its answer may be forged.
 */
export class AccountTable {
  readonly logins: Logins;
  readonly #totals: AccountTotals;
  readonly #held: DelayQueue<Held>;
  readonly #successes: DelayQueue<Success>;
  readonly #settleUs: number;
  readonly #outcomes: AccountOutcomes;

  constructor(settings: TrackSettings, outcomes: AccountOutcomes) {
    this.logins = new Logins(settings.accountsMax);
    this.#totals = new AccountTotals(settings.accountsMax);
    this.#settleUs = settings.authSettleMs * 1000;
    this.#held = new DelayQueue(this.#settleUs, settings.accountsMax);
    this.#successes = new DelayQueue(DOUBT_US, settings.accountsMax);
    this.#outcomes = outcomes;
  }

  /** Credentials that the server refused, in whichever words. The same digest twice is one refusal. */
  reject(attempt: Attempt, nowUs: number): void {
    const { logins } = this;
    const row = logins.rowOf(attempt, nowUs);
    if (!logins.isNewDigest(row, attempt.digestKey, nowUs)) return;
    this.#begin(row, attempt, nowUs, nowUs);
  }

  /**
   * Credentials that nothing was heard of, by now: a refusal of some registrars, or one that a lossy mirror does not show. It belongs to
   * when it was sent at, `startUs`: in the order in which silence is told it would look like a try right behind the next one.
   */
  ignore(attempt: Attempt, startUs: number, nowUs: number): void {
    const { logins } = this;
    const row = logins.rowOf(attempt, nowUs);
    if (startUs < logins.successUs(row)) return;
    if (!logins.isNewDigest(row, attempt.digestKey, nowUs)) return;
    if (logins.isOfLastTry(row, attempt.callKey, startUs, BURST_US)) {
      if (logins.addDigest(row) <= BURST_DIGESTS_MAX) return;
    } else if (startUs > (logins.burstLastUs[row] as number)) {
      this.#begin(row, attempt, startUs, nowUs);
      return;
    }
    this.#countPast(row, attempt.ref, nowUs);
  }

  /**
   * Credentials that the server took. Ends the streak once nothing has contradicted it, when it `isProven` that
   * the server looked at them; else it is reported only.
   */
  accept(attempt: Attempt, isProven: boolean, nowUs: number): void {
    const { logins } = this;
    const row = logins.rowOf(attempt, nowUs);
    this.#closeLucky(row, attempt, nowUs);
    const tries = logins.tries(row, nowUs);
    if (tries === 0 && !logins.isBurstOpen(row)) {
      const all = logins.wasEverHome(row) ? 0 : this.#totals.tries(attempt.accountKey, nowUs);
      if (isProven) logins.succeed(row, nowUs);
      if (all >= SHARED_TRIES_MIN) this.#outcomes.acceptedAmidGuesses(attempt.ref, all, nowUs);
      else this.#outcomes.accepted(attempt.ref, 0, 0, 0, false, nowUs);
      return;
    }
    const own = tries + (logins.isBurstOpen(row) ? 1 : 0);
    const isOwner =
      logins.isStuck(row, own) ||
      (logins.wasHome(row, nowUs) && (own < OWNER_TRIES_MAX || !logins.isFast(row, own)));
    const guesses = Math.max(own, this.#totals.tries(attempt.accountKey, nowUs));
    const success = {
      login: logins.table.ref(row),
      ref: attempt.ref,
      guesses: isOwner ? 0 : guesses,
      recovered: isOwner ? tries : 0,
      isNewHere: !logins.wasEverHome(row),
      sinceUs: guesses > own ? 0 : logins.sinceUs(row, nowUs),
      isProven,
    };
    logins.doubtUs[row] = nowUs;
    this.#successes.push(success, nowUs);
  }

  /** The server's own answer says that it did not take what another answer had said it took. */
  contradict(attempt: Attempt, nowUs: number): void {
    const row = this.logins.find(attempt);
    if (row >= 0) this.logins.withdraw(row);
    this.reject(attempt, nowUs);
  }

  /**
   * stale=TRUE says that the credentials were right, the nonce old (RFC 7616 3.3), and success follows. Said again
   * and again without one it is not the server's word, or not true.
   */
  isStaleTooOften(attempt: Attempt, nowUs: number): boolean {
    return this.logins.countStale(this.logins.rowOf(attempt, nowUs)) > STALE_MAX;
  }

  /** The account was accepted from that host before. */
  wasEverHome(login: Pick<Attempt, "client" | "accountKey">): boolean {
    const row = this.logins.find(login);
    return row >= 0 && this.logins.wasEverHome(row);
  }

  /** The input ends: no success can follow a try any more. */
  end(nowUs: number): void {
    this.#held.end(nowUs);
  }

  isDue(nowUs: number): boolean {
    return this.#held.isDue(nowUs) || this.#successes.isDue(nowUs);
  }

  /** Reports the next try that no success has explained, or success that nothing has contradicted. */
  settleNext(nowUs: number): void {
    // Successes wait shorter, so all that are due came before the tries that are.
    const success = this.#successes.takeDue(nowUs);
    if (success !== undefined) {
      this.#succeed(success, nowUs);
      return;
    }
    const held = this.#held.takeDue(nowUs);
    if (held === undefined) return;
    const row = this.logins.table.rowOf(held.ref);
    if (row >= 0 && this.logins.burstStartUs[row] === held.burstUs) {
      this.#closeBurst(row, false, nowUs);
    }
  }

  #succeed(success: Success, nowUs: number): void {
    const { login, ref, guesses, recovered, sinceUs, isNewHere, isProven } = success;
    const row = this.logins.table.rowOf(login);
    if (row < 0 || (this.logins.doubtUs[row] as number) === 0) return;
    if (isProven) this.logins.succeed(row, nowUs);
    else this.logins.doubtUs[row] = 0;
    this.#outcomes.accepted(ref, guesses, recovered, sinceUs, isNewHere, nowUs);
  }

  /** A digest behind all that were refused before, made at `atUs`. */
  #begin(row: number, attempt: Attempt, atUs: number, nowUs: number): void {
    const { logins } = this;
    const sinceUs = atUs - (logins.burstLastUs[row] as number);
    const isSameCall =
      (logins.burstDigests[row] as number) > 0 && logins.burstCall[row] === attempt.callKey;
    if (isSameCall && sinceUs <= BURST_US) {
      this.#goOn(row, attempt, atUs, nowUs);
      return;
    }
    this.#closeBurst(row, isSameCall && sinceUs < this.#settleUs, nowUs);
    logins.beginBurst(row, attempt, atUs);
    this.#held.push({ ref: logins.table.ref(row), burstUs: atUs }, nowUs);
  }

  /** Another digest right behind the last one on the same call. */
  #goOn(row: number, attempt: Attempt, atUs: number, nowUs: number): void {
    const { logins } = this;
    logins.burstLastUs[row] = atUs;
    const digests = logins.addDigest(row);
    const isLong = atUs - (logins.burstStartUs[row] as number) > BURST_US;
    if (!logins.isBurstOpen(row)) this.#count(row, attempt.ref, 1, nowUs);
    else if (isLong || digests > BURST_DIGESTS_MAX) {
      logins.closeBurst(row);
      this.#count(row, attempt.ref, digests, nowUs);
    }
  }

  /** A burst that ends in success on its Call-ID: its digests were guesses, and the last one was right. */
  #closeLucky(row: number, attempt: Attempt, nowUs: number): void {
    const { logins } = this;
    const digests = logins.burstDigests[row] as number;
    if (!logins.isBurstOpen(row) || digests < LUCKY_DIGESTS_MIN) return;
    if (logins.burstCall[row] !== attempt.callKey) return;
    if (nowUs - (logins.burstLastUs[row] as number) > BURST_US) return;
    const ref = logins.heldRef[row] as number;
    logins.closeBurst(row);
    this.#count(row, ref, digests, nowUs);
  }

  #closeBurst(row: number, goesOn: boolean, nowUs: number): void {
    const { logins } = this;
    if (!logins.isBurstOpen(row)) return;
    const ref = logins.heldRef[row] as number;
    const isOneTry = logins.isOneTry(row, nowUs) && !goesOn;
    const digests = isOneTry ? 1 : (logins.burstDigests[row] as number);
    logins.closeBurst(row);
    this.#count(row, ref, digests, nowUs);
  }

  /** A try between others that are counted already: nothing is known of the pace that it was made at. */
  #countPast(row: number, ref: number, nowUs: number): void {
    const { logins } = this;
    const tries = logins.addPastTry(row, nowUs);
    const isHome = logins.wasHome(row, nowUs) && tries < OWNER_TRIES_MAX;
    if (!isHome && !logins.isStuck(row, tries)) {
      this.#totals.add(logins.accountKey[row] as number, logins.client[row] as number, nowUs);
    }
    const isStuck = isHome || logins.isSlow(row, tries);
    this.#outcomes.failed(ref, tries, isStuck, logins.sinceUs(row, nowUs), nowUs);
  }

  /** Of several, only the last adds to what was before: a burst is a fast guesser's before it is a patient one's. */
  #count(row: number, ref: number, count: number, nowUs: number): void {
    const { logins } = this;
    const callKey = logins.burstCall[row] as number;
    const before = Math.max(1, logins.tries(row, nowUs));
    let fast = 0;
    for (let i = 1; i <= count; i++) {
      const tries = logins.addTry(row, callKey, nowUs);
      const isHome = logins.wasHome(row, nowUs) && tries < OWNER_TRIES_MAX;
      if (!isHome && !logins.isStuck(row, tries)) {
        this.#totals.add(logins.accountKey[row] as number, logins.client[row] as number, nowUs);
      }
      const isStuck = isHome || logins.isSlow(row, tries);
      if (!isStuck) fast++;
      const told = i < count ? Math.max(before, fast) : tries;
      this.#outcomes.failed(ref, told, isStuck, logins.sinceUs(row, nowUs), nowUs);
      if (logins.isAnew(row, tries)) this.#outcomes.triedAnew(ref, tries, nowUs);
    }
  }
}
