import { parseUint, type Span } from "../../base/ascii.ts";

const PLUS = 0x2b;
/** Shorter ones are extensions. */
const DIGITS_MIN = 7;
/** E.164; the value of so many digits is exact. */
const DIGITS_MAX = 15;

/** Value of a telephone number without separators, as machines write it; -1 of all else. Zeros in front do not count. */
export function numberIn(bytes: Uint8Array, { start, end }: Span): number {
  const first = bytes[start] === PLUS ? start + 1 : start;
  if (end - first < DIGITS_MIN || end - first > DIGITS_MAX) return -1;
  return parseUint(bytes, first, end, Number.MAX_SAFE_INTEGER);
}
