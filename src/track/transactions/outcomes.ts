import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { AccountTable } from "../accounts/accounts.ts";
import { CredentialTimes } from "../accounts/credential-times.ts";
import { Customers } from "../accounts/customers.ts";
import { FailureTracker } from "../accounts/failures.ts";
import { LoginReports } from "../accounts/login-reports.ts";
import type { PassedOn } from "../accounts/passed-on.ts";
import { UndecidedCalls } from "../accounts/undecided-calls.ts";
import type { DetectionEvent } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { isTurnedAway } from "../fraud/failed-request.ts";
import type { TrackSettings } from "../settings.ts";
import {
  isChallenge,
  isRefusal,
  PAST_CREDENTIALS,
  RINGING,
  USER_UNKNOWN,
} from "./answer-classes.ts";
import { Awaited } from "./awaited.ts";
import { ChallengedRequests } from "./challenged-requests.ts";
import { CutHandshakes } from "./cut-handshakes.ts";
import type { MessageKeys } from "./message-keys.ts";
import type { OutcomeParts } from "./outcome-parts.ts";
import { Repeats } from "./repeats.ts";
import type { Transaction } from "./transaction.ts";

/** What became of client transactions, at their own hop (RFC 3261 17.1, 21, 22). */
export class OutcomeTracker {
  readonly accounts: AccountTable;
  readonly customers: Customers;
  readonly repeats: Repeats;
  readonly passedOn: PassedOn;
  /** Some rule looks at each final answer; none of those that are shipped does. */
  tellsAnswers = true;
  readonly #parts: OutcomeParts;
  readonly #awaited: Awaited;
  readonly #credentials: CredentialTimes;
  readonly #cut: CutHandshakes;
  readonly #failures: FailureTracker;
  readonly #logins: LoginReports;
  readonly #challenged = new ChallengedRequests();
  readonly #undecided: UndecidedCalls;
  #nowUs = 0.5;

  constructor(settings: TrackSettings, parts: OutcomeParts) {
    this.#parts = parts;
    this.repeats = new Repeats(parts.events);
    this.#awaited = new Awaited({ ...settings, capacity: settings.transactionsMax }, parts);
    this.#credentials = new CredentialTimes(2 * settings.accountsMax);
    this.#cut = new CutHandshakes(this.#credentials);
    this.customers = new Customers(settings.accountsMax);
    this.#failures = new FailureTracker(parts, this.customers);
    this.#logins = new LoginReports(parts, this.#failures);
    this.passedOn = this.#failures.facts.passedOn;
    this.accounts = new AccountTable(settings, this.#logins);
    const { reachedNumbers: reached } = this.customers;
    this.#undecided = new UndecidedCalls({ ...parts, accounts: this.accounts, reached });
  }

  isDue(nowUs: number): boolean {
    if (this.accounts.isDue(nowUs) || this.#logins.isDue(nowUs)) return true;
    return this.#failures.facts.isDue(nowUs) || this.#awaited.isDue(nowUs);
  }

  /** Raises what the passing of time brings to light, until the event list is half full. */
  advance(nowUs: number): void {
    this.#nowUs = nowUs;
    const { events } = this.#parts;
    while (!events.isHalfFull && this.isDue(nowUs)) {
      this.accounts.settleNext(nowUs);
      this.#logins.advance(nowUs);
      this.#failures.facts.advance(nowUs);
      const challenged = this.#awaited.takeChallenged(nowUs);
      if (challenged !== null) this.#challengeDue(challenged);
      const unanswered = this.#awaited.takeUnanswered(nowUs);
      if (unanswered !== null) this.#unansweredDue(unanswered);
    }
  }

  /** The input ends: a challenge that waits is a walk's when its client takes none up, else cut off; refused credentials are a try. */
  end(nowUs: number): void {
    this.#awaited.end(nowUs);
    this.accounts.end(nowUs);
    this.#logins.end(nowUs);
    this.#failures.facts.end(nowUs);
  }

  /** A new transaction was seen at its first hop. */
  opened(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    this.#nowUs = packet.timeUs;
    this.#awaited.asked(transaction, this.#nowUs);
    this.#failures.inspect(packet, message, transaction);
    if (!transaction.isInDialog) this.passedOn.asked(transaction);
    if (!transaction.hasCredentials) return;
    this.#credentials.note(transaction, this.#nowUs);
    this.#raise(EventKind.SIP_CREDENTIALS_SENT, transaction, 0)?.showIn(packet, message);
  }

  provisional(packet: PacketView, transaction: Transaction, status: number): void {
    this.#nowUs = packet.timeUs;
    transaction.hasProvisional = true;
    if (!RINGING.has(status)) return;
    transaction.hasRung = true;
    this.#passed(transaction, status);
    if (transaction.methodId === SipMethod.INVITE && !transaction.isInDialog) {
      this.#undecided.reached(transaction, this.#nowUs);
      this.#raise(EventKind.CALL_RINGING, transaction, status);
    }
  }

  /** The first final response. */
  final(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    status: number,
  ): void {
    this.#nowUs = packet.timeUs;
    const kind = EventKind.SIP_RESPONSE;
    if (!this.tellsAnswers) this.#parts.events.count(kind);
    else this.#raise(kind, transaction, status)?.showIn(packet, message);
    this.#failures.answered(transaction, status, this.#nowUs);
    if (isChallenge(status)) this.#challenged.note(transaction);
    if (isChallenge(status) && !transaction.hasCredentials) {
      // A first challenge is the handshake (RFC 3261 22.2, 22.3).
      this.#raise(EventKind.SIP_CHALLENGED, transaction, status);
      this.#awaited.challenged(transaction, this.#nowUs);
    } else if (status < 300) {
      this.#succeeded(transaction, status);
    } else if (isRefusal(transaction, status)) {
      const isStale = this.#parts.challenges.isStale(message);
      if (!isStale || this.accounts.isStaleTooOften(transaction, this.#nowUs)) {
        this.#refused(transaction, status);
      }
    } else if (this.#undecided.isGuess(transaction, status, this.#nowUs)) {
      this.#refused(transaction, status);
    } else {
      this.#failed(packet, message, transaction, status);
    }
  }

  /** Another final response of the host that was asked, unlike the first: one of the two is forged. */
  contradicted(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    status: number,
  ): void {
    this.#nowUs = packet.timeUs;
    if (!transaction.hasCredentials) {
      this.#contradictedProbe(packet, message, transaction, status);
      return;
    }
    if (this.#parts.challenges.isStale(message)) return;
    if (!isChallenge(status) && status !== 403) return;
    transaction.isAccepted = false;
    this.customers.revoke(transaction);
    this.accounts.contradict(transaction, this.#nowUs);
  }

  /** What the server says of a user or asks for counts, whatever somebody else said before in its name. */
  #contradictedProbe(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    status: number,
  ): void {
    const before = transaction.finalStatus;
    if (status < 400 || status >= 500) return;
    // A forked INVITE may be refused behind an answer (RFC 3261 16.7), but not for want of the user.
    const isOfUser = USER_UNKNOWN.has(status) && !USER_UNKNOWN.has(before);
    const isFork = before >= 300 || transaction.methodId === SipMethod.INVITE;
    if (before < 500 && isFork && !isOfUser) return;
    this.#failures.disproved(transaction);
    transaction.finalStatus = status;
    if (isChallenge(status)) {
      this.#raise(EventKind.SIP_CHALLENGED, transaction, status);
      this.#awaited.challenged(transaction, this.#nowUs);
    } else this.#failed(packet, message, transaction, status);
  }

  /** ACK to a call that was taken (RFC 3261 13.2.2.4). */
  acknowledged(packet: PacketView, callKey: number): void {
    this.#failures.acknowledged(packet.srcHost, callKey, packet.timeUs);
  }

  /** Final answer to a request that the capture does not have: a challenge before it was taken up, or not the last word. */
  answeredUnseen(packet: PacketView, message: SipMessageView, { callKey }: MessageKeys): void {
    if (message.statusCode < 200) return;
    this.#credentials.noteCall(packet.dstHost, callKey, packet.timeUs);
    if (message.statusCode < 300) {
      this.#credentials.noteSuccess(packet.dstHost, callKey, packet.timeUs);
    }
  }

  /** Credentials were refused. With 5xx it is the server's own trouble, when it has such with customers. */
  #refused(transaction: Transaction, status: number): void {
    if (status >= 500 && status < 600 && this.#failures.isOutage(transaction, this.#nowUs)) return;
    this.accounts.reject(transaction, this.#nowUs);
  }

  #failed(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    status: number,
  ): void {
    if (PAST_CREDENTIALS.has(status)) this.#passed(transaction, status);
    if (isTurnedAway(transaction, status)) {
      this.#raise(EventKind.CALL_TURNED_AWAY, transaction, status);
    }
    this.#failures.refused(packet, message, transaction, status, this.#nowUs);
  }

  #succeeded(transaction: Transaction, status: number): void {
    this.#accepted(transaction);
    if (transaction.methodId === SipMethod.REGISTER) {
      const { hasCredentials, server } = transaction;
      // Of a registrar that wants credentials: whoever asked without them has written such an answer, too.
      if (!hasCredentials && this.#parts.registrations.isChallenger(server)) return;
      this.#credentials.note(transaction, this.#nowUs);
      this.#raise(EventKind.SIP_REGISTERED, transaction, status);
    } else if (transaction.methodId === SipMethod.INVITE && !transaction.isInDialog) {
      this.#undecided.reached(transaction, this.#nowUs);
      this.#raise(EventKind.CALL_ANSWERED, transaction, status);
    }
  }

  /**
   * 2xx to credentials. Taken they were where the server must have looked at them. Of a REGISTER whose challenge was not
   * seen it is said, but proves nothing.
   */
  #accepted(transaction: Transaction): void {
    if (!transaction.hasCredentials) return;
    if (this.#challenged.isProof(transaction)) {
      this.#undecided.accepted(transaction);
      this.#failures.loginTaken(transaction);
      if (!transaction.isAccepted) this.customers.proveAccount(transaction, true, this.#nowUs);
      transaction.isAccepted = true;
      this.accounts.accept(transaction, true, this.#nowUs);
    } else if (transaction.methodId === SipMethod.REGISTER && !transaction.isAccepted) {
      transaction.isAccepted = true;
      this.accounts.accept(transaction, false, this.#nowUs);
    }
  }

  /**
   * A request with credentials met another answer than a challenge or success. Of a known customer, or where the
   * server must have looked at them, they were taken; else it is the first sign of it, and the next one
   * counts. A call that nobody took ends no streak of tries: that is left to success.
   */
  #passed(transaction: Transaction, status: number): void {
    if (!transaction.hasCredentials || transaction.isAccepted) return;
    if (!transaction.hasIssuedNonce || transaction.methodId === SipMethod.OPTIONS) return;
    const isProof = this.#challenged.isProof(transaction);
    const isRinging = isProof && status < 300;
    if (isRinging) this.#undecided.accepted(transaction);
    if (isRinging || this.customers.isAccountProven(transaction, this.#nowUs)) {
      transaction.isAccepted = true;
      this.customers.proveAccount(transaction, !USER_UNKNOWN.has(status), this.#nowUs);
    } else if (status >= 300) this.#failures.passedOnce(transaction, status, this.#nowUs);
    if (isProof) this.accounts.accept(transaction, false, this.#nowUs);
  }

  #challengeDue(transaction: Transaction): void {
    if (this.#credentials.sentSince(transaction)) return;
    if (this.#awaited.isEnding && this.#cut.isCut(transaction.client)) return;
    this.#failures.abandoned(transaction, this.#nowUs);
  }

  #unansweredDue(transaction: Transaction): void {
    const { hasCredentials, methodId } = transaction;
    const isAnswered = this.#awaited.isAnsweredUnseen(transaction, this.#credentials);
    if (isAnswered || this.#awaited.isBlindFor(transaction.client, transaction.server)) {
      this.#failures.unseen(transaction, this.#nowUs);
      return;
    }
    this.#raise(EventKind.SIP_UNANSWERED, transaction, this.#awaited.unansweredMs);
    if (!transaction.isInDialog && this.#parts.isNewcomer(transaction)) {
      this.#raise(EventKind.SIP_UNANSWERED_NEWCOMER, transaction, this.#awaited.unansweredMs);
    }
    const isLogin = hasCredentials && methodId === SipMethod.REGISTER;
    if (isLogin || this.#undecided.isGuess(transaction, 0, this.#nowUs)) {
      if (this.#failures.isOutage(transaction, this.#nowUs)) return;
      // In a quiet network the packet that says so comes long after the wait, and the transaction is forgotten with the next one.
      const dueUs = transaction.startUs + this.#awaited.unansweredMs * 1000;
      this.accounts.ignore(transaction, transaction.startUs, Math.min(dueUs, this.#nowUs));
    } else this.#failures.silent(transaction, this.#nowUs);
  }

  #raise(kind: number, transaction: Transaction, value: number): DetectionEvent | null {
    const event = this.#parts.events.raise(kind, this.#nowUs, value);
    event?.aimAtTransaction(transaction);
    return event;
  }
}
