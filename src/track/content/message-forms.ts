import { AT, COLON, EQUALS, LESS, QUOTE, SEMICOLON, type Span } from "../../base/ascii.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import { FEATURE_COUNT, Feature } from "./habit-features.ts";

/** Headers that say how long, and what a device can do. */
const TIME = 1;
const ABILITY = 2;
const ROLE = new Uint8Array(64);
for (const id of [HeaderId.EXPIRES, HeaderId.SESSION_EXPIRES]) ROLE[id] = TIME;
for (const id of [HeaderId.SUPPORTED, HeaderId.ALLOW_EVENTS]) ROLE[id] = ABILITY;
const SMALL_A = 0x61;
const SMALL_C = 0x63;
const SMALL_L = 0x6c;
const ALLOW_BYTES = "Allow".length;
/** Names that no tracker reads are told apart by a number above those of known ones. */
const OTHER_NAMES = 64;
const CASE_BIT = 0x20;
/** In shorter tokens a kind of letter is missing by chance. */
const LETTERS_MIN = 12;
/** A device goes on to the next number, or a few further. */
const STEP_MAX = 8;
const OPAQUE_MIN = 16;
const COOKIE_BYTES = "z9hG4bK".length;

/** Kinds of letters: digits, a-f, g-z, A-F, G-Z, what base64url has beside them. */
const DIGIT = 1;
const LOW_HEX = 2;
const LOW = 4;
const HIGH_HEX = 8;
const HIGH = 16;
const BASE64 = 32;
const KIND = new Uint8Array(256);
for (const [letters, kind] of [
  ["0123456789", DIGIT],
  ["abcdef", LOW_HEX],
  ["ghijklmnopqrstuvwxyz", LOW],
  ["ABCDEF", HIGH_HEX],
  ["GHIJKLMNOPQRSTUVWXYZ", HIGH],
  ["+/_-", BASE64],
] as const) {
  for (const byte of Buffer.from(letters)) KIND[byte] = kind;
}

const span: Span = { start: 0, end: 0 };

/** Spreads the bits of a number, so that near ones are not near any more. */
export function mixed(value: number): number {
  const once = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return Math.imul(once ^ (once >>> 12), 0x297a2d39);
}

/** A form is never 0, which stands for what is not there. */
export function formOf(hash: number): number {
  return hash | 1;
}

/** 32 bits of the bytes, going on from a hash before. Not keyed: who makes two texts alike hides nothing but their difference. */
export function hashed(bytes: Uint8Array, start: number, end: number, from: number): number {
  let hash = from;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
  return hash;
}

/** What of a message is compared with the sender's ones before. Reused. */
export class MessageForms {
  readonly forms = new Int32Array(FEATURE_COUNT);
  /** Which headers are there and how often, in whatever order. */
  names = 0;
  /** Which are there at all. */
  kinds = 0;
  /** How long the device asks for, and what it can do; 0 when it says nothing of it. */
  values = 0;
  abilities = 0;
  /** Random letters where words stand: name of the caller, Subject, reason of an answer; 0 without. */
  opaque = 0;

  read(message: SipMessageView, keys: MessageKeys): void {
    this.forms.fill(0);
    this.#headers(message, message.isRequest && !keys.hasToTag);
    this.#tokens(message, keys);
    this.#addresses(message, keys);
  }

  #headers(message: SipMessageView, isFirst: boolean): void {
    const { forms } = this;
    const { bytes, headerCount, headerIds, nameSpans, valueSpans } = message;
    let names = 0;
    let kinds = 0;
    let order = 0;
    let spelling = 0;
    let blanks = 0;
    this.values = 0;
    this.abilities = 0;
    for (let i = 0; i < headerCount; i++) {
      const nameStart = nameSpans[2 * i] as number;
      const nameEnd = nameSpans[2 * i + 1] as number;
      const start = valueSpans[2 * i] as number;
      const end = valueSpans[2 * i + 1] as number;
      const id = headerIds[i] as number;
      let name = id;
      if (id === HeaderId.OTHER) name = otherName(bytes, nameStart, nameEnd);
      names = (names + mixed(name)) | 0;
      if (id === HeaderId.OTHER || message.indexOf(id) === i) kinds = (kinds + mixed(name)) | 0;
      order = (Math.imul(order, 31) + name) | 0;
      const written = Math.imul(name, 0x10001);
      spelling = (spelling + mixed(capitalsOf(bytes, nameStart, nameEnd) ^ written)) | 0;
      if (end > start) {
        const next = i + 1 < headerCount ? (nameSpans[2 * i + 2] as number) : message.headersEnd;
        // Some fill a length up with blanks.
        let gaps = id === HeaderId.CONTENT_LENGTH ? 0 : gapOf(bytes, nameEnd, start);
        gaps = Math.imul(gaps, 7) + gapOf(bytes, end, next);
        blanks = (blanks + mixed(gaps ^ written)) | 0;
      }
      this.#say(
        bytes,
        id === HeaderId.OTHER ? roleOf(bytes, nameStart, nameEnd) : ROLE[id],
        start,
        end,
      );
    }
    this.names = names;
    this.kinds = kinds;
    if (isFirst) {
      forms[Feature.ORDER] = formOf(order);
      forms[Feature.SPELLING] = formOf(spelling);
      forms[Feature.BLANKS] = formOf(blanks);
    } else {
      forms[Feature.SHAPE] = formOf(mixed(order ^ mixed(spelling ^ mixed(blanks))));
    }
  }

  #say(bytes: Uint8Array, role: number | undefined, start: number, end: number): void {
    if (role === TIME) this.values = hashed(bytes, start, end, mixed(this.values + 1));
    else if (role === ABILITY) this.abilities = (this.abilities + hashed(bytes, start, end, 1)) | 0;
  }

  #tokens(message: SipMessageView, { from, hasToTag, to, via }: MessageKeys): void {
    const { bytes, isRequest } = message;
    if (isRequest) {
      const start = via.branch.start + (via.hasCookie ? COOKIE_BYTES : 0);
      this.#token(bytes, start, via.branch.end, Feature.BRANCH, Feature.BRANCH_LENGTH);
    }
    if (!isRequest) {
      this.#token(bytes, to.tag.start, to.tag.end, Feature.TAG, Feature.TAG_LENGTH);
      return;
    }
    // Inside a dialog both may be the other one's.
    if (hasToTag) return;
    this.#token(bytes, from.tag.start, from.tag.end, Feature.TAG, Feature.TAG_LENGTH);
    if (!message.value(HeaderId.CALL_ID, span)) return;
    let end = span.start;
    while (end < span.end && bytes[end] !== AT) end++;
    this.#token(bytes, span.start, end, Feature.CALL_ID, Feature.CALL_ID_LENGTH);
    if (end < span.end) {
      this.forms[Feature.CALL_ID_HOST] = formOf(hashed(bytes, end, span.end, 1) << 1);
    }
  }

  #token(bytes: Uint8Array, start: number, end: number, letters: number, length: number): void {
    if (end <= start) return;
    this.forms[length] = end - start;
    if (end - start >= LETTERS_MIN) this.forms[letters] = formOf(lettersOf(bytes, start, end) << 1);
  }

  #addresses(message: SipMessageView, { hasToTag, via }: MessageKeys): void {
    const { forms } = this;
    const { bytes } = message;
    if (!message.isRequest) {
      const { end, start } = message.reason;
      forms[Feature.REASON] = formOf(hashed(bytes, start, end, 1) << 1);
      this.opaque = opaqueIn(bytes, start, end);
      return;
    }
    if (via.params.end > via.params.start) {
      forms[Feature.VIA] = formOf(parameterNames(bytes, via.params.start, via.params.end) << 1);
    }
    if (message.value(HeaderId.MAX_FORWARDS, span)) {
      forms[Feature.MAX_FORWARDS] = formOf(hashed(bytes, span.start, span.end, 0) << 1);
    }
    if (!hasToTag && message.value(HeaderId.CONTACT, span)) {
      forms[Feature.CONTACT] = formOf(contactForm(bytes, span.start, span.end) << 1);
    }
    let opaque = 0;
    if (message.value(HeaderId.FROM, span)) {
      let end = span.start;
      while (end < span.end && bytes[end] !== LESS) end++;
      if (end < span.end) opaque = opaqueIn(bytes, span.start, end);
    }
    if (message.value(HeaderId.SUBJECT, span)) opaque ^= opaqueIn(bytes, span.start, span.end);
    this.opaque = opaque;
  }

  /** CSeq of a request after the one before of its kind; 1 where it is expected. */
  setCseq(before: number, cseq: number): void {
    const step = cseq - before;
    const isNext = before < 0 || (step >= 0 && step <= STEP_MAX);
    this.forms[Feature.CSEQ] = isNext ? 1 : formOf(cseq << 1);
  }
}

/** Length of a name and which of its letters are capitals. */
function capitalsOf(bytes: Uint8Array, start: number, end: number): number {
  let letters = end - start;
  for (let at = start; at < end; at++) {
    letters = (Math.imul(letters, 3) + ((bytes[at] as number) & CASE_BIT)) | 0;
  }
  return letters;
}

/** Allow, and what begins with Accept (RFC 3261 20.1 to 20.5). */
function roleOf(bytes: Uint8Array, start: number, end: number): number {
  if (((bytes[start] as number) | CASE_BIT) !== SMALL_A) return 0;
  const second = (bytes[start + 1] as number) | CASE_BIT;
  if (second === SMALL_L) return end - start === ALLOW_BYTES ? ABILITY : 0;
  const third = (bytes[start + 2] as number) | CASE_BIT;
  return second === SMALL_C && third === SMALL_C ? ABILITY : 0;
}

function otherName(bytes: Uint8Array, start: number, end: number): number {
  const first = (bytes[start] as number) | CASE_BIT;
  const last = (bytes[end - 1] as number) | CASE_BIT;
  const middle = (bytes[(start + end) >> 1] as number) | CASE_BIT;
  return OTHER_NAMES + (((end - start) & 63) | (first << 6) | (middle << 14) | (last << 22));
}

/** What stands between two parts of a line, or two lines: its length and kinds of blanks. */
function gapOf(bytes: Uint8Array, start: number, end: number): number {
  return hashed(bytes, start, Math.min(end, start + 16), end - start);
}

/** Digits only, hex or more, small letters, capitals: what a generator of random tokens always has or never. */
function lettersOf(bytes: Uint8Array, start: number, end: number): number {
  let kinds = 0;
  for (let at = start; at < end; at++) kinds |= KIND[bytes[at] as number] as number;
  const small = (kinds & (LOW_HEX | LOW)) !== 0 ? 1 : 0;
  const capital = (kinds & (HIGH_HEX | HIGH)) !== 0 ? 2 : 0;
  const beyondHex = (kinds & (LOW | HIGH)) !== 0 ? 4 : 0;
  return small | capital | beyondHex;
}

/** Names of the parameters, in order, and which of them have a value. */
function parameterNames(bytes: Uint8Array, start: number, end: number): number {
  let hash = 1;
  for (let at = start; at < end; at++) {
    if (bytes[at] !== SEMICOLON) continue;
    let nameEnd = at + 1;
    while (nameEnd < end && bytes[nameEnd] !== EQUALS && bytes[nameEnd] !== SEMICOLON) nameEnd++;
    hash = hashed(bytes, at + 1, nameEnd, Math.imul(hash, 5) + (bytes[nameEnd] === EQUALS ? 1 : 0));
    at = nameEnd - 1;
  }
  return hash;
}

/** User and names of parameters: hosts and ports change with networks. */
function contactForm(bytes: Uint8Array, start: number, end: number): number {
  let colon = start;
  while (colon < end && bytes[colon] !== COLON) colon++;
  let at = colon;
  while (at < end && bytes[at] !== AT) at++;
  const user = at < end ? hashed(bytes, colon, at, bytes[start] === QUOTE ? 2 : 3) : 1;
  return user ^ parameterNames(bytes, start, end);
}

/** Hash of a token that looks like random bytes in base64 or hex; 0 without. Words have no digits among their letters. */
function opaqueIn(bytes: Uint8Array, start: number, end: number): number {
  let from = start;
  let kinds = 0;
  for (let at = start; at <= end; at++) {
    const kind = at < end ? (KIND[bytes[at] as number] as number) : 0;
    if (kind !== 0) {
      kinds |= kind;
      continue;
    }
    if (at - from >= OPAQUE_MIN && isOpaque(kinds)) return formOf(hashed(bytes, from, at, 1) << 1);
    from = at + 1;
    kinds = 0;
  }
  return 0;
}

function isOpaque(kinds: number): boolean {
  const isHex = (kinds & (LOW | HIGH | BASE64)) === 0;
  const hasCapitals = (kinds & (HIGH_HEX | HIGH)) !== 0;
  const hasSmall = (kinds & (LOW_HEX | LOW)) !== 0;
  if ((kinds & DIGIT) === 0) return false;
  return isHex ? hasCapitals || hasSmall : hasCapitals && hasSmall;
}
