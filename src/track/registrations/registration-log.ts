import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { type HostKey, isIpv6Host } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { protocolName } from "../../decode/layer.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { CallRecordRate } from "../call-records/call-record-rate.ts";
import { flowIdOfEnds } from "../flow-id.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { RegistrationCountRecord, RegistrationRecord } from "./registration-record.ts";

/** Where records of registrations go. */
export interface RegistrationReceiver {
  readonly onRegistration: (record: RegistrationRecord) => void;
  readonly onRegistrationCount: (record: RegistrationCountRecord) => void;
  /** Records of refusals, in a minute. */
  readonly attemptsMax: number;
}

/** What is known of a user at a registrar. */
interface Known {
  host: HostKey;
  port: number;
  contact: string;
  untilUs: number;
}

const TEXT_MAX = 128;
/** RFC 3261 10.2.1.1: what a registrar gives when nobody names a time. */
const EXPIRES_DEFAULT_S = 3600;
/** RFC 3261 20.19: a number of 32 bits. */
const EXPIRES_MAX_S = 2 ** 32 - 1;

/**
 * Writes down what registrations change (RFC 3261 10): a user who comes, moves, goes or is refused. That a phone says
 * once a minute that it is still there is no record. Exists only while such records are wanted.
 */
export class RegistrationLog {
  readonly #receiver: RegistrationReceiver;
  readonly #names: HostNames;
  readonly #known: KeyMap<Known>;
  readonly #rate: CallRecordRate;

  constructor(receiver: RegistrationReceiver, names: HostNames, capacity: number) {
    this.#receiver = receiver;
    this.#names = names;
    this.#known = new KeyMap(capacity);
    this.#rate = new CallRecordRate(receiver.attemptsMax, names);
  }

  /** The first final answer to a REGISTER, from who was asked. A first challenge is none. */
  final(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const { timeUs: nowUs } = packet;
    if (this.#rate.dueUs <= nowUs) this.#count(packet.captureUs);
    const status = message.statusCode;
    if (status < 300) this.#accepted(packet, message, transaction);
    else if ((status !== 401 && status !== 407) || transaction.hasCredentials) {
      this.#write(packet, message, transaction, { state: "refused", expiresS: 0, before: null });
    }
  }

  finish(captureUs: number): void {
    this.#count(captureUs);
  }

  #accepted(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const { aorKey, client, clientPort, server } = transaction;
    const key = combine53(server, aorKey);
    const before = this.#known.get(key) ?? null;
    const contact = transaction.contact.slice(0, TEXT_MAX);
    const expiresS = expiresOf(transaction, contact);
    if (expiresS === 0) {
      this.#known.delete(key);
      const isKnown = before !== null && before.untilUs > packet.timeUs;
      // RFC 3261 10.2.2: a phone that starts anew removes what it may have left behind.
      if (isKnown)
        this.#write(packet, message, transaction, { state: "removed", expiresS, before });
      return;
    }
    const untilUs = packet.timeUs + expiresS * 1_000_000;
    this.#known.set(key, { host: client, port: clientPort, contact, untilUs });
    this.#known.touch(key);
    const isLive = before !== null && before.untilUs > packet.timeUs;
    const isSame = isLive && before.host === client && before.port === clientPort;
    if (isSame && before.contact === contact) return;
    const state = isLive ? "moved" : "registered";
    this.#write(packet, message, transaction, { state, expiresS, before: isLive ? before : null });
  }

  #write(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    what: { state: RegistrationRecord["state"]; expiresS: number; before: Known | null },
  ): void {
    const { client, clientPort, server, serverPort, place } = transaction;
    const { before, expiresS, state } = what;
    if (!this.#rate.take(client, state !== "refused", packet.timeUs)) return;
    const names = this.#names;
    this.#receiver.onRegistration({
      timeUs: packet.captureUs,
      packetNumber: 0,
      ...(place > 0 && { place }),
      flowId: flowIdOfEnds(transaction, names),
      vlan: transaction.vlan,
      ...(transaction.innerVlan >= 0 && { innerVlan: transaction.innerVlan }),
      srcIp: names.text(client),
      srcPort: clientPort,
      destIp: names.text(server),
      destPort: serverPort,
      proto: protocolName(transaction.ipProtocol),
      ipVersion: isIpv6Host(client) ? 6 : 4,
      state,
      account: transaction.account.slice(0, TEXT_MAX),
      aor: transaction.aor.slice(0, TEXT_MAX),
      contact: transaction.contact.slice(0, TEXT_MAX),
      userAgent: transaction.userAgent.slice(0, TEXT_MAX),
      expiresS,
      code: message.statusCode,
      reason: message.text(message.reason).slice(0, TEXT_MAX),
      previousIp: before === null ? "" : names.text(before.host),
      previousPort: before?.port ?? 0,
    });
  }

  #count(captureUs: number): void {
    const counted = this.#rate.close(captureUs);
    if (counted === null) return;
    const { answered: accepted, unanswered: refused, sources, startUs, timeUs } = counted;
    this.#receiver.onRegistrationCount({ timeUs, startUs, accepted, refused, sources });
  }
}

/** What the phone asked for: `expires` of its Contact before the header (RFC 3261 10.2.1.1), seconds. */
function expiresOf({ expires }: Transaction, contact: string): number {
  if (contact === "*") return 0;
  const [, own] = /;\s*expires\s*=\s*"?(\d{1,10})/i.exec(contact) ?? [];
  const text = own ?? expires.trim();
  return /^\d{1,10}$/.test(text) ? Math.min(Number(text), EXPIRES_MAX_S) : EXPIRES_DEFAULT_S;
}
