import { SPACE, type Span } from "../base/ascii.ts";

/** The word that `nextWord` has found. */
export const word: Span = { start: 0, end: 0 };

/** Moves `word` to the next one in bytes[start, end); empty and false when there is none. */
export function nextWord(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && (bytes[at] as number) <= SPACE) at++;
  word.start = at;
  while (at < end && (bytes[at] as number) > SPACE) at++;
  word.end = at;
  return word.end > word.start;
}
