import { BACKSLASH, isDigit, parseUint, SPACE, type Span } from "../../base/ascii.ts";
import { SipAnomaly } from "./anomaly.ts";
import { HeaderId } from "./headers.ts";
import type { SipMessageView } from "./message.ts";
import { methodOf } from "./methods.ts";

const CSEQ_MAX = 2 ** 31 - 1; // RFC 3261 8.1.1.5
const MANDATORY = [HeaderId.FROM, HeaderId.TO, HeaderId.CALL_ID, HeaderId.CSEQ, HeaderId.VIA];

const value: Span = { start: 0, end: 0 };

/** Fills in what single headers of `message` say of the whole: CSeq, and how long the body is. All must be there that RFC 3261 8.1.1 asks for. */
export function decodeHeadFields(message: SipMessageView, wasCut: boolean): void {
  decodeCSeq(message);
  decodeBody(message, wasCut);
  if (!wasCut) checkMandatory(message);
}

/** A NUL in the head; after a backslash it is a quoted pair (RFC 3261 25.1, RFC 4475 3.1.1.2). */
export function hasNul({ bytes, headersEnd, start }: SipMessageView): boolean {
  const first = bytes.indexOf(0, start);
  if (first < 0) return false;
  for (let at = first; at < headersEnd; at++) {
    if (bytes[at] === 0 && (at === start || bytes[at - 1] !== BACKSLASH)) return true;
  }
  return false;
}

function decodeCSeq(message: SipMessageView): void {
  if (!message.value(HeaderId.CSEQ, value)) return;
  const { bytes } = message;
  const { start, end } = value;
  let at = start;
  while (at < end && isDigit(bytes[at] as number)) at++;
  message.cseq = parseUint(bytes, start, at, CSEQ_MAX);
  let methodStart = at;
  while (methodStart < end && (bytes[methodStart] as number) <= SPACE) methodStart++;
  message.cseqMethod = methodOf(bytes, methodStart, end);
  if (message.cseq < 0 || methodStart === at || methodStart === end) {
    message.anomalies |= SipAnomaly.BAD_CSEQ;
  } else if (message.isRequest && !namesMethod(message, methodStart, end)) {
    message.anomalies |= SipAnomaly.CSEQ_METHOD_MISMATCH;
  }
}

function namesMethod({ bytes, methodSpan }: SipMessageView, start: number, end: number): boolean {
  const { start: methodStart, end: methodEnd } = methodSpan;
  if (end - start !== methodEnd - methodStart) return false;
  for (let i = 0; i < end - start; i++) {
    if (bytes[start + i] !== bytes[methodStart + i]) return false;
  }
  return true;
}

function decodeBody(message: SipMessageView, wasCut: boolean): void {
  const { bodyStart, end } = message;
  message.bodyEnd = end;
  if (!message.value(HeaderId.CONTENT_LENGTH, value)) return;
  const length = parseUint(message.bytes, value.start, value.end, 2 ** 31);
  if (length < 0) {
    message.anomalies |= SipAnomaly.BAD_CONTENT_LENGTH;
  } else if (bodyStart + length <= end) {
    message.bodyEnd = bodyStart + length;
    if (message.bodyEnd < end) message.anomalies |= SipAnomaly.TRAILING_BYTES;
  } else if (!wasCut) {
    message.anomalies |= SipAnomaly.CONTENT_LENGTH_MISMATCH;
  }
}

function checkMandatory(message: SipMessageView): void {
  for (let i = 0; i < MANDATORY.length; i++) {
    if (message.has(MANDATORY[i] as number)) continue;
    message.anomalies |= SipAnomaly.MISSING_HEADER;
    return;
  }
}
