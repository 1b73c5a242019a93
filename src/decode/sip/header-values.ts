import {
  COMMA,
  equals,
  find,
  GREATER,
  isBlank,
  LESS,
  QUESTION,
  QUOTE,
  SEMICOLON,
  type Span,
} from "../../base/ascii.ts";
import type { AddressView } from "./address.ts";
import { HeaderId } from "./headers.ts";
import type { SipMessageView } from "./message.ts";
import { firstValueEnd } from "./params.ts";
import { skipQuoted } from "./scan.ts";
import type { ViaView } from "./via.ts";

const GMT = "GMT";
const span: Span = { start: 0, end: 0 };

/** What `hasBadValue` starts from: the values that were taken apart already. */
export interface TakenApart {
  readonly from: AddressView;
  readonly to: AddressView;
  readonly via: ViaView;
}

/**
 * A From, To, Via, Contact or Date that is none by RFC 3261 25.1, in ways that parsers disagree about (RFC 4475 3.1.2): a quote or bracket
 * that nothing closes, blanks inside brackets, a second value, no URI; an empty parameter or value of a Via; a Contact whose "?" may
 * belong to it or to its URI; a Date in another zone than GMT. Values that the short cuts have read are not looked at again.
 */
export function hasBadValue(message: SipMessageView, { from, to, via }: TakenApart): boolean {
  const { bytes } = message;
  if (!from.isPlain && isBadAddress(message, HeaderId.FROM)) return true;
  if (!to.isPlain && isBadAddress(message, HeaderId.TO)) return true;
  if (
    !via.isAlone &&
    message.value(HeaderId.VIA, span) &&
    hasEmptyPart(bytes, span.start, span.end)
  )
    return true;
  if (message.value(HeaderId.CONTACT, span) && isBadContact(bytes, span.start, span.end))
    return true;
  return (
    message.value(HeaderId.DATE, span) &&
    !equals(bytes, Math.max(span.start, span.end - 3), span.end, GMT)
  );
}

function isBadAddress(message: SipMessageView, header: number): boolean {
  if (!message.value(header, span)) return false;
  const { bytes } = message;
  const { end, start } = span;
  if (firstValueEnd(bytes, start, end) < end) return true;
  let at = start;
  if (bytes[at] === QUOTE) {
    at = skipQuoted(bytes, at, end);
    if (at === end) return true;
  }
  const open = find(bytes, LESS, at, end);
  if (open === end) return false;
  const close = find(bytes, GREATER, open, end);
  if (close === end) return true;
  return isBlank(bytes[open + 1] as number) || isBlank(bytes[close - 1] as number);
}

/** RFC 3261 20.42: a parameter or a value of nothing. */
function hasEmptyPart(bytes: Uint8Array, start: number, end: number): boolean {
  let isOpen = true;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    const isEnd = byte === SEMICOLON || byte === COMMA;
    if (isEnd && isOpen) return true;
    if (byte === QUOTE) at = skipQuoted(bytes, at, end) - 1;
    isOpen = isEnd || (isOpen && isBlank(byte));
  }
  return isOpen;
}

/** RFC 3261 20.10: without brackets there is no "?" in it. */
function isBadContact(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start];
  if (first === LESS || first === QUOTE) return false;
  const open = find(bytes, LESS, start, end);
  return open === end && find(bytes, QUESTION, start, end) < end;
}
