import { hash53 } from "../../base/hash.ts";

const PERCENT = 0x25;
/** A user of so many characters, each of them escaped; a longer one is nobody's other spelling. */
const WRITTEN_MAX = 384;
const plain = new Uint8Array(WRITTEN_MAX);

/**
 * Key of a user, however it is written: "%61" is "a" (RFC 3261 19.1.4), and case makes no other account where
 * servers keep them in a database. Whoever guesses at `Alice`, `%61lice` and `ALICE` guesses at one. 0 for none.
 */
export function userKeyOf(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start) return 0;
  return isPlain(bytes, start, end) || end - start > WRITTEN_MAX
    ? hash53(bytes, start, end)
    : hash53(plain, 0, written(bytes, start, end));
}

function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === PERCENT || isUpper(byte)) return false;
  }
  return true;
}

/** Writes the user into `plain` as it is compared; returns its length. */
function written(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    let byte = bytes[at] as number;
    if (byte === PERCENT && at + 2 < end) {
      const value = 16 * digitOf(bytes[at + 1] as number) + digitOf(bytes[at + 2] as number);
      if (value >= 0) {
        byte = value;
        at += 2;
      }
    }
    plain[length++] = isUpper(byte) ? byte | 0x20 : byte;
  }
  return length;
}

function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

/** Value of a hexadecimal digit; far below zero when it is none. */
function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1000;
}
