import { COLON, equals, LF, SPACE } from "../../base/ascii.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { FEATURE_COUNT, Feature } from "./habit-features.ts";
import { formOf, hashed, mixed } from "./message-forms.ts";

const BYTES_MAX = 4096;
const A = 0x61;
const M = 0x6d;
const O = 0x6f;
/** Lines whose text devices write the same way each time. */
const IS_CONSTANT = new Uint8Array(256);
for (const byte of Buffer.from("sitbuep")) IS_CONSTANT[byte] = 1;

const hashOfName = (name: string) => hashed(Buffer.from(name), 0, name.length, 1);
/** One for each payload type: their order and values are told by line. */
const BY_CODEC = new Set(["rtpmap", "fmtp"].map(hashOfName));
/** As many as there are addresses, streams and keys. */
const VOLATILE = new Set(
  ["candidate", "ssrc", "ssrc-group", "crypto", "fingerprint", "msid", "extmap", "rid"].map(
    hashOfName,
  ),
);

/** What of an offer is compared with the sender's ones before (RFC 8866). Reused. */
export class OfferForms {
  readonly forms = new Int32Array(FEATURE_COUNT);
  /** Which lines are there, in whatever order. */
  lines = 0;
  #order = 0;
  #ends = 0;
  #session = 0;
  #codecs = 0;
  #codecValues = 0;

  /** False without a session description. */
  read(message: SipMessageView): boolean {
    const { bytes, bodyStart } = message;
    if (message.bodyEnd - bodyStart < 8) return false;
    if (!equals(bytes, bodyStart, bodyStart + 2, "v=")) return false;
    this.#clear();
    const end = Math.min(message.bodyEnd, bodyStart + BYTES_MAX);
    let at = bodyStart;
    while (at + 2 < end) {
      let lineEnd = at;
      while (lineEnd < end && bytes[lineEnd] !== LF) lineEnd++;
      this.#line(bytes, at, lineEnd);
      at = lineEnd + 1;
    }
    const { forms } = this;
    forms[Feature.LINES] = formOf(this.#order);
    forms[Feature.LINE_ENDS] = formOf(this.#ends);
    forms[Feature.CODECS] = formOf(this.#codecs);
    forms[Feature.SESSION] = formOf(this.#session);
    forms[Feature.CODEC_VALUES] = formOf(this.#codecValues);
    return true;
  }

  #clear(): void {
    this.forms.fill(0);
    this.lines = 0;
    this.#order = 0;
    this.#ends = 0;
    this.#session = 0;
    this.#codecs = 0;
    this.#codecValues = 0;
  }

  #line(bytes: Uint8Array, start: number, lineFeed: number): void {
    const type = bytes[start] as number;
    let end = lineFeed;
    while (end > start && (bytes[end - 1] as number) <= SPACE) end--;
    let kind = type;
    if (type === A) {
      let nameEnd = start + 2;
      while (nameEnd < end && bytes[nameEnd] !== COLON) nameEnd++;
      const name = hashed(bytes, start + 2, nameEnd, 1);
      if (VOLATILE.has(name)) return;
      kind = name;
      if (BY_CODEC.has(name)) {
        let codecEnd = nameEnd;
        while (codecEnd < end && bytes[codecEnd] !== SPACE) codecEnd++;
        kind = hashed(bytes, nameEnd, codecEnd, name);
        const value = hashed(bytes, codecEnd, end, kind);
        this.#codecValues = (this.#codecValues + mixed(value)) | 0;
      }
    }
    if (type === M) kind = this.#media(bytes, start, end);
    else if (type === O) this.#origin(bytes, start, end);
    else if (IS_CONSTANT[type] === 1) {
      this.#session = (Math.imul(this.#session, 31) + hashed(bytes, start, end, 1)) | 0;
    }
    this.lines = (this.lines + mixed(kind)) | 0;
    this.#order = (Math.imul(this.#order, 31) + kind) | 0;
    const ends = hashed(bytes, end, Math.min(lineFeed, end + 16), lineFeed - end);
    this.#ends = (this.#ends + mixed(ends ^ Math.imul(kind, 0x10001))) | 0;
  }

  /** `m=audio port proto formats`: what the formats are, in whatever order; their order is a feature. */
  #media(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    for (let word = 0; word < 3 && at < end; at++) if (bytes[at] === SPACE) word++;
    this.#codecs = hashed(bytes, at, end, Math.imul(this.#codecs, 31) + 1);
    let formats = M;
    while (at < end) {
      let formatEnd = at;
      while (formatEnd < end && bytes[formatEnd] !== SPACE) formatEnd++;
      formats = (formats + mixed(hashed(bytes, at, formatEnd, 1))) | 0;
      at = formatEnd + 1;
    }
    return formats;
  }

  /** `o=user id version ...` */
  #origin(bytes: Uint8Array, start: number, end: number): void {
    let userEnd = start;
    while (userEnd < end && bytes[userEnd] !== SPACE) userEnd++;
    let idEnd = userEnd + 1;
    while (idEnd < end && bytes[idEnd] !== SPACE) idEnd++;
    this.forms[Feature.ORIGIN_LENGTH] = idEnd - userEnd;
    this.#session = hashed(bytes, start, userEnd, this.#session);
  }
}
