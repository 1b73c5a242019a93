import {
  AT,
  COLON,
  equals,
  equalsIgnoreCase,
  GREATER,
  isDigit,
  isTokenByte,
  LESS,
  parseUint,
  QUESTION,
  SPACE,
  type Span,
  skipBlanks,
  trimEnd,
} from "../../base/ascii.ts";
import { SipAnomaly } from "./anomaly.ts";
import type { SipMessageView } from "./message.ts";
import { methodOf, SipMethod } from "./methods.ts";

/**
 * Takes the start line (RFC 3261 7.1, 7.2) of `message` apart, its bytes[start, lineEnd). False when it is none of
 * SIP; then what it has filled in means nothing.
 */
export function decodeStartLine(message: SipMessageView, start: number, lineEnd: number): boolean {
  return equals(message.bytes, start, start + 4, "SIP/")
    ? decodeStatusLine(message, start, lineEnd)
    : decodeRequestLine(message, start, lineEnd);
}

function decodeStatusLine(message: SipMessageView, start: number, lineEnd: number): boolean {
  const { bytes } = message;
  const versionEnd = findBlank(bytes, start, lineEnd);
  if (!isVersion(bytes, start, versionEnd)) return false;
  if (!equals(bytes, start, versionEnd, "SIP/2.0")) message.anomalies |= SipAnomaly.BAD_VERSION;
  message.isRequest = false;
  setSpan(message.version, start, versionEnd);
  const codeStart = skipBlanks(bytes, versionEnd, lineEnd);
  const codeEnd = findBlank(bytes, codeStart, lineEnd);
  setSpan(message.statusCodeSpan, codeStart, codeEnd);
  const code = codeEnd - codeStart === 3 ? parseUint(bytes, codeStart, codeEnd, 999) : -1;
  if (code >= 100 && code <= 699) message.statusCode = code;
  else message.anomalies |= SipAnomaly.BAD_STATUS_CODE;
  // RFC 3261 7.2: one space, then the reason phrase, which may be empty.
  setSpan(message.reason, codeEnd < lineEnd ? codeEnd + 1 : lineEnd, lineEnd);
  setSpan(message.methodSpan, start, start);
  setSpan(message.uri, start, start);
  return true;
}

function decodeRequestLine(message: SipMessageView, start: number, lineEnd: number): boolean {
  const { bytes } = message;
  let methodEnd = start;
  while (methodEnd < lineEnd && isTokenByte(bytes[methodEnd] as number)) methodEnd++;
  // A method that is no token is malformed SIP only where the version says that this is SIP.
  const isToken = bytes[methodEnd] === SPACE;
  if (!isToken) while (methodEnd < lineEnd && (bytes[methodEnd] as number) > SPACE) methodEnd++;
  if (methodEnd === start || methodEnd >= lineEnd || bytes[methodEnd] !== SPACE) return false;
  const method = methodOf(bytes, start, methodEnd);
  const last = trimEnd(bytes, methodEnd, lineEnd);
  let versionStart = last;
  while (versionStart > methodEnd && bytes[versionStart - 1] !== SPACE) versionStart--;
  const uriStart = methodEnd + 1;
  const hasVersion = isVersion(bytes, versionStart, last);
  if (!hasVersion && !(method !== SipMethod.OTHER && hasSipScheme(bytes, uriStart, lineEnd))) {
    return false;
  }
  const uriEnd = hasVersion ? Math.max(uriStart, versionStart - 1) : last;
  if (!hasVersion || !isToken || last !== lineEnd) message.anomalies |= SipAnomaly.BAD_START_LINE;
  else if (!equals(bytes, versionStart, last, "SIP/2.0")) {
    message.anomalies |= SipAnomaly.BAD_VERSION;
  }
  message.isRequest = true;
  message.method = method;
  setSpan(message.methodSpan, start, methodEnd);
  setSpan(message.uri, uriStart, uriEnd);
  setSpan(message.version, hasVersion ? versionStart : last, last);
  setSpan(message.statusCodeSpan, start, start);
  setSpan(message.reason, start, start);
  if (!isPlainUri(bytes, uriStart, uriEnd)) message.anomalies |= SipAnomaly.BAD_URI;
  return true;
}

function setSpan(span: Span, start: number, end: number): void {
  span.start = start;
  span.end = end;
}

function findBlank(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== SPACE) at++;
  return at;
}

/** "SIP/" digits "." digits, RFC 3261 25.1 (case-insensitive there; upper case is what is sent). */
function isVersion(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 7 || end - start > 12 || !equals(bytes, start, start + 4, "SIP/")) return false;
  let dots = 0;
  for (let at = start + 4; at < end; at++) {
    if (bytes[at] === 0x2e) dots++;
    else if (!isDigit(bytes[at] as number)) return false;
  }
  return dots === 1;
}

function hasSipScheme(bytes: Uint8Array, start: number, end: number): boolean {
  const at = bytes[start] === 0x3c || bytes[start] === SPACE ? start + 1 : start;
  return (
    at + 5 <= end &&
    (equals(bytes, at, at + 4, "sip:") ||
      equals(bytes, at, at + 5, "sips:") ||
      equals(bytes, at, at + 4, "tel:"))
  );
}

/** Without blanks and angle brackets, and without headers (RFC 3261 19.1.1, RFC 4475 3.1.2.11). */
function isPlainUri(bytes: Uint8Array, start: number, end: number): boolean {
  if (start >= end) return false;
  let hasQuery = false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte <= SPACE || byte === LESS || byte === GREATER) return false;
    if (byte === QUESTION) hasQuery = true;
    // Before an "@" it belongs to the user part (RFC 4475 3.1.1.2).
    else if (byte === AT) hasQuery = false;
  }
  return !hasQuery || !startsLikeSip(bytes, start, end);
}

/** "sip:" or "sips:"; other schemes have a syntax of their own. */
function startsLikeSip(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start > 4 &&
    equalsIgnoreCase(bytes, start, start + 3, "sip") &&
    (bytes[start + 3] === COLON || bytes[start + 4] === COLON)
  );
}
