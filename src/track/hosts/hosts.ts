import { KeyMap } from "../../base/key-map.ts";
import { type HostKey, NO_HOST } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { macKey } from "../../decode/mac-twins.ts";
import { NO_TTL, type PacketView } from "../../decode/packet.ts";
import { isSameTtl, macOf, wayText } from "./way.ts";
import { type KnownWay, Ways } from "./ways.ts";

/** So many packets by one way are the host's own, whoever had forged the first. */
const PATH_SETTLED_PACKETS = 64;
/** Of a host of whose signalling the mirror shows one direction. */
export class OneWaySignalling {
  /** Requests to this host whose answers nobody saw. */
  blindRequests = 0;
  /** Time of the first of these. */
  blindSinceUs = 0.5;
  /** Responses to this host, whose requests nobody saw. */
  strayResponses = 0;
  /** Time of the first of these. */
  straySinceUs = 0.5;
}

/** What is known of one address: the role it plays and the way its packets come. */
export class Host {
  readonly key: HostKey;
  /** When it was seen first, microseconds. */
  readonly firstUs: number;
  sentRequests = 0;
  sentResponses = 0;
  /** Responses to this host's requests. */
  receivedResponses = 0;
  /** It challenged or accepted a REGISTER: a registrar, never the offender of what it relays. */
  isRegistrar = false;
  /** Who took a registration from it last. */
  registrar: HostKey = NO_HOST;
  /** Null while both directions of its signalling are seen, as of nearly every host. */
  oneWay: OneWaySignalling | null = null;
  readonly ways = new Ways();

  constructor(key: HostKey, firstUs: number) {
    this.key = key;
    this.firstUs = firstUs;
  }

  get isRegistered(): boolean {
    return this.registrar !== NO_HOST;
  }
}

/** A host is promoted once more after so many packets by a way. */
const PROMOTE_PACKETS = 16;

/** MAC addresses that are remembered for the hosts behind them. */
const MAC_USERS_MAX = 4096;
/** Hosts that are watched at once. */
const WATCHES_MAX = 64;

/** Whether a host goes on by the way that it is known by. */
export interface WayWatch {
  readonly host: HostKey;
  readonly mac: number;
  readonly ttl: number;
  /** 0 before something came by that way. */
  heardUs: number;
}

/** How a packet's way differs from the known ways of its source. */
export interface PathChange {
  readonly expected: string;
  readonly seen: string;
  /** The MAC is new, not just the TTL. */
  readonly isOtherMac: boolean;
}

/** Hosts seen as source of a flow or of SIP; bounded, those of which nothing was proven go first. */
export class HostTable {
  readonly map: KeyMap<Host>;
  readonly #names: HostNames;
  /** Of one packet both ends are asked for, several times. */
  #latest: Host | null = null;
  #latestButOne: Host | null = null;
  /** Of the change that was found last. */
  #isOtherMac = false;
  /** Of hosts in whose name somebody may have written just now. */
  readonly #watches: WayWatch[] = [];
  /** MAC addresses that bring packets of a host which was accepted by that way. */
  readonly #macUsers = new KeyMap<true>(MAC_USERS_MAX);
  /** Any SIP response at all: a mirror that shows one direction only shows none. */
  anyResponses = false;

  constructor(capacity: number, names: HostNames) {
    this.map = new KeyMap(capacity, (host) => {
      if (host === this.#latest) this.#latest = null;
      if (host === this.#latestButOne) this.#latestButOne = null;
    });
    this.#names = names;
  }

  /** The packet's source, made when new. */
  source(packet: PacketView): Host {
    if (this.#watches.length > 0) this.#heardWatched(packet);
    return this.#of(packet.srcHost, packet, packet.srcAddressStart);
  }

  /** The packet's destination, made when new. */
  destination(packet: PacketView): Host {
    return this.#of(packet.dstHost, packet, packet.dstAddressStart);
  }

  get(key: HostKey): Host | undefined {
    return this.map.get(key);
  }

  /** Distinct hosts of the run. */
  get count(): number {
    return this.map.size + this.map.evictions;
  }

  /**
   * Remembers by which way the packet came. Call it for packets whose source is proven. `partner`: it is an answer to
   * that host, which has proven to deal with this one; NO_HOST else.
   */
  learnPath(host: Host, packet: PacketView, partner: HostKey = NO_HOST): void {
    const mac = macOf(packet);
    const { ttl, timeUs } = packet;
    if (ttl === NO_TTL && mac < 0) return;
    if (this.isOtherWay(host, packet)) {
      if (partner !== NO_HOST) host.ways.beside(mac, ttl, partner, timeUs);
      return;
    }
    host.ways.heard(timeUs);
    this.learnWay(host, mac, ttl, partner !== NO_HOST);
  }

  /** The packet came by a way that `learnPath` has nothing to learn of. */
  isSureWay(host: Host, packet: PacketView): boolean {
    return host.ways.isSure(macOf(packet), packet.ttl);
  }

  /** The same for a packet that is gone by now, and was proven since; `isAccepted`: by who took its credentials. */
  learnWay(host: Host, mac: number, ttl: number, isAccepted: boolean): void {
    if (ttl === NO_TTL && mac < 0) return;
    const way = host.ways.repeat(mac, ttl, isAccepted);
    if (way !== null) {
      // Again and again, as it may have been put back by others since; not each time, as that costs.
      if (way.packets % PROMOTE_PACKETS === 0) this.map.promote(host.key);
      if (way.isAccepted && way.packets % PROMOTE_PACKETS === 2) this.#macUsers.set(mac, true);
      return;
    }
    this.map.promote(host.key);
    host.ways.add(mac, ttl, isAccepted);
  }

  /** Null where that way is not surely the host's own. Until `unwatch`, or until many others are watched. */
  watch(host: HostKey, mac: number, ttl: number): WayWatch | null {
    if (this.get(host)?.ways.isSure(mac, ttl) !== true) return null;
    if (this.#watches.length >= WATCHES_MAX) this.#watches.shift();
    const watch = { host, mac, ttl, heardUs: 0 };
    this.#watches.push(watch);
    return watch;
  }

  unwatch(watch: WayWatch): void {
    const at = this.#watches.indexOf(watch);
    if (at >= 0) this.#watches.splice(at, 1);
  }

  /** That address brings packets of a host that proved it, this one or another: a router, of which there may be two. */
  bringsOthers(mac: number): boolean {
    return this.#macUsers.has(mac);
  }

  /** One more packet of a host: by a known way it shows that no other one has taken its place. */
  heard(host: Host, packet: PacketView): void {
    if (!this.isOtherWay(host, packet)) host.ways.heard(packet.timeUs);
  }

  /** Null when the packet's way is known, near a known one, or too little is known to judge. */
  pathChange(host: Host, packet: PacketView): PathChange | null {
    if (!this.isOtherWay(host, packet)) return null;
    return {
      expected: this.usualWay(host),
      seen: wayText(macOf(packet), packet.ttl),
      isOtherMac: this.#isOtherMac,
    };
  }

  /** True when there is such a change. Allocates nothing. */
  isOtherWay(host: Host, packet: PacketView): boolean {
    if (packet.ttl === NO_TTL && packet.srcMacStart < 0) return false;
    const mac = macOf(packet);
    let known: KnownWay | null = null;
    let isOtherMac = true;
    let macs = 0;
    for (let path = host.ways.first; path !== null; path = path.next) {
      // Loopback and tunnel captures have no addresses: another interface, not another path.
      if (path.mac < 0 !== mac < 0 || !host.ways.isKnown(path)) continue;
      if (known === null || path.packets > known.packets) known = path;
      if (path.mac !== mac && !packet.macTwins.areSame(macKey(path.mac), macKey(mac))) {
        macs++;
        continue;
      }
      isOtherMac = false;
      if (isSameTtl(path.ttl, packet.ttl)) return false;
    }
    if (known === null) return false;
    this.#isOtherMac = isOtherMac;
    // A host that is known by several MACs has several routers: one more says nothing.
    return !(isOtherMac && macs > 1 && isSameTtl(known.ttl, packet.ttl));
  }

  /** Enough is known of the host to tell other ways from its own. */
  hasKnownWay(host: Host): boolean {
    return host.ways.isAnyKnown;
  }

  /** The way by which most of the host's proven packets came; "" when none is known. */
  usualWay(host: Host): string {
    const { usual } = host.ways;
    return usual === null ? "" : wayText(usual.mac, usual.ttl);
  }

  /**
   * The packet comes by another way than very many of its source before: somebody writes in its name. Of a few
   * packets nobody knows which ones were forged.
   */
  isByForeignWay(packet: PacketView): boolean {
    const host = this.source(packet);
    return host.ways.packetsMax >= PATH_SETTLED_PACKETS && this.pathChange(host, packet) !== null;
  }

  #heardWatched(packet: PacketView): void {
    for (const watch of this.#watches) {
      if (watch.host !== packet.srcHost || !isSameTtl(watch.ttl, packet.ttl)) continue;
      if (macOf(packet) === watch.mac) watch.heardUs = packet.timeUs;
    }
  }

  #of(key: HostKey, packet: PacketView, addressStart: number): Host {
    const latest = this.#latest;
    if (latest !== null && latest.key === key) return latest;
    const other = this.#latestButOne;
    const host =
      other !== null && other.key === key ? other : this.#found(key, packet, addressStart);
    this.#latestButOne = this.#latest;
    this.#latest = host;
    return host;
  }

  #found(key: HostKey, packet: PacketView, addressStart: number): Host {
    const known = this.map.get(key);
    if (known !== undefined) return known;
    const host = new Host(key, packet.timeUs);
    this.map.set(key, host);
    this.#names.remember(key, packet.view, addressStart);
    return host;
  }
}
