import { BoundedMap } from "../../base/bounded-map.ts";
import { enumQuestionIn } from "../../decode/dns.ts";
import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import { type EventList, NO_SUBJECT } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";

/** RFC 1035 4.2.1. */
const DNS_PORT = 53;
const CLIENTS_MAX = 16_384;
/** Numbers that differ in their last four digits only lie in one block, as a walk's do in any order. */
const BLOCK_DIGITS = 4;

/** Questions for telephone numbers (ENUM): a proxy asks for whom it calls, a walk for one number after the other. */
export class EnumWalks {
  readonly #events: EventList;
  readonly #names: HostNames;
  /** Number that a client asked for last. */
  readonly #last = new BoundedMap<HostKey, string>(CLIENTS_MAX);

  constructor(events: EventList, names: HostNames) {
    this.#events = events;
    this.#names = names;
  }

  static isDns({ dstPort, srcPort }: PacketView): boolean {
    return dstPort === DNS_PORT || srcPort === DNS_PORT;
  }

  packet(packet: PacketView): void {
    const question = enumQuestionIn(packet);
    if (question === null) return;
    const { number } = question;
    if (question.isResponse) {
      if (question.isUnknown) this.#raise(EventKind.ENUM_UNKNOWN, packet, number);
      return;
    }
    const { srcHost } = packet;
    const last = this.#last.get(srcHost);
    this.#last.set(srcHost, number);
    this.#last.touch(srcHost);
    this.#raise(EventKind.ENUM_QUERY, packet, number);
    if (last === undefined || last === number || last.length !== number.length) return;
    if (last.slice(0, -BLOCK_DIGITS) !== number.slice(0, -BLOCK_DIGITS)) return;
    this.#raise(EventKind.ENUM_STEP, packet, number);
  }

  #raise(kind: number, packet: PacketView, number: string): void {
    const event = this.#events.raise(kind, packet.timeUs, 0);
    if (event === null) return;
    this.#names.remember(packet.srcHost, packet.view, packet.srcAddressStart);
    this.#names.remember(packet.dstHost, packet.view, packet.dstAddressStart);
    event.aimAtPacket(packet);
    event.subject = { ...NO_SUBJECT, toUser: number };
    if (packet.srcPort !== DNS_PORT || kind !== EventKind.ENUM_UNKNOWN) return;
    // Who is answered asked.
    event.srcHost = packet.dstHost;
    event.srcPort = packet.dstPort;
    event.client = packet.dstHost;
    event.dstHost = packet.srcHost;
    event.dstPort = packet.srcPort;
    event.server = packet.srcHost;
  }
}
