import { CR, equalsIgnoreCase, isBlank, LF, parseUint, trimEnd } from "../../base/ascii.ts";
import { findControl } from "../sip/scan.ts";
import type { BytePool } from "./byte-pool.ts";
import { HeldBytes } from "./held-bytes.ts";
import { isStartLine, Likeness, sipLikeness } from "./sip-start.ts";
import type { MessageSink, StreamParser } from "./stream-parser.ts";

/** A body of 64 KiB, the most that a UDP datagram could carry, and a head before it; longer messages are shown so far. */
export const MESSAGE_BYTES_MAX = 65_536 + 8_192;
/** A body beyond this is not believed: what follows the head is looked through for the next message. */
const BODY_BYTES_MAX = 4 * 1_048_576;
const EMPTY: Buffer = Buffer.alloc(0);
const EMPTY_VIEW: DataView = new DataView(EMPTY.buffer, EMPTY.byteOffset, 0);

/** Work of a line that is looked at, see `MessageSink.spend`. */
const LINE_BYTES = 1;
/** A start line that may be one is waited for so long. */
const START_BYTES_MAX = 512;

/**
 * SIP messages in a byte stream (RFC 3261 18.3): the head ends with an empty line, the body is as long as
 * Content-Length says, and without one there is none. CRLF between messages is a keep-alive. What is no
 * message is passed over line by line until a start line. Every byte is looked at once, however it is cut.
 */
export class SipFramer implements StreamParser {
  readonly #held: HeldBytes;
  /** What was scanned last, and a view of it. */
  #viewed = EMPTY;
  #view = EMPTY_VIEW;
  /** Where the next message starts is not known: bytes are missing, or were none of SIP's. */
  #isLost: boolean;
  /** Of the message at hand: bytes looked at, start of the line, and the head's end (-1 not yet). */
  #scanned = 0;
  #lineStart = 0;
  #headBytes = -1;
  /** Content-Length, -1 while none was found. */
  #bodyBytes = -1;
  /** Rest of a body that is longer than a message can be. */
  #skip = 0;
  /** Whole messages are among what is held. */
  isBehind = false;

  constructor(pool: BytePool, isLost = false) {
    this.#held = new HeldBytes(pool);
    this.#isLost = isLost;
  }

  take(bytes: Buffer, start: number, end: number, sink: MessageSink): void {
    const held = this.#held;
    if (held.length === 0) {
      const at = this.#cut(bytes, start, end, sink);
      if (at < end && !held.append(bytes, at, end)) this.#lose();
      return;
    }
    // No segment is longer than half of what can be held, and a held message is cut before the other half.
    if (!held.append(bytes, start, end)) {
      this.gap(sink);
      return;
    }
    held.consume(this.#cut(held.buffer, 0, held.length, sink));
  }

  get isWaiting(): boolean {
    return this.isBehind;
  }

  resume(sink: MessageSink): void {
    const held = this.#held;
    held.consume(this.#cut(held.buffer, 0, held.length, sink));
  }

  gap(sink: MessageSink): void {
    const held = this.#held;
    const { length } = held;
    if (length > 0 && this.#lineStart > 0) sink.message(held.buffer, 0, length, length + 1, 0);
    held.clear();
    this.#lose();
  }

  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  release(): void {
    this.#held.clear();
    this.#viewed = EMPTY;
    this.#view = EMPTY_VIEW;
    this.#begin();
    this.#skip = 0;
    this.isBehind = false;
  }

  /** Tells each whole message in [start, end), as many as there is room for; returns where what waits begins. */
  #cut(bytes: Buffer, start: number, end: number, sink: MessageSink): number {
    let at = start;
    this.isBehind = false;
    for (;;) {
      at = this.#passBody(at, end);
      if (this.#scanned === 0) at = this.#passBlank(bytes, at, end, sink);
      if (at >= end) return end;
      if (this.#isLost) {
        at = this.#findStart(bytes, at, end, sink);
        if (this.#isLost) return at;
      }
      if (this.#headBytes < 0) this.#scanHead(bytes, at, end);
      if (this.#isLost) continue;
      const next = this.#message(bytes, at, end, sink);
      if (next === at) return at;
      at = next;
    }
  }

  /** Tells the message at `at` when it is whole, or as much as is shown of it; returns its end. */
  #message(bytes: Buffer, at: number, end: number, sink: MessageSink): number {
    const there = end - at;
    if (this.#headBytes < 0) {
      if (there < MESSAGE_BYTES_MAX || !this.#hasRoom(MESSAGE_BYTES_MAX, sink)) return at;
      sink.message(bytes, at, at + MESSAGE_BYTES_MAX, there + 1, there - MESSAGE_BYTES_MAX);
      this.#lose();
      return at + MESSAGE_BYTES_MAX;
    }
    const whole = this.#headBytes + Math.max(0, this.#bodyBytes);
    const shown = Math.min(whole, MESSAGE_BYTES_MAX);
    if (there < shown || !this.#hasRoom(shown, sink)) return at;
    sink.message(bytes, at, at + shown, whole, there - shown);
    const isBelieved = whole <= BODY_BYTES_MAX;
    const headBytes = this.#headBytes;
    this.#begin();
    if (!isBelieved) {
      this.#isLost = true;
      return at + Math.min(headBytes, shown);
    }
    this.#skip = whole - shown;
    return at + shown;
  }

  #hasRoom(bytes: number, sink: MessageSink): boolean {
    this.isBehind = !sink.hasRoom(bytes);
    return !this.isBehind;
  }

  #passBody(at: number, end: number): number {
    if (this.#skip === 0) return at;
    const bytes = Math.min(this.#skip, end - at);
    this.#skip -= bytes;
    return at + bytes;
  }

  #passBlank(bytes: Buffer, start: number, end: number, sink: MessageSink): number {
    let at = start;
    while (at < end && (bytes[at] === CR || bytes[at] === LF || bytes[at] === 0)) at++;
    if (at > start && at === end) sink.keepalive();
    return at;
  }

  /** Looks for the head's end from where the last look ended, and for Content-Length on the way. */
  #scanHead(bytes: Buffer, start: number, end: number): void {
    const until = Math.min(end, start + MESSAGE_BYTES_MAX);
    let lineStart = start + this.#lineStart;
    const view = this.#viewOf(bytes);
    let at = findControl(view, start + this.#scanned, until);
    for (; at < until; at = findControl(view, at + 1, until)) {
      if (bytes[at] !== LF) continue;
      let lineEnd = at;
      while (lineEnd > lineStart && bytes[lineEnd - 1] === CR) lineEnd--;
      if (lineEnd === lineStart) {
        this.#headBytes = at + 1 - start;
        return;
      }
      if (lineStart === start && !isStartLine(bytes, start, lineEnd)) {
        this.#lose();
        return;
      }
      if (this.#bodyBytes < 0) this.#bodyBytes = contentLength(bytes, lineStart, lineEnd);
      lineStart = at + 1;
    }
    this.#scanned = at - start;
    this.#lineStart = lineStart - start;
  }

  #viewOf(bytes: Buffer): DataView {
    if (bytes !== this.#viewed) {
      this.#viewed = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    return this.#view;
  }

  /** The next start line; where there is none, the place of what may become one. */
  #findStart(bytes: Buffer, start: number, end: number, sink: MessageSink): number {
    let at = start;
    while (at < end) {
      if (!this.#hasRoom(0, sink)) return at;
      sink.spend(LINE_BYTES);
      const likeness = sipLikeness(bytes, at, end);
      if (likeness === Likeness.YES) {
        this.#isLost = false;
        return at;
      }
      if (likeness === Likeness.MAYBE && end - at < START_BYTES_MAX) return at;
      while (at < end && bytes[at] !== LF) at++;
      at++;
    }
    return end;
  }

  #begin(): void {
    this.#scanned = 0;
    this.#lineStart = 0;
    this.#headBytes = -1;
    this.#bodyBytes = -1;
  }

  #lose(): void {
    this.#begin();
    this.#skip = 0;
    this.#isLost = true;
  }
}

/** Value of a Content-Length line (RFC 3261 20.14), -1 in any other; 0 where it is no number. */
function contentLength(bytes: Buffer, start: number, lineEnd: number): number {
  const first = (bytes[start] as number) | 0x20;
  if (first !== 0x63 && first !== 0x6c) return -1;
  let colon = start;
  while (colon < lineEnd && colon - start < 32 && bytes[colon] !== 0x3a) colon++;
  const nameEnd = trimEnd(bytes, start, colon);
  const isIt =
    equalsIgnoreCase(bytes, start, nameEnd, "content-length") ||
    equalsIgnoreCase(bytes, start, nameEnd, "l");
  if (!isIt || bytes[colon] !== 0x3a) return -1;
  let at = colon + 1;
  while (at < lineEnd && isBlank(bytes[at] as number)) at++;
  return Math.max(0, parseUint(bytes, at, trimEnd(bytes, at, lineEnd), 2 ** 31));
}
