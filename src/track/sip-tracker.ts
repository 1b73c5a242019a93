import type { HostNames } from "../decode/host-names.ts";
import type { PacketView } from "../decode/packet.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import { CallLives } from "./calls/call-lives.ts";
import type { DialogTracker } from "./calls/dialogs.ts";
import { tellFingerprint } from "./content/fingerprint-facts.ts";
import type { EventList } from "./facts/event.ts";
import { EventKind } from "./facts/event-kind.ts";
import type { Statistics } from "./facts/statistics.ts";
import { PassedCalls } from "./fraud/passed-calls.ts";
import { TollJudge } from "./fraud/toll-judge.ts";
import type { HostTable } from "./hosts/hosts.ts";
import { NewSources } from "./hosts/new-sources.ts";
import type { Peers } from "./hosts/peers.ts";
import { SourceProofs } from "./hosts/source-proofs.ts";
import type { SourceStandings } from "./hosts/source-standings.ts";
import { Rank } from "./hosts/standing.ts";
import type { MediaTracker } from "./media/media.ts";
import type { CallCosts } from "./numbers/call-costs.ts";
import type { NumberPlan } from "./numbers/number-plan.ts";
import { BindingJudge } from "./registrations/binding-judge.ts";
import type { RegistrationLog } from "./registrations/registration-log.ts";
import type { Registrations } from "./registrations/registrations.ts";
import { SipBlindness } from "./sensor/sip-blindness.ts";
import type { TrackSettings } from "./settings.ts";
import { Challenges } from "./transactions/challenges.ts";
import { FinalAnswers } from "./transactions/final-answers.ts";
import { MessageKeys } from "./transactions/message-keys.ts";
import { describeRequest } from "./transactions/open-transaction.ts";
import { OutcomeTracker } from "./transactions/outcomes.ts";
import type { RequestInspector } from "./transactions/request-inspector.ts";
import type { Transaction } from "./transactions/transaction.ts";
import { TransactionTable } from "./transactions/transaction-table.ts";

export interface SipParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
  readonly statistics: Statistics;
  readonly dialogs: DialogTracker;
  readonly media: MediaTracker;
  readonly peers: Peers;
  readonly registrations: Registrations;
  readonly standings: SourceStandings;
  readonly plan: NumberPlan;
  readonly costs: CallCosts;
}

/**
 * Client transactions (RFC 3261 17): requests counted once however often and on however many hops they
 * are seen, answers given to who asked. `OutcomeTracker` says what became of them.
 */
export class SipTracker {
  readonly transactions: TransactionTable;
  readonly outcomes: OutcomeTracker;
  readonly bindings: BindingJudge;
  readonly toll: TollJudge;
  readonly keys = new MessageKeys();
  /** Looks at each new request, on each hop; null when nobody asks. */
  onRequest: RequestInspector | null = null;
  /** The latest answer had a request that was seen, in a dialog; its sender was the one asked, without credentials. */
  wasAsked = true;
  wasInDialog = false;
  wasAskedOpenly = false;
  readonly #parts: SipParts;
  readonly #challenges: Challenges;
  readonly #proofs: SourceProofs;
  readonly #blindness: SipBlindness;
  readonly #newSources: NewSources;
  readonly #finals: FinalAnswers;
  #nowUs = 0.5;

  constructor(settings: TrackSettings, parts: SipParts) {
    this.#parts = parts;
    this.transactions = new TransactionTable(
      settings.transactionsMax,
      settings.messageBytesMax,
      parts.names,
    );
    this.#challenges = new Challenges(settings.transactionsMax);
    this.bindings = new BindingJudge(parts);
    const lives = new CallLives(parts.dialogs.calls, parts.media);
    this.toll = new TollJudge({ ...parts, lives });
    parts.dialogs.onCallOver = (callKey, nowUs, why) => this.toll.ended(callKey, nowUs, why);
    this.#blindness = new SipBlindness(parts.hosts, parts.events, parts.names);
    const sides = { challenges: this.#challenges, transactions: this.transactions };
    this.#proofs = new SourceProofs({ ...sides, standings: parts.standings });
    this.#newSources = new NewSources(parts);
    this.outcomes = new OutcomeTracker(settings, {
      ...parts,
      ...sides,
      isInCall: (callKey) => lives.wasUp(callKey),
      breakIns: this.toll.breakIns,
      isNewcomer: (transaction) => this.#newSources.isFirstOfNetwork(transaction),
    });
    this.toll.passed = new PassedCalls(this.transactions, this.outcomes.passedOn);
    const { bindings, outcomes, toll } = this;
    this.#finals = new FinalAnswers({
      ...parts,
      ...sides,
      ...{ bindings, outcomes, toll },
      proofs: this.#proofs,
    });
  }

  /** Null where no records of registrations are wanted. */
  get registrationLog(): RegistrationLog | null {
    return this.#finals.registrationLog;
  }

  set registrationLog(log: RegistrationLog | null) {
    this.#finals.registrationLog = log;
  }

  isDue(nowUs: number): boolean {
    return this.outcomes.isDue(nowUs) || this.bindings.isDue(nowUs) || this.toll.isDue(nowUs);
  }

  advance(nowUs: number): void {
    this.outcomes.advance(nowUs);
    this.bindings.advance(nowUs);
    this.toll.advance(nowUs);
  }

  message(packet: PacketView, message: SipMessageView): void {
    const { keys } = this;
    this.#nowUs = packet.timeUs;
    keys.decode(message, message.isRequest ? message.method : message.cseqMethod);
    if (keys.callKey !== 0) this.#parts.statistics.countCallId(keys.callKey, message);
    if (message.isRequest) this.#request(packet, message);
    else this.#response(packet, message);
  }

  #request(packet: PacketView, message: SipMessageView): void {
    const { hosts, dialogs, events } = this.#parts;
    const { keys } = this;
    const source = hosts.source(packet);
    source.sentRequests++;
    hosts.destination(packet);
    if (message.method === SipMethod.ACK) {
      this.#proofs.acknowledged(packet, message, keys);
      this.outcomes.acknowledged(packet, keys.callKey);
      dialogs.ack(packet, message, keys, this.transactions);
      return;
    }
    if (message.method === SipMethod.CANCEL) {
      dialogs.cancel(packet, message, keys, this.transactions);
      return;
    }
    if (this.transactions.isRepetition(keys, packet.srcHost, message, this.#nowUs)) {
      this.outcomes.repeats.seen(packet, message, keys.hopKey);
      return;
    }
    const transaction = this.#open(packet, message);
    this.onRequest?.request(packet, message, transaction, keys);
    const { keepers } = this.bindings;
    if (message.method === SipMethod.INVITE && keepers.isWaiting) {
      if (!hosts.isOtherWay(source, packet)) keepers.called(transaction, this.#nowUs);
    }
    if (!transaction.isFirstHop) {
      dialogs.request(packet, message, keys, transaction);
      return;
    }
    tellFingerprint(events, packet, message, this.keys, transaction);
    const event = events.raise(EventKind.SIP_REQUEST, this.#nowUs, 0);
    event?.aimAtTransaction(transaction);
    event?.showInRequest(packet, message);
    if (source.sentRequests === 1) this.#newSources.tell(packet, message, transaction);
    this.#blindness.asked(packet, message, transaction, source);
    this.outcomes.opened(packet, message, transaction);
    const isTrusted = dialogs.request(packet, message, keys, transaction);
    // A forged source costs nothing, so only who repeats what was sent to its address teaches a way.
    if (isTrusted && transaction.isReturned) hosts.learnPath(source, packet);
  }

  #open(packet: PacketView, message: SipMessageView): Transaction {
    const { keys, transactions } = this;
    transactions.expire(this.#nowUs);
    const transaction = transactions.open(keys, packet.srcHost, message);
    describeRequest(transaction, packet, message, keys, this.#challenges);
    transactions.place(transaction);
    if (transaction.isReturned) transactions.promote(transaction, Rank.RETURNED);
    this.#proofs.opened(packet, transaction);
    const { hosts } = this.#parts;
    transaction.isForged = !transaction.hasProof && hosts.isOtherWay(hosts.source(packet), packet);
    return transaction;
  }

  #response(packet: PacketView, message: SipMessageView): void {
    const { hosts, dialogs } = this.#parts;
    const { keys } = this;
    hosts.source(packet).sentResponses++;
    hosts.anyResponses = true;
    const client = hosts.destination(packet);
    client.receivedResponses++;
    const transaction = this.transactions.answered(keys.hopKey, packet.dstHost);
    this.wasAsked = transaction !== undefined;
    this.wasInDialog = transaction?.isInDialog === true;
    this.wasAskedOpenly = false;
    if (transaction === undefined) {
      this.#blindness.answered(packet, message, keys, client);
      this.outcomes.answeredUnseen(packet, message, keys);
      dialogs.strayResponse(packet, message, keys);
      return;
    }
    const status = message.statusCode;
    if (packet.srcHost !== transaction.server) {
      if (status >= 200 && transaction.foreignStatus === 0) transaction.foreignStatus = status;
      dialogs.foreignResponse(packet, message, keys, transaction, this.transactions);
      return;
    }
    this.wasAskedOpenly = !transaction.hasCredentials;
    transaction.noteAnswerWay(packet);
    dialogs.response(packet, message, keys, transaction, this.transactions);
    const isGoingOn = status > 100 && status < 300 && transaction.finalStatus >= 300;
    if (isGoingOn) this.outcomes.customers.takenAfterAll(transaction);
    if (status < 200) {
      if (transaction.isFirstHop) this.outcomes.provisional(packet, transaction, status);
      if (transaction.hasRung) this.toll.hops.rang(transaction, this.#nowUs);
      return;
    }
    this.#finals.final(packet, message, keys, transaction);
  }
}
