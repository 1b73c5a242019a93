import {
  BACKSLASH,
  COMMA,
  EQUALS,
  equalsIgnoreCase,
  QUOTE,
  SPACE,
  type Span,
} from "../../base/ascii.ts";

const name: Span = { start: 0, end: 0 };

/**
 * Digest parameters of an Authorization or WWW-Authenticate value (RFC 3261 25.1, RFC 8760), each
 * without its quotes. Reused.
 */
export class DigestView {
  readonly username: Span = { start: 0, end: 0 };
  readonly realm: Span = { start: 0, end: 0 };
  readonly nonce: Span = { start: 0, end: 0 };
  readonly uri: Span = { start: 0, end: 0 };
  readonly response: Span = { start: 0, end: 0 };
  readonly nc: Span = { start: 0, end: 0 };
  readonly cnonce: Span = { start: 0, end: 0 };
  readonly stale: Span = { start: 0, end: 0 };

  /** False when the scheme is not Digest. */
  decode(bytes: Uint8Array, start: number, end: number): boolean {
    for (const span of this.#all) {
      span.start = start;
      span.end = start;
    }
    let at = start;
    while (at < end && (bytes[at] as number) > SPACE) at++;
    if (!equalsIgnoreCase(bytes, start, at, "digest")) return false;
    while (at < end) at = this.#pair(bytes, at, end);
    return true;
  }

  readonly #all: readonly Span[] = [
    this.username,
    this.realm,
    this.nonce,
    this.uri,
    this.response,
    this.nc,
    this.cnonce,
    this.stale,
  ];

  /** Reads one `name=value` from `start` on; gives the position after it. */
  #pair(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && ((bytes[at] as number) <= SPACE || bytes[at] === COMMA)) at++;
    name.start = at;
    while (at < end && bytes[at] !== EQUALS && bytes[at] !== COMMA) at++;
    name.end = at;
    while (name.end > name.start && (bytes[name.end - 1] as number) <= SPACE) name.end--;
    if (at >= end || bytes[at] === COMMA) return at;
    at++;
    while (at < end && (bytes[at] as number) <= SPACE) at++;
    const isQuoted = at < end && bytes[at] === QUOTE;
    const valueStart = isQuoted ? at + 1 : at;
    const valueEnd = isQuoted ? quotedEnd(bytes, valueStart, end) : tokenEnd(bytes, at, end);
    const span = this.#spanOf(bytes);
    if (span !== null) {
      span.start = valueStart;
      span.end = valueEnd;
    }
    return isQuoted ? valueEnd + 1 : valueEnd;
  }

  #spanOf(bytes: Uint8Array): Span | null {
    const { start, end } = name;
    switch (end - start) {
      case 2:
        return equalsIgnoreCase(bytes, start, end, "nc") ? this.nc : null;
      case 3:
        return equalsIgnoreCase(bytes, start, end, "uri") ? this.uri : null;
      case 5:
        if (equalsIgnoreCase(bytes, start, end, "realm")) return this.realm;
        if (equalsIgnoreCase(bytes, start, end, "nonce")) return this.nonce;
        return equalsIgnoreCase(bytes, start, end, "stale") ? this.stale : null;
      case 6:
        return equalsIgnoreCase(bytes, start, end, "cnonce") ? this.cnonce : null;
      case 8:
        if (equalsIgnoreCase(bytes, start, end, "username")) return this.username;
        return equalsIgnoreCase(bytes, start, end, "response") ? this.response : null;
      default:
        return null;
    }
  }
}

/** Position of the closing quote; `end` when there is none. */
export function quotedEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at, end);
}

/** Where a value without quotes ends: at a comma or a blank. */
export function tokenEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== COMMA && (bytes[at] as number) > SPACE) at++;
  return at;
}
