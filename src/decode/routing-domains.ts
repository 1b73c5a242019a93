import { column } from "../base/column.ts";
import { combine53 } from "../base/hash.ts";
import type { PacketView } from "./packet.ts";
import { isPrivateHost, placedHost } from "./private-host.ts";

/** VLAN ids 0..4095, one for packets without a tag, then stacks of tags and tunnels as they come. */
export const UNTAGGED = 4096;
const FIRST_KEYED = UNTAGGED + 1;
const NETWORKS = 16_384;
const NOT_SEEN = 0;

/** Private senders, and pairs of ends, that are remembered; a newer one takes the row of an older. */
const ROWS = 16_384;
const NONE = -1;
const AMBIGUOUS = -2;
/** So many packets each way, each way on a VLAN of its own: no chance that two tenants look like it. */
const ONE_WAY_PACKETS = 8;
/** The two ways belong together when they were heard within this. */
const ONE_WAY_GAP_US = 2_000_000;

/**
 * Which VLANs, stacks of tags and tunnels ("VLAN" below) share one space of private addresses. Two tenants
 * behind one mirror may use the same private addresses (`private-host.ts`), so one of these that sends on two VLANs is two hosts;
 * the VLAN that was seen later then is a domain of its own. But a mirror also shows one packet on two
 * VLANs, before and after a router, and one that sees only what ports receive shows the two directions
 * of a conversation on two VLANs. Such VLANs are one domain for good, whatever a forged sender does.
 * All VLANs are one domain until something contradicts it.
 */
export class RoutingDomains {
  /** Union-find over VLANs that were proven to be one domain. */
  readonly #parents = Int16Array.from({ length: NETWORKS }, (_, network) => network);
  readonly #keyed = new Map<number, number>();
  /** Order in which VLANs were seen, from 1. */
  readonly #order = column(Uint16Array, NETWORKS);
  /** Of a root: 1 once its addresses were seen elsewhere. */
  readonly #isApart = column(Uint8Array, NETWORKS);
  #seen = 0;
  readonly #senders = column(Float64Array, ROWS).fill(NONE);
  readonly #senderVlans = column(Int16Array, ROWS);
  readonly #pairs = new OneWayPairs();
  readonly #isActive: boolean;

  /** `seesCopies`: without, what is one packet on two VLANs looks like two tenants: all are one then. */
  constructor(seesCopies: boolean) {
    this.#isActive = seesCopies;
  }

  /** Number of the packet's network: its VLAN, or what stands for inner tags and tunnels. */
  networkOf({ vlan, networkKey }: PacketView): number {
    if (networkKey === 0) return vlan < 0 ? UNTAGGED : vlan;
    const key = vlan < 0 ? networkKey : combine53(networkKey, vlan);
    const known = this.#keyed.get(key);
    if (known !== undefined) return known;
    // Who makes up more than there can be shares the last one.
    const network = Math.min(FIRST_KEYED + this.#keyed.size, NETWORKS - 1);
    if (network < NETWORKS - 1) this.#keyed.set(key, network);
    return network;
  }

  /** Puts the packet's private addresses into the domain of its network. Copies must be left out. */
  place(packet: PacketView): void {
    if (!this.#isActive) return;
    const vlan = packet.network;
    if (this.#order[vlan] === NOT_SEEN) this.#order[vlan] = ++this.#seen;
    // Without tags there is nothing to tell apart, and most captures have none.
    if (this.#seen === 1 && vlan === UNTAGGED) return;
    const { view } = packet;
    const isSrcPrivate = isPrivateHost(packet.srcHost, view, packet.srcAddressStart);
    const isDstPrivate = isPrivateHost(packet.dstHost, view, packet.dstAddressStart);
    if (!isSrcPrivate && !isDstPrivate) return;
    if (isSrcPrivate) this.#noteSender(packet.srcHost, vlan);
    if (this.#seen > 1) {
      const other = this.#pairs.add(packet, vlan);
      if (other !== NONE) this.unite(vlan, other);
    }
    const domain = this.#domainOf(vlan);
    packet.domain = domain;
    if (domain === 0) return;
    if (isSrcPrivate) packet.srcHost = placedHost(packet.srcHost, domain);
    if (isDstPrivate) packet.dstHost = placedHost(packet.dstHost, domain);
  }

  /** There is, with this packet, more than one network to tell apart. */
  hasSeveral(packet: PacketView): boolean {
    return this.#isActive && (this.#seen > 1 || packet.network !== UNTAGGED);
  }

  /** The two networks showed one packet, or a request and its answer. */
  unite(a: number, b: number): void {
    const rootA = this.#rootOf(a);
    const rootB = this.#rootOf(b);
    if (rootA === rootB) return;
    for (const root of [rootA, rootB]) {
      if (this.#order[root] === NOT_SEEN) this.#order[root] = ++this.#seen;
    }
    // The one that was seen first keeps its keys.
    const isAFirst = (this.#order[rootA] as number) < (this.#order[rootB] as number);
    if (isAFirst) this.#parents[rootB] = rootA;
    else this.#parents[rootA] = rootB;
  }

  #rootOf(vlan: number): number {
    const parents = this.#parents;
    let at = vlan;
    while (parents[at] !== at) {
      // Halves the way for the next one that asks.
      parents[at] = parents[parents[at] as number] as number;
      at = parents[at] as number;
    }
    return at;
  }

  /** 0 for all that nothing tells apart. */
  #domainOf(vlan: number): number {
    const root = this.#rootOf(vlan);
    return this.#isApart[root] === 1 ? root + 1 : 0;
  }

  #noteSender(host: number, vlan: number): void {
    const row = rowOf(host);
    if (this.#senders[row] !== host) {
      this.#senders[row] = host;
      this.#senderVlans[row] = vlan;
      return;
    }
    const known = this.#senderVlans[row] as number;
    if (known === vlan) return;
    const root = this.#rootOf(vlan);
    const knownRoot = this.#rootOf(known);
    if (root === knownRoot || this.#domainOf(vlan) !== this.#domainOf(known)) return;
    const isLater = (this.#order[root] as number) > (this.#order[knownRoot] as number);
    this.#isApart[isLater ? root : knownRoot] = 1;
  }
}

/** Finds conversations whose two directions come on two VLANs, each on one only. */
class OneWayPairs {
  readonly #low = column(Float64Array, ROWS).fill(NONE);
  readonly #high = column(Float64Array, ROWS);
  readonly #ports = column(Int32Array, ROWS);
  /** Of each direction: its VLAN, or AMBIGUOUS; packets so far; the latest. */
  readonly #vlans = column(Int16Array, 2 * ROWS);
  readonly #packets = column(Uint8Array, 2 * ROWS);
  readonly #lastUs = column(Float64Array, 2 * ROWS);

  /** The VLAN that carries the other direction of the packet's conversation; -1 when not proven. */
  add(packet: PacketView, vlan: number): number {
    const { srcHost, dstHost, srcPort, dstPort } = packet;
    const isLow = srcHost < dstHost || (srcHost === dstHost && srcPort <= dstPort);
    const low = isLow ? srcHost : dstHost;
    const high = isLow ? dstHost : srcHost;
    const ports = isLow ? (srcPort << 16) | dstPort : (dstPort << 16) | srcPort;
    const row = rowOf(low + high * 3 + ports * 7);
    if (this.#low[row] !== low || this.#high[row] !== high || this.#ports[row] !== ports) {
      this.#low[row] = low;
      this.#high[row] = high;
      this.#ports[row] = ports;
      this.#vlans[2 * row] = NONE;
      this.#vlans[2 * row + 1] = NONE;
    }
    const own = 2 * row + (isLow ? 0 : 1);
    const other = 2 * row + (isLow ? 1 : 0);
    if (this.#vlans[own] === NONE) {
      this.#vlans[own] = vlan;
      this.#packets[own] = 0;
    } else if (this.#vlans[own] !== vlan) this.#vlans[own] = AMBIGUOUS;
    this.#packets[own] = Math.min((this.#packets[own] as number) + 1, ONE_WAY_PACKETS);
    this.#lastUs[own] = packet.timeUs;
    return this.#isProven(own, other, packet.timeUs) ? (this.#vlans[other] as number) : NONE;
  }

  #isProven(own: number, other: number, nowUs: number): boolean {
    const a = this.#vlans[own] as number;
    const b = this.#vlans[other] as number;
    return (
      a >= 0 &&
      b >= 0 &&
      a !== b &&
      this.#packets[own] === ONE_WAY_PACKETS &&
      this.#packets[other] === ONE_WAY_PACKETS &&
      nowUs - (this.#lastUs[other] as number) < ONE_WAY_GAP_US
    );
  }
}

/** A row that neighbours in one network do not share; collisions only make it forget. */
function rowOf(key: number): number {
  const low = Math.imul((key | 0) ^ ((key / 0x100000000) | 0), 0x9e3779b1);
  return (low ^ (low >>> 15)) & (ROWS - 1);
}
