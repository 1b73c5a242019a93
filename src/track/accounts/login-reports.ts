import { SipMethod } from "../../decode/sip/methods.ts";
import type { EventList, EventParties } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { Statistics } from "../facts/statistics.ts";
import type { SourceStandings } from "../hosts/source-standings.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { TransactionTable } from "../transactions/transaction-table.ts";
import type { AccountOutcomes } from "./accounts.ts";
import { type BreakIns, TRIES_GUESSED } from "./break-ins.ts";
import type { FailureTracker } from "./failures.ts";
import { PACE_TRIES_MIN } from "./logins.ts";
import { AlikeTry, PhonesAlike } from "./phones-alike.ts";
import { Sprays } from "./sprays.ts";
import { AccountTurns } from "./turns.ts";

interface LoginParts {
  readonly events: EventList;
  readonly transactions: TransactionTable;
  readonly standings: SourceStandings;
  readonly breakIns: BreakIns;
  readonly statistics: Pick<Statistics, "firstUs">;
}

/** What became of tries, as facts. */
export class LoginReports implements AccountOutcomes {
  readonly #sprays: Sprays;
  readonly #alike: PhonesAlike;
  readonly #turns = new AccountTurns();
  readonly #parts: LoginParts;
  readonly #failures: FailureTracker;

  constructor(parts: LoginParts, failures: FailureTracker) {
    this.#parts = parts;
    this.#failures = failures;
    this.#sprays = new Sprays(parts.statistics, (tried, nowUs) => {
      parts.events.raise(EventKind.SIP_AUTH_TRIED_ONCE, nowUs, 1)?.aimAtTransaction(tried);
      parts.events.raise(EventKind.SIP_AUTH_GUESSED, nowUs, 1)?.aimAtTransaction(tried);
    });
    this.#alike = new PhonesAlike({
      guessed: (parties, tries, nowUs) =>
        this.#raise(EventKind.SIP_AUTH_FAILED, parties, tries, 0, nowUs),
      undecided: (parties, tries, nowUs) =>
        this.#raise(EventKind.SIP_AUTH_STUCK, parties, tries, 0, nowUs),
      luckyOne: (parties, guesses, nowUs) =>
        this.#raise(EventKind.SIP_AUTH_OK, parties, guesses, 0, nowUs),
    });
  }

  failed(ref: number, tries: number, isStuck: boolean, sinceUs: number, nowUs: number): void {
    const transaction = this.#parts.transactions.at(ref);
    if (transaction === null) return;
    // Who was at home there before sprays nothing at its first try. The graver fact comes first.
    if (!isStuck || tries > 1) {
      this.#sprays.failed(transaction, tries, nowUs);
      const left = this.#turns.failed(transaction, tries, nowUs);
      if (left > 0) this.#raise(EventKind.SIP_AUTH_IN_TURNS, transaction, left, 0, nowUs);
    }
    const alike = isStuck ? AlikeTry.PHONE : this.#alike.failed(transaction, nowUs);
    if (alike !== AlikeTry.WAITS) {
      const isPhones = alike === AlikeTry.PHONE;
      const kind = isPhones ? EventKind.SIP_AUTH_STUCK : EventKind.SIP_AUTH_FAILED;
      this.#raise(kind, transaction, tries, sinceUs, nowUs);
    }
    if (alike === AlikeTry.PHONE) return;
    // Of fewer nobody knows their pace.
    if (tries >= PACE_TRIES_MIN && alike === AlikeTry.GUESS) {
      this.#raise(EventKind.SIP_AUTH_GUESSED, transaction, tries, sinceUs, nowUs);
    }
    if (alike === AlikeTry.WAITS) return;
    this.#failures.failed(transaction, transaction.finalStatus, nowUs);
  }

  triedAnew(ref: number, tries: number, nowUs: number): void {
    const transaction = this.#parts.transactions.at(ref);
    if (transaction === null) return;
    this.#raise(EventKind.SIP_AUTH_TRIED_ANEW, transaction, tries, 0, nowUs);
  }

  accepted(
    ref: number,
    guesses: number,
    recovered: number,
    sinceUs: number,
    isNewHere: boolean,
    nowUs: number,
  ): void {
    const { breakIns, transactions } = this.#parts;
    const transaction = transactions.at(ref);
    if (transaction === null) return;
    const isOfPhones = this.#alike.accepted(transaction, guesses, nowUs);
    const guessed = isOfPhones ? 0 : guesses;
    const own = isOfPhones ? Math.max(guesses, recovered) : recovered;
    this.#raise(EventKind.SIP_AUTH_OK, transaction, guessed, sinceUs, nowUs);
    this.#atHome(transaction, guessed, nowUs);
    this.#sprays.accepted(transaction);
    this.#turns.accepted(transaction);
    if (own === 0) return;
    if (isNewHere) breakIns.loggedInPatiently(transaction, own, nowUs);
    this.#raise(EventKind.SIP_AUTH_RECOVERED, transaction, own, sinceUs, nowUs);
  }

  acceptedAmidGuesses(ref: number, guesses: number, nowUs: number): void {
    const { breakIns, transactions } = this.#parts;
    const transaction = transactions.at(ref);
    if (transaction === null) return;
    // The owner comes by its own way, or is at home nowhere else as far as one can see.
    const isThief = breakIns.livesElsewhere(transaction, nowUs);
    this.accepted(ref, isThief ? Math.min(guesses, TRIES_GUESSED - 1) : 1, 0, 0, false, nowUs);
  }

  /** Credentials were taken: a break-in after guesses, or a user at home, where it was the client's own nonce. */
  #atHome(transaction: Transaction, guesses: number, nowUs: number): void {
    const { finalStatus, hasProof, methodId } = transaction;
    this.#parts.breakIns.loggedIn(transaction, guesses, nowUs);
    if (methodId !== SipMethod.REGISTER || !hasProof || finalStatus >= 300) return;
    this.#parts.standings.registered(transaction, guesses, nowUs);
  }

  isDue(nowUs: number): boolean {
    return this.#sprays.isDue(nowUs) || this.#alike.isDue(nowUs);
  }

  /** Tells what the passing of time brings to light. */
  advance(nowUs: number): void {
    this.#sprays.advance(nowUs);
    this.#alike.advance(nowUs);
  }

  /** The input ends. */
  end(nowUs: number): void {
    this.#sprays.end(nowUs);
    this.#alike.end(nowUs);
  }

  #raise(
    kind: number,
    transaction: EventParties,
    value: number,
    sinceUs: number,
    nowUs: number,
  ): void {
    const event = this.#parts.events.raise(kind, nowUs, value);
    if (event === null) return;
    event.aimAtTransaction(transaction);
    event.sinceUs = sinceUs;
  }
}
