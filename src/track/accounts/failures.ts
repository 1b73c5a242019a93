import type { HostKey } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { injectionIn } from "../content/injection-strings.ts";
import type { DetectionEvent } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { CarriedCalls } from "../fraud/carried-calls.ts";
import { FailedCalls } from "../fraud/failed-calls.ts";
import { isDeclined, isLongInvite, isPingMethod, namesUser } from "../fraud/failed-request.ts";
import type { SourceStandings } from "../hosts/source-standings.ts";
import { ServedStrangers } from "../nuisance/served-strangers.ts";
import { ORDINARY_FAILURES, USER_UNKNOWN } from "../transactions/answer-classes.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { Customers } from "./customers.ts";
import { type FailureFactParts, FailureFacts } from "./failure-facts.ts";
import { isDropped, isLeft, isRegisteredCall, Outages } from "./outages.ts";
import { ProbedUsers } from "./probed-users.ts";
import { TakenCalls } from "./taken-calls.ts";

export interface FailureParts extends FailureFactParts {
  readonly standings: SourceStandings;
  /** That Call-ID belongs to a call that was seen to be answered. */
  isInCall(callKey: number): boolean;
}

/** What a request that did not end well says of its sender: misdials, an outage, an unknown user, a probe; of calls see `FailedCalls`. */
export class FailureTracker {
  readonly #parts: FailureParts;
  readonly #customers: Customers;
  readonly #outages: Outages;
  readonly #probedUsers = new ProbedUsers();
  readonly #calls: FailedCalls;
  readonly #taken = new TakenCalls();
  readonly #served: ServedStrangers;
  readonly #carried: CarriedCalls;
  readonly facts: FailureFacts;

  constructor(parts: FailureParts, customers: Customers) {
    this.#parts = parts;
    this.#customers = customers;
    this.#outages = new Outages(customers);
    this.#served = new ServedStrangers(parts);
    this.#carried = new CarriedCalls(parts.standings);
    this.facts = new FailureFacts(parts);
    const { facts } = this;
    this.#calls = new FailedCalls({ ...parts, customers, outages: this.#outages, facts });
  }

  /** What stands in a request of its own accord. */
  inspect(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const injection = injectionIn(message);
    if (injection === null) return;
    this.facts.nowUs = packet.timeUs;
    const event = this.#raise(EventKind.SIP_INJECTION_STRING, transaction, 0);
    if (event === null) return;
    event.showIn(packet, message);
    event.evidence = [{ what: injection.name, expected: "none", seen: injection.text }];
  }

  /** Any final answer of who was asked; failures are told by the other methods. */
  answered(transaction: Transaction, status: number, nowUs: number): void {
    this.facts.nowUs = nowUs;
    const { client, server, methodId } = transaction;
    const served = this.#served.served(transaction, status, nowUs);
    if (served > 0) this.#raise(EventKind.SIP_STRANGER_SERVED, transaction, served);
    if (status < 400) this.#probed(transaction, status);
    if (status >= 300) return;
    if (methodId === SipMethod.REGISTER) {
      this.#calls.registered(transaction);
      this.facts.registered(transaction);
      this.#outages.lost.taken(transaction, nowUs);
    }
    this.#customers.reached(transaction, nowUs);
    if (methodId !== SipMethod.INVITE || transaction.isInDialog) return;
    this.#calls.answered(transaction);
    this.#taken.note(transaction);
    if (!transaction.hasCredentials) this.#customers.answerTrunk(client, server, nowUs);
  }

  /** The server's own answer says that it never took the call, which thus makes nobody a trunk. */
  disproved({ client, server, callKey, finalStatus, methodId }: Transaction): void {
    if (methodId !== SipMethod.INVITE || finalStatus >= 300) return;
    this.#taken.forget(client, callKey);
    this.#customers.revokeTrunk(client, server);
  }

  /** The caller acknowledged a call that was taken. */
  acknowledged(client: HostKey, callKey: number, nowUs: number): void {
    const call = this.#taken.take(client, callKey);
    if (call === null) return;
    const { server } = call;
    if (!call.hasCredentials) this.#customers.proveTrunk(client, server, nowUs);
    this.#parts.standings.called(client, server, call, nowUs);
    this.#calls.acknowledged(client, server, nowUs);
  }

  /** A request with credentials met an answer that servers give behind them. */
  passedOnce(transaction: Transaction, status: number, nowUs: number): void {
    this.#customers.pass(transaction, !USER_UNKNOWN.has(status), nowUs);
  }

  /** A final answer from 300 that neither challenges nor refuses credentials. */
  refused(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    status: number,
    nowUs: number,
  ): void {
    this.facts.nowUs = nowUs;
    if (status < 400) {
      const isCall = transaction.methodId === SipMethod.INVITE && !transaction.isInDialog;
      if (isCall) this.#raise(EventKind.CALL_REDIRECTED, transaction, status);
      return;
    }
    if (this.#isServersFault(transaction, status)) return;
    this.#calls.failed(transaction);
    const isInCall = transaction.isInDialog && this.#parts.isInCall(transaction.callKey);
    const isUser = !isInCall && namesUser(transaction, status);
    const isFailure = !ORDINARY_FAILURES.has(status);
    const isProbe = isFailure || isPingMethod(transaction.methodId);
    if (isDeclined(transaction, status)) this.#declined(transaction, status);
    if (!isUser && !isProbe) return;
    if ((isUser || isFailure) && this.#isExcused(transaction, status)) return;
    const isCarried = isFailure && this.#carried.refused(transaction, this.facts.nowUs);
    if (isProbe) this.#probed(transaction, status, isCarried);
    // Who tries long numbers looks for one that is connected, not for users: that is told by what is dialled.
    if (isUser && !isLongInvite(transaction))
      this.#raise(EventKind.SIP_USER_UNKNOWN, transaction, status)?.showIn(packet, message);
    if (isFailure && !isCarried) this.#raise(EventKind.SIP_FAILED, transaction, status);
  }

  /** Nobody took the challenge up. */
  abandoned(transaction: Transaction, nowUs: number): void {
    this.facts.nowUs = nowUs;
    this.#calls.failed(transaction);
    if (this.#isExcused(transaction, transaction.finalStatus)) return;
    if (!isLongInvite(transaction)) {
      this.#raise(EventKind.SIP_CHALLENGE_ABANDONED, transaction, transaction.finalStatus);
    }
    const isCarried = this.#carried.refused(transaction, nowUs);
    if (!isCarried) this.#raise(EventKind.SIP_FAILED, transaction, transaction.finalStatus);
    this.#probed(transaction, transaction.finalStatus, isCarried);
  }

  /** No answer at all within the wait, where answers are seen. */
  silent(transaction: Transaction, nowUs: number): void {
    this.facts.nowUs = nowUs;
    if (this.#isServersFault(transaction, 0)) return;
    this.#calls.failed(transaction);
    if (this.#isExcused(transaction, 0)) return;
    if (transaction.methodId === SipMethod.INVITE) this.#unrepeated(transaction);
    if (isDropped(transaction)) this.#raise(EventKind.SIP_USER_IGNORED, transaction, 0);
    this.#raise(EventKind.SIP_FAILED, transaction, 0);
    this.#probed(transaction, 0);
  }

  /** Nobody can say whether it was answered: only what was asked is known. */
  unseen(transaction: Transaction, nowUs: number): void {
    this.facts.nowUs = nowUs;
    this.#unrepeated(transaction);
    this.#calls.unseen(transaction);
  }

  #unrepeated(transaction: Transaction): void {
    if (!isLeft(transaction, this.#parts.hosts)) return;
    this.#raise(EventKind.SIP_UNREPEATED, transaction, 0);
  }

  failed(transaction: Transaction, status: number, nowUs: number): void {
    this.facts.nowUs = nowUs;
    this.#raise(EventKind.SIP_FAILED, transaction, status);
  }

  /** 5xx or silence to credentials: true when it befalls a customer, or many phones at once. */
  isOutage(transaction: Transaction, nowUs: number): boolean {
    this.facts.nowUs = nowUs;
    if (transaction.finalStatus === 0 && this.#outages.lost.isLost(transaction, nowUs)) return true;
    const failed = this.#outages.failed(transaction, nowUs);
    if (failed > 0) this.#raise(EventKind.SIP_OUTAGE, transaction, failed);
    if (failed < 0) return false;
    const isCustomer = this.#customers.isAccountProven(transaction, nowUs);
    return this.#outages.isWideOfLogins(transaction, isCustomer, nowUs) || isCustomer;
  }

  /** A server took credentials. */
  loginTaken(transaction: Transaction): void {
    this.#outages.loginTaken(transaction);
  }

  #isServersFault(transaction: Transaction, status: number): boolean {
    if (transaction.isInDialog || (status !== 0 && (status < 500 || status >= 600))) return false;
    if (status === 0 && isPingMethod(transaction.methodId)) return false;
    // Nobody but a gateway has calls to the telephone network at such a rate, also before any of them was seen to be taken.
    const isTrunk =
      status === 0
        ? isRegisteredCall(transaction, this.#parts.hosts)
        : isLongInvite(transaction) && !transaction.hasCredentials;
    const failed = this.#outages.failed(transaction, this.facts.nowUs, isTrunk);
    if (failed > 0) this.#raise(EventKind.SIP_OUTAGE, transaction, failed);
    if (failed < 0) return false;
    if (this.#outages.isAlone(transaction, this.facts.nowUs)) {
      this.#raise(EventKind.SIP_USER_UNKNOWN, transaction, status);
    }
    // What is dialled is looked at all the same: a dial plan may answer 503, or nothing.
    this.#calls.failed(transaction);
    if (isLongInvite(transaction) && !this.#customers.isKnown(transaction, this.facts.nowUs))
      this.#probed(transaction, status);
    return true;
  }

  #isExcused(transaction: Transaction, status: number): boolean {
    // What somebody does in a customer's name is not the customer's.
    if (transaction.isForged) return false;
    if (!this.#customers.excuses(transaction, this.facts.nowUs)) return false;
    this.#raise(EventKind.SIP_CUSTOMER_FAILED, transaction, status);
    return true;
  }

  /** What scanners do and registered clients do not: ask without credentials, outside a dialog. Who looks for a way out does not dial what others get. */
  #probed(transaction: Transaction, status: number, isCarried = false): void {
    if (transaction.hasCredentials || transaction.isInDialog) return;
    if (this.#parts.hosts.get(transaction.client)?.isRegistrar === true) return;
    const isAnswered = this.#probedUsers.isAnswered(transaction, status);
    const kind = isAnswered ? EventKind.SIP_PROBE_ANSWERED : EventKind.SIP_PROBE_FAILED;
    const isSearch = isAnswered || !this.#customers.isReached(transaction, this.facts.nowUs);
    if (isSearch && !isCarried) this.#raise(kind, transaction, status);
    if (!isAnswered) this.#calls.strange(transaction);
    if (isSearch && status >= 400 && status < 500 && isLongInvite(transaction)) {
      this.#raise(EventKind.CALL_NUMBER_REFUSED, transaction, status);
    }
  }

  /** A carrier's trunk meets little else: of three calls, two find a phone that is off. Of a stranger it counts. */
  #declined(transaction: Transaction, status: number): void {
    if (
      transaction.hasCredentials ||
      transaction.isInDialog ||
      this.#customers.isKnown(transaction, this.facts.nowUs)
    )
      return;
    this.#raise(EventKind.CALL_NUMBER_REFUSED, transaction, status);
    this.#calls.strange(transaction);
  }

  #raise(kind: number, transaction: Transaction, value: number): DetectionEvent | null {
    return this.facts.raise(kind, transaction, value);
  }
}
