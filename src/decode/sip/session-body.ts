import {
  BACKSLASH,
  COLON,
  CR,
  equals,
  equalsIgnoreCase,
  find,
  isBlank,
  LF,
  QUOTE,
  SEMICOLON,
  SLASH,
  SPACE,
  type Span,
  trimEnd,
} from "../../base/ascii.ts";
import { HeaderId } from "./headers.ts";
import type { SipMessageView } from "./message.ts";
import { parameter } from "./params.ts";
import { skipFolds } from "./scan.ts";

/** Multiparts within multiparts: real ones hold one or two (RFC 5621 3.3). */
const DEPTH_MAX = 4;
/** Parts of one body, of all depths, that are looked at: more than a phone's parser takes. */
const PARTS_MAX = 256;
const DASH = 0x2d;

const BodyKind = { OTHER: 0, SDP: 1, MULTIPART: 2 } as const;
type BodyKind = (typeof BodyKind)[keyof typeof BodyKind];

const contentType: Span = { start: 0, end: 0 };
/** Filled by `kindOf` when it says MULTIPART. */
const boundary: Span = { start: 0, end: 0 };

/**
 * The session description that a message carries: the body itself, or the first `application/sdp`
 * part of a multipart body, nested ones included (RFC 5621, RFC 2046 5.1). A body without a
 * Content-Type counts when it starts as SDP does. False when there is none. Reads each byte of the
 * body at most `DEPTH_MAX` times and allocates nothing.
 */
export function sessionBodyOf(message: SipMessageView, out: Span): boolean {
  const { bytes, bodyStart, bodyEnd } = message;
  if (bodyStart >= bodyEnd) return false;
  let index = message.indexOf(HeaderId.CONTENT_TYPE);
  if (index < 0) return takeUntyped(bytes, bodyStart, bodyEnd, out);
  // Two Content-Types contradict each other, and phones differ in which one they read.
  for (; index >= 0; index = message.indexOf(HeaderId.CONTENT_TYPE, index + 1)) {
    contentType.start = message.valueSpans[2 * index] as number;
    contentType.end = message.valueSpans[2 * index + 1] as number;
    const kind = kindOf(bytes, contentType);
    if (kind === BodyKind.SDP) return take(bytes, bodyStart, bodyEnd, out);
    if (kind === BodyKind.MULTIPART) return walk.find(bytes, bodyStart, bodyEnd, out);
  }
  return false;
}

/** RFC 3261 20.15, 25.1: any case, blanks and folds around each token. */
function kindOf(bytes: Uint8Array, value: Span): BodyKind {
  const { start, end } = value;
  const typeEnd = tokenEnd(bytes, start, end);
  let at = skipFolds(bytes, typeEnd, end);
  if (at >= end || bytes[at] !== SLASH) return BodyKind.OTHER;
  at = skipFolds(bytes, at + 1, end);
  const subtypeEnd = tokenEnd(bytes, at, end);
  if (equalsIgnoreCase(bytes, start, typeEnd, "application")) {
    return equalsIgnoreCase(bytes, at, subtypeEnd, "sdp") ? BodyKind.SDP : BodyKind.OTHER;
  }
  // RFC 2046 5.1.3: a multipart of an unknown kind is read as multipart/mixed.
  if (!equalsIgnoreCase(bytes, start, typeEnd, "multipart")) return BodyKind.OTHER;
  if (!parameter(bytes, subtypeEnd, end, "boundary", boundary)) return BodyKind.OTHER;
  if (bytes[boundary.start] === QUOTE) {
    boundary.start++;
    if (boundary.end > boundary.start && bytes[boundary.end - 1] === QUOTE) boundary.end--;
  }
  return boundary.end > boundary.start ? BodyKind.MULTIPART : BodyKind.OTHER;
}

function tokenEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] as number) > SPACE) {
    if (bytes[at] === SLASH || bytes[at] === SEMICOLON) break;
    at++;
  }
  return at;
}

/** Without the empty lines that some senders put before the first line. */
function take(bytes: Uint8Array, start: number, end: number, out: Span): boolean {
  let at = start;
  while (at < end && (bytes[at] === CR || bytes[at] === LF)) at++;
  out.start = at;
  out.end = end;
  return at < end;
}

function takeUntyped(bytes: Uint8Array, start: number, end: number, out: Span): boolean {
  return take(bytes, start, end, out) && equals(bytes, out.start, out.start + 2, "v=");
}

/** One pass over the lines of a multipart body, with the boundaries that are open as a stack. */
class MultipartWalk {
  readonly #starts = new Int32Array(DEPTH_MAX);
  readonly #ends = new Int32Array(DEPTH_MAX);
  #depth = 0;
  #parts = 0;
  /** Start of the body of the SDP part that is being read; -1 outside of one. */
  #sdpStart = -1;
  #isTyped = false;
  /** Set by `#delimited`: no part follows. */
  #isLast = false;

  /** Expects `boundary` to be that of the whole body. */
  find(bytes: Buffer, start: number, end: number, out: Span): boolean {
    this.#depth = 0;
    this.#parts = 0;
    this.#sdpStart = -1;
    this.#push();
    let at = start;
    while (at < end && this.#depth > 0) {
      const lineFeed = find(bytes, LF, at, end);
      const next = Math.min(lineFeed + 1, end);
      const level = this.#delimited(bytes, at, lineFeed);
      if (level < 0) at = next;
      else {
        if (this.#takePart(bytes, beforeLineEnd(bytes, at, start), out)) return true;
        this.#depth = this.#isLast ? level : level + 1;
        if (this.#parts === PARTS_MAX) return false;
        at = this.#isLast ? next : this.#readHead(bytes, next, end);
      }
    }
    // A capture that was cut, or a sender that forgot the last delimiter.
    return this.#takePart(bytes, end, out);
  }

  #push(): void {
    this.#starts[this.#depth] = boundary.start;
    this.#ends[this.#depth] = boundary.end;
    this.#depth++;
  }

  #takePart(bytes: Uint8Array, end: number, out: Span): boolean {
    const start = this.#sdpStart;
    this.#sdpStart = -1;
    if (start < 0 || start >= end) return false;
    return this.#isTyped ? take(bytes, start, end, out) : takeUntyped(bytes, start, end, out);
  }

  /**
   * Level of the boundary that the line delimits, -1 for another line. RFC 2046 5.1.1: "--", the
   * boundary, perhaps "--" for the last, then blanks only. The boundary of an outer multipart ends
   * the inner ones, closed or not (5.1.2).
   */
  #delimited(bytes: Uint8Array, start: number, lineEnd: number): number {
    if (lineEnd - start < 3 || bytes[start] !== DASH || bytes[start + 1] !== DASH) return -1;
    for (let level = this.#depth - 1; level >= 0; level--) {
      const at = this.#afterBoundary(bytes, level, start + 2, lineEnd);
      if (at < 0) continue;
      this.#isLast = at + 2 <= lineEnd && bytes[at] === DASH && bytes[at + 1] === DASH;
      if (skipFolds(bytes, this.#isLast ? at + 2 : at, lineEnd) === lineEnd) return level;
    }
    return -1;
  }

  /** Position after the boundary of that level, if it stands at `start`; else -1. */
  #afterBoundary(bytes: Uint8Array, level: number, start: number, end: number): number {
    let at = start;
    const boundaryEnd = this.#ends[level] as number;
    for (let i = this.#starts[level] as number; i < boundaryEnd; i++) {
      // A quoted pair in a quoted boundary (RFC 3261 25.1).
      if (bytes[i] === BACKSLASH && i + 1 < boundaryEnd) i++;
      if (at >= end || bytes[at] !== bytes[i]) return -1;
      at++;
    }
    return at;
  }

  /** Reads the header of a part that starts at `start`; gives the position of its body. */
  #readHead(bytes: Buffer, start: number, end: number): number {
    this.#parts++;
    let kind: BodyKind = BodyKind.OTHER;
    this.#isTyped = false;
    let at = start;
    while (at < end) {
      let lineFeed = find(bytes, LF, at, end);
      if (beforeLineEnd(bytes, Math.min(lineFeed + 1, end), at) === at) {
        at = Math.min(lineFeed + 1, end);
        break;
      }
      // A delimiter in place of the empty line: the part has no body.
      if (this.#delimited(bytes, at, lineFeed) >= 0) return at;
      const lineStart = at;
      while (lineFeed + 1 < end && isBlank(bytes[lineFeed + 1] as number)) {
        lineFeed = find(bytes, LF, lineFeed + 1, end);
      }
      if (!this.#isTyped && isContentType(bytes, lineStart, lineFeed)) {
        this.#isTyped = true;
        kind = kindOf(bytes, contentType);
      }
      at = Math.min(lineFeed + 1, end);
    }
    if (kind === BodyKind.MULTIPART && this.#depth < DEPTH_MAX) this.#push();
    else if (kind === BodyKind.SDP || !this.#isTyped) this.#sdpStart = at;
    return at;
  }
}

const walk = new MultipartWalk();

/** True for a Content-Type line, whose value then is in `contentType`. */
function isContentType(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start];
  if (first !== 0x43 && first !== 0x63) return false;
  let colon = start;
  while (colon < end && bytes[colon] !== COLON) colon++;
  if (colon === end) return false;
  const nameEnd = trimEnd(bytes, start, colon);
  // Its compact form, RFC 3261 20.15, or the name itself.
  if (nameEnd - start !== 1 && !equalsIgnoreCase(bytes, start, nameEnd, "content-type"))
    return false;
  contentType.start = skipFolds(bytes, colon + 1, end);
  contentType.end = end;
  return true;
}

/** Moves back over the line end before `at`, which belongs to the delimiter after it. */
function beforeLineEnd(bytes: Uint8Array, at: number, start: number): number {
  let end = at;
  if (end > start && bytes[end - 1] === LF) end--;
  if (end > start && bytes[end - 1] === CR) end--;
  return end;
}
