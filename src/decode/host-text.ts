import { COLON, isDigit } from "../base/ascii.ts";
import { type HostKey, hostKeyV6, NO_HOST } from "./host.ts";
import { isPrivateV4, isPrivateV6, placedHost } from "./private-host.ts";

const DOT = 0x2e;
/** An IPv6 literal in brackets. */
const LITERAL_BYTES_MAX = 47;
const GROUPS = 8;

const literal = new Uint8Array(LITERAL_BYTES_MAX);
/** The 16 bytes of the literal at hand. */
const address = new Uint8Array(2 * GROUPS);

/** Key of an address literal, `[...]` around IPv6 allowed; NO_HOST for names and nonsense. */
export function hostKeyOfText(text: string): HostKey {
  const { length } = text;
  if (length > LITERAL_BYTES_MAX) return NO_HOST;
  for (let i = 0; i < length; i++) literal[i] = text.charCodeAt(i);
  return hostKeyOfBytes(literal, 0, length);
}

/** The same of an address literal in SIP or SDP; a private one is that of the packet's `domain`. */
export function hostKeyOfBytes(bytes: Uint8Array, start: number, end: number, domain = 0): HostKey {
  if (end <= start || end - start > LITERAL_BYTES_MAX) return NO_HOST;
  const ipv4 = ipv4Value(bytes, start, end);
  if (ipv4 >= 0) return isPrivateV4(ipv4) ? placedHost(ipv4, domain) : ipv4;
  const isBracketed = bytes[start] === 0x5b && bytes[end - 1] === 0x5d;
  const isIpv6 = isBracketed ? readIpv6(bytes, start + 1, end - 1) : readIpv6(bytes, start, end);
  if (!isIpv6) return NO_HOST;
  const ipv6 = hostKeyV6(address, 0);
  const isPrivate = isPrivateV6(((address[0] as number) << 8) | (address[1] as number));
  return isPrivate ? placedHost(ipv6, domain) : ipv6;
}

/** True for the literal of a private address, without brackets: `private-host.ts` says which are. */
export function isPrivateText(text: string): boolean {
  const bytes = Buffer.from(text, "latin1");
  if (bytes.length === 0 || bytes.length > LITERAL_BYTES_MAX) return false;
  const ipv4 = ipv4Value(bytes, 0, bytes.length);
  if (ipv4 >= 0) return isPrivateV4(ipv4);
  if (!readIpv6(bytes, 0, bytes.length)) return false;
  return isPrivateV6(((address[0] as number) << 8) | (address[1] as number));
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

/** RFC 4291 2.2, without a zone: fills `address`; false for anything else. */
function readIpv6(bytes: Uint8Array, start: number, end: number): boolean {
  let gap = start;
  while (gap + 1 < end && !(bytes[gap] === COLON && bytes[gap + 1] === COLON)) gap++;
  if (gap + 1 >= end) return readGroups(bytes, start, end, 0, true) === GROUPS;
  const left = readGroups(bytes, start, gap, 0, false);
  if (left < 0) return false;
  const right = readGroups(bytes, gap + 2, end, left, true);
  if (right < 0 || left + right === GROUPS) return false;
  address.copyWithin(2 * (GROUPS - right), 2 * left, 2 * (left + right));
  address.fill(0, 2 * left, 2 * (GROUPS - right));
  return true;
}

/** Reads groups into `address` from `first` on; gives their number, -1 when they are none. */
function readGroups(
  bytes: Uint8Array,
  start: number,
  end: number,
  first: number,
  isLast: boolean,
): number {
  if (start === end) return 0;
  let at = start;
  for (let group = first; group < GROUPS; group++) {
    const groupEnd = hexEnd(bytes, at, end);
    if (groupEnd < end && bytes[groupEnd] === DOT) {
      const value = isLast && group < GROUPS - 1 ? ipv4Value(bytes, at, end) : -1;
      if (value < 0) return -1;
      putGroup(group, value >>> 16);
      putGroup(group + 1, value & 0xffff);
      return group + 2 - first;
    }
    if (groupEnd === at) return -1;
    putGroup(group, hexNumber(bytes, at, groupEnd));
    if (groupEnd === end) return group + 1 - first;
    if (bytes[groupEnd] !== COLON) return -1;
    at = groupEnd + 1;
  }
  return -1;
}

/** End of up to four hexadecimal digits. */
function hexEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && at - start < 4 && hexValue(bytes[at] as number) >= 0) at++;
  return at;
}

function hexValue(byte: number): number {
  if (isDigit(byte)) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function hexNumber(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 16 + hexValue(bytes[at] as number);
  return value;
}

function putGroup(group: number, value: number): void {
  address[2 * group] = value >>> 8;
  address[2 * group + 1] = value;
}
