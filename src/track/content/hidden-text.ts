import { EQUALS, QUESTION } from "../../base/ascii.ts";

/**
 * Texts that somebody hides where software writes random tokens: base64 (RFC 4648 4), base32 (RFC 4648 6), hex or three decimal
 * digits a letter that read as words, letters that are escaped without need, and characters that nobody sees. Random tokens practically
 * never read as words: twelve random bytes are all letters, digits or blanks once in 20 million times.
 */

/** Shorter ones are words by chance, or an abbreviation. */
const ENCODED_MIN = 16;
/** Nothing longer is decoded; the first part of a long text is evidence enough. */
const ENCODED_MAX = 256;
/** Behind so much that reads as words, something else may stand: a number that makes a token differ, or what is no text. */
const PREFIX_MIN = 20;
/** Letters beyond "f": without them it is hex, a number, an address or a time, which devices do encode in their tokens. */
const WORD_LETTERS_MIN = 3;
/** The longer a text, the less chance has a part in that all of it can be shown: then quotes and brackets may stand in it. */
function wordPercentMin(length: number): number {
  if (length < 16) return 100;
  return length < 24 ? 80 : 60;
}

const TEXT_SHOWN_MAX = 80;
const SENTENCE_WORDS_MIN = 3;
const LOWER_B = 0x62;
const SLASH = 0x2f;

const NOT_BASE64 = 255;
const SEXTETS = new Uint8Array(256).fill(NOT_BASE64);
for (const [value, byte] of Buffer.from(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
).entries()) {
  SEXTETS[byte] = value;
}

const plain = new Uint8Array(ENCODED_MAX);

/**
 * The first hidden text in the tokens of bytes[start, end), or "". Looks at the last byte first of what would be long enough, so that
 * ordinary text costs a look at each sixteenth byte or so. Linear; allocates only what it found.
 */
export function encodedTextIn(bytes: Uint8Array, start: number, end: number): string {
  let at = start;
  while (at + ENCODED_MIN <= end) {
    let last = at + ENCODED_MIN - 1;
    while (last >= at && SEXTETS[bytes[last] as number] !== NOT_BASE64) last--;
    if (last >= at) {
      at = last + 1;
      continue;
    }
    let runEnd = at + ENCODED_MIN;
    while (runEnd < end && SEXTETS[bytes[runEnd] as number] !== NOT_BASE64) runEnd++;
    const stop = Math.min(runEnd, at + ENCODED_MAX);
    if (isEncodedWord(bytes, at, runEnd)) {
      at = runEnd + 1;
      continue;
    }
    let length = words(bytes, at, stop);
    if (length === 0) length = wordsBehindSlash(bytes, at, stop);
    if (length > 0) return shown(length);
    at = runEnd + 1;
  }
  return "";
}

function words(bytes: Uint8Array, start: number, end: number): number {
  return (
    base64Words(bytes, start, end) ||
    hexWords(bytes, start, end) ||
    base32Words(bytes, start, end) ||
    decimalWords(bytes, start, end)
  );
}

/** "/" is a letter of base64, and what a path or the name of a product ends with: behind the first one and the last. */
function wordsBehindSlash(bytes: Uint8Array, start: number, end: number): number {
  let first = start;
  while (first < end && bytes[first] !== SLASH) first++;
  if (first === end) return 0;
  let last = end - 1;
  while (bytes[last] !== SLASH) last--;
  for (const at of first === last ? [first] : [first, last]) {
    const length = end - at > ENCODED_MIN ? words(bytes, at + 1, end) : 0;
    if (length > 0) return length;
  }
  return 0;
}

/** `=?charset?B?...?=` hides nothing: whoever shows it decodes it (RFC 2047 2). */
function isEncodedWord(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start - 1] !== QUESTION || bytes[start - 3] !== QUESTION) return false;
  if (((bytes[start - 2] as number) | 0x20) !== LOWER_B) return false;
  let after = end;
  while (bytes[after] === EQUALS) after++;
  return bytes[after] === QUESTION && bytes[after + 1] === EQUALS;
}

/** Length of what bytes[start, end) say in `plain`, 0 when that are no words. Random ones mostly end at the first quad. */
function base64Words(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  let bits = 0;
  let held = 0;
  for (let at = start; at < end; at++) {
    held = ((held << 6) | (SEXTETS[bytes[at] as number] as number)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    const byte = (held >>> bits) & 0xff;
    if (!isShown(byte)) return prefix(length);
    plain[length++] = byte;
  }
  return isWords(length) ? length : 0;
}

function prefix(length: number): number {
  return length >= PREFIX_MIN && isWords(length) ? length : 0;
}

function hexWords(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at + 1 < end; at += 2) {
    const byte = hexDigit(bytes[at] as number) * 16 + hexDigit(bytes[at + 1] as number);
    if (!isShown(byte)) return prefix(length);
    plain[length++] = byte;
  }
  return (end - start) % 2 === 0 && isWords(length) ? length : 0;
}

/** RFC 4648 6, in either case. */
function base32Words(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  let bits = 0;
  let held = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    const letter = (byte | 0x20) - 0x61;
    const isLetter = letter >= 0 && letter < 26;
    if (!isLetter && (byte < 0x32 || byte > 0x37)) return prefix(length);
    held = ((held << 5) | (isLetter ? letter : byte - 0x32 + 26)) & 0xffff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    const text = (held >>> bits) & 0xff;
    if (!isShown(text)) return prefix(length);
    plain[length++] = text;
  }
  return isWords(length) ? length : 0;
}

/** Each letter as three digits. */
function decimalWords(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at + 2 < end; at += 3) {
    let value = 0;
    for (let digit = at; digit < at + 3; digit++) {
      const byte = bytes[digit] as number;
      if (byte < 0x30 || byte > 0x39) return 0;
      value = 10 * value + byte - 0x30;
    }
    if (!isShown(value)) return 0;
    plain[length++] = value;
  }
  return (end - start) % 3 === 0 && isWords(length) ? length : 0;
}

/** As many letters in a row are escaped (RFC 3986 2.1). Looked for at each 22nd place, of which such a row holds one. */
const ESCAPES_MIN = 8;
const ESCAPE_BYTES = 3;
const ESCAPES_STEP = ESCAPES_MIN * ESCAPE_BYTES - 2;
const PERCENT = 0x25;
/** No escape, or of what is no text in ASCII. */
const UNREADABLE = -1;

/** The first text of bytes[start, end) whose letters, digits and blanks are escaped though no URI needs that (RFC 3986 2.3), or "". */
export function escapedTextIn(bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; at + 2 < end; at += ESCAPES_STEP) {
    let first = at;
    while (first < at + ESCAPE_BYTES && bytes[first] !== PERCENT) first++;
    if (first === at + ESCAPE_BYTES) continue;
    // What lies further to the left was looked at before.
    const from = Math.max(start, at - ESCAPES_STEP);
    while (first - ESCAPE_BYTES >= from && escaped(bytes, first - ESCAPE_BYTES) !== UNREADABLE) {
      first -= ESCAPE_BYTES;
    }
    const length = escapes(bytes, first, end);
    if (length >= ESCAPES_MIN && isWords(length)) return shown(length);
    at = Math.max(at, first + ESCAPE_BYTES * length - ESCAPES_STEP);
  }
  return "";
}

/** How many characters in a row are escaped from bytes[start] on; they are in `plain`. */
function escapes(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at + 2 < end && length < ENCODED_MAX; at += ESCAPE_BYTES) {
    const byte = escaped(bytes, at);
    if (byte === UNREADABLE) break;
    plain[length++] = byte;
  }
  return length;
}

/** The character that is escaped there. */
function escaped(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== PERCENT) return UNREADABLE;
  const byte = hexDigit(bytes[at + 1] as number) * 16 + hexDigit(bytes[at + 2] as number);
  return isShown(byte) ? byte : UNREADABLE;
}

/** 0 to 15; of what is no digit a number that makes the pair unreadable. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -256;
}

function isShown(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e;
}

function isWords(length: number): boolean {
  let ordinary = 0;
  let letters = 0;
  for (let at = 0; at < length; at++) {
    const byte = plain[at] as number;
    const letter = byte | 0x20;
    if (letter >= 0x61 && letter <= 0x7a) {
      ordinary++;
      if (letter > 0x66) letters++;
    } else if (byte === 0x20 || (byte >= 0x30 && byte <= 0x39)) ordinary++;
  }
  return letters >= WORD_LETTERS_MIN && 100 * ordinary >= wordPercentMin(length) * length;
}

/** Words with blanks between: what software encodes is names, addresses and numbers. */
export function isSentence(text: string): boolean {
  return text.split(" ", SENTENCE_WORDS_MIN).length === SENTENCE_WORDS_MIN;
}

function shown(length: number): string {
  return Buffer.from(plain.subarray(0, Math.min(length, TEXT_SHOWN_MAX))).toString("latin1");
}

/**
 * Characters that no font shows and no language needs, in UTF-8: zero width space U+200B, word joiner U+2060, byte order
 * mark U+FEFF, tags U+E0000 to U+E007F. Joiners and marks of direction (U+200C to U+200F) are part of languages.
 */
export function hasInvisible(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + 2 < end; at++) {
    const first = bytes[at] as number;
    if (first < 0xe2) continue;
    const second = bytes[at + 1] as number;
    const third = bytes[at + 2] as number;
    if (first === 0xe2 && second === 0x80 && third === 0x8b) return true;
    if (first === 0xe2 && second === 0x81 && third === 0xa0) return true;
    if (first === 0xef && second === 0xbb && third === 0xbf) return true;
    if (first === 0xf3 && second === 0xa0 && (third === 0x80 || third === 0x81)) return true;
  }
  return false;
}
