import { isIPv4, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import { hash53 } from "../base/hash.ts";
import { type HostKey, ipv6HostKey, NO_HOST } from "./host.ts";

/**
 * Key of an address literal in SIP or SDP, `[...]` around IPv6 allowed; NO_HOST for names and
 * nonsense. Allocates: for signalling, not for media packets.
 */
export function hostKeyOfText(text: string): HostKey {
  if (isIPv4(text)) {
    let value = 0;
    for (const part of text.split(".")) value = value * 256 + Number(part);
    return value;
  }
  const literal = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (!isIPv6(literal) || literal.includes("%")) return NO_HOST;
  const bytes = Uint8Array.from(ipaddr.IPv6.parse(literal).toByteArray());
  return ipv6HostKey(hash53(bytes, 0, 16));
}
