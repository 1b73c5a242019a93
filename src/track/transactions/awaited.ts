import { DelayQueue } from "../../base/delay-queue.ts";
import type { HostKey } from "../../decode/host.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { CredentialTimes } from "../accounts/credential-times.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Transaction } from "./transaction.ts";
import type { TransactionTable } from "./transaction-table.ts";

export interface AwaitedParts {
  readonly hosts: HostTable;
  readonly transactions: TransactionTable;
}

export interface AwaitedTimes {
  readonly challengeWaitMs: number;
  readonly unansweredWaitMs: number;
  /** Transactions that may wait at once. */
  readonly capacity: number;
}

/** Transactions that wait for something to stay away: an answer, or credentials after a challenge. */
export class Awaited {
  readonly #parts: AwaitedParts;
  readonly #challenges: DelayQueue<number>;
  readonly #unanswered: DelayQueue<number>;

  constructor(times: AwaitedTimes, parts: AwaitedParts) {
    this.#parts = parts;
    this.#challenges = new DelayQueue(times.challengeWaitMs * 1000, times.capacity);
    this.#unanswered = new DelayQueue(times.unansweredWaitMs * 1000, times.capacity);
  }

  /** The input ends: challenges have waited long enough. */
  end(nowUs: number): void {
    this.#challenges.end(nowUs);
  }

  get isEnding(): boolean {
    return this.#challenges.isEnded;
  }

  /** Milliseconds that an answer is waited for. */
  get unansweredMs(): number {
    return Math.round(this.#unanswered.delayUs / 1000);
  }

  asked(transaction: Transaction, nowUs: number): void {
    this.#unanswered.push(transaction.ref, nowUs);
  }

  challenged(transaction: Transaction, nowUs: number): void {
    this.#challenges.push(transaction.ref, nowUs);
  }

  isDue(nowUs: number): boolean {
    return this.#challenges.isDue(nowUs) || this.#unanswered.isDue(nowUs);
  }

  /** The next challenge that has waited long enough; null also when its transaction is forgotten. */
  takeChallenged(nowUs: number): Transaction | null {
    return this.#taken(this.#challenges, nowUs);
  }

  /** The next request without any answer, of those that still lack one; null as above. */
  takeUnanswered(nowUs: number): Transaction | null {
    const transaction = this.#taken(this.#unanswered, nowUs);
    if (transaction === null) return null;
    return transaction.finalStatus !== 0 || transaction.hasProvisional ? null : transaction;
  }

  /** Blind where no answer of that server, to that client, or at all was ever seen. */
  isBlindFor(client: HostKey, server: HostKey): boolean {
    const { hosts } = this.#parts;
    if (!hosts.anyResponses) return true;
    const asked = hosts.get(server);
    const isSeen = asked !== undefined && asked.sentResponses > 0;
    const isDead = asked === undefined || asked.sentRequests === 0;
    if (!isSeen && !isDead) return true;
    if (isSeen) return false;
    // It is answered, so it asks; and who answers others but is never answered is seen one way.
    if ((asked?.oneWay?.strayResponses ?? 0) > 0) return true;
    const asking = hosts.get(client);
    return asking !== undefined && asking.receivedResponses === 0 && asking.sentResponses > 0;
  }

  /**
   * A mirror may see a server's answers to some and not to others. Who takes up a challenge that was not seen had one; who never
   * gets an answer and sends a nonce that was not seen, too.
   */
  isAnsweredUnseen(transaction: Transaction, credentials: CredentialTimes): boolean {
    const { client, hasCredentials, hasIssuedNonce, methodId } = transaction;
    if (methodId !== SipMethod.REGISTER) return false;
    if (!hasCredentials) return credentials.sentSince(transaction);
    if (credentials.succeededAround(transaction)) return true;
    return !hasIssuedNonce && this.#parts.hosts.get(client)?.receivedResponses === 0;
  }

  #taken(queue: DelayQueue<number>, nowUs: number): Transaction | null {
    const ref = queue.takeDue(nowUs);
    return ref === undefined ? null : this.#parts.transactions.at(ref);
  }
}
