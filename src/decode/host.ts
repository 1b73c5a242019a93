import { hash53 } from "../base/hash.ts";

/**
 * Identity of an IP address as one number, so that tables need no strings: an IPv4 address is its
 * 32-bit value, plus 2^32 times the domain where private addresses belong to several
 * (`RoutingDomains`); an IPv6 address is 2^52 or more, a 52-bit hash that `HostNames` can turn back.
 */
export type HostKey = number;

/** Not a host: the key of an event that has no such end. */
export const NO_HOST: HostKey = -1;

export const IPV4_SPACE = 2 ** 32;
const IPV6_BASE = 2 ** 52;
export function hostKeyV4(view: DataView, at: number): HostKey {
  return view.getUint32(at);
}

export function hostKeyV6(bytes: Uint8Array, at: number): HostKey {
  return ipv6HostKey(hash53(bytes, at, at + 16));
}

/** Key of the IPv6 address whose 16 bytes have that `hash53`. */
export function ipv6HostKey(hash: number): HostKey {
  return IPV6_BASE + (hash % 2 ** 52);
}

export function isIpv6Host(host: HostKey): boolean {
  return host >= IPV6_BASE;
}

/** The address alone, whichever domain an IPv4 host belongs to. */
export function plainHost(host: HostKey): HostKey {
  return host >= IPV4_SPACE && host < IPV6_BASE ? host % IPV4_SPACE : host;
}

/** `value` may be any IPv4 host: what is above 32 bits is left out. */
export function ipv4Text(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** Uncompressed lower-case form with no leading zeros, as Suricata's EVE writes it. */
export function ipv6Text(view: DataView, at: number): string {
  let text = "";
  for (let i = 0; i < 16; i += 2) {
    text +=
      (i === 0 ? "" : ":") +
      view
        .getUint16(at + i)
        .toString(16)
        .padStart(4, "0");
  }
  return text;
}

/** A group's address (RFC 1112 4: 224.0.0.0/4); of IPv6 always false. */
export function isMulticastV4Host(host: HostKey): boolean {
  return host >= 0xe0000000 && host < 0xf0000000;
}
