import { NO_HOST } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { EventList } from "../facts/event.ts";
import type { TollJudge } from "../fraud/toll-judge.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Peers } from "../hosts/peers.ts";
import type { SourceProofs } from "../hosts/source-proofs.ts";
import { Rank } from "../hosts/standing.ts";
import type { BindingJudge } from "../registrations/binding-judge.ts";
import { bindingOf, expiresOf } from "../registrations/registered.ts";
import type { RegistrationLog } from "../registrations/registration-log.ts";
import type { Registrations } from "../registrations/registrations.ts";
import type { Challenges } from "./challenges.ts";
import type { MessageKeys } from "./message-keys.ts";
import type { OutcomeTracker } from "./outcomes.ts";
import { tellReplay } from "./replays.ts";
import type { Transaction } from "./transaction.ts";
import type { TransactionTable } from "./transaction-table.ts";

export interface FinalAnswerParts {
  readonly bindings: BindingJudge;
  readonly challenges: Challenges;
  readonly events: EventList;
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly outcomes: OutcomeTracker;
  readonly peers: Peers;
  readonly proofs: SourceProofs;
  readonly registrations: Registrations;
  readonly toll: TollJudge;
  readonly transactions: TransactionTable;
}

/** Final answers of hosts that were asked (RFC 3261 17.1): what they prove of both ends, and which one is believed of two. */
export class FinalAnswers {
  /** Null where no records of registrations are wanted. */
  registrationLog: RegistrationLog | null = null;
  readonly #parts: FinalAnswerParts;

  constructor(parts: FinalAnswerParts) {
    this.#parts = parts;
  }

  /** A final response of the host that was asked. The first one decides at the client (RFC 3261 17.1). */
  final(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    const { challenges, registrations } = this.#parts;
    const status = message.statusCode;
    if (status === 401 || status === 407) {
      challenges.issued(message, packet.srcHost, packet.dstHost);
      if (transaction.methodId === SipMethod.REGISTER) registrations.challenged(packet.srcHost);
    }
    const isFirst = transaction.finalStatus === 0;
    if (isFirst || this.#isTakenAfterAll(packet, transaction, status)) {
      this.#decided(packet, message, keys, transaction);
    } else this.#later(packet, message, transaction);
  }

  #decided(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    const { bindings, challenges, outcomes, proofs } = this.#parts;
    const status = message.statusCode;
    transaction.finalStatus = status;
    transaction.answerPlace = packet.place;
    proofs.answered(transaction, keys);
    this.#learnAnswer(packet, transaction);
    if (status < 300) bindings.answered(transaction, packet.timeUs);
    if (!transaction.isFirstHop) return;
    if (transaction.isReplayed) tellReplay(this.#parts, challenges, packet, message, transaction);
    if (transaction.methodId === SipMethod.REGISTER) {
      this.registrationLog?.final(packet, message, transaction);
    }
    if (status < 300) this.#accepted(packet, message, transaction);
    else if (transaction.methodId === SipMethod.INVITE) this.#refused(packet, message, transaction);
    outcomes.final(packet, message, transaction, status);
  }

  /** Another one behind the first. */
  #later(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const { hosts, outcomes, registrations } = this.#parts;
    const { finalStatus: before, isFirstHop, methodId } = transaction;
    const status = message.statusCode;
    hosts.heard(hosts.source(packet), packet);
    if (methodId === SipMethod.REGISTER && before < 300 && status >= 300) {
      // The registrar's own answer came after one in its name.
      registrations.revoke(transaction.server, transaction.toUserKey, bindingOf(transaction));
    }
    if (status === before || !isFirstHop || hosts.isByForeignWay(packet)) return;
    outcomes.contradicted(packet, message, transaction, status);
  }

  /**
   * The server's own 2xx behind a refusal by another way, in which somebody who guesses hides that a guess was right. Where the server's
   * way is not known the refusal stands.
   */
  #isTakenAfterAll(packet: PacketView, transaction: Transaction, status: number): boolean {
    if (status >= 300 || transaction.finalStatus < 300) return false;
    const { hosts } = this.#parts;
    const source = hosts.source(packet);
    const isByItsWay = hosts.hasKnownWay(source) && !hosts.isOtherWay(source, packet);
    return isByItsWay && !transaction.isAnswerWay(packet);
  }

  /** Only who was sent the request can answer with its branch, and who asks itself: strangers teach little. */
  #learnAnswer(packet: PacketView, { client, isForged, server }: Transaction): void {
    const { hosts, peers } = this.#parts;
    const source = hosts.source(packet);
    // Nearly all answers: who they went to need not be looked up.
    const isPeer =
      hosts.isSureWay(source, packet) ||
      (!isForged && peers.rank(client, server, packet.timeUs) >= Rank.ACCEPTED);
    hosts.learnPath(source, packet, isPeer ? client : NO_HOST);
  }

  /** Who was asked took the request: what it proves of both ends. */
  #accepted(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const { bindings, hosts, peers, registrations, toll, transactions } = this.#parts;
    const nowUs = packet.timeUs;
    const { client, clientMac, clientTtl, server } = transaction;
    const isByItsWay = !hosts.isOtherWay(hosts.source(packet), packet);
    const isTaken = transaction.hasIssuedNonce && isByItsWay;
    if (isTaken || (transaction.isInDialog && !transaction.isForged)) {
      hosts.learnWay(hosts.destination(packet), clientMac, clientTtl, isTaken);
    }
    const isRegister = transaction.methodId === SipMethod.REGISTER;
    const wasPeer = isRegister && peers.rank(client, server, nowUs) >= Rank.ACCEPTED;
    if (isTaken) {
      transactions.promote(transaction, Rank.ACCEPTED);
      peers.prove(client, server, Rank.ACCEPTED, nowUs);
    }
    if (!isRegister) {
      toll.accepted(transaction, nowUs);
      return;
    }
    hosts.source(packet).isRegistrar = true;
    hosts.destination(packet).registrar = server;
    // Whoever asked can write the answer as well: one by another way, or without credentials from a registrar
    // that wants them, binds nobody.
    if (!isByItsWay) return;
    if (!transaction.hasCredentials && registrations.isChallenger(server)) {
      bindings.unchallenged(transaction, nowUs);
      return;
    }
    if (!bindings.accepted(packet, message, transaction, wasPeer)) return;
    toll.accepted(transaction, nowUs);
    const expiresUs = nowUs + expiresOf(message, transaction) * 1_000_000;
    const binding = { ...bindingOf(transaction), expiresUs };
    registrations.accept(server, transaction.toUserKey, binding, nowUs);
  }

  /** A call was refused: of interest is who does not deal with the server anyway. */
  #refused(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const { peers, toll } = this.#parts;
    const nowUs = packet.timeUs;
    const { client, hasCredentials, isInDialog, server } = transaction;
    if (isInDialog) return;
    const status = message.statusCode;
    if (status < 400 || status === 487) toll.failed(message, transaction, nowUs);
    const isPeer = peers.rank(client, server, nowUs) >= Rank.ACCEPTED;
    if (!hasCredentials && !isPeer) toll.refused(transaction, status, nowUs);
  }
}
