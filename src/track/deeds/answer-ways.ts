import { KeyMap } from "../../base/key-map.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { macKey, macKeyOf } from "../../decode/mac-twins.ts";
import { NO_TTL, type PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { CallStages } from "../calls/call-stages.ts";
import type { Call } from "../calls/calls.ts";
import type { MessageCalls } from "../calls/message-calls.ts";
import type { EventList } from "../facts/event.ts";
import type { HostTable } from "../hosts/hosts.ts";
import { isSameTtl, wayText, wayTextOf } from "../hosts/way.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { TransactionTable } from "../transactions/transaction-table.ts";
import { answerMarkOf } from "./answer-mark.ts";
import { type Deed, Sign } from "./deed.ts";
import { raiseDeed } from "./deed-facts.ts";
import { answerDeed } from "./deed-requests.ts";
import { EarlyAnswerWays } from "./early-answer-ways.ts";

/** Answers that may be forged and are remembered; of the oldest nothing but its own way is known any more. */
const DOUBTED_MAX = 4096;
/** What was sent before the final answer and comes behind it took another route. */
const OVERTAKEN_MS = 50;

export interface AnswerWayParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
  readonly found: MessageCalls;
  readonly stages: CallStages;
}

/**
 * Final answers to an INVITE, or to a request in a call, that somebody writes in the name of who was asked, ahead of its own. One that comes by another
 * way than the host's packets is no more than a router that failed, until the host goes on by its own way: it rings on,
 * which no server does behind a final answer (RFC 3261 17.2.1), or says something else.
 */
export class AnswerWays {
  readonly #parts: AnswerWayParts;
  /** Final answers by another way than those before, by their transaction. */
  readonly #doubted = new KeyMap<Deed>(DOUBTED_MAX);

  readonly #early: EarlyAnswerWays;

  constructor(parts: AnswerWayParts) {
    this.#parts = parts;
    this.#early = new EarlyAnswerWays(
      { ...parts, callOf: this.#callOf.bind(this) },
      (deed, { timeUs }) => {
        raiseDeed(deed, parts.events, parts.names, timeUs);
      },
    );
  }

  /** An answer to an INVITE outside a dialog or to a request in one, from the host that was asked. False: what it says is not believed. */
  answered(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
    transactions: TransactionTable,
  ): boolean {
    // An agent that tells of packets (HEP) knows no ways.
    if (packet.ttl === NO_TTL) return true;
    const isFinal = message.statusCode >= 200;
    const isDoubted = this.#early.answered(packet, message, keys, transaction, transactions);
    if (transaction.finalStatus === 0) {
      if (isFinal) this.#final(packet, message, keys, transaction, transactions);
      else if (!transaction.isAnswerWay(packet)) transaction.hasTwoAnswerWays = true;
    } else if (transaction.answerMark !== 0) this.#later(packet, message, keys, transaction);
    return !isDoubted;
  }

  /** Nearly all come by a way that is known for sure. */
  #final(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
    transactions: TransactionTable,
  ): void {
    const { hosts } = this.#parts;
    const source = hosts.source(packet);
    if (hosts.isSureWay(source, packet)) return;
    const isOther = hosts.isOtherWay(source, packet);
    if (!isOther && hosts.hasKnownWay(source)) return;
    transaction.answerMark = answerMarkOf(message);
    transaction.answerAfterMs = elapsedMs(packet, transaction);
    if (!isOther && transaction.isAnswerWay(packet)) return;
    const call = this.#callOf(message, keys, transaction);
    if (call === null) return;
    const deed = answerDeed(packet, transaction, message.statusCode, call);
    deed.origin = transactions.keep(packet, message);
    this.#doubted.set(transaction.ref, deed);
  }

  /** Another answer behind a final one whose way is not known. */
  #later(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    const { hosts } = this.#parts;
    const deed = this.#doubted.get(transaction.ref);
    const isFinalsWay =
      deed === undefined ? transaction.isAnswerWay(packet) : isWayOf(packet, deed);
    if (isFinalsWay) return;
    const source = hosts.source(packet);
    if (hosts.isOtherWay(source, packet)) return;
    const { statusCode } = message;
    const isSameStatus = statusCode === transaction.finalStatus;
    if (isSameStatus && answerMarkOf(message) === transaction.answerMark) {
      // The same answer by its own way: a copy, or a repetition by the other router.
      this.#forget(transaction);
      return;
    }
    const isLate = elapsedMs(packet, transaction) - transaction.answerAfterMs >= OVERTAKEN_MS;
    if (statusCode < 200 && !isLate) return;
    // Who mirrors both sides of what changes messages on their way sees each in two shapes.
    const isShaped = transaction.hasTwoAnswerWays && isSameStatus && !hosts.hasKnownWay(source);
    if (isShaped) return;
    const found = this.#callOf(message, keys, transaction);
    // What was said in its name has ended nothing: a call that rings can be cancelled.
    const isOver = found?.answeredUs === 0 && !transaction.isInDialog;
    if (isOver && statusCode < 200) this.#parts.stages.revive(found);
    const call = deed?.call ?? found;
    const seen = deed === undefined ? "another one" : wayText(deed.way.mac, deed.way.ttl);
    if (call !== null) {
      this.#raise(deed ?? this.#deedOf(packet, transaction, call), packet, statusCode, seen);
    }
    this.#forget(transaction);
  }

  #callOf(message: SipMessageView, keys: MessageKeys, transaction: Transaction): Call | null {
    const { found } = this.#parts;
    if (!transaction.isInDialog) return found.ofHop(keys, transaction);
    const { client: srcHost, server: dstHost } = transaction;
    const inDialog = found.find(message, keys, { srcHost, dstHost });
    return inDialog?.isMatching === true ? inDialog.call : null;
  }

  /** Of the forged answer itself only its number is known by now. */
  #deedOf(packet: PacketView, transaction: Transaction, call: Call): Deed {
    return answerDeed(packet, transaction, transaction.finalStatus, call);
  }

  #raise(deed: Deed, packet: PacketView, status: number, seen: string): void {
    const { events, names } = this.#parts;
    const what = `way of answer ${deed.status} to ${deed.subject.method}`;
    deed.accuse(Sign.OTHER_WAY, what, wayTextOf(packet), seen);
    const goesOn = status < 200 ? "it rings on" : "it gave a final answer of its own";
    deed.accuse(
      Sign.CONTRADICTED,
      "answers by its own way behind it",
      "none but repetitions",
      `${status}: ${goesOn}`,
    );
    raiseDeed(deed, events, names, packet.timeUs);
  }

  #forget(transaction: Transaction): void {
    transaction.answerMark = 0;
    this.#doubted.delete(transaction.ref);
  }
}

function isWayOf(packet: PacketView, { way }: Deed): boolean {
  return (
    isSameTtl(way.ttl, packet.ttl) && packet.macTwins.areSame(macKey(way.mac), macKeyOf(packet))
  );
}

function elapsedMs({ timeUs }: PacketView, { startUs }: Transaction): number {
  return Math.floor((timeUs - startUs) / 1000);
}
