import { KeyTable } from "../base/key-table.ts";
import { type HostKey, ipv4Text, ipv6Text, isIpv6Host } from "./host.ts";
import type { PacketView } from "./packet.ts";
import { isPrivateV4 } from "./private-host.ts";

const ADDRESS_BYTES = 16;
const PREFIX_BYTES = 8;
/** Texts that are kept, a power of two. */
const V4_TEXTS = 4096;
/** Some 40 bytes each. */
const NAMES_DEFAULT = 1 << 20;
/**
 * The unspecified address says that there is none (RFC 4291 2.5.2): better than a text that no receiver can read
 * as an address.
 */
const FORGOTTEN = "0000:0000:0000:0000:0000:0000:0000:0000";

/**
 * Addresses of hosts. That of an IPv4 host is its key; IPv6 addresses are remembered when a tracker keeps the
 * host. Bounded: those that never sent or got SIP go first, then who did so longest ago. With several times
 * the room of the tables that hold hosts, what these still know has its address.
 */
export class HostNames {
  /** IPv6 addresses that are remembered at most. */
  readonly capacity: number;
  /** Made for the first IPv6 host: most networks have none, and room for so many is not for nothing. */
  #addresses: Addresses | null = null;
  /** Texts of IPv4 hosts, by their low bits: those of one call are asked for many times. */
  readonly #v4Hosts = new Float64Array(V4_TEXTS).fill(-1);
  readonly #v4Texts: string[] = new Array(V4_TEXTS).fill("");

  constructor(capacity = NAMES_DEFAULT) {
    this.capacity = capacity;
  }

  /** IPv6 addresses that are remembered. */
  get size(): number {
    return this.#addresses?.table.size ?? 0;
  }

  /** Addresses that were forgotten because there were too many. */
  get evictions(): number {
    return this.#addresses?.table.evictions ?? 0;
  }

  /** Keeps an IPv6 address of 16 bytes at `at`, so that `text` can give it after the packet is gone. */
  remember(host: HostKey, view: DataView, at: number): HostKey {
    if (isIpv6Host(host)) this.#made().keep(host, view, at);
    return host;
  }

  /** The same for both ends of a SIP packet, before all that are not. */
  rememberSip(packet: PacketView): void {
    if (packet.ipVersion !== 6) return;
    const { srcHost, dstHost, view } = packet;
    const addresses = this.#made();
    addresses.table.promote(addresses.keep(srcHost, view, packet.srcAddressStart));
    addresses.table.promote(addresses.keep(dstHost, view, packet.dstAddressStart));
  }

  /** False of an IPv6 address that was only read in a text, or forgotten. */
  isKnown(host: HostKey): boolean {
    return host >= 0 && (!isIpv6Host(host) || (this.#addresses?.table.find(host) ?? -1) >= 0);
  }

  /** "" of no host; never anything but an address. */
  text(host: HostKey): string {
    if (host < 0) return "";
    if (!isIpv6Host(host)) return this.#v4Text(host);
    return this.#addresses?.text(host) ?? FORGOTTEN;
  }

  /** Two hosts have the first 24 bits of IPv4, or 64 of IPv6 (RFC 4291 2.5.1), in common. */
  areNear(one: HostKey, other: HostKey): boolean {
    if (isIpv6Host(one) !== isIpv6Host(other)) return false;
    if (!isIpv6Host(one)) return Math.floor(one / 256) === Math.floor(other / 256);
    return this.#addresses?.areNear(one, other) ?? false;
  }

  /** Two hosts may be nodes of one carrier: near each other, and not in a private network, where neighbours are nothing to each other. */
  mayBeNodes(one: HostKey, other: HostKey): boolean {
    return (isIpv6Host(one) || !isPrivateV4(one | 0)) && this.areNear(one, other);
  }

  /** The first 32 bits of an IPv6 address, which a provider gets as a whole; -1 once it is forgotten. */
  providerOf(host: HostKey): number {
    return this.#addresses?.providerOf(host) ?? -1;
  }

  #v4Text(host: HostKey): string {
    const at = ((host | 0) ^ ((host | 0) >>> 16)) & (V4_TEXTS - 1);
    if (this.#v4Hosts[at] !== host) {
      this.#v4Hosts[at] = host;
      this.#v4Texts[at] = ipv4Text(host);
    }
    return this.#v4Texts[at] as string;
  }

  #made(): Addresses {
    this.#addresses ??= new Addresses(this.capacity);
    return this.#addresses;
  }
}

/** IPv6 addresses by host. */
class Addresses {
  readonly table: KeyTable;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(capacity: number) {
    this.table = new KeyTable(capacity);
    this.#bytes = new Uint8Array(capacity * ADDRESS_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Gives the row of the host, the youngest from now on. */
  keep(host: HostKey, view: DataView, at: number): number {
    const known = this.table.find(host);
    if (known >= 0) {
      this.table.touch(known);
      return known;
    }
    const row = this.table.add(host);
    for (let i = 0; i < ADDRESS_BYTES; i++) {
      this.#bytes[row * ADDRESS_BYTES + i] = view.getUint8(at + i);
    }
    return row;
  }

  text(host: HostKey): string | undefined {
    const row = this.table.find(host);
    return row < 0 ? undefined : ipv6Text(this.#view, row * ADDRESS_BYTES);
  }

  providerOf(host: HostKey): number {
    const row = this.table.find(host);
    return row < 0 ? -1 : this.#view.getUint32(row * ADDRESS_BYTES);
  }

  areNear(one: HostKey, other: HostKey): boolean {
    const [a, b] = [this.table.find(one), this.table.find(other)];
    if (a < 0 || b < 0) return false;
    for (let i = 0; i < PREFIX_BYTES; i++) {
      if (this.#bytes[a * ADDRESS_BYTES + i] !== this.#bytes[b * ADDRESS_BYTES + i]) return false;
    }
    return true;
  }
}
