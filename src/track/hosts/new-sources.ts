import { column } from "../../base/column.ts";
import { type HostKey, isIpv6Host, plainHost } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { Statistics } from "../facts/statistics.ts";
import type { Transaction } from "../transactions/transaction.ts";

/** All hosts are new to a sensor that has just been started: phones register at least once a day. */
const SETTLED_US = 86_400e6;

/** Telephones ping their server once in a minute or two: by then it has heard of all of them. */
const PINGED_US = 120e6;
/** Networks of 16 bits, of all IPv4; as many classes of the networks that IPv6 providers get. */
const NETWORKS = 65_536;
/** 2^32 by the golden ratio: providers that are next to each other fall into different classes, the same in each run. */
const MIXED = 0x9e3779b1;
/** The seconds in which a network is heard of are rounded. */
const ASKED_US = 1.5e6;

interface NewSourceParts {
  readonly names: HostNames;
  readonly events: EventList;
  readonly statistics: Statistics;
}

/** The first request of a host that is not remembered, and networks of which nobody has asked before. */
export class NewSources {
  readonly #parts: NewSourceParts;
  /** When the first request of each network came: seconds of the run and one; 0 before it. */
  readonly #heard = column(Uint32Array, 2 * NETWORKS);

  constructor(parts: NewSourceParts) {
    this.#parts = parts;
  }

  tell(packet: PacketView, message: SipMessageView, transaction: Transaction): void {
    const { events, statistics } = this.#parts;
    const ranUs = packet.timeUs - statistics.firstUs;
    if (ranUs >= SETTLED_US) {
      const event = events.raise(EventKind.SIP_NEW_SOURCE, packet.timeUs, 0);
      event?.aimAtTransaction(transaction);
      event?.showInRequest(packet, message);
    }
    const isNewNetwork = this.#isNewNetwork(packet.srcHost, ranUs);
    if (message.method !== SipMethod.OPTIONS || (ranUs < PINGED_US && !isNewNetwork)) return;
    const event = events.raise(EventKind.SIP_NEW_PINGER, packet.timeUs, 0);
    event?.aimAtTransaction(transaction);
    event?.showInRequest(packet, message);
  }

  /** Nobody of that host's network had asked anything before this request. Made-up addresses are of everywhere, telephones of a few hundred networks. */
  isFirstOfNetwork({ client, startUs }: Transaction): boolean {
    const heard = this.#heard[this.#networkOf(client)] ?? 0;
    const heardUs = this.#parts.statistics.firstUs + (heard - 1) * 1e6;
    return heard > 0 && Math.abs(startUs - heardUs) <= ASKED_US;
  }

  #isNewNetwork(host: HostKey, ranUs: number): boolean {
    const network = this.#networkOf(host);
    if (this.#heard[network] !== 0) return false;
    this.#heard[network] = 1 + Math.floor(ranUs / 1e6);
    return true;
  }

  /** Its upper 16 bits; of IPv6 a class of its upper 32. -1 of an address that was forgotten. */
  #networkOf(host: HostKey): number {
    if (!isIpv6Host(host)) return Math.floor(plainHost(host) / NETWORKS);
    const provider = this.#parts.names.providerOf(host);
    return provider < 0 ? -1 : NETWORKS + (Math.imul(provider, MIXED) >>> 16);
  }
}
