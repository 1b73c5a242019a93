import {
  COLON,
  COMMA,
  equals,
  equalsIgnoreCase,
  find,
  isDigit,
  isTokenByte,
  parseUint,
  QUOTE,
  SEMICOLON,
  SLASH,
  SPACE,
  type Span,
  trimEnd,
} from "../../base/ascii.ts";
import { HeaderId } from "./headers.ts";
import type { SipMessageView } from "./message.ts";
import { parameter } from "./params.ts";
import { clearSpan, isHostEnd, plainParameter, skipFolds, skipQuoted } from "./scan.ts";

/** End of the first value of a Via, in which angle brackets mean nothing. */
function firstViaEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== COMMA) {
    at = bytes[at] === QUOTE ? skipQuoted(bytes, at, end) : at + 1;
  }
  return at;
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

  /** No further value stands behind it in its header. */
  isAlone = false;

  decode(message: SipMessageView): boolean {
    const value = viaValue;
    if (message.value(HeaderId.VIA, value)) {
      this.isAlone = this.#decodePlain(message.bytes, value.start, value.end);
      if (this.isAlone) return true;
    }
    this.isAlone = false;
    return this.decodeAny(message);
  }

  /** Nearly every Via: `SIP/2.0/UDP host:port;branch=x;y`. False for all others, with nothing of use filled in. */
  #decodePlain(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < 12 || !equals(bytes, start, start + 8, "SIP/2.0/")) return false;
    let at = start + 8;
    while (at < end && isTokenByte(bytes[at] as number)) at++;
    // Without a transport the blank may be one of those around the slash.
    if (bytes[at] !== SPACE || at === start + 8) return false;
    const hostStart = ++at;
    while (at < end && isTokenByte(bytes[at] as number)) at++;
    if (at === hostStart || at >= end) return false;
    const hostEnd = at;
    let port = 0;
    if (bytes[at] === COLON) {
      const portStart = ++at;
      while (at < end && isDigit(bytes[at] as number)) at++;
      port = Math.max(0, parseUint(bytes, portStart, at, 65535));
    }
    const { branch } = this;
    if (!plainParameter(bytes, at, end, "branch", branch) || branch.start === at) return false;
    this.host.start = hostStart;
    this.host.end = hostEnd;
    this.port = port;
    this.params.start = at;
    this.params.end = end;
    this.hasCookie = hasCookie(bytes, branch.start, branch.end);
    return true;
  }

  /** `decode` of any Via, by RFC 3261 25.1 and with patience: the measure for its short cut. */
  decodeAny(message: SipMessageView): boolean {
    const value = viaValue;
    clearSpan(this.branch, 0);
    clearSpan(this.host, 0);
    clearSpan(this.params, 0);
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
    this.hasCookie = hasCookie(bytes, this.branch.start, this.branch.end);
    return true;
  }
}

/** RFC 3261 8.1.1.7. */
function hasCookie(bytes: Uint8Array, start: number, end: number): boolean {
  return equalsIgnoreCase(bytes, start, Math.min(start + 7, end), "z9hg4bk");
}

const viaValue: Span = { start: 0, end: 0 };

/**
 * Number of Via values: the hops that the message went through (RFC 3261 20.42). `top` is the message's
 * topmost one, which need not be read again.
 */
export function viaCount(message: SipMessageView, top?: ViaView): number {
  const first = message.indexOf(HeaderId.VIA);
  if (first < 0) return 0;
  const isCounted = top?.isAlone === true;
  let count = isCounted ? 1 : 0;
  let i = isCounted ? message.indexOf(HeaderId.VIA, first + 1) : first;
  for (; i >= 0; i = message.indexOf(HeaderId.VIA, i + 1)) {
    let at = message.valueSpans[2 * i] as number;
    const end = message.valueSpans[2 * i + 1] as number;
    while (at < end) {
      count++;
      at = firstViaEnd(message.bytes, at, end) + 1;
    }
  }
  return count;
}
