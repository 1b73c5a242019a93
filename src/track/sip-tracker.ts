import { BoundedMap } from "../base/bounded-map.ts";
import { DelayQueue } from "../base/delay-queue.ts";
import { combine53, hash53 } from "../base/hash.ts";
import type { HostKey } from "../decode/host.ts";
import type { PacketView } from "../decode/packet.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import { viaCount } from "../decode/sip/params.ts";
import { AccountTable } from "./accounts.ts";
import type { DialogTracker } from "./dialogs.ts";
import type { DetectionEvent, EventList } from "./event.ts";
import { EventKind } from "./event-kind.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Host, HostTable } from "./hosts.ts";
import type { TrackSettings } from "./settings.ts";
import type { Statistics } from "./statistics.ts";
import { MessageKeys, Transaction, TransactionTable } from "./transaction.ts";
import { describeTransaction, isStaleChallenge } from "./transaction-texts.ts";

/** Answers that say the user does not exist (RFC 3261 21.4, 21.6). */
const USER_UNKNOWN = new Set([404, 410, 484, 485, 604]);
/** Answers to an ordinary call that found nobody: no failure of the client. */
const ORDINARY_FAILURES = new Set([408, 480, 486, 487, 491, 600, 603]);
/** Answers to INVITE that a server gives only after it took the credentials. */
const PAST_CREDENTIALS = new Set([180, 181, 182, 183, 480, 486, 487, 600, 603]);

/** A server with that many requests and no answer at all is reported as unseen, then at powers of two. */
const BLIND_REQUESTS_MIN = 32;

export interface SipParts {
  readonly hosts: HostTable;
  readonly events: EventList;
  readonly statistics: Statistics;
  readonly dialogs: DialogTracker;
}

/**
 * Client transactions and what became of them (RFC 3261 17, 22): requests counted once however often
 * and on however many hops they are seen, answers given to who asked, credentials judged by their
 * outcome.
 */
export class SipTracker {
  readonly transactions: TransactionTable;
  readonly accounts: AccountTable;
  readonly keys = new MessageKeys();
  readonly #parts: SipParts;
  readonly #abandoned: DelayQueue<Transaction>;
  readonly #unanswered: DelayQueue<Transaction>;
  /** When a client last sent credentials, by client and user asked for, and by client and Call-ID. */
  readonly #credentialsUs: BoundedMap<number, number>;
  readonly #callIds: BoundedMap<number, true>;
  #nowUs = 0.5;

  constructor(settings: TrackSettings, parts: SipParts) {
    const capacity = settings.transactionsMax;
    this.#parts = parts;
    this.transactions = new TransactionTable(capacity);
    this.#abandoned = new DelayQueue(settings.challengeWaitMs * 1000, capacity);
    this.#unanswered = new DelayQueue(settings.unansweredWaitMs * 1000, capacity);
    this.#credentialsUs = new BoundedMap(2 * settings.accountsMax);
    this.#callIds = new BoundedMap(capacity);
    this.accounts = new AccountTable(settings, {
      failed: (transaction, failures) => this.#authFailed(transaction, failures),
      accepted: (transaction, failures) => {
        this.#raise(EventKind.SIP_AUTH_OK, transaction, failures);
      },
    });
  }

  isDue(nowUs: number): boolean {
    return (
      this.#abandoned.isDue(nowUs) || this.#unanswered.isDue(nowUs) || this.accounts.isDue(nowUs)
    );
  }

  /** Raises what the passing of time brings to light, until the event list is half full. */
  advance(nowUs: number): void {
    this.#nowUs = nowUs;
    const { events } = this.#parts;
    while (!events.isHalfFull && this.isDue(nowUs)) {
      this.accounts.settleNext(nowUs);
      const challenged = this.#abandoned.takeDue(nowUs);
      if (challenged !== undefined) this.#challengeDue(challenged);
      const unanswered = this.#unanswered.takeDue(nowUs);
      if (unanswered !== undefined) this.#unansweredDue(unanswered);
    }
  }

  message(packet: PacketView, message: SipMessageView): void {
    const { keys } = this;
    this.#nowUs = packet.frame.timeUs;
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
    const { hosts, dialogs, events, statistics } = this.#parts;
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
    this.#unanswered.push(transaction, this.#nowUs);
    this.#fingerprint(packet, message, transaction);
    const event = events.raise(EventKind.SIP_REQUEST, this.#nowUs, 0);
    if (event !== null) this.#aim(event, transaction, packet, message);
    this.#noteBlindness(packet, message, transaction, source);
    if (transaction.hasCredentials) this.#noteCredentials(packet, message, transaction);
    if (message.method === SipMethod.INVITE && !transaction.isInDialog) statistics.callAttempts++;
    const isTrusted = dialogs.request(packet, message, keys, transaction);
    if (isTrusted) hosts.learnPath(source, packet);
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
    if (blind !== null) this.#aim(blind, transaction, packet, message);
    const requests = ++server.blindRequests;
    if (requests < BLIND_REQUESTS_MIN || (requests & (requests - 1)) !== 0) return;
    this.#raise(EventKind.SENSOR_RESPONSES_UNSEEN, transaction, requests);
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
    if (transaction === undefined) return;
    const status = message.statusCode;
    dialogs.response(packet, message, keys, transaction);
    if (packet.srcHost === transaction.server) hosts.learnPath(source, packet);
    if (status < 200) {
      this.#provisional(transaction, status);
      return;
    }
    if (transaction.finalStatus !== 0) return;
    transaction.finalStatus = status;
    if (!transaction.isFirstHop) return;
    if (transaction.methodId === SipMethod.REGISTER && (status === 401 || status === 200)) {
      source.isRegistrar = true;
    }
    const event = this.#parts.events.raise(EventKind.SIP_RESPONSE, this.#nowUs, status);
    if (event !== null) this.#aim(event, transaction, packet, message);
    this.#outcome(packet, message, transaction, status);
  }

  #provisional(transaction: Transaction, status: number): void {
    transaction.hasProvisional = true;
    if (!transaction.isFirstHop || !transaction.hasCredentials) return;
    if (PAST_CREDENTIALS.has(status)) this.#accepted(transaction);
  }

  #outcome(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    status: number,
  ): void {
    if (status === 401 || status === 407) {
      this.#challenged(message, transaction, status);
    } else if (status === 403 && transaction.hasCredentials) {
      this.accounts.reject(transaction, this.#nowUs);
    } else if (status < 300) {
      this.#succeeded(transaction, status);
    } else {
      if (transaction.hasCredentials && PAST_CREDENTIALS.has(status)) this.#accepted(transaction);
      if (USER_UNKNOWN.has(status) && !transaction.isInDialog) {
        const event = this.#raise(EventKind.SIP_USER_UNKNOWN, transaction, status);
        if (event !== null) this.#aim(event, transaction, packet, message);
      }
      if (status >= 400 && !ORDINARY_FAILURES.has(status)) this.#failed(transaction, status);
    }
  }

  /** A first challenge is the handshake; one to credentials rejects them (RFC 3261 22.2, 22.3). */
  #challenged(message: SipMessageView, transaction: Transaction, status: number): void {
    if (!transaction.hasCredentials) {
      this.#raise(EventKind.SIP_CHALLENGED, transaction, status);
      this.#abandoned.push(transaction, this.#nowUs);
    } else if (!isStaleChallenge(message)) {
      this.accounts.reject(transaction, this.#nowUs);
    }
  }

  #succeeded(transaction: Transaction, status: number): void {
    if (transaction.hasCredentials) this.#accepted(transaction);
    if (transaction.methodId === SipMethod.REGISTER) {
      this.#raise(EventKind.SIP_REGISTERED, transaction, status);
    } else if (transaction.methodId === SipMethod.INVITE && !transaction.isInDialog) {
      this.#raise(EventKind.CALL_ANSWERED, transaction, status);
    }
  }

  /** The server took the credentials; once per transaction. */
  #accepted(transaction: Transaction): void {
    if (transaction.nonce === "") return;
    transaction.nonce = "";
    this.accounts.accept(transaction, this.#nowUs);
  }

  #authFailed(transaction: Transaction, failures: number): void {
    this.#raise(EventKind.SIP_AUTH_FAILED, transaction, failures);
    this.#failed(transaction, transaction.finalStatus);
  }

  #failed(transaction: Transaction, status: number): void {
    this.#raise(EventKind.SIP_FAILED, transaction, status);
    if (transaction.hasCredentials || transaction.isInDialog) return;
    if (this.#parts.hosts.get(transaction.client)?.isRegistrar === true) return;
    this.#raise(EventKind.SIP_PROBE_FAILED, transaction, status);
  }

  #noteCredentials(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const { client } = transaction;
    this.#credentialsUs.set(this.#toKey(client, transaction.toUser), this.#nowUs);
    this.#credentialsUs.set(combine53(client, transaction.callKey), this.#nowUs);
    const event = this.#parts.events.raise(EventKind.SIP_CREDENTIALS_SENT, this.#nowUs, 0);
    if (event !== null) this.#aim(event, transaction, packet, message);
  }

  #toKey(client: HostKey, user: string): number {
    const bytes = Buffer.from(user, "latin1");
    return hash53(bytes, 0, bytes.length, combine53(client, 1));
  }

  #challengeDue(transaction: Transaction): void {
    const { client, toUser, callKey, startUs } = transaction;
    const byUser = this.#credentialsUs.get(this.#toKey(client, toUser)) ?? 0;
    const byCall = this.#credentialsUs.get(combine53(client, callKey)) ?? 0;
    if (byUser >= startUs || byCall >= startUs) return;
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

  #fingerprint(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const fingerprint = fingerprintOf(message, this.keys);
    if (fingerprint === null) return;
    const event = this.#parts.events.raise(EventKind.SIP_TOOL_FINGERPRINT, this.#nowUs, 0);
    if (event === null) return;
    this.#aim(event, transaction, packet, message);
    const seen = fingerprint.reveals === "" ? fingerprint.habit : fingerprint.reveals;
    event.evidence = [
      { what: `habit of ${fingerprint.tool}`, expected: "no such habit", seen: fingerprint.habit },
      { what: "what the tool wrote into it", expected: "", seen },
    ];
  }

  #raise(kind: number, transaction: Transaction, value: number): DetectionEvent | null {
    const event = this.#parts.events.raise(kind, this.#nowUs, value);
    event?.aimAtTransaction(transaction);
    return event;
  }

  #aim(
    event: DetectionEvent,
    transaction: Transaction,
    packet: PacketView,
    message: SipMessageView,
  ): void {
    event.aimAtTransaction(transaction);
    event.packet = packet;
    event.sip = message;
  }
}
