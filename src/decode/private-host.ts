import { combine53 } from "../base/hash.ts";
import { type HostKey, IPV4_SPACE, ipv6HostKey, isIpv6Host } from "./host.ts";

/*
 * Which addresses mean something in their own network only, and what that says of who has one:
 *
 *   10/8, 172.16/12, 192.168/16   RFC 1918        private   of a site
 *   169.254/16                    RFC 3927        private   of a site: no router between
 *   100.64/10                     RFC 6598        private   of anybody: the customers of a carrier
 *   all other IPv4                                public
 *   fc00::/7, fe80::/10           RFC 4193, 4291  private
 *   all other IPv6                                public
 *
 * The key of an IPv6 host is a hash, so what an IPv6 address is can be told from its bytes or its text alone
 * (`isPrivateText`). What asks of a key (`...V4Host`) says no of every IPv6 host, of private and of public ones.
 */

/** True for a private address of either version. `at` is where its bytes are. */
export function isPrivateHost(host: HostKey, view: DataView, at: number): boolean {
  return isIpv6Host(host) ? isPrivateV6(view.getUint16(at)) : isPrivateV4(host | 0);
}

/** A private IPv4 address, in whichever domain. */
export function isPrivateV4Host(host: HostKey): boolean {
  return !isIpv6Host(host) && isPrivateV4(host | 0);
}

/** A private IPv4 address that is no carrier's customer: somebody of the site, in whichever domain. */
export function isSiteV4Host(host: HostKey): boolean {
  return isPrivateV4Host(host) && !isCarrierV4(host | 0);
}

/** An IPv4 address of the Internet. */
export function isPublicV4Host(host: HostKey): boolean {
  return host >= 0 && !isIpv6Host(host) && !isPrivateV4(host | 0);
}

/** `value`: the 32 bits of the address, with a sign or without. */
export function isPrivateV4(value: number): boolean {
  const first = value >>> 24;
  if (first === 10) return true;
  const second = (value >>> 16) & 0xff;
  if (first === 192) return second === 168;
  if (first === 172) return (second & 0xf0) === 16;
  if (first === 169) return second === 254;
  return isCarrierV4(value);
}

function isCarrierV4(value: number): boolean {
  return value >>> 24 === 100 && ((value >>> 16) & 0xc0) === 64;
}

/** By the first two bytes. */
export function isPrivateV6(first: number): boolean {
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80;
}

/** Key of a private address in a domain: another host in each. Domain 0 changes nothing. */
export function placedHost(host: HostKey, domain: number): HostKey {
  if (domain === 0) return host;
  return isIpv6Host(host) ? ipv6HostKey(combine53(host, domain)) : host + domain * IPV4_SPACE;
}
