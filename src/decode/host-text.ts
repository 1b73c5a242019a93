import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import { isDigit } from "../base/ascii.ts";
import { hash53 } from "../base/hash.ts";
import { type HostKey, ipv6HostKey, NO_HOST } from "./host.ts";

const DOT = 0x2e;
/** An IPv6 literal in brackets. */
const LITERAL_BYTES_MAX = 47;

/** Key of an address literal, `[...]` around IPv6 allowed; NO_HOST for names and nonsense. */
export function hostKeyOfText(text: string): HostKey {
  const bytes = Buffer.from(text, "latin1");
  return hostKeyOfBytes(bytes, 0, bytes.length);
}

/** The same of an address literal in SIP or SDP. Allocates for IPv6 only. */
export function hostKeyOfBytes(bytes: Buffer, start: number, end: number): HostKey {
  if (end <= start || end - start > LITERAL_BYTES_MAX) return NO_HOST;
  const ipv4 = ipv4Value(bytes, start, end);
  if (ipv4 >= 0) return ipv4;
  const isBracketed = bytes[start] === 0x5b && bytes[end - 1] === 0x5d;
  const text = isBracketed
    ? bytes.toString("latin1", start + 1, end - 1)
    : bytes.toString("latin1", start, end);
  if (!isIPv6(text) || text.includes("%")) return NO_HOST;
  const address = Uint8Array.from(ipaddr.IPv6.parse(text).toByteArray());
  return ipv6HostKey(hash53(address, 0, 16));
}

/** Four decimal numbers without leading zeros; -1 for anything else. */
function ipv4Value(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  let at = start;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && bytes[at++] !== DOT) return -1;
    const first = at;
    let number = 0;
    while (at < end && at - first < 3 && isDigit(bytes[at] as number)) {
      number = number * 10 + (bytes[at++] as number) - 0x30;
    }
    const digits = at - first;
    if (digits === 0 || number > 255 || (digits > 1 && bytes[first] === 0x30)) return -1;
    value = value * 256 + number;
  }
  return at === end ? value : -1;
}
