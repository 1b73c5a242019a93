import {
  COLON,
  CR,
  find,
  isBlank,
  isTokenByte,
  LF,
  SPACE,
  type Span,
  skipBlanks,
  TAB,
  trimEnd,
} from "../../base/ascii.ts";
import { HEADER_BYTES_MAX, HEADERS_KEPT_MAX, HEADERS_MAX, SipAnomaly } from "./anomaly.ts";
import { decodeHeadFields, hasNul } from "./head-fields.ts";
import { HEADER_ID_COUNT, HEADER_IS_SINGLE, HeaderId, headerIdOf } from "./headers.ts";
import { cutLongValues, HEAD_BYTES_WHOLE } from "./long-values.ts";
import { SipMethod } from "./methods.ts";
import { findControl } from "./scan.ts";
import { decodeStartLine } from "./start-line.ts";

const EMPTY = Buffer.alloc(0);
const EMPTY_VIEW: DataView = new DataView(new ArrayBuffer(0));
/** "A b SIP/2.0" is the shortest start line there is; shorter datagrams are keep-alives or noise. */
const MESSAGE_BYTES_MIN = 11;

/**
 * One SIP message as offsets into the packet's bytes. `decode` finds the start line and every header
 * and resets all of the previous message; parameters are parsed on demand (`params.ts`, `digest.ts`).
 * Nothing is copied and nothing allocated but by `text`.
 */
export class SipMessageView {
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;
  /** Space of private addresses that literals in it belong to; set by who has the packet. */
  domain = 0;
  isRequest = false;
  method: SipMethod = SipMethod.OTHER;
  /** 100..699, 0 in a request or when unreadable. */
  statusCode = 0;
  /** Start line without its line end. */
  readonly startLine: Span = { start: 0, end: 0 };
  readonly methodSpan: Span = { start: 0, end: 0 };
  readonly uri: Span = { start: 0, end: 0 };
  readonly version: Span = { start: 0, end: 0 };
  readonly statusCodeSpan: Span = { start: 0, end: 0 };
  readonly reason: Span = { start: 0, end: 0 };
  /** From the first header line to the line end of the last. */
  headersStart = 0;
  headersEnd = 0;
  headerCount = 0;
  readonly headerIds = new Uint8Array(HEADERS_KEPT_MAX);
  /** Start and end of each header's name. */
  readonly nameSpans = new Int32Array(2 * HEADERS_KEPT_MAX);
  /** Start and end of each header's value, outer blanks trimmed; a folded value keeps its line ends. */
  readonly valueSpans = new Int32Array(2 * HEADERS_KEPT_MAX);
  bodyStart = 0;
  bodyEnd = 0;
  /** CSeq number; -1 when missing or unreadable. */
  cseq = -1;
  /** Method that CSeq names: in a response the method of its request. */
  cseqMethod: SipMethod = SipMethod.OTHER;
  /** Bits of `SipAnomaly`. */
  anomalies = 0;
  readonly #first = new Int16Array(HEADER_ID_COUNT);
  /** The same bytes in words, of the buffer `#viewed`: a capture's buffer holds many messages. */
  #view = EMPTY_VIEW;
  #viewed: Buffer = EMPTY;
  /** Some line was not read by a short cut: it may hold a NUL. */
  #hasControls = false;
  #hasShortCuts = true;

  /**
   * Decodes bytes[start, end). False when this is not SIP at all; then the view is not valid.
   * `wasCut` says that the capture holds less than the wire did, so missing bytes are nobody's fault.
   */
  decode(bytes: Buffer, start: number, end: number, wasCut: boolean): boolean {
    this.#hasShortCuts = true;
    return this.#decode(bytes, start, end, wasCut);
  }

  /** `decode` without its short cuts, by the general way line by line: the measure for them. */
  decodeAny(bytes: Buffer, start: number, end: number, wasCut: boolean): boolean {
    this.#hasShortCuts = false;
    return this.#decode(bytes, start, end, wasCut);
  }

  #decode(bytes: Buffer, start: number, end: number, wasCut: boolean): boolean {
    let at = start;
    // RFC 3261 7.5: CRLF before the start line is ignored.
    while (at < end && (bytes[at] === CR || bytes[at] === LF)) at++;
    if (end - at < MESSAGE_BYTES_MIN) return false;
    if (bytes !== this.#viewed) {
      this.#viewed = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    this.bytes = bytes;
    this.#hasControls = false;
    this.start = at;
    this.end = end;
    this.anomalies = 0;
    this.statusCode = 0;
    this.method = SipMethod.OTHER;
    this.headerCount = 0;
    this.cseq = -1;
    this.cseqMethod = SipMethod.OTHER;
    this.#first.fill(-1);
    let lineEnd = this.#plainLineEnd(at, end);
    let lineFeed = lineEnd + 1;
    if (lineEnd < 0) {
      lineFeed = find(bytes, LF, at, end);
      lineEnd = this.#lineEnd(at, lineFeed, end);
    }
    if (!decodeStartLine(this, at, lineEnd)) return false;
    this.startLine.start = at;
    this.startLine.end = lineEnd;
    this.#decodeHeaders(Math.min(lineFeed + 1, end), end, wasCut);
    if (this.headersEnd - at > HEAD_BYTES_WHOLE && cutLongValues(this)) {
      this.anomalies |= SipAnomaly.VALUES_TOO_LONG;
    }
    if (this.#hasControls && hasNul(this)) this.anomalies |= SipAnomaly.NUL_BYTE;
    decodeHeadFields(this, wasCut);
    return true;
  }

  /** Index of the first header of that number at or after `from`; -1 when there is none. */
  indexOf(header: number, from = 0): number {
    const first = this.#first[header] as number;
    if (first >= from || first < 0) return first;
    for (let i = from; i < this.headerCount; i++) if (this.headerIds[i] === header) return i;
    return -1;
  }

  /** First value of a header; false when it is missing. */
  value(header: number, out: Span): boolean {
    const index = this.#first[header] as number;
    if (index < 0) return false;
    out.start = this.valueSpans[2 * index] as number;
    out.end = this.valueSpans[2 * index + 1] as number;
    return true;
  }

  has(header: number): boolean {
    return (this.#first[header] as number) >= 0;
  }

  /** The one method that makes a string (latin1: each byte one character). */
  text(span: Span): string {
    return this.bytes.toString("latin1", span.start, span.end);
  }

  /** First value of a header as text; "" when it is missing. Allocates. */
  headerText(header: number): string {
    const index = this.#first[header] as number;
    if (index < 0) return "";
    return this.bytes.toString(
      "latin1",
      this.valueSpans[2 * index],
      this.valueSpans[2 * index + 1],
    );
  }

  /** End of a line's text; notes a line end that is not CRLF. */
  #lineEnd(lineStart: number, lineFeed: number, end: number): number {
    let at = lineFeed;
    while (at > lineStart && this.bytes[at - 1] === CR) at--;
    // More than one CR must not make another Call-ID of the same one.
    if (lineFeed < end && lineFeed - at !== 1) this.anomalies |= SipAnomaly.BARE_LF;
    return at;
  }

  #decodeHeaders(start: number, end: number, wasCut: boolean): void {
    const bytes = this.bytes;
    this.headersStart = start;
    let at = start;
    let last = -1;
    while (at < end) {
      const plainEnd = this.#plainHeader(at, end);
      if (plainEnd > 0) {
        last = this.headerCount - 1;
        at = plainEnd + 2;
        continue;
      }
      const lineFeed = find(bytes, LF, at, end);
      const lineEnd = this.#lineEnd(at, lineFeed, end);
      if (lineEnd === at) {
        this.headersEnd = at;
        this.bodyStart = Math.min(lineFeed + 1, end);
        return;
      }
      this.#hasControls = true;
      if (lineEnd - at > HEADER_BYTES_MAX) this.anomalies |= SipAnomaly.HEADER_TOO_LONG;
      const first = bytes[at];
      if (first === SPACE || first === TAB) {
        // RFC 3261 7.3.1: a line that starts with a blank continues the value.
        if (last >= 0) {
          at = this.#continueValue(last, at, end);
          continue;
        }
        this.anomalies |= SipAnomaly.BAD_HEADER_LINE;
      } else {
        last = this.#addHeader(at, lineEnd, last);
      }
      at = lineFeed + 1;
    }
    if (!wasCut) this.anomalies |= SipAnomaly.INCOMPLETE_HEADERS;
    this.headersEnd = end;
    this.bodyStart = end;
  }

  /** End of a line's text that a CRLF ends and that has no other control character; -1 of any other line. */
  #plainLineEnd(start: number, end: number): number {
    const at = this.#hasShortCuts ? findControl(this.#view, start, end) : end;
    if (at + 1 < end && this.bytes[at] === CR && this.bytes[at + 1] === LF) return at;
    this.#hasControls = true;
    return -1;
  }

  /**
   * Files a header line as nearly all are, `Name: value`, and gives the end of its text; -1 for any other line,
   * with nothing filed.
   */
  #plainHeader(start: number, end: number): number {
    if (this.headerCount >= HEADERS_MAX) return -1;
    const { bytes } = this;
    let colon = start;
    while (colon < end && isTokenByte(bytes[colon] as number)) colon++;
    if (colon === start || colon >= end || bytes[colon] !== COLON) return -1;
    const lineEnd = this.#plainLineEnd(colon + 1, end);
    const index = this.headerCount;
    if (lineEnd < 0 || lineEnd - start > HEADER_BYTES_MAX) return -1;
    this.#file(headerIdOf(this.#view, start, colon), start, colon);
    this.#setValue(index, colon + 1, lineEnd);
    return lineEnd;
  }

  /** Files one header line and returns its index; the previous one when the line is not a header. */
  #addHeader(start: number, lineEnd: number, last: number): number {
    const bytes = this.bytes;
    let colon = start;
    while (colon < lineEnd && bytes[colon] !== COLON) colon++;
    const nameEnd = trimEnd(bytes, start, colon);
    if (colon === lineEnd || nameEnd === start) {
      this.anomalies |= SipAnomaly.BAD_HEADER_LINE;
      return last;
    }
    const index = this.headerCount;
    const id = headerIdOf(this.#view, start, nameEnd);
    if (index >= HEADERS_MAX) {
      this.anomalies |= SipAnomaly.TOO_MANY_HEADERS;
      if (index === HEADERS_KEPT_MAX || !this.#isNeeded(id)) return -1;
    }
    this.#file(id, start, nameEnd);
    this.#setValue(index, colon + 1, lineEnd);
    return index;
  }

  #file(id: number, start: number, nameEnd: number): void {
    const index = this.headerCount++;
    this.headerIds[index] = id;
    this.nameSpans[2 * index] = start;
    this.nameSpans[2 * index + 1] = nameEnd;
    if ((this.#first[id] as number) < 0) this.#first[id] = index;
    else if (HEADER_IS_SINGLE[id] === 1) this.anomalies |= SipAnomaly.DUPLICATE_HEADER;
  }

  /** What stands between the colon and the line's end, outer blanks trimmed. */
  #setValue(index: number, start: number, lineEnd: number): void {
    const valueStart = skipBlanks(this.bytes, start, lineEnd);
    this.valueSpans[2 * index] = valueStart;
    this.valueSpans[2 * index + 1] = trimEnd(this.bytes, valueStart, lineEnd);
  }

  /** Worth a place although there are too many headers. */
  #isNeeded(id: number): boolean {
    if (id === HeaderId.AUTHORIZATION || id === HeaderId.PROXY_AUTHORIZATION) return true;
    return id !== HeaderId.OTHER && (this.#first[id] as number) < 0;
  }

  /** Takes all lines from `start` on that begin with a blank in one pass, as there may be tens of thousands; returns the place behind. */
  #continueValue(index: number, start: number, end: number): number {
    const { bytes, valueSpans } = this;
    let isEmpty = valueSpans[2 * index] === valueSpans[2 * index + 1];
    let lineStart = start;
    for (let at = start; ; at++) {
      if (at < end && bytes[at] !== LF) continue;
      const lineEnd = this.#lineEnd(lineStart, at, end);
      if (lineEnd - lineStart > HEADER_BYTES_MAX) this.anomalies |= SipAnomaly.HEADER_TOO_LONG;
      const textEnd = trimEnd(bytes, lineStart, lineEnd);
      if (textEnd > lineStart) {
        if (isEmpty) valueSpans[2 * index] = skipBlanks(bytes, lineStart, textEnd);
        valueSpans[2 * index + 1] = textEnd;
        isEmpty = false;
      }
      lineStart = at + 1;
      if (lineStart >= end || !isBlank(bytes[lineStart] as number)) return lineStart;
    }
  }
}
