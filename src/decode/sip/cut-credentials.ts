import {
  BACKSLASH,
  COMMA,
  EQUALS,
  equalsIgnoreCase,
  LF,
  QUOTE,
  SPACE,
  TAB,
} from "../../base/ascii.ts";

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
  let isWordStart = true;
  for (let at = start; at < end; ) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      at = quotedEnd(bytes, at + 1, end) + 1;
      isWordStart = false;
      continue;
    }
    if (byte === LF && !isBlank(bytes[at + 1])) return;
    if (byte <= SPACE || byte === COMMA) {
      isWordStart = true;
      at++;
      continue;
    }
    if (isWordStart && (byte | CASE) === D && isScheme(bytes, at, end)) digestAt = at;
    if (isWordStart && (byte | CASE) === R && digestAt >= 0) {
      const valueAt = realmAt(bytes, at, end);
      if (valueAt >= 0) {
        const isQuoted = bytes[valueAt] === QUOTE;
        const from = isQuoted ? valueAt + 1 : valueAt;
        const until = isQuoted ? quotedEnd(bytes, from, end) : tokenEnd(bytes, from, end);
        if (test(digestAt, from, until)) return;
        // One realm of each.
        digestAt = -1;
        at = isQuoted ? until + 1 : until;
        continue;
      }
    }
    isWordStart = false;
    at++;
  }
}

function isScheme(bytes: Uint8Array, at: number, end: number): boolean {
  const next = at + SCHEME.length;
  return (
    next < end && (bytes[next] as number) <= SPACE && equalsIgnoreCase(bytes, at, next, SCHEME)
  );
}

/** Where the realm begins if that is what the parameter at `start` names, else -1. */
function realmAt(bytes: Uint8Array, start: number, end: number): number {
  let at = start + REALM.length;
  if (at >= end || !equalsIgnoreCase(bytes, start, at, REALM)) return -1;
  while (at < end && (bytes[at] as number) <= SPACE) at++;
  if (bytes[at++] !== EQUALS) return -1;
  while (at < end && (bytes[at] as number) <= SPACE) at++;
  return at < end ? at : -1;
}

function quotedEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at, end);
}

function tokenEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== COMMA && (bytes[at] as number) > SPACE) at++;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}
