import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { PacketView } from "../../decode/packet.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { type EventList, NO_SUBJECT } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { Peers } from "../hosts/peers.ts";
import { Rank } from "../hosts/standing.ts";
import { digitsOf } from "../identity/telephone-numbers.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { RequestInspector } from "../transactions/request-inspector.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { FloodWatch } from "./flood-watch.ts";
import { numberIn } from "./number-in.ts";

const CALLERS_MAX = 16_384;
const RINGING_MAX = 16_384;
/** Numbers that differ in their last three digits only lie side by side. */
const BLOCK = 1000;
/** People let it ring longer before they hang up; machines want to be called back. */
const DROPPED_US = 6_000_000;
const REQUEST_TERMINATED = 487;
/** Events that make a phone reboot, load its configuration anew or report it (draft-ietf-sipping-config-framework and vendors). */
const COMMANDS = /^(check-sync|resync|reboot|restart|report|action-uri|ua-profile)/i;

export interface NuisanceParts {
  readonly events: EventList;
  readonly hosts: HostTable;
  readonly peers: Peers;
}

/** Calls and messages that annoy: one number after the other, rings that are dropped, everybody at one number, orders to phones. */
export class NuisanceCalls implements RequestInspector {
  readonly #events: EventList;
  readonly #parts: NuisanceParts;
  readonly #floods: FloodWatch;
  /** The number that a caller called last. */
  readonly #last = new KeyMap<number>(CALLERS_MAX);
  /** When calls that are not yet answered began. */
  readonly #begunUs = new KeyMap<number>(RINGING_MAX);

  constructor(parts: NuisanceParts) {
    this.#events = parts.events;
    this.#floods = new FloodWatch(parts.events);
    this.#parts = parts;
  }

  request(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    keys: MessageKeys,
  ): void {
    if (!transaction.isFirstHop) return;
    if (transaction.isInDialog) {
      if (message.method === SipMethod.BYE) this.#floods.bye(keys.callKey, packet.timeUs);
      return;
    }
    if (message.method === SipMethod.INVITE) this.#call(packet, message, transaction, keys);
    else if (message.method === SipMethod.MESSAGE) {
      if (!this.#isStranger(packet, transaction)) return;
      const event = this.#events.raise(EventKind.SIP_PHONE_MESSAGE, packet.timeUs, 0);
      event?.aimAtTransaction(transaction);
      event?.showInRequest(packet, message);
    } else if (message.method === SipMethod.NOTIFY || message.method === SipMethod.REFER) {
      this.#command(packet, message, transaction);
    }
  }

  /** An answer to INVITE: of calls that rang, who hung up before anybody could lift the receiver? */
  answer(packet: PacketView, message: SipMessageView, keys: MessageKeys): void {
    this.#floods.answer(keys.callKey, message.statusCode, packet.timeUs);
    const begunUs = this.#begunUs.get(keys.callKey);
    if (begunUs === undefined) return;
    this.#begunUs.delete(keys.callKey);
    if (message.statusCode !== REQUEST_TERMINATED || packet.timeUs - begunUs > DROPPED_US) return;
    const number = digitsOf(message.text(keys.to.user));
    if (number === "") return;
    const event = this.#events.raise(EventKind.CALL_DROPPED, packet.timeUs, 0);
    if (event === null) return;
    event.aimAtPacket(packet);
    // Whoever is answered called.
    [event.srcHost, event.dstHost] = [packet.dstHost, packet.srcHost];
    [event.srcPort, event.dstPort] = [packet.dstPort, packet.srcPort];
    [event.client, event.server] = [packet.dstHost, packet.srcHost];
    event.showIn(packet, message);
    const account = `${message.text(keys.from.user)}@${message.text(keys.from.host)}`;
    event.subject = { ...NO_SUBJECT, account, toUser: number, method: "INVITE" };
  }

  #call(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    keys: MessageKeys,
  ): void {
    this.#begunUs.set(keys.callKey, packet.timeUs);
    this.#floods.call(packet, message, transaction, keys);
    this.#step(packet, message, transaction, numberIn(message.bytes, keys.to.user));
  }

  #step(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    number: number,
  ): void {
    if (number < 0) return;
    const key = combine53(transaction.fromUserKey, packet.srcHost);
    const last = this.#last.get(key);
    this.#last.set(key, number);
    this.#last.touch(key);
    if (last === undefined || last === number) return;
    if (Math.floor(last / BLOCK) !== Math.floor(number / BLOCK)) return;
    const event = this.#events.raise(EventKind.CALL_STEP, packet.timeUs, 0);
    event?.aimAtTransaction(transaction);
    event?.showInRequest(packet, message);
  }

  /** To a phone whose registration was seen, so that its server is known, from a host that has never dealt with it. */
  #isStranger({ dstHost, srcHost, timeUs }: PacketView, transaction: Transaction): boolean {
    const { hosts, peers } = this.#parts;
    // What orders other phones came before the sensor did.
    if (hosts.get(dstHost)?.isRegistered !== true || transaction.hasCredentials) return false;
    if (hosts.get(srcHost)?.isRegistrar === true) return false;
    return peers.rank(srcHost, dstHost, timeUs) < Rank.ACCEPTED;
  }

  /** Orders out of any dialog, from a host that has never dealt with that phone. */
  #command(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    // In the name of a phone's server, by another way than its packets come, it is a stranger's, too.
    const isInItsName = !transaction.hasCredentials && this.#parts.hosts.isByForeignWay(packet);
    if (!isInItsName && !this.#isStranger(packet, transaction)) return;
    const isRefer = message.method === SipMethod.REFER;
    const order = isRefer
      ? message.headerText(HeaderId.REFER_TO)
      : message.headerText(HeaderId.EVENT);
    if (order === "" || (!isRefer && !COMMANDS.test(order))) return;
    const event = this.#events.raise(EventKind.SIP_PHONE_COMMAND, packet.timeUs, 0);
    event?.aimAtTransaction(transaction);
    event?.showInRequest(packet, message);
    const what = isRefer ? "Refer-To" : "Event";
    if (event) event.evidence = [{ what, expected: "from its server", seen: order.slice(0, 100) }];
  }
}
