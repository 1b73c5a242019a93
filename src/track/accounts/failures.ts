import type { HostKey } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { injectionIn } from "../content/injection-strings.ts";
import type { DetectionEvent } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { CarriedCalls } from "../fraud/carried-calls.ts";
import { isDeclined, isLongInvite, isPingMethod, namesUser } from "../fraud/failed-request.ts";
import { NumberCampaigns } from "../fraud/number-campaigns.ts";
import { PrefixWalks, WAYS_OF_CUSTOMERS } from "../fraud/prefix-walks.ts";
import { StrangerCalls } from "../fraud/stranger-calls.ts";
import type { SourceStandings } from "../hosts/source-standings.ts";
import { GhostCalls } from "../nuisance/ghost-calls.ts";
import { ServedStrangers } from "../nuisance/served-strangers.ts";
import { FULL, ORDINARY_FAILURES, USER_UNKNOWN } from "../transactions/answer-classes.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { Customers } from "./customers.ts";
import { type FailureFactParts, FailureFacts } from "./failure-facts.ts";
import { isDropped, isHeard, isLeft, isRegisteredCall, Outages } from "./outages.ts";
import { ProbedUsers } from "./probed-users.ts";
import { TakenCalls } from "./taken-calls.ts";

export interface FailureParts extends FailureFactParts {
  readonly standings: SourceStandings;
  /** That Call-ID belongs to a call that was seen to be answered. */
  isInCall(callKey: number): boolean;
}

/** What a request that did not end well says of its sender: misdials, an outage, an unknown user, a probe, a prefix walk, a ghost call. */
export class FailureTracker {
  readonly #parts: FailureParts;
  readonly #customers: Customers;
  readonly #outages: Outages;
  readonly #prefixes = new PrefixWalks();
  readonly #ghosts = new GhostCalls();
  readonly #probedUsers = new ProbedUsers();
  readonly #strangers: StrangerCalls;
  readonly #campaigns: NumberCampaigns;
  readonly #taken = new TakenCalls();
  readonly #served: ServedStrangers;
  readonly #carried: CarriedCalls;
  readonly facts: FailureFacts;

  constructor(parts: FailureParts, customers: Customers) {
    this.#parts = parts;
    this.#customers = customers;
    this.#outages = new Outages(customers);
    this.#strangers = new StrangerCalls(parts.events);
    this.#campaigns = new NumberCampaigns(parts.events);
    this.#served = new ServedStrangers(parts);
    this.#carried = new CarriedCalls(parts.standings);
    this.facts = new FailureFacts(parts);
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
    if (methodId === SipMethod.REGISTER) this.#ghosts.registered(client, server);
    if (methodId === SipMethod.REGISTER) this.facts.registered(transaction);
    if (methodId === SipMethod.REGISTER) this.#outages.lost.taken(transaction, nowUs);
    this.#customers.reached(transaction, nowUs);
    if (methodId !== SipMethod.INVITE || transaction.isInDialog) return;
    this.#prefixes.answered(transaction);
    this.#strangers.taken(transaction);
    this.#campaigns.taken(transaction);
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
    this.#ghosts.taken(client, server);
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
    this.#call(transaction);
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
    this.#call(transaction);
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
    this.#call(transaction);
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
    if (transaction.methodId !== SipMethod.INVITE || transaction.isInDialog) return;
    // It registers and says nothing to whoever is not its server.
    if (this.#ghosts.isPhone(transaction.server)) this.#ghost(transaction);
    this.#dialled(transaction, false);
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
    this.#call(transaction);
    if (isLongInvite(transaction) && !this.#isKnown(transaction)) this.#probed(transaction, status);
    return true;
  }

  /** An account or trunk that was seen to work. */
  #isKnown(transaction: Transaction): boolean {
    const { client, server } = transaction;
    const nowUs = this.facts.nowUs;
    if (this.#customers.isTrunkProven(client, server, nowUs)) return true;
    return this.#customers.isAccountProven(transaction, nowUs);
  }

  #isExcused(transaction: Transaction, status: number): boolean {
    // What somebody does in a customer's name is not the customer's.
    if (transaction.isForged) return false;
    const isRegister = transaction.methodId === SipMethod.REGISTER;
    if (!this.#customers.excuses(transaction, isRegister, this.facts.nowUs)) return false;
    this.#raise(EventKind.SIP_CUSTOMER_FAILED, transaction, status);
    return true;
  }

  /** A call that nobody took. */
  #call(transaction: Transaction): void {
    if (transaction.methodId !== SipMethod.INVITE || transaction.isInDialog) return;
    this.#ghost(transaction);
    this.#dialled(transaction, true);
  }

  #ghost(transaction: Transaction): void {
    const calls = this.#ghosts.missed(transaction, this.facts.nowUs);
    if (calls > 0) this.#raise(EventKind.CALL_GHOST, transaction, calls);
  }

  /** `isSeen`: its answers would be. */
  #dialled(transaction: Transaction, isSeen: boolean): void {
    const { finalStatus, hasCredentials } = transaction;
    const isKnown = this.#isKnown(transaction);
    const isStrange = isSeen && !isKnown && !hasCredentials && !FULL.has(finalStatus);
    const walk = this.#prefixes.failed(transaction, isStrange, this.facts.nowUs);
    if (walk === null) return;
    // Where no answer is seen, the last way may have been the right one. Customers redial.
    const unsure = isSeen ? 0 : 1;
    for (const [kind, ways] of [
      [EventKind.CALL_PREFIX_WALK_STRANGERS, walk.byStrangers],
      [EventKind.CALL_PREFIX_WALK, walk.byClient - unsure - (isKnown ? WAYS_OF_CUSTOMERS : 0)],
      [EventKind.CALL_PREFIX_WALK_SHARED, walk.byAll - unsure],
    ] as const) {
      if (ways > 1) this.#raise(kind, transaction, ways);
    }
  }

  /** What scanners do and registered clients do not: ask without credentials, outside a dialog. */
  #probed(transaction: Transaction, status: number, isCarried = false): void {
    if (transaction.hasCredentials || transaction.isInDialog) return;
    if (this.#parts.hosts.get(transaction.client)?.isRegistrar === true) return;
    const isAnswered = this.#probedUsers.isAnswered(transaction, status);
    const kind = isAnswered ? EventKind.SIP_PROBE_ANSWERED : EventKind.SIP_PROBE_FAILED;
    if (!isCarried) this.#raise(kind, transaction, status);
    if (!isAnswered) this.#strange(transaction);
    if (status >= 400 && status < 500 && isLongInvite(transaction)) {
      this.#raise(EventKind.CALL_NUMBER_REFUSED, transaction, status);
    }
  }

  /** A carrier's trunk meets little else: of three calls, two find a phone that is off. Of a stranger it counts. */
  #declined(transaction: Transaction, status: number): void {
    if (transaction.hasCredentials || transaction.isInDialog || this.#isKnown(transaction)) return;
    this.#raise(EventKind.CALL_NUMBER_REFUSED, transaction, status);
    this.#strange(transaction);
  }

  /** A call that was not taken of a host that the server may never have taken one of. */
  #strange(transaction: Transaction): void {
    if (!isLongInvite(transaction) || this.#isKnown(transaction)) return;
    if (this.#outages.isWide(transaction.server, this.facts.nowUs)) return;
    this.#strangers.failed(transaction, this.facts.nowUs);
    if (isHeard(transaction, this.#parts.hosts))
      this.#campaigns.failed(transaction, this.facts.nowUs);
  }

  #raise(kind: number, transaction: Transaction, value: number): DetectionEvent | null {
    return this.facts.raise(kind, transaction, value);
  }
}
