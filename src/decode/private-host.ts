import { combine53 } from "../base/hash.ts";
import { type HostKey, IPV4_SPACE, ipv6HostKey, isIpv6Host } from "./host.ts";

/**
 * True for an address that only means something in its own network: RFC 1918, RFC 6598 (carrier NAT),
 * RFC 3927 (link-local); of IPv6 RFC 4193 and RFC 4291 2.5.6. `at` is where its bytes are.
 */
export function isPrivateHost(host: HostKey, view: DataView, at: number): boolean {
  return isIpv6Host(host) ? isPrivateV6(view.getUint16(at)) : isPrivateV4(host | 0);
}

export function isPrivateV4(value: number): boolean {
  const first = value >>> 24;
  if (first === 10) return true;
  const second = (value >>> 16) & 0xff;
  if (first === 192) return second === 168;
  if (first === 172) return (second & 0xf0) === 16;
  if (first === 100) return (second & 0xc0) === 64;
  return first === 169 && second === 254;
}

/** By the first two bytes: fc00::/7, fe80::/10. */
export function isPrivateV6(first: number): boolean {
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80;
}

/** Key of a private address in a domain: another host in each. Domain 0 changes nothing. */
export function placedHost(host: HostKey, domain: number): HostKey {
  if (domain === 0) return host;
  return isIpv6Host(host) ? ipv6HostKey(combine53(host, domain)) : host + domain * IPV4_SPACE;
}
