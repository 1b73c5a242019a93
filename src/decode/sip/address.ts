import {
  AT,
  COLON,
  equalsIgnoreCase,
  find,
  GREATER,
  isTokenByte,
  LESS,
  parseUint,
  QUESTION,
  QUOTE,
  SEMICOLON,
  SPACE,
  type Span,
  skipBlanks,
  trimEnd,
} from "../../base/ascii.ts";
import { firstValueEnd, parameter } from "./params.ts";
import { clearSpan, findLast, isHostEnd, plainParameter, skipQuoted } from "./scan.ts";

const STAR = 0x2a;
const BRACKET = 0x5b;
/** Bytes of a display name without quotes, but for "*", which is a Contact of its own (RFC 3261 10.2.2). */
const IS_DISPLAY = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) IS_DISPLAY[byte] = isTokenByte(byte) ? 1 : 0;
IS_DISPLAY[SPACE] = 1;
IS_DISPLAY[STAR] = 0;

/** Bytes that end a part of a URI, or are odd in it. */
const IS_URI_STOP = new Uint8Array(256).fill(1, 0, SPACE + 1);
for (const byte of [QUOTE, LESS, GREATER, QUESTION, BRACKET, AT]) IS_URI_STOP[byte] = 1;

/** Position after "sip:" or "sips:" in any case; -1 of another scheme. */
function afterSipScheme(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 5) return -1;
  const hasSip =
    ((bytes[start] as number) | 0x20) === 0x73 &&
    ((bytes[start + 1] as number) | 0x20) === 0x69 &&
    ((bytes[start + 2] as number) | 0x20) === 0x70;
  if (!hasSip) return -1;
  if (bytes[start + 3] === COLON) return start + 4;
  return ((bytes[start + 3] as number) | 0x20) === 0x73 && bytes[start + 4] === COLON
    ? start + 5
    : -1;
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
  /** Read by the short cut: nothing about it is odd. */
  isPlain = false;

  /** Takes the first value in bytes[start, end); false when it holds no URI. */
  decode(bytes: Uint8Array, start: number, end: number): boolean {
    this.isPlain = this.#decodePlain(bytes, start, end);
    return this.isPlain || this.decodeAny(bytes, start, end);
  }

  /** `decode` of any value, by RFC 3261 25.1 and with patience: the measure for its short cut. */
  decodeAny(bytes: Uint8Array, start: number, end: number): boolean {
    const valueEnd = firstValueEnd(bytes, start, end);
    this.isStar = false;
    this.port = 0;
    clearSpan(this.uri, start);
    clearSpan(this.user, start);
    clearSpan(this.host, start);
    clearSpan(this.tag, start);
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
    return this.decodeAnyUri(bytes, this.uri.start, this.uri.end);
  }

  /** Fills user, host and port from a URI; false when it has no scheme. */
  decodeUri(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#plainUriEnd(bytes, start, end) === end || this.decodeAnyUri(bytes, start, end);
  }

  /**
   * Nearly every address: `"Name" <sip:user@host:port>;tag=x`, each byte looked at about once. False for all
   * others, with nothing of use filled in.
   */
  #decodePlain(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    if (bytes[at] === QUOTE && at < end) at = skipQuoted(bytes, at, end);
    while (at < end && IS_DISPLAY[bytes[at] as number] === 1) at++;
    if (bytes[at] !== LESS || at >= end) return false;
    const close = this.#plainUriEnd(bytes, at + 1, end);
    if (close < 0 || close === end) return false;
    if (!plainParameter(bytes, close + 1, end, "tag", this.tag)) return false;
    if (this.tag.end === close + 1) clearSpan(this.tag, start);
    this.isStar = false;
    this.params.start = close + 1;
    this.params.end = end;
    return true;
  }

  /**
   * Fills user, host and port from a plain SIP URI that ends at a ">" or at `end`, and gives that place; -1
   * when there is anything odd about it, with nothing of use filled in.
   */
  #plainUriEnd(bytes: Uint8Array, start: number, end: number): number {
    const userStart = afterSipScheme(bytes, start, end);
    if (userStart < 0) return -1;
    let hostStart = userStart;
    let userEnd = -1;
    let at = userStart;
    for (; at < end && IS_URI_STOP[bytes[at] as number] === 0; at++) {
      // Of the user and its password, or of the port.
      if (userEnd < 0 && bytes[at] === COLON) userEnd = at;
    }
    this.user.start = start;
    this.user.end = start;
    if (at < end && bytes[at] === AT) {
      this.user.start = userStart;
      this.user.end = userEnd < 0 ? at : userEnd;
      hostStart = ++at;
      while (at < end && IS_URI_STOP[bytes[at] as number] === 0) at++;
    }
    if (at < end && bytes[at] !== GREATER) return -1;
    const uriEnd = at;
    this.uri.start = start;
    this.uri.end = uriEnd;
    this.port = 0;
    this.#decodeHostPort(bytes, hostStart, uriEnd);
    return uriEnd;
  }

  /** `decodeUri` of any URI. */
  decodeAnyUri(bytes: Uint8Array, start: number, end: number): boolean {
    this.uri.start = start;
    this.uri.end = end;
    this.port = 0;
    clearSpan(this.user, start);
    clearSpan(this.host, start);
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
