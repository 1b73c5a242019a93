import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { findArp } from "../../decode/arp.ts";
import { type HostKey, hostKeyV4, hostKeyV6 } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { findNeighbour, type NeighbourClaim } from "../../decode/neighbour.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";

const ADDRESSES_MAX = 8192;
/** A failover changes once; two hosts that both say so change again and again. */
const FLIPS_MIN = 4;
const WINDOW_US = 60_000_000;
/** RFC 826: offsets of the sender's and the target's addresses. */
const SENDER_MAC = 8;
const SENDER_IP = 14;
const TARGET_IP = 24;
const MAC_BYTES = 6;

interface Owner {
  mac: string;
  flips: number;
  windowUs: number;
}

/** Who says that an address is its own, and to whom. */
interface Claim {
  readonly host: HostKey;
  readonly addressAt: number;
  readonly macAt: number;
  readonly toHost: HostKey;
  readonly toAt: number;
}

/**
 * Who says by ARP (RFC 826, RFC 5227) or by neighbour discovery (RFC 4861) that an address is its own. Whoever wants to sit between
 * a phone and its PBX or router says it again and again, and so does the owner. VRRP and HSRP keep one MAC; another card of the
 * same host changes once.
 */
export class NeighbourWatch {
  readonly #events: EventList;
  readonly #names: HostNames;
  readonly #owners = new KeyMap<Owner>(ADDRESSES_MAX);
  readonly #claim: NeighbourClaim = { addressAt: 0, macAt: 0 };

  constructor(events: EventList, names: HostNames) {
    this.#events = events;
    this.#names = names;
  }

  /** A frame without IP, or ICMP. */
  frame(packet: PacketView): void {
    if (packet.ipVersion === 6) this.#icmp(packet);
    else this.#arp(packet);
  }

  #arp(packet: PacketView): void {
    const at = findArp(packet);
    if (at < 0) return;
    const host = hostKeyV4(packet.view, at + SENDER_IP);
    // RFC 5227 2.1.1: a probe says nothing.
    if (host === 0) return;
    this.#take(packet, EventKind.ARP_ADDRESS_DISPUTED, {
      ...{ host, addressAt: at + SENDER_IP, macAt: at + SENDER_MAC },
      ...{ toHost: hostKeyV4(packet.view, at + TARGET_IP), toAt: at + TARGET_IP },
    });
  }

  #icmp(packet: PacketView): void {
    const claim = this.#claim;
    if (!findNeighbour(packet, claim)) return;
    this.#take(packet, EventKind.ND_ADDRESS_DISPUTED, {
      ...claim,
      host: hostKeyV6(packet.bytes, claim.addressAt),
      ...{ toHost: packet.dstHost, toAt: packet.dstAddressStart },
    });
  }

  #take(packet: PacketView, kind: number, { host, addressAt, macAt, toHost, toAt }: Claim): void {
    const { bytes, timeUs, view } = packet;
    const mac = bytes.toString("hex", macAt, macAt + MAC_BYTES);
    const key = combine53(host, packet.vlan + 2);
    const owner = this.#owners.get(key);
    if (owner === undefined) {
      this.#owners.set(key, { mac, flips: 0, windowUs: timeUs });
      return;
    }
    if (owner.mac === mac) return;
    const before = owner.mac;
    owner.mac = mac;
    this.#owners.touch(key);
    if (timeUs - owner.windowUs > WINDOW_US) {
      owner.windowUs = timeUs;
      owner.flips = 0;
    }
    owner.flips++;
    if (owner.flips < FLIPS_MIN || (owner.flips & (owner.flips - 1)) !== 0) return;
    const event = this.#events.raise(kind, timeUs, owner.flips);
    if (event === null) return;
    this.#names.remember(host, view, addressAt);
    this.#names.remember(toHost, view, toAt);
    event.srcHost = host;
    event.dstHost = toHost;
    event.client = host;
    event.server = toHost;
    event.packet = packet;
    // Which of the two lies nobody knows; the address is a victim's in any case.
    event.isForged = true;
    const by = kind === EventKind.ARP_ADDRESS_DISPUTED ? "ARP" : "neighbour discovery";
    event.evidence = [
      {
        what: `MAC of that address, by ${by}`,
        expected: "one",
        seen: `${colons(before)} and ${colons(mac)}, changed ${owner.flips} times within a minute`,
      },
    ];
  }
}

function colons(mac: string): string {
  return mac.match(/../g)?.join(":") ?? mac;
}
