import {
  AT,
  COLON,
  COMMA,
  EQUALS,
  equalsIgnoreCase,
  find,
  GREATER,
  LESS,
  parseUint,
  QUESTION,
  QUOTE,
  SEMICOLON,
  SLASH,
  SPACE,
  type Span,
  skipBlanks,
  trimEnd,
} from "../../base/ascii.ts";
import { HeaderId } from "./headers.ts";
import type { SipMessageView } from "./message.ts";
import { findLast, skipFolds, skipQuoted, trimFolds } from "./scan.ts";

/** End of the first comma-separated value (RFC 3261 7.3.1), outside quotes and angle brackets. */
export function firstValueEnd(bytes: Uint8Array, start: number, end: number): number {
  let lastGreater = -1;
  let at = start;
  while (at < end) {
    const byte = bytes[at];
    if (byte === COMMA) return at;
    if (byte === QUOTE) at = skipQuoted(bytes, at, end);
    else if (byte === LESS) {
      // One that nothing closes is a plain byte. Searched once: there may be many of them.
      if (lastGreater < 0) lastGreater = Math.max(start, findLast(bytes, GREATER, at, end));
      at = at < lastGreater ? find(bytes, GREATER, at, end) + 1 : at + 1;
    } else at++;
  }
  return end;
}

/** The same of a Via, in which angle brackets mean nothing. */
function firstViaEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== COMMA) {
    at = bytes[at] === QUOTE ? skipQuoted(bytes, at, end) : at + 1;
  }
  return at;
}

/** Position of the next ";", outside of quoted strings. */
function nextSemicolon(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== SEMICOLON) {
    at = bytes[at] === QUOTE ? skipQuoted(bytes, at, end) : at + 1;
  }
  return at;
}

function nameEndOf(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== EQUALS && bytes[at] !== SEMICOLON && bytes[at] !== COMMA) at++;
  return at;
}

/** End of a parameter's value: a quoted string, a token or a host. */
function valueEndOf(bytes: Uint8Array, start: number, end: number): number {
  if (start < end && bytes[start] === QUOTE) return skipQuoted(bytes, start, end);
  let at = start;
  while (at < end && bytes[at] !== SEMICOLON && bytes[at] !== COMMA) {
    if ((bytes[at] as number) <= SPACE) break;
    at++;
  }
  return at;
}

/**
 * Value of parameter `name` (lower case) in ";a=b;c" parameters of bytes[start, end), quotes kept.
 * A parameter without "=" gives an empty span. Folded lines and blanks around tokens are allowed.
 */
export function parameter(
  bytes: Uint8Array,
  start: number,
  end: number,
  name: string,
  out: Span,
): boolean {
  const first = name.charCodeAt(0);
  let at = nextSemicolon(bytes, start, end);
  while (at < end) {
    const nameStart = skipFolds(bytes, at + 1, end);
    at = nameEndOf(bytes, nameStart, end);
    const isCandidate = ((bytes[nameStart] as number) | 0x20) === first;
    if (isCandidate && equalsIgnoreCase(bytes, nameStart, trimFolds(bytes, nameStart, at), name)) {
      out.start = bytes[at] === EQUALS && at < end ? skipFolds(bytes, at + 1, end) : at;
      out.end = out.start === at ? at : valueEndOf(bytes, out.start, end);
      return true;
    }
    at = nextSemicolon(bytes, at, end);
  }
  return false;
}

/** A From, To, Contact, Route or Refer-To value taken apart (RFC 3261 20.10, 25.1). Reused. */
export class AddressView {
  /** The URI, without angle brackets and header parameters. */
  readonly uri: Span = { start: 0, end: 0 };
  /** User part without password; empty when the URI has none. */
  readonly user: Span = { start: 0, end: 0 };
  /** Host without port; an IPv6 literal keeps its brackets. */
  readonly host: Span = { start: 0, end: 0 };
  /** 0 when the URI names no port. */
  port = 0;
  /** Value of the tag parameter; empty when there is none. */
  readonly tag: Span = { start: 0, end: 0 };
  /** Header parameters, from the first ";" on. */
  readonly params: Span = { start: 0, end: 0 };
  /** The Contact value "*" (RFC 3261 10.2.2). */
  isStar = false;

  /** Takes the first value in bytes[start, end); false when it holds no URI. */
  decode(bytes: Uint8Array, start: number, end: number): boolean {
    const valueEnd = firstValueEnd(bytes, start, end);
    this.isStar = false;
    this.port = 0;
    clear(this.uri, start);
    clear(this.user, start);
    clear(this.host, start);
    clear(this.tag, start);
    let at = skipBlanks(bytes, start, valueEnd);
    if (bytes[at] === 0x2a && at < valueEnd) {
      this.isStar = true;
      return true;
    }
    if (bytes[at] === QUOTE && at < valueEnd) at = skipQuoted(bytes, at, valueEnd);
    const open = find(bytes, LESS, at, valueEnd);
    if (open < valueEnd) {
      const close = find(bytes, GREATER, open, valueEnd);
      this.uri.start = open + 1;
      this.uri.end = close;
      this.params.start = Math.min(close + 1, valueEnd);
    } else {
      // RFC 3261 20.10: without angle brackets, what follows ";" belongs to the header.
      const semicolon = find(bytes, SEMICOLON, at, valueEnd);
      this.uri.start = at;
      this.uri.end = trimEnd(bytes, at, semicolon);
      this.params.start = semicolon;
    }
    this.params.end = valueEnd;
    parameter(bytes, this.params.start, valueEnd, "tag", this.tag);
    return this.decodeUri(bytes, this.uri.start, this.uri.end);
  }

  /** Fills user, host and port from a URI; false when it has no scheme. */
  decodeUri(bytes: Uint8Array, start: number, end: number): boolean {
    this.uri.start = start;
    this.uri.end = end;
    this.port = 0;
    clear(this.user, start);
    clear(this.host, start);
    const colon = find(bytes, COLON, start, end);
    if (colon === end) return false;
    if (equalsIgnoreCase(bytes, start, colon, "tel")) {
      this.user.start = colon + 1;
      this.user.end = find(bytes, SEMICOLON, colon + 1, end);
      return true;
    }
    // The last "@" splits: user parts of attackers hold further ones. What follows a "?" is headers,
    // but for a user part that holds one (RFC 4475 3.1.1.2).
    const query = find(bytes, QUESTION, colon + 1, end);
    let at = findLast(bytes, AT, colon + 1, query);
    if (at < 0 && query < end) at = findLast(bytes, AT, query, end);
    let hostStart = colon + 1;
    if (at >= 0) {
      this.user.start = colon + 1;
      this.user.end = find(bytes, COLON, colon + 1, at);
      hostStart = at + 1;
    }
    this.#decodeHostPort(bytes, hostStart, end);
    return true;
  }

  #decodeHostPort(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    if (bytes[at] === 0x5b && at < end) at = Math.min(find(bytes, 0x5d, at, end) + 1, end);
    while (at < end && !isHostEnd(bytes[at] as number)) at++;
    this.host.start = start;
    this.host.end = at;
    if (bytes[at] === COLON && at < end) {
      let portEnd = at + 1;
      while (portEnd < end && !isHostEnd(bytes[portEnd] as number)) portEnd++;
      this.port = Math.max(0, parseUint(bytes, at + 1, portEnd, 65535));
    }
  }
}

function isHostEnd(byte: number): boolean {
  return (
    byte === COLON || byte === SEMICOLON || byte === QUESTION || byte === GREATER || byte <= SPACE
  );
}

function clear(span: Span, at: number): void {
  span.start = at;
  span.end = at;
}

/** Position after "SIP / 2.0 / UDP" and blanks (RFC 3261 25.1: blanks around the slashes are allowed). */
function sentByStart(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let part = 0; part < 3; part++) {
    while (at < end && (bytes[at] as number) > SPACE && bytes[at] !== SEMICOLON) {
      if (bytes[at] === SLASH && part < 2) break;
      at++;
    }
    const next = skipFolds(bytes, at, end);
    if (part === 2 || bytes[next] !== SLASH || next === end) return next;
    at = skipFolds(bytes, next + 1, end);
  }
  return at;
}

/** The topmost Via value (RFC 3261 20.42, 18.2.1). Reused. */
export class ViaView {
  readonly branch: Span = { start: 0, end: 0 };
  /** sent-by host; an IPv6 literal keeps its brackets. */
  readonly host: Span = { start: 0, end: 0 };
  /** 0 when sent-by names no port. */
  port = 0;
  readonly params: Span = { start: 0, end: 0 };
  /** RFC 3261 8.1.1.7: the branch starts with z9hG4bK. */
  hasCookie = false;

  decode(message: SipMessageView): boolean {
    const value = viaValue;
    clear(this.branch, 0);
    clear(this.host, 0);
    clear(this.params, 0);
    this.hasCookie = false;
    this.port = 0;
    if (!message.value(HeaderId.VIA, value)) return false;
    const bytes = message.bytes;
    const end = firstViaEnd(bytes, value.start, value.end);
    let at = sentByStart(bytes, value.start, end);
    this.host.start = at;
    if (bytes[at] === 0x5b && at < end) at = Math.min(find(bytes, 0x5d, at, end) + 1, end);
    while (at < end && !isHostEnd(bytes[at] as number)) at++;
    this.host.end = at;
    const semicolon = find(bytes, SEMICOLON, at, end);
    if (bytes[at] === COLON && at < end) {
      this.port = Math.max(0, parseUint(bytes, at + 1, trimEnd(bytes, at, semicolon), 65535));
    }
    this.params.start = semicolon;
    this.params.end = end;
    if (!parameter(bytes, semicolon, end, "branch", this.branch)) return false;
    this.hasCookie = equalsIgnoreCase(
      bytes,
      this.branch.start,
      Math.min(this.branch.start + 7, this.branch.end),
      "z9hg4bk",
    );
    return true;
  }
}

const viaValue: Span = { start: 0, end: 0 };

/** Number of Via values: the hops that the message went through (RFC 3261 20.42). */
export function viaCount(message: SipMessageView): number {
  let count = 0;
  for (let i = message.indexOf(HeaderId.VIA); i >= 0; i = message.indexOf(HeaderId.VIA, i + 1)) {
    let at = message.valueSpans[2 * i] as number;
    const end = message.valueSpans[2 * i + 1] as number;
    while (at < end) {
      count++;
      at = firstViaEnd(message.bytes, at, end) + 1;
    }
  }
  return count;
}
