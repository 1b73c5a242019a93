import { isDigit, isTokenByte, SPACE, trimEnd } from "../../base/ascii.ts";

/** Whether bytes begin like something: more of them may be needed to say. */
export const Likeness = { NO: 0, MAYBE: 1, YES: 2 } as const;
export type Likeness = (typeof Likeness)[keyof typeof Likeness];

const STATUS = "SIP/";
/** Schemes of a Request-URI (RFC 3261 19.1, RFC 3966, RFC 3428 9), and one that torture tests have. */
const SCHEMES = ["sip:", "sips:", "tel:", "urn:", "im:", "pres:"] as const;
/** No method is longer; a line without a blank before that is none. */
const METHOD_BYTES_MAX = 32;

/**
 * Does a SIP start line begin here (RFC 3261 7.1, 7.2)? Strict, as it decides what a stream is: a status
 * line with its version, or a method before a URI of a scheme that SIP has.
 */
export function sipLikeness(bytes: Uint8Array, start: number, end: number): Likeness {
  const status = textLikeness(bytes, start, end, STATUS);
  if (status === Likeness.YES) return statusLikeness(bytes, start + STATUS.length, end);
  if (status === Likeness.MAYBE) return Likeness.MAYBE;
  let at = start;
  while (at < end && at - start <= METHOD_BYTES_MAX && isTokenByte(bytes[at] as number)) at++;
  if (at === start || at - start > METHOD_BYTES_MAX) return Likeness.NO;
  if (at === end) return Likeness.MAYBE;
  if (bytes[at] !== SPACE) return Likeness.NO;
  // RFC 4475 3.1.2.9: some put blanks or an angle bracket before the URI.
  do at++;
  while (at < end && (bytes[at] === SPACE || bytes[at] === 0x3c) && at - start < 64);
  if (at === end) return Likeness.MAYBE;
  const first = (bytes[at] as number) | 0x20;
  let best: Likeness = Likeness.NO;
  for (const scheme of SCHEMES) {
    if (scheme.charCodeAt(0) !== first) continue;
    best = Math.max(best, textLikeness(bytes, at, end, scheme, true)) as Likeness;
  }
  return best;
}

/** Is the line a start line? Also with a scheme that nobody knows, where the version stands at its end. */
export function isStartLine(bytes: Buffer, start: number, lineEnd: number): boolean {
  if (sipLikeness(bytes, start, lineEnd) === Likeness.YES) return true;
  const last = trimEnd(bytes, start, lineEnd);
  let version = last;
  while (version > start && last - version < 12 && bytes[version - 1] !== SPACE) version--;
  return version > start && textLikeness(bytes, version, last, "SIP/") === Likeness.YES;
}

/** Digits, a dot, digits and a blank. */
function statusLikeness(bytes: Uint8Array, start: number, end: number): Likeness {
  let dots = 0;
  for (let at = start; at < end && at - start < 8; at++) {
    const byte = bytes[at] as number;
    if (byte === SPACE) return dots === 1 && at > start + 2 ? Likeness.YES : Likeness.NO;
    if (byte === 0x2e) dots++;
    else if (!isDigit(byte)) return Likeness.NO;
  }
  return end - start < 8 ? Likeness.MAYBE : Likeness.NO;
}

/** Is it that text, or the beginning of it? */
export function textLikeness(
  bytes: Uint8Array,
  start: number,
  end: number,
  text: string,
  ignoresCase = false,
): Likeness {
  const length = Math.min(text.length, end - start);
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i] as number;
    const code = text.charCodeAt(i);
    if (byte !== code && !(ignoresCase && (byte | 0x20) === code)) return Likeness.NO;
  }
  return length === text.length ? Likeness.YES : Likeness.MAYBE;
}
