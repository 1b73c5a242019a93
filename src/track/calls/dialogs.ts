import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { CallLog } from "../call-records/call-log.ts";
import { answerMarkOf } from "../deeds/answer-mark.ts";
import { AnswerWays } from "../deeds/answer-ways.ts";
import { TeardownJudge } from "../deeds/teardown.ts";
import { type EventList, NO_SUBJECT } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { Statistics } from "../facts/statistics.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Peers } from "../hosts/peers.ts";
import type { MediaTracker } from "../media/media.ts";
import { ForgedChallenges } from "../registrations/forged-challenges.ts";
import { RegisterRedirects } from "../registrations/register-redirects.ts";
import type { Registrations } from "../registrations/registrations.ts";
import type { TrackSettings } from "../settings.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { TransactionTable } from "../transactions/transaction-table.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { CallMedia } from "./call-media.ts";
import { CallStages } from "./call-stages.ts";
import { CallTable } from "./call-table.ts";
import type { Call } from "./calls.ts";
import { InDialog } from "./in-dialog.ts";
import { Invites } from "./invites.ts";
import { LuredCredentials } from "./lured-credentials.ts";
import { MessageCalls } from "./message-calls.ts";
import { ReplacedCalls } from "./replaced-calls.ts";
import { SessionOffers } from "./session-offers.ts";
import { StrayReferrals } from "./stray-referrals.ts";
import { UnmatchedRequests } from "./unmatched-requests.ts";

export interface DialogParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
  readonly statistics: Statistics;
  readonly media: MediaTracker;
  readonly peers: Peers;
  readonly registrations: Registrations;
  /** Makes what writes calls down; null where nobody wants their records. */
  readonly logOf: ((calls: CallTable) => CallLog) | null;
}

/**
 * `ended`: hung up, cancelled or refused; `disputed`: it goes on although it was hung up; `over`: hung up once more, by its own party;
 * `forgotten`: nobody knows.
 */
export type CallOver = "ended" | "disputed" | "over" | "forgotten";

/**
 * Calls: who takes part in them, with which tags and media (RFC 3261 12, 13, 15). Only what is proven
 * makes a host a party; whether a request inside a dialog is to be believed, `TeardownJudge` says.
 */
export class DialogTracker {
  readonly calls: CallTable;
  /** Null where no call records are wanted. */
  readonly log: CallLog | null;
  /** What becomes of a call with that Call-ID. */
  onCallOver: (callKey: number, nowUs: number, why: CallOver) => void = () => {};
  readonly #parts: DialogParts;
  readonly #judge: TeardownJudge;
  readonly #found: MessageCalls;
  readonly #stages: CallStages;
  readonly #offers: SessionOffers;
  readonly #invites: Invites;
  readonly #inDialog: InDialog;
  readonly #acks: Acknowledgements;
  readonly #answerWays: AnswerWays;
  readonly #replaced: ReplacedCalls;
  readonly #referrals: StrayReferrals;
  readonly #redirects: RegisterRedirects;
  readonly #challenges: ForgedChallenges;
  readonly #unmatched: UnmatchedRequests;

  constructor(settings: TrackSettings, parts: DialogParts) {
    this.#parts = parts;
    this.calls = new CallTable(settings.callsMax, {
      idleMs: settings.callIdleMs,
      lingerMs: settings.callLingerMs,
    });
    const media = new CallMedia(parts.media, parts.names);
    this.calls.hasTraffic = (call) => media.hasBothWays(call);
    this.log = parts.logOf?.(this.calls) ?? null;
    const { log } = this;
    this.calls.onRemove = (call, nowUs) => {
      log?.removed(call, nowUs);
      this.onCallOver(call.key, nowUs, "forgotten");
      parts.media.forget(call);
    };
    const { hosts, names, events, peers, registrations } = parts;
    const judgeParts = { hosts, names, events, media, peers, registrations };
    this.#judge = new TeardownJudge(judgeParts, settings.callsMax);
    this.#found = new MessageCalls(this.calls, names);
    this.#unmatched = new UnmatchedRequests(events);
    this.#stages = new CallStages(this.calls, parts);
    this.#stages.onEnd = (call, nowUs, isSure) => {
      this.onCallOver(call.key, nowUs, isSure ? "over" : "ended");
    };
    this.#judge.onDisputed = (call, nowUs) => {
      this.#stages.disputed(call);
      this.onCallOver(call.key, nowUs, "disputed");
    };
    this.#offers = new SessionOffers(parts.media, log);
    const own = {
      log,
      found: this.#found,
      stages: this.#stages,
      offers: this.#offers,
      judge: this.#judge,
      peers,
      lures: new LuredCredentials(parts),
    };
    this.#invites = new Invites(own);
    this.#inDialog = new InDialog(own);
    this.#acks = new Acknowledgements({ ...own, hosts });
    this.#answerWays = new AnswerWays({ ...parts, found: this.#found, stages: this.#stages });
    this.#replaced = new ReplacedCalls(parts, this.calls);
    this.#referrals = new StrayReferrals(parts);
    this.#redirects = new RegisterRedirects(parts);
    this.#challenges = new ForgedChallenges(parts);
  }

  isDue(nowUs: number): boolean {
    const isDue = this.#judge.isDue(nowUs) || this.#redirects.isDue(nowUs);
    return isDue || this.log?.isDue(nowUs) === true;
  }

  advance(nowUs: number): void {
    this.#judge.advance(nowUs);
    this.#redirects.advance(nowUs);
    this.log?.advance(nowUs);
  }

  /** A new transaction's request. False when its sender is not believed to be who it says. */
  request(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): boolean {
    if (message.method === SipMethod.REFER) this.#replaced.referred(packet.dstHost, packet.timeUs);
    if (keys.hasToTag) return this.#inDialog.request(packet, message, keys, transaction);
    if (message.method === SipMethod.REGISTER) {
      this.#redirects.request(packet);
      this.#challenges.request(transaction);
    }
    if (message.method !== SipMethod.INVITE) return true;
    this.#replaced.request(packet, message, transaction);
    return this.#invites.request(packet, message, keys, transaction);
  }

  /** An answer on the branch of a request from a host that was not asked. */
  foreignResponse(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
    transactions: TransactionTable,
  ): void {
    this.#redirects.response(packet, message, transaction);
    this.#challenges.response(packet, message, transaction);
    if (transaction.methodId === SipMethod.BYE) {
      this.#byeAnsweredBy(packet, message, keys, transaction, transactions);
      return;
    }
    if (transaction.methodId !== SipMethod.INVITE) {
      const isFinal = message.statusCode >= 200;
      if (!isFinal || !transaction.isInDialog || !mayBeForged(transaction.methodId)) return;
    }
    // A 100 has no tag and says nothing: whoever is first to send one gains nothing by it.
    if (message.statusCode === 100) return;
    const call = transaction.isInDialog
      ? this.#asked(message, keys, transaction)
      : this.#found.ofHop(keys, transaction);
    if (call === null || !call.isLive || (transaction.isInDialog && call.isParty(packet.srcHost)))
      return;
    const answer = {
      status: message.statusCode,
      mark: answerMarkOf(message),
      keep: () => transactions.keep(packet, message),
    };
    this.#judge.foreignAnswer(packet, transaction, answer, call);
  }

  #byeAnsweredBy(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
    transactions: TransactionTable,
  ): void {
    const status = message.statusCode;
    if (!transaction.isInDialog || status < 200 || status >= 300) return;
    const call = this.#asked(message, keys, transaction);
    if (call === null || !call.isLive) return;
    const answer = { status, keep: () => transactions.keep(packet, message) };
    this.#judge.byeAnsweredBy(packet, transaction, keys, answer, call);
  }

  /** The call in which a party asks a party. */
  #asked(message: SipMessageView, keys: MessageKeys, transaction: Transaction): Call | null {
    const { client, server } = transaction;
    const found = this.#found.find(message, keys, { srcHost: client, dstHost: server });
    if (found?.isMatching !== true) return null;
    return found.call.isParty(client) && found.call.isParty(server) ? found.call : null;
  }

  /** An answer of the host that was asked. */
  response(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
    transactions: TransactionTable,
  ): void {
    const status = message.statusCode;
    if (transaction.isInDialog) {
      if (mayBeForged(transaction.methodId)) {
        this.#answerWays.answered(packet, message, keys, transaction, transactions);
      }
      this.#inDialog.response(packet, message, keys, transaction);
    } else if (transaction.methodId === SipMethod.INVITE) {
      const isBelieved = this.#answerWays.answered(
        packet,
        message,
        keys,
        transaction,
        transactions,
      );
      if (status > 100 && isBelieved) this.#invites.response(packet, message, keys, transaction);
      if (status >= 200 && status < 300) this.#replaced.accepted(packet, message, transaction);
    } else if (transaction.methodId === SipMethod.REGISTER) {
      this.#redirects.response(packet, message, transaction);
      this.#challenges.response(packet, message, transaction);
    } else if (status >= 200 && status < 300) {
      this.#referrals.accepted(packet, message, transaction);
    }
    const isFinalOfBye = transaction.methodId === SipMethod.BYE && status === 481;
    if (isFinalOfBye && this.#found.first(keys, message) === null) {
      const unknown = EventKind.SIP_BYE_UNKNOWN_DIALOG;
      const event = this.#parts.events.raise(unknown, packet.timeUs, status);
      if (event === null) return;
      event.aimAtPacket(packet);
      event.subject = transaction;
      event.sip = message;
    }
  }

  /** An answer whose request the mirror did not show: 481 tells that a party hung up for itself. */
  strayResponse(packet: PacketView, message: SipMessageView, keys: MessageKeys): void {
    if (message.cseqMethod !== SipMethod.BYE || message.statusCode !== 481) return;
    const found = this.#found.find(message, keys, packet);
    if (found?.isMatching !== true || !found.call.parties.has(packet.dstHost)) return;
    this.#judge.strayRefusal(found.call, packet, keys);
  }

  /** ACK of a 2xx repeats the To tag that only the caller was told (RFC 3261 13.2.2.4). */
  ack(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transactions: TransactionTable,
  ): void {
    const keep = () => transactions.keep(packet, message);
    const isOfCall = this.#acks.ack(packet, message, keys, keep);
    this.#unmatched.seen(packet, message, keys, { isOfCall, transactions });
  }

  cancel(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transactions: TransactionTable,
  ): void {
    const isOfCall = this.calls.first(keys.callKey) !== null;
    this.#unmatched.seen(packet, message, keys, { isOfCall, transactions });
    const hopKey = keys.hopKeyOf(message, SipMethod.INVITE);
    const isItsBranch = transactions.find(hopKey, packet.srcHost) !== undefined;
    const call = this.#found.cancelled(packet, keys, { hopKey, isItsBranch });
    if (call === null) return;
    const subject = {
      ...NO_SUBJECT,
      ...this.#found.textsOf(message, keys, call),
      method: "CANCEL",
    };
    const keep = () => transactions.keep(packet, message);
    if (isItsBranch) this.log?.cancelled(call);
    this.#judge.cancel(packet, keys, { cseq: message.cseq, subject, keep }, call, isItsBranch);
  }
}

/** Who answers a BYE for another ends what was to be ended; what lures credentials is weighed elsewhere. */
function mayBeForged(methodId: SipMethod): boolean {
  return methodId !== SipMethod.BYE;
}
