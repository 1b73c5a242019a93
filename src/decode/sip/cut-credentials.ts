import { COMMA, EQUALS, equalsIgnoreCase, LF, QUOTE, SPACE, TAB } from "../../base/ascii.ts";
import { quotedEnd, tokenEnd } from "./digest.ts";

const SCHEME = "digest";
const REALM = "realm";
const R = 0x72;
const D = 0x64;
const CASE = 0x20;

/** Takes a digest's place and its realm; true when it is the one. */
export type DigestTest = (start: number, realmStart: number, realmEnd: number) => boolean;

/**
 * Looks through a value from `start` on, to its end at a line that continues nothing, for digests with a realm (RFC 3261 25.1). For
 * values that are cut because a head is too long: in one pass, and without a look at what else they hold.
 */
export function findDigest(bytes: Uint8Array, start: number, end: number, test: DigestTest): void {
  let digestAt = -1;
  for (let at = start; at < end; ) {
    if (isScheme(bytes, at, end)) digestAt = at;
    const valueAt = digestAt < 0 ? -1 : realmAt(bytes, at, end);
    if (valueAt >= 0) {
      const isQuoted = bytes[valueAt] === QUOTE;
      const from = isQuoted ? valueAt + 1 : valueAt;
      const until = isQuoted ? quotedEnd(bytes, from, end) : tokenEnd(bytes, from, end);
      if (test(digestAt, from, until)) return;
      // One realm of each.
      digestAt = -1;
      at = isQuoted ? until + 1 : until;
    }
    at = nextWord(bytes, at, end);
  }
}

/** Where the word behind the one at hand begins, quoted strings passed over; `end` when the value ends before. */
function nextWord(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] as number) > SPACE && bytes[at] !== COMMA) {
    at = bytes[at] === QUOTE ? quotedEnd(bytes, at + 1, end) + 1 : at + 1;
  }
  for (; at < end && ((bytes[at] as number) <= SPACE || bytes[at] === COMMA); at++) {
    if (bytes[at] === LF && !isBlank(bytes[at + 1])) return end;
  }
  return at;
}

function isScheme(bytes: Uint8Array, at: number, end: number): boolean {
  // Spares most words a closer look.
  if (((bytes[at] as number) | CASE) !== D) return false;
  const next = at + SCHEME.length;
  return (
    next < end && (bytes[next] as number) <= SPACE && equalsIgnoreCase(bytes, at, next, SCHEME)
  );
}

/** Where the realm begins if that is what the parameter at `start` names, else -1. */
function realmAt(bytes: Uint8Array, start: number, end: number): number {
  if (((bytes[start] as number) | CASE) !== R) return -1;
  let at = start + REALM.length;
  if (at >= end || !equalsIgnoreCase(bytes, start, at, REALM)) return -1;
  while (at < end && (bytes[at] as number) <= SPACE) at++;
  if (bytes[at++] !== EQUALS) return -1;
  while (at < end && (bytes[at] as number) <= SPACE) at++;
  return at < end ? at : -1;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}
