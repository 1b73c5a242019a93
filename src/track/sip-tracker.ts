import { BoundedMap } from "../base/bounded-map.ts";
import type { PacketView } from "../decode/packet.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import { viaCount } from "../decode/sip/params.ts";
import type { DialogTracker } from "./dialogs.ts";
import type { EventList } from "./event.ts";
import { EventKind } from "./event-kind.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Host, HostTable } from "./hosts.ts";
import { OutcomeTracker } from "./outcomes.ts";
import type { TrackSettings } from "./settings.ts";
import type { Statistics } from "./statistics.ts";
import { MessageKeys, Transaction, TransactionTable } from "./transaction.ts";
import { describeTransaction } from "./transaction-texts.ts";

/** A server with that many requests and no answer at all is reported as unseen, then at powers of two. */
const BLIND_REQUESTS_MIN = 32;
/** Answers may take this long, in a burst of registrations for example. */
const BLIND_MIN_US = 5_000_000;

export interface SipParts {
  readonly hosts: HostTable;
  readonly events: EventList;
  readonly statistics: Statistics;
  readonly dialogs: DialogTracker;
}

/**
 * Client transactions (RFC 3261 17): requests counted once however often and on however many hops they
 * are seen, answers given to who asked. `OutcomeTracker` says what became of them.
 */
export class SipTracker {
  readonly transactions: TransactionTable;
  readonly outcomes: OutcomeTracker;
  readonly keys = new MessageKeys();
  readonly #parts: SipParts;
  readonly #callIds: BoundedMap<number, true>;
  #nowUs = 0.5;

  constructor(settings: TrackSettings, parts: SipParts) {
    const capacity = settings.transactionsMax;
    this.#parts = parts;
    this.transactions = new TransactionTable(capacity);
    this.#callIds = new BoundedMap(capacity);
    this.outcomes = new OutcomeTracker(settings, parts);
  }

  message(packet: PacketView, message: SipMessageView): void {
    const { keys } = this;
    this.#nowUs = packet.timeUs;
    const method = message.isRequest ? message.method : message.cseqMethod;
    keys.decode(message, method);
    if (keys.callKey !== 0 && !this.#callIds.has(keys.callKey)) {
      this.#callIds.set(keys.callKey, true);
      this.#parts.statistics.callIds++;
    }
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
      dialogs.ack(packet, message, keys);
      return;
    }
    if (message.method === SipMethod.CANCEL) {
      dialogs.cancel(packet, message, keys, this.transactions);
      return;
    }
    if (this.transactions.find(keys.hopKey, packet.srcHost) !== undefined) return;
    const transaction = this.#open(packet, message);
    if (!transaction.isFirstHop) {
      dialogs.request(packet, message, keys, transaction);
      return;
    }
    this.#fingerprint(packet, message, transaction);
    const event = events.raise(EventKind.SIP_REQUEST, this.#nowUs, 0);
    event?.aimAtTransaction(transaction);
    event?.showIn(packet, message);
    this.#noteBlindness(packet, message, transaction, source);
    this.outcomes.opened(packet, message, transaction);
    const isTrusted = dialogs.request(packet, message, keys, transaction);
    // A forged source costs nothing outside a dialog, so only what proves itself teaches a path.
    const isProven = transaction.hasCredentials || transaction.isInDialog;
    if (isTrusted && isProven) hosts.learnPath(source, packet);
  }

  /** Requests whose answers the mirror does not show. */
  #noteBlindness(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    client: Host,
  ): void {
    const { hosts, events } = this.#parts;
    const server = hosts.destination(packet);
    if (server.sentResponses > 0 || client.receivedResponses > 0) return;
    const blind = events.raise(EventKind.SIP_REQUEST_BLIND, this.#nowUs, 0);
    blind?.aimAtTransaction(transaction);
    blind?.showIn(packet, message);
    const requests = ++server.blindRequests;
    if (requests === 1) server.blindSinceUs = this.#nowUs;
    if (this.#nowUs - server.blindSinceUs < BLIND_MIN_US) return;
    if (requests < BLIND_REQUESTS_MIN || (requests & (requests - 1)) !== 0) return;
    const unseen = events.raise(EventKind.SENSOR_RESPONSES_UNSEEN, this.#nowUs, requests);
    unseen?.aimAtTransaction(transaction);
  }

  #open(packet: PacketView, message: SipMessageView): Transaction {
    const { keys } = this;
    const transaction = new Transaction();
    transaction.client = packet.srcHost;
    transaction.clientPort = packet.srcPort;
    transaction.server = packet.dstHost;
    transaction.serverPort = packet.dstPort;
    transaction.methodId = message.method;
    transaction.cseq = message.cseq;
    transaction.viaCount = viaCount(message);
    transaction.startUs = this.#nowUs;
    transaction.callKey = keys.callKey;
    transaction.fromTagKey = keys.fromTagKey;
    transaction.isInDialog = keys.hasToTag;
    this.transactions.add(keys, transaction);
    describeTransaction(transaction, message, keys);
    return transaction;
  }

  #response(packet: PacketView, message: SipMessageView): void {
    const { hosts, dialogs } = this.#parts;
    const { keys } = this;
    const source = hosts.source(packet);
    source.sentResponses++;
    hosts.anyResponses = true;
    const client = hosts.destination(packet);
    client.receivedResponses++;
    const transaction = this.transactions.find(keys.hopKey, packet.dstHost);
    if (transaction === undefined) {
      this.#noteUnseenRequests(packet, client);
      return;
    }
    const status = message.statusCode;
    dialogs.response(packet, message, keys, transaction);
    if (packet.srcHost === transaction.server) hosts.learnPath(source, packet);
    if (status < 200) {
      if (transaction.isFirstHop) this.outcomes.provisional(packet, transaction, status);
      return;
    }
    if (transaction.finalStatus !== 0) return;
    transaction.finalStatus = status;
    if (!transaction.isFirstHop) return;
    if (transaction.methodId === SipMethod.REGISTER && (status === 401 || status === 200)) {
      source.isRegistrar = true;
    }
    this.outcomes.final(packet, message, transaction, status);
  }

  /** Responses to a client that the mirror does not show asking. */
  #noteUnseenRequests(packet: PacketView, client: Host): void {
    if (client.sentRequests > 0) return;
    const responses = ++client.strayResponses;
    if (responses === 1) client.straySinceUs = this.#nowUs;
    if (this.#nowUs - client.straySinceUs < BLIND_MIN_US) return;
    if (responses < BLIND_REQUESTS_MIN || (responses & (responses - 1)) !== 0) return;
    const event = this.#parts.events.raise(EventKind.SENSOR_ONE_WAY, this.#nowUs, responses);
    if (event === null) return;
    event.aimAtPacket(packet);
    event.evidence = [
      {
        what: "requests of the host that is answered",
        expected: "some",
        seen: `none, and ${responses} responses to it`,
      },
    ];
  }

  #fingerprint(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const fingerprint = fingerprintOf(message, this.keys);
    if (fingerprint === null) return;
    const event = this.#parts.events.raise(EventKind.SIP_TOOL_FINGERPRINT, this.#nowUs, 0);
    if (event === null) return;
    event.aimAtTransaction(transaction);
    event.showIn(packet, message);
    const seen = fingerprint.reveals === "" ? fingerprint.habit : fingerprint.reveals;
    event.evidence = [
      { what: `habit of ${fingerprint.tool}`, expected: "no such habit", seen: fingerprint.habit },
      { what: "what the tool wrote into it", expected: "", seen },
    ];
  }
}
