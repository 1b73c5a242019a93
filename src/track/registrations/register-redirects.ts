import { DelayQueue } from "../../base/delay-queue.ts";
import { hash53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { macKeyOf } from "../../decode/mac-twins.ts";
import type { PacketView } from "../../decode/packet.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { Contradiction, EventList, EventParties } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { HostTable } from "../hosts/hosts.ts";
import { isSameTtl, wayTextOf } from "../hosts/way.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { partiesOf } from "./binding-suspect.ts";

const WAITING_MAX = 1024;
/** Who was asked answers within 2 x T1 (RFC 3261 17.1.1.1), and the phone has gone elsewhere by then. */
const WAIT_US = 2_500_000;
const CONTACT_BYTES = 100;

interface Redirect {
  readonly ref: number;
  readonly parties: EventParties;
  readonly sender: HostKey;
  readonly port: number;
  readonly asked: HostKey;
  /** Bytes of the redirection: another copy of it contradicts nothing. */
  readonly mark: number;
  readonly macKey: number;
  readonly ttl: number;
  readonly way: string;
  readonly contact: string;
  /** The sender is none that was asked, or has another way than who was asked. */
  readonly isOdd: boolean;
  isContradicted: boolean;
  isFollowed: boolean;
}

export interface RedirectParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
}

/**
 * A 3xx to a REGISTER sends the phone to another registrar (RFC 3261 8.1.3.4), for as long as it likes. One by a host that was not asked, or by
 * another way than who was asked, may be a cluster's; once who was asked answers for itself, it is forged.
 */
export class RegisterRedirects {
  readonly #parts: RedirectParts;
  /** By the client of the REGISTER: one each. */
  readonly #redirects = new KeyMap<Redirect>(WAITING_MAX);
  readonly #waiting = new DelayQueue<Redirect>(WAIT_US, WAITING_MAX);

  constructor(parts: RedirectParts) {
    this.#parts = parts;
  }

  /** A REGISTER of a new transaction: where a redirection sent its client? */
  request(packet: PacketView): void {
    if (this.#waiting.size === 0) return;
    const redirect = this.#redirects.get(packet.srcHost);
    if (redirect === undefined || packet.dstHost === redirect.asked) return;
    const name = this.#parts.names.text(packet.dstHost);
    if (redirect.contact.includes(name)) redirect.isFollowed = true;
  }

  /** An answer to a REGISTER, of who was asked or of somebody else. */
  response(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const { statusCode } = message;
    if (this.#waiting.size > 0 && packet.srcHost === transaction.server) {
      this.#own(packet, message, transaction);
    }
    if (statusCode < 300 || statusCode >= 400 || transaction.methodId !== SipMethod.REGISTER) {
      return;
    }
    const { hosts, names } = this.#parts;
    const isForeign = packet.srcHost !== transaction.server;
    if (isForeign && names.mayBeNodes(packet.srcHost, transaction.server)) return;
    const source = hosts.source(packet);
    // It comes first, as its sender wants to be heard: of a way that is known for sure nothing is odd.
    if (!isForeign && (transaction.finalStatus !== 0 || hosts.isSureWay(source, packet))) return;
    if (this.#redirects.get(transaction.client)?.ref === transaction.ref) return;
    const redirect: Redirect = {
      ref: transaction.ref,
      parties: partiesOf(transaction),
      sender: packet.srcHost,
      port: packet.srcPort,
      asked: transaction.server,
      mark: hash53(message.bytes, message.start, message.end),
      macKey: macKeyOf(packet),
      ttl: packet.ttl,
      way: wayTextOf(packet),
      contact: message.headerText(HeaderId.CONTACT).slice(0, CONTACT_BYTES),
      isOdd: isForeign || hosts.isOtherWay(source, packet),
      isContradicted: isForeign && transaction.finalStatus !== 0,
      isFollowed: false,
    };
    this.#redirects.set(transaction.client, redirect);
    this.#waiting.push(redirect, packet.timeUs);
  }

  isDue(nowUs: number): boolean {
    return this.#waiting.isDue(nowUs);
  }

  advance(nowUs: number): void {
    const due = this.#waiting.takeDue(nowUs);
    if (due === undefined) return;
    if (this.#redirects.get(due.parties.client) === due) {
      this.#redirects.delete(due.parties.client);
    }
    if (due.isContradicted || (due.isOdd && due.isFollowed)) this.#tell(due, nowUs);
  }

  /** Who was asked says something of its own. */
  #own(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const redirect = this.#redirects.get(transaction.client);
    if (redirect === undefined || redirect.ref !== transaction.ref) return;
    const isForeign = redirect.sender !== packet.srcHost;
    const isItsWay =
      isSameTtl(redirect.ttl, packet.ttl) &&
      packet.macTwins.areSame(redirect.macKey, macKeyOf(packet));
    if (!isForeign && isItsWay) return;
    if (redirect.mark === hash53(message.bytes, message.start, message.end)) return;
    redirect.isContradicted = true;
  }

  #tell(redirect: Redirect, nowUs: number): void {
    const { events, names } = this.#parts;
    const { asked, contact, isContradicted, isFollowed, parties, sender, way } = redirect;
    const value = 1 + Number(isContradicted);
    const event = events.raise(EventKind.SIP_REGISTER_REDIRECTED, nowUs, value);
    if (event === null) return;
    event.aimAtTransaction(parties);
    // Who redirects is the offender, the phone its victim.
    [event.srcHost, event.srcPort] = [sender, redirect.port];
    [event.dstHost, event.dstPort] = [parties.client, parties.clientPort];
    [event.client, event.server] = [sender, parties.client];
    event.isForged = sender === asked;
    event.isReturned = false;
    const evidence: Contradiction[] = [
      { what: "who redirects", expected: names.text(asked), seen: `${names.text(sender)}, ${way}` },
      { what: "where the phone is sent", expected: "", seen: contact },
    ];
    if (isContradicted) {
      const what = "answers of the host that was asked";
      evidence.push({ what, expected: "none beside it", seen: "it answered for itself" });
    }
    if (isFollowed) evidence.push({ what: "the phone went there", expected: "", seen: "yes" });
    event.evidence = evidence;
  }
}
