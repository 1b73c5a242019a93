import type { SipMessageView } from "../../decode/sip/message.ts";
import { ESCAPED_LINE_END, INJECTION_PATTERNS } from "./injection-patterns.ts";

/** Head bytes that the patterns are held against at once, of which each part sees the end of the one before. */
const PART_BYTES = 4096;
const OVERLAP_BYTES = 256;
/** So much of a head is looked at. Who sends more of any one header is told (`sip.values_too_long`). */
const HEAD_MAX = 4 * PART_BYTES;
/** Some servers undo escapes twice. */
const DECODED_TIMES = 2;
const PERCENT = 0x25;
const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const SLASH = 0x2f;
const SEMICOLON = 0x3b;
const ANGLE = 0x3c;
/** To a database, a comment is a blank. */
const COMMENT = /\/\*[^*]{0,64}\*\//g;
const scratch = Buffer.alloc(PART_BYTES);

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
const DIGITS = "0123456789";
const COMMAND_BYTES = bytesIn(`${LETTERS}${DIGITS}/`);
const BEHIND_COMMAND = bytesIn(' \t"<');
const COMMAND_BYTES_MAX = 24;
/** What commands of the patterns begin with, by five bits of either letter: no "tag", "branch", "rport", "lr" or "user". */
const COMMAND_STARTS = new Uint8Array(1024);
for (const start of "dr de in up tr al ex se ca wg cu nc ba da sh rm id un wh pi ch py pe ph ru te tf ec to sl re bu su no".split(
  " ",
)) {
  COMMAND_STARTS[commandStart(Buffer.from(start), 0)] = 1;
}
/** Whether two bytes in a row are odd in SIP, by the first and the second one. */
const PAIRS = new Uint8Array(65_536);
const ODD = 1;
/** That hangs on what follows. */
const ASK = 2;
/** Any of these is odd. Of every pattern's text it has one, or a pair of those below. */
setPairs("{$}'`|\\%\0", null, ODD);
/** What a URI does not begin with: sip, sips, tel, urn, http, cid. */
setPairs("<", null, ODD);
setPairs("<", "tTuUhHcC", 0);
setPairs("<", "sS", ASK);
/** What is no name of a parameter. */
setPairs(";", " \t/", ODD);
setPairs(";", `${LETTERS}${DIGITS}`, ASK);
/** What ends a text or a number that is compared; names stand before the "=" of SIP. */
setPairs("\"') \t", "=", ODD);
setPairs(DIGITS, "=", ASK);
setPairs(">", DIGITS, ODD);
/** A call of a function, and where one group ends and another begins; a comment stands behind a blank. */
setPairs(`${LETTERS})`, "(", ODD);
setPairs("(", ")", ODD);
setPairs(" \t", "uUwWiI", ASK);
setPairs(".", ".", ODD);
setPairs("/", "eE", ASK);

/** What a message injects, or null. Costs one pass over the head of a message that has nothing odd in it. */
export function injectionIn(message: SipMessageView): { name: string; text: string } | null {
  const { bytes } = message;
  const { start } = message.startLine;
  const end = Math.min(message.headersEnd, start + HEAD_MAX);
  for (let at = start; at < end; at += PART_BYTES - OVERLAP_BYTES) {
    const partEnd = Math.min(end, at + PART_BYTES);
    const found = hasTrigger(bytes, at, partEnd) ? injectionInPart(bytes, at, partEnd) : null;
    if (found !== null) return found;
    if (partEnd === end) break;
  }
  return null;
}

function injectionInPart(bytes: Buffer, start: number, end: number) {
  const raw = bytes.toString("latin1", start, end).toLowerCase();
  const texts = new Set([decoded(bytes, start, end), raw]);
  for (const text of [...texts]) texts.add(text.replace(COMMENT, " "));
  for (const text of texts) {
    for (const { name, pattern } of INJECTION_PATTERNS) {
      const match = pattern.exec(text);
      if (match !== null)
        return { name, text: match[0].replace(/[^\x20-\x7e]/g, ".").slice(0, 80) };
    }
  }
  return null;
}

/** Two pairs at a time, as nearly all are ordinary. What is read beyond the end is looked at for nothing. */
function hasTrigger(bytes: Uint8Array, start: number, end: number): boolean {
  let before = SPACE;
  for (let at = start; at < end; at += 2) {
    const one = bytes[at] as number;
    const two = bytes[at + 1] ?? SPACE;
    const first = PAIRS[(before << 8) | one] as number;
    const second = PAIRS[(one << 8) | two] as number;
    before = two;
    if ((first | second) === 0) continue;
    if (first !== 0 && (first === ODD || isOdd(bytes, at))) return true;
    if (second !== 0 && (second === ODD || isOdd(bytes, at + 1))) return true;
  }
  return false;
}

/** Of a pair that is odd before some bytes only; its second one is at `at`. */
function isOdd(bytes: Uint8Array, at: number): boolean {
  switch (bytes[at - 1]) {
    case SPACE:
    case TAB:
      return isBeforeCommand(bytes, at);
    case SEMICOLON:
      return isCommand(bytes, at);
    case ANGLE:
      return isWord(bytes, at, "sc") || isWord(bytes, at, "sv");
    case SLASH:
      return isWord(bytes, at, "et");
    default:
      return isDigit(bytes[at + 1] as number);
  }
}

/** "union", "waitfor", "into outfile". */
function isBeforeCommand(bytes: Uint8Array, at: number): boolean {
  const first = (bytes[at] as number) | 0x20;
  if (first === 0x75) return isWord(bytes, at, "uni");
  if (first === 0x77) return isWord(bytes, at, "wai");
  return first === 0x69 && isWord(bytes, at, "int");
}

/** A word that is no parameter: a blank or a quote follows it. */
function isCommand(bytes: Uint8Array, start: number): boolean {
  if (COMMAND_STARTS[commandStart(bytes, start)] !== 1) return false;
  let at = start;
  while (at < start + COMMAND_BYTES_MAX && COMMAND_BYTES[bytes[at] as number] === 1) at++;
  return at > start && BEHIND_COMMAND[bytes[at] as number] === 1;
}

function commandStart(bytes: Uint8Array, at: number): number {
  return (((bytes[at] as number) & 31) << 5) | ((bytes[at + 1] as number) & 31);
}

function isWord(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    if (((bytes[at + i] as number) | 0x20) !== word.charCodeAt(i)) return false;
  }
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** `second`: null for any. */
function setPairs(first: string, second: string | null, kind: number): void {
  for (const one of Buffer.from(first)) {
    if (second === null) PAIRS.fill(kind, one << 8, (one + 1) << 8);
    else for (const two of Buffer.from(second)) PAIRS[(one << 8) | two] = kind;
  }
}

function bytesIn(text: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(text)) table[byte] = 1;
  return table;
}

/** Percent-escapes undone (RFC 3261 25.1), and those that were escaped themselves, in lower case. */
function decoded(bytes: Uint8Array, start: number, end: number): string {
  let length = 0;
  for (let at = start; at < end; at++) scratch[length++] = bytes[at] as number;
  for (let time = 0; time < DECODED_TIMES; time++) length = withoutEscapes(length);
  return scratch.toString("latin1", 0, length).toLowerCase();
}

/** Undoes the escapes of the first bytes of `scratch` in place; gives how many are left. */
function withoutEscapes(end: number): number {
  let length = 0;
  for (let at = 0; at < end; at++) {
    let byte = scratch[at] as number;
    if (byte === PERCENT && at + 2 < end) {
      const high = hexOf(scratch[at + 1] as number);
      const low = hexOf(scratch[at + 2] as number);
      if (high >= 0 && low >= 0) {
        byte = high * 16 + low;
        if (byte === CR || byte === LF) byte = ESCAPED_LINE_END;
        at += 2;
      }
    }
    scratch[length++] = byte;
  }
  return length;
}

function hexOf(byte: number): number {
  if (isDigit(byte)) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
