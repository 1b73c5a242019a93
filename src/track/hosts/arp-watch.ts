import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { findArp } from "../../decode/arp.ts";
import { hostKeyV4 } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
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

/**
 * Who says by ARP that an address is its own (RFC 826, RFC 5227). Whoever wants to sit between a phone and its PBX or router says it
 * again and again, and so does the owner. VRRP and HSRP keep one MAC; another card of the same host changes once.
 */
export class ArpWatch {
  readonly #events: EventList;
  readonly #names: HostNames;
  readonly #owners = new KeyMap<Owner>(ADDRESSES_MAX);

  constructor(events: EventList, names: HostNames) {
    this.#events = events;
    this.#names = names;
  }

  /** A frame without IP. */
  frame(packet: PacketView): void {
    const at = findArp(packet);
    if (at < 0) return;
    const { bytes, timeUs, view } = packet;
    const host = hostKeyV4(view, at + SENDER_IP);
    // RFC 5227 2.1.1: a probe says nothing.
    if (host === 0) return;
    const mac = bytes.toString("hex", at + SENDER_MAC, at + SENDER_MAC + MAC_BYTES);
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
    const event = this.#events.raise(EventKind.ARP_ADDRESS_DISPUTED, timeUs, owner.flips);
    if (event === null) return;
    this.#names.remember(host, view, at + SENDER_IP);
    const target = hostKeyV4(view, at + TARGET_IP);
    this.#names.remember(target, view, at + TARGET_IP);
    event.srcHost = host;
    event.dstHost = target;
    event.client = host;
    event.server = target;
    event.packet = packet;
    // Which of the two lies nobody knows; the address is a victim's in any case.
    event.isForged = true;
    event.evidence = [
      {
        what: "MAC of that address, by ARP",
        expected: "one",
        seen: `${colons(before)} and ${colons(mac)}, changed ${owner.flips} times within a minute`,
      },
    ];
  }
}

function colons(mac: string): string {
  return mac.match(/../g)?.join(":") ?? mac;
}
