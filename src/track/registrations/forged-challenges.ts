import { combine53, hash53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { macKey, macKeyOf } from "../../decode/mac-twins.ts";
import { NO_TTL, type PacketView } from "../../decode/packet.ts";
import { CredentialsView } from "../../decode/sip/credentials.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { EventList, EventParties } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { HostTable } from "../hosts/hosts.ts";
import { isSameTtl, macOf, wayText } from "../hosts/way.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { partiesOf } from "./binding-suspect.ts";

const WAITING_MAX = 1024;
/** RFC 3261 17.1.2.2: a client gives up after 64 x T1. */
const WAIT_US = 32_000_000;

/** A challenge that may be somebody else's. */
interface Doubt {
  /** Of the REGISTER that it answers. */
  readonly ref: number;
  readonly status: number;
  readonly nonceKey: number;
  readonly sender: HostKey;
  readonly port: number;
  readonly mac: number;
  readonly ttl: number;
  readonly sinceUs: number;
  /** Of the REGISTER that takes it up; -1 while there is none. */
  digestRef: number;
  isRefused: boolean;
  /** Who was asked challenged with another nonce, or answered otherwise. */
  parties: EventParties | null;
}

export interface ChallengeParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
}

/**
 * A 401 or 407 to a REGISTER that somebody writes ahead of the registrar's own draws a digest for a nonce of his choice out of the phone
 * (RFC 7616 5.8). Nodes of a cluster answer for one another, and routers change: it is told once who was asked has answered
 * the same request for itself, and refuses the digest that the phone made of the first one's nonce.
 */
export class ForgedChallenges {
  readonly #parts: ChallengeParts;
  /** By the client of the REGISTER and its port: one each. */
  readonly #doubts = new KeyMap<Doubt>(WAITING_MAX);
  readonly #challenges = new CredentialsView();

  constructor(parts: ChallengeParts) {
    this.#parts = parts;
  }

  /** A REGISTER of a new transaction: does it take up a challenge that is in doubt? */
  request(transaction: Transaction): void {
    if (this.#doubts.size === 0 || !transaction.hasCredentials) return;
    const doubt = this.#doubts.get(keyOf(transaction));
    if (doubt === undefined || doubt.nonceKey !== transaction.nonceKey) return;
    if (doubt.digestRef < 0) doubt.digestRef = transaction.ref;
  }

  /** A final answer to a REGISTER, of who was asked or of somebody else. Call it before the transaction has it. */
  response(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const { statusCode } = message;
    if (statusCode < 200 || transaction.methodId !== SipMethod.REGISTER) return;
    if (packet.ttl === NO_TTL) return;
    const isForeign = packet.srcHost !== transaction.server;
    if (this.#doubts.size > 0 && !isForeign) this.#own(packet, message, transaction);
    if ((statusCode !== 401 && statusCode !== 407) || transaction.finalStatus !== 0) return;
    if (!isForeign) {
      const { hosts } = this.#parts;
      const source = hosts.source(packet);
      // Of a way that is known nothing is odd.
      if (hosts.isSureWay(source, packet)) return;
      if (!hosts.isOtherWay(source, packet) && hosts.hasKnownWay(source)) return;
    }
    this.#note(packet, message, transaction);
  }

  #note(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const key = keyOf(transaction);
    const { ref } = transaction;
    const before = this.#doubts.get(key);
    // The first one counts at the phone. What it makes of that is waited for.
    const isWaited = before !== undefined && before.digestRef >= 0 && before.parties !== null;
    if (before?.ref === ref || (isWaited && packet.timeUs - before.sinceUs < WAIT_US)) return;
    const nonceKey = this.#nonceOf(message);
    if (nonceKey === 0) return;
    this.#doubts.set(key, {
      ref,
      status: message.statusCode,
      nonceKey,
      sender: packet.srcHost,
      port: packet.srcPort,
      mac: macOf(packet),
      ttl: packet.ttl,
      sinceUs: packet.timeUs,
      digestRef: -1,
      isRefused: false,
      parties: null,
    });
  }

  /** Who was asked says something of its own: to the same REGISTER, or to the one with the digest. */
  #own(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const key = keyOf(transaction);
    const doubt = this.#doubts.get(key);
    if (doubt === undefined || isWayOf(packet, doubt)) return;
    if (this.#parts.hosts.isOtherWay(this.#parts.hosts.source(packet), packet)) return;
    const isOld = packet.timeUs - doubt.sinceUs > WAIT_US;
    if (transaction.ref === doubt.ref) {
      // The same nonce by another way is a copy of the answer.
      if (isOld || this.#nonceOf(message) === doubt.nonceKey) {
        this.#doubts.delete(key);
        return;
      }
      doubt.parties ??= partiesOf(transaction);
    } else if (transaction.ref === doubt.digestRef) {
      if (isOld || message.statusCode < 400) {
        this.#doubts.delete(key);
        return;
      }
      doubt.isRefused = true;
    }
    if (doubt.parties === null || !doubt.isRefused) return;
    this.#doubts.delete(key);
    this.#tell(doubt, doubt.parties, wayText(macOf(packet), packet.ttl), packet.timeUs);
  }

  #nonceOf(message: SipMessageView): number {
    if (this.#challenges.decodeChallenges(message) === 0) return 0;
    const { nonce } = this.#challenges.at(0);
    return nonce.end === nonce.start ? 0 : hash53(message.bytes, nonce.start, nonce.end);
  }

  #tell(doubt: Doubt, parties: EventParties, own: string, nowUs: number): void {
    const { events, names } = this.#parts;
    const { mac, port, sender, status, ttl } = doubt;
    const event = events.raise(EventKind.SIP_CHALLENGE_FORGED, nowUs, status);
    if (event === null) return;
    event.aimAtTransaction(parties);
    // Who challenges is the offender, the phone its victim.
    [event.srcHost, event.srcPort] = [sender, port];
    [event.dstHost, event.dstPort] = [parties.client, parties.clientPort];
    [event.client, event.server] = [sender, parties.client];
    event.isForged = sender === parties.server;
    event.isReturned = false;
    event.evidence = [
      {
        what: `who answers REGISTER with ${status}`,
        expected: `${names.text(parties.server)}, ${own}`,
        seen: `${names.text(sender)}, ${wayText(mac, ttl)}`,
      },
      {
        what: "answers of the host that was asked",
        expected: "none beside it",
        seen: "one of its own",
      },
      {
        what: "digest of the phone for that nonce",
        expected: "taken by who was asked",
        seen: "sent, and refused",
      },
    ];
  }
}

function keyOf({ client, clientPort }: Transaction): number {
  return combine53(client, clientPort);
}

function isWayOf(packet: PacketView, { mac, sender, ttl }: Doubt): boolean {
  if (sender !== packet.srcHost || !isSameTtl(ttl, packet.ttl)) return false;
  return packet.macTwins.areSame(macKey(mac), macKeyOf(packet));
}
