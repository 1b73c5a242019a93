import { BACKSLASH, COMMA, EQUALS, QUOTE, SPACE } from "../../base/ascii.ts";
import { findDigest } from "./cut-credentials.ts";
import { DigestView } from "./digest.ts";
import { HeaderId } from "./headers.ts";
import type { SipMessageView } from "./message.ts";
import { skipFolds } from "./scan.ts";

/** A datagram has no room for more: each takes a scheme, a realm and a response. */
const CREDENTIALS_MAX = 4096;

/** A digest that is looked for in a head that is too long is no longer. */
const CUT_BYTES_MAX = 4096;

const CREDENTIALS: readonly number[] = [HeaderId.AUTHORIZATION, HeaderId.PROXY_AUTHORIZATION];
const CHALLENGES: readonly number[] = [HeaderId.WWW_AUTHENTICATE, HeaderId.PROXY_AUTHENTICATE];

/**
 * All digests of a message: of each header that may hold them, and of each of several that are
 * joined by comma in one (RFC 3261 7.3.1, 22.4). Which of them counts is told by the realm that the
 * server challenges, whatever stands before or behind it; of two with its realm, the first. Reused:
 * valid until the next `decode`, and `at` until the next call of it. Linear in the values' bytes.
 */
export class CredentialsView {
  count = 0;
  /** Of each: where it starts and ends in the message, and the index of its header. */
  readonly starts = new Int32Array(CREDENTIALS_MAX);
  readonly ends = new Int32Array(CREDENTIALS_MAX);
  readonly headers = new Int16Array(CREDENTIALS_MAX);
  readonly #digest = new DigestView();
  #bytes: Uint8Array = new Uint8Array();
  /** Which one `#digest` holds; -1 when it holds none of them. */
  #held = -1;

  /** Digest credentials of a request; those without a response are none (RFC 3261 22.4). */
  decode(message: SipMessageView): number {
    return this.#collect(message, CREDENTIALS, true);
  }

  /** Digest challenges of a response (RFC 3261 22.2, 22.3). */
  decodeChallenges(message: SipMessageView): number {
    return this.#collect(message, CHALLENGES, false);
  }

  at(index: number): DigestView {
    const digest = this.#digest;
    if (this.#held === index) return digest;
    this.#held = index;
    digest.decode(this.#bytes, this.starts[index] as number, this.ends[index] as number);
    return digest;
  }

  /**
   * Of a request whose values are cut because its head is too long: the first digest, also behind what is read of them, whose realm is
   * asked for; -1 when there is none. It is one more than `decode` has counted.
   */
  findCut(message: SipMessageView, isAsked: (start: number, end: number) => boolean): number {
    const { bytes, headersEnd, valueSpans } = message;
    const { count } = this;
    for (const headerId of CREDENTIALS) {
      for (let i = message.indexOf(headerId); i >= 0; i = message.indexOf(headerId, i + 1)) {
        const test = (at: number, start: number, end: number): boolean =>
          isAsked(start, end) && this.#add(bytes, i, at, Math.min(headersEnd, at + CUT_BYTES_MAX));
        findDigest(bytes, valueSpans[2 * i] as number, headersEnd, test);
        if (this.count > count) return count;
      }
    }
    return -1;
  }

  /** Takes the digest at `start`; false when it has no response. */
  #add(bytes: Uint8Array, header: number, start: number, end: number): boolean {
    if (this.count === CREDENTIALS_MAX) return false;
    const until = credentialsEnd(bytes, start, end);
    this.#held = -1;
    this.#digest.decode(bytes, start, until);
    const { response } = this.#digest;
    if (response.end === response.start) return false;
    this.starts[this.count] = start;
    this.ends[this.count] = until;
    this.headers[this.count++] = header;
    return true;
  }

  #collect(message: SipMessageView, headerIds: readonly number[], isResponse: boolean): number {
    this.count = 0;
    this.#held = -1;
    this.#bytes = message.bytes;
    for (const headerId of headerIds) {
      for (let i = message.indexOf(headerId); i >= 0; i = message.indexOf(headerId, i + 1)) {
        this.#collectFrom(message, i, isResponse);
      }
    }
    return this.count;
  }

  #collectFrom({ bytes, valueSpans }: SipMessageView, header: number, isResponse: boolean): void {
    const digest = this.#digest;
    const valueEnd = valueSpans[2 * header + 1] as number;
    let start = valueSpans[2 * header] as number;
    while (start < valueEnd && this.count < CREDENTIALS_MAX) {
      const end = credentialsEnd(bytes, start, valueEnd);
      const isDigest = startsWithD(bytes, start) && digest.decode(bytes, start, end);
      this.#held = -1;
      if (isDigest && (!isResponse || digest.response.end > digest.response.start)) {
        this.starts[this.count] = start;
        this.ends[this.count] = end;
        this.headers[this.count] = header;
        this.#held = this.count++;
      }
      start = end;
    }
  }
}

/** Spares most other words a closer look. */
function startsWithD(bytes: Uint8Array, at: number): boolean {
  return ((bytes[at] as number) | 0x20) === 0x64;
}

/**
 * End of the credentials or challenge that start at `start`, which is where the next ones start.
 * RFC 3261 25.1: a scheme is a token that blanks and no "=" follow.
 */
export function credentialsEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = tokenEnd(bytes, start, end);
  while (at < end) {
    while (at < end && ((bytes[at] as number) <= SPACE || bytes[at] === COMMA)) at++;
    const nameEnd = tokenEnd(bytes, at, end);
    const next = skipFolds(bytes, nameEnd, end);
    if (next === end) return end;
    const byte = bytes[next];
    if (byte === EQUALS) at = valueEnd(bytes, skipFolds(bytes, next + 1, end), end);
    else if (byte !== COMMA && nameEnd > at && next > nameEnd) return at;
    else at = byte === QUOTE ? valueEnd(bytes, next, end) : next;
  }
  return end;
}

function tokenEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] as number) > SPACE) {
    if (bytes[at] === EQUALS || bytes[at] === COMMA || bytes[at] === QUOTE) break;
    at++;
  }
  return at;
}

/** After a quoted string or a token. */
function valueEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (bytes[at] !== QUOTE || at >= end) {
    while (at < end && bytes[at] !== COMMA && (bytes[at] as number) > SPACE) at++;
    return at;
  }
  for (at++; at < end && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
  return Math.min(at + 1, end);
}
