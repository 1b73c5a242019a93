import {
  COMMA,
  EQUALS,
  equalsIgnoreCase,
  find,
  GREATER,
  LESS,
  QUOTE,
  SEMICOLON,
  SPACE,
  type Span,
} from "../../base/ascii.ts";
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
