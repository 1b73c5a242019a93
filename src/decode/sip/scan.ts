import { BACKSLASH, QUOTE, SPACE } from "../../base/ascii.ts";

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
