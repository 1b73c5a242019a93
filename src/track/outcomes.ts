import { DelayQueue } from "../base/delay-queue.ts";
import type { PacketView } from "../decode/packet.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import { AccountTable } from "./accounts.ts";
import { CredentialTimes } from "./credential-times.ts";
import type { DetectionEvent, EventList } from "./event.ts";
import { EventKind } from "./event-kind.ts";
import type { HostTable } from "./hosts.ts";
import type { TrackSettings } from "./settings.ts";
import type { Transaction } from "./transaction.ts";
import { isStaleChallenge } from "./transaction-texts.ts";

/** Answers that say the user does not exist (RFC 3261 21.4, 21.6). */
const USER_UNKNOWN = new Set([404, 410, 484, 485, 604]);
/** Answers to an ordinary call that found nobody: no failure of the client. */
const ORDINARY_FAILURES = new Set([408, 480, 486, 487, 491, 600, 603]);
/** Answers to INVITE that a server gives only after it took the credentials. */
const PAST_CREDENTIALS = new Set([180, 181, 182, 183, 480, 486, 487, 600, 603]);

export interface OutcomeParts {
  readonly hosts: HostTable;
  readonly events: EventList;
}

/**
 * What became of client transactions, at their own hop: answered, challenged, rejected, accepted, or
 * nothing for too long (RFC 3261 17.1, 21, 22).
 */
export class OutcomeTracker {
  readonly accounts: AccountTable;
  readonly #parts: OutcomeParts;
  readonly #challenges: DelayQueue<Transaction>;
  readonly #unanswered: DelayQueue<Transaction>;
  readonly #credentials: CredentialTimes;
  #nowUs = 0.5;

  constructor(settings: TrackSettings, parts: OutcomeParts) {
    const capacity = settings.transactionsMax;
    this.#parts = parts;
    this.#challenges = new DelayQueue(settings.challengeWaitMs * 1000, capacity);
    this.#unanswered = new DelayQueue(settings.unansweredWaitMs * 1000, capacity);
    this.#credentials = new CredentialTimes(2 * settings.accountsMax);
    this.accounts = new AccountTable(settings, {
      failed: (transaction, failures) => {
        this.#raise(EventKind.SIP_AUTH_FAILED, transaction, failures);
        this.#failed(transaction, transaction.finalStatus);
      },
      accepted: (transaction, failures) => {
        this.#raise(EventKind.SIP_AUTH_OK, transaction, failures);
      },
    });
  }

  isDue(nowUs: number): boolean {
    return (
      this.#challenges.isDue(nowUs) || this.#unanswered.isDue(nowUs) || this.accounts.isDue(nowUs)
    );
  }

  /** Raises what the passing of time brings to light, until the event list is half full. */
  advance(nowUs: number): void {
    this.#nowUs = nowUs;
    const { events } = this.#parts;
    while (!events.isHalfFull && this.isDue(nowUs)) {
      this.accounts.settleNext(nowUs);
      const challenged = this.#challenges.takeDue(nowUs);
      if (challenged !== undefined) this.#challengeDue(challenged);
      const unanswered = this.#unanswered.takeDue(nowUs);
      if (unanswered !== undefined) this.#unansweredDue(unanswered);
    }
  }

  /** A new transaction was seen at its first hop. */
  opened(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    this.#nowUs = packet.timeUs;
    this.#unanswered.push(transaction, this.#nowUs);
    if (!transaction.hasCredentials) return;
    this.#credentials.note(transaction, this.#nowUs);
    const event = this.#raise(EventKind.SIP_CREDENTIALS_SENT, transaction, 0);
    event?.showIn(packet, message);
  }

  provisional(packet: PacketView, transaction: Transaction, status: number): void {
    this.#nowUs = packet.timeUs;
    transaction.hasProvisional = true;
    if (PAST_CREDENTIALS.has(status)) this.#accepted(transaction);
  }

  /** The first final response. */
  final(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    status: number,
  ): void {
    this.#nowUs = packet.timeUs;
    const event = this.#raise(EventKind.SIP_RESPONSE, transaction, status);
    event?.showIn(packet, message);
    if (status < 400) this.#probed(EventKind.SIP_PROBE_ANSWERED, transaction, status);
    if (status === 401 || status === 407) {
      this.#challenged(message, transaction, status);
    } else if (status === 403 && transaction.hasCredentials) {
      this.accounts.reject(transaction, this.#nowUs);
    } else if (status < 300) {
      this.#succeeded(transaction, status);
    } else {
      this.#refused(packet, message, transaction, status);
    }
  }

  #refused(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    status: number,
  ): void {
    if (PAST_CREDENTIALS.has(status)) this.#accepted(transaction);
    if (USER_UNKNOWN.has(status) && !transaction.isInDialog) {
      const event = this.#raise(EventKind.SIP_USER_UNKNOWN, transaction, status);
      event?.showIn(packet, message);
    }
    if (status >= 400 && !ORDINARY_FAILURES.has(status)) this.#failed(transaction, status);
  }

  /** A first challenge is the handshake; one to credentials rejects them (RFC 3261 22.2, 22.3). */
  #challenged(message: SipMessageView, transaction: Transaction, status: number): void {
    if (!transaction.hasCredentials) {
      this.#raise(EventKind.SIP_CHALLENGED, transaction, status);
      this.#challenges.push(transaction, this.#nowUs);
    } else if (!isStaleChallenge(message)) {
      this.accounts.reject(transaction, this.#nowUs);
    }
  }

  #succeeded(transaction: Transaction, status: number): void {
    this.#accepted(transaction);
    if (transaction.methodId === SipMethod.REGISTER) {
      this.#raise(EventKind.SIP_REGISTERED, transaction, status);
    } else if (transaction.methodId === SipMethod.INVITE && !transaction.isInDialog) {
      this.#raise(EventKind.CALL_ANSWERED, transaction, status);
    }
  }

  /** The server took the credentials, if there were any; counted once per transaction. */
  #accepted(transaction: Transaction): void {
    if (!transaction.hasCredentials || transaction.isAccepted) return;
    transaction.isAccepted = true;
    this.accounts.accept(transaction, this.#nowUs);
  }

  #failed(transaction: Transaction, status: number): void {
    this.#raise(EventKind.SIP_FAILED, transaction, status);
    this.#probed(EventKind.SIP_PROBE_FAILED, transaction, status);
  }

  /** What scanners do and registered clients do not: ask without credentials, outside a dialog. */
  #probed(kind: number, transaction: Transaction, status: number): void {
    if (transaction.hasCredentials || transaction.isInDialog) return;
    if (this.#parts.hosts.get(transaction.client)?.isRegistrar === true) return;
    this.#raise(kind, transaction, status);
  }

  #challengeDue(transaction: Transaction): void {
    if (this.#credentials.sentSince(transaction)) return;
    this.#raise(EventKind.SIP_CHALLENGE_ABANDONED, transaction, transaction.finalStatus);
    this.#failed(transaction, transaction.finalStatus);
  }

  #unansweredDue(transaction: Transaction): void {
    if (transaction.finalStatus !== 0 || transaction.hasProvisional) return;
    const { hosts } = this.#parts;
    const server = hosts.get(transaction.server);
    // Blind where no answer of that server, or no answer at all, was ever seen.
    const isSeen = server !== undefined && server.sentResponses > 0;
    const isDead = server === undefined || server.sentRequests === 0;
    if (!hosts.anyResponses || !(isSeen || isDead)) return;
    const waitedMs = Math.round(this.#unanswered.delayUs / 1000);
    this.#raise(EventKind.SIP_UNANSWERED, transaction, waitedMs);
    this.#failed(transaction, 0);
  }

  #raise(kind: number, transaction: Transaction, value: number): DetectionEvent | null {
    const event = this.#parts.events.raise(kind, this.#nowUs, value);
    event?.aimAtTransaction(transaction);
    return event;
  }
}
