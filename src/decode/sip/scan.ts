import {
  BACKSLASH,
  COLON,
  COMMA,
  EQUALS,
  equalsIgnoreCase,
  GREATER,
  LESS,
  QUESTION,
  QUOTE,
  SEMICOLON,
  SPACE,
  type Span,
} from "../../base/ascii.ts";

/** Position after the quoted string that starts at `at`; `end` when it is not closed. */
export function skipQuoted(bytes: Uint8Array, at: number, end: number): number {
  let i = at + 1;
  while (i < end) {
    const byte = bytes[i];
    if (byte === QUOTE) return i + 1;
    i += byte === BACKSLASH ? 2 : 1;
  }
  return end;
}

/** First position in [start, end) that is no blank and no line end: values may be folded. */
export function skipFolds(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] as number) <= SPACE) at++;
  return at;
}

/** Moves `end` back over blanks and line ends. */
export function trimFolds(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && (bytes[at - 1] as number) <= SPACE) at--;
  return at;
}

/** Last position of `byte` in [start, end), or -1. */
export function findLast(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let at = end - 1; at >= start; at--) if (bytes[at] === byte) return at;
  return -1;
}

const HOST_END = new Uint8Array(256).fill(1, 0, SPACE + 1);
for (const byte of [COLON, SEMICOLON, QUESTION, GREATER]) HOST_END[byte] = 1;

/** What ends a host or a port in a URI or a Via. */
export function isHostEnd(byte: number): boolean {
  return HOST_END[byte] === 1;
}

/** 1 for blanks, quotes and what separates values: parameters with these are not read by a short cut. */
const IS_PARAM_ODD = new Uint8Array(256).fill(1, 0, SPACE + 1);
for (const byte of [COMMA, QUOTE, LESS]) IS_PARAM_ODD[byte] = 1;

/**
 * The short cut for ";a=b;c" that fills bytes[start, end): finds the value of parameter `name` (lower case), empty
 * at `start` when it is missing. False when there is anything odd about the parameters.
 */
export function plainParameter(
  bytes: Uint8Array,
  start: number,
  end: number,
  name: string,
  out: Span,
): boolean {
  const first = name.charCodeAt(0);
  const { length } = name;
  let isFound = false;
  clearSpan(out, start);
  let at = start;
  while (at < end) {
    if (bytes[at] !== SEMICOLON) return false;
    const nameStart = ++at;
    while (at < end && bytes[at] !== SEMICOLON) {
      if (IS_PARAM_ODD[bytes[at] as number] === 1) return false;
      at++;
    }
    const isCandidate = !isFound && ((bytes[nameStart] as number) | 0x20) === first;
    if (!isCandidate || at - nameStart < length) continue;
    if (!equalsIgnoreCase(bytes, nameStart, nameStart + length, name)) continue;
    // Without "=" it is a parameter of another name, or one without a value.
    if (at - nameStart === length || bytes[nameStart + length] !== EQUALS) return false;
    isFound = true;
    out.start = nameStart + length + 1;
    out.end = at;
  }
  return true;
}

export function clearSpan(span: Span, at: number): void {
  span.start = at;
  span.end = at;
}

/**
 * First position in [start, end) of a byte below 0x20, or `end`: of a line end, in ordinary messages. Four bytes
 * at a time; `view` spans the same bytes as the positions.
 */
export function findControl(view: DataView, start: number, end: number): number {
  let at = start;
  for (const last = end - 4; at <= last; at += 4) {
    const word = view.getInt32(at, true);
    // The lowest marked byte is one below 0x20; a borrow may only mark bytes behind it.
    const marks = (word - 0x20202020) & ~word & 0x80808080;
    if (marks !== 0) return at + ((31 - Math.clz32(marks & -marks)) >>> 3);
  }
  while (at < end && view.getUint8(at) >= SPACE) at++;
  return at;
}
