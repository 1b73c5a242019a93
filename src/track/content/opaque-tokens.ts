import { equalsIgnoreCase, find, GREATER, LESS, SEMICOLON } from "../../base/ascii.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";

/** Counters, times and words are shorter. */
const TOKEN_MIN = 16;
/** Tokens of a message that are looked at, and bytes of its body. */
const TOKENS_MAX = 16;
const BODY_BYTES_MAX = 2048;
const SHOWN_MAX = 60;

/** Base64, base64url and hex (RFC 4648), of which UUIDs are made, too. */
const IS_TOKEN = new Uint8Array(256);
for (const byte of Buffer.from(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-",
)) {
  IS_TOKEN[byte] = 1;
}

/** Headers that are made anew for each message by what they are for (RFC 7989, RFC 7315; Cisco's number of a call). */
const NEW_EACH_TIME = ["session-id", "p-charging-vector", "cisco-guid"];

/**
 * The long tokens of a request where software writes the same each time: request URI, addresses without their tags, User-Agent, Subject,
 * headers that no tracker reads, and the body. Call-ID, tags, branch and credentials are random in every request and left out.
 * Reused.
 */
export class OpaqueTokens {
  count = 0;
  /** Of each, a hash: two tokens of one hash only hide a change. */
  readonly hashes = new Int32Array(TOKENS_MAX);
  readonly #starts = new Int32Array(TOKENS_MAX);
  readonly #ends = new Int32Array(TOKENS_MAX);

  read(message: SipMessageView): void {
    const { bodyStart, bodyEnd, bytes, headerIds, startLine, valueSpans } = message;
    this.count = 0;
    this.#look(bytes, startLine.start, startLine.end);
    for (let i = 0; i < message.headerCount; i++) {
      const start = valueSpans[2 * i] as number;
      const end = valueSpans[2 * i + 1] as number;
      // Most values are shorter than a token.
      if (end - start < TOKEN_MIN) continue;
      switch (headerIds[i]) {
        case HeaderId.FROM:
        case HeaderId.TO:
          this.#look(bytes, start, beforeTag(bytes, start, end));
          break;
        case HeaderId.OTHER:
          if (!isNewEachTime(message, i)) this.#look(bytes, start, end);
          break;
        case HeaderId.CONTACT:
        case HeaderId.SUBJECT:
        case HeaderId.USER_AGENT:
          this.#look(bytes, start, end);
          break;
      }
    }
    this.#look(bytes, bodyStart, Math.min(bodyEnd, bodyStart + BODY_BYTES_MAX));
  }

  /** One that is not among `others`; -1 when there is none. */
  indexOfNew(others: Int32Array, count: number): number {
    for (let i = 0; i < this.count; i++) {
      let at = 0;
      while (at < count && others[at] !== this.hashes[i]) at++;
      if (at === count) return i;
    }
    return -1;
  }

  /** Stands for all of them. */
  get sum(): number {
    let sum = this.count;
    for (let i = 0; i < this.count; i++)
      sum = (Math.imul(sum, 31) + (this.hashes[i] as number)) | 0;
    return sum;
  }

  text(bytes: Buffer, index: number): string {
    const start = this.#starts[index] as number;
    return bytes.toString(
      "latin1",
      start,
      Math.min(this.#ends[index] as number, start + SHOWN_MAX),
    );
  }

  /** Looks at the last byte first of what would be long enough, so that ordinary text costs a look at few bytes. */
  #look(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at + TOKEN_MIN <= end && this.count < TOKENS_MAX) {
      let last = at + TOKEN_MIN - 1;
      while (last >= at && IS_TOKEN[bytes[last] as number] === 1) last--;
      if (last >= at) {
        at = last + 1;
        continue;
      }
      let hash = 0;
      const from = at;
      for (; at < end && IS_TOKEN[bytes[at] as number] === 1; at++) {
        hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
      }
      this.#starts[this.count] = from;
      this.#ends[this.count] = at;
      this.hashes[this.count++] = hash;
    }
  }
}

/** RFC 3261 20.10: parameters of the header stand behind the address. */
function beforeTag(bytes: Uint8Array, start: number, end: number): number {
  const open = find(bytes, LESS, start, end);
  return open < end ? find(bytes, GREATER, open, end) : find(bytes, SEMICOLON, start, end);
}

function isNewEachTime({ bytes, nameSpans }: SipMessageView, header: number): boolean {
  const start = nameSpans[2 * header] as number;
  const end = nameSpans[2 * header + 1] as number;
  return NEW_EACH_TIME.some((name) => equalsIgnoreCase(bytes, start, end, name));
}
