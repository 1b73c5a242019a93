import type { Span } from "../../base/ascii.ts";

const PERCENT = 0x25;
/** Longer texts are left as they are: no number and no name of a user is so long. */
const ESCAPED_MAX = 128;

/** A user as servers compare it: "%34" is "4" (RFC 3261 19.1.4). What is no escape stays. */
export function unescaped(text: string): string {
  if (text.length > ESCAPED_MAX || !text.includes("%")) return text;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

/** Something there may be an escape. */
export function hasEscape(bytes: Uint8Array, { start, end }: Span): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === PERCENT) return true;
  return false;
}
