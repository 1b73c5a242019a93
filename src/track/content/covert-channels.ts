import { AT, CR, EQUALS, equals, LF, SPACE, type Span, TAB } from "../../base/ascii.ts";
import type { PacketView } from "../../decode/packet.ts";
import { HEADER_ID_COUNT, HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { RequestInspector } from "../transactions/request-inspector.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { encodedTextIn, escapedTextIn, hasInvisible, isSentence } from "./hidden-text.ts";
import { attributeTextIn } from "./sdp-attributes.ts";

/** The field is software's own, or what is there is never healthy. */
const SURE = 2;
/** A field that applications fill as they like: data of a call centre, a ticket. */
const UNSURE = 1;

/** Blanks behind a value that hold bits: text editors leave one kind, and few. */
const TRAILING_MIN = 8;
/** Real descriptions have some 150 bytes before the first m=. */
const SESSION_BYTES_MAX = 256;
/** Header names that say what they are for, of tools and exercises. */
const NAME =
  /^x-.{0,32}(covert|stegan|stego|exfil|backdoor|hidden-?(data|text|msg|message)|secret-?(data|text|msg|message)|reverse-?shell)/i;

/** How a header is looked at, by its id; 0: as one in which software writes names and addresses. */
const LOOKS = new Uint8Array(HEADER_ID_COUNT);
/** What people or software write there as they like. */
const FREE = 1;
/** Looked at by their parts, numbers, or made of encoded data. */
const APART = 2;
const FREE_HEADERS = [HeaderId.OTHER, HeaderId.SUBJECT, HeaderId.CONTENT_TYPE, HeaderId.USER_AGENT];
const APART_HEADERS = [
  ...[HeaderId.VIA, HeaderId.FROM, HeaderId.TO, HeaderId.CALL_ID, HeaderId.CONTACT],
  ...[HeaderId.CSEQ, HeaderId.MAX_FORWARDS, HeaderId.CONTENT_LENGTH, HeaderId.EXPIRES],
  ...[HeaderId.AUTHORIZATION, HeaderId.PROXY_AUTHORIZATION, HeaderId.WWW_AUTHENTICATE],
  ...[HeaderId.PROXY_AUTHENTICATE, HeaderId.IDENTITY, HeaderId.IDENTITY_INFO],
];
for (const id of FREE_HEADERS) LOOKS[id] = FREE;
for (const id of APART_HEADERS) LOOKS[id] = APART;
/** Of a text message. */
const TEXT_BYTES_MAX = 256;

const COOKIE_BYTES = "z9hG4bK".length;
const DASH = 0x2d;
const EM = 0x6d;
const SHOWN_MAX = 80;
const BLANKS = "blanks and tabs behind it";

const span: Span = { start: 0, end: 0 };

interface Found {
  readonly value: number;
  readonly where: string;
  readonly seen: string;
}

/** Data that is carried in fields of signalling that are not made for it. Looks at new requests at their first hop. */
export class CovertChannels implements RequestInspector {
  readonly #events: EventList;

  constructor(events: EventList) {
    this.#events = events;
  }

  request(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    keys: MessageKeys,
  ): void {
    if (!transaction.isFirstHop) return;
    const found =
      inTokens(message, keys) ??
      inHeaders(message) ??
      inAddresses(message, keys) ??
      inSession(message) ??
      inText(message);
    if (found !== null) {
      const event = this.#events.raise(EventKind.SIP_HIDDEN_TEXT, packet.timeUs, found.value);
      event?.aimAtTransaction(transaction);
      event?.showInRequest(packet, message);
      if (event) event.evidence = [{ what: found.where, expected: "no text", seen: found.seen }];
    }
    const version = oddVersion(message);
    if (version === "") return;
    const event = this.#events.raise(EventKind.SDP_BAD_VERSION, packet.timeUs, 0);
    event?.aimAtTransaction(transaction);
    event?.showInRequest(packet, message);
    if (event) event.evidence = [{ what: "v= of the SDP", expected: "0", seen: version }];
  }
}

/** Call-ID, From tag and branch, which are made of random numbers, addresses and times. */
function inTokens(message: SipMessageView, { from, via }: MessageKeys): Found | null {
  const found = message.value(HeaderId.CALL_ID, span) ? inToken(message, "Call-ID", span) : null;
  if (found !== null) return found;
  // RFC 3261 8.1.1.7: what is the branch's own stands behind the cookie.
  span.start = via.branch.start + (via.hasCookie ? COOKIE_BYTES : 0);
  span.end = via.branch.end;
  return inToken(message, "From tag", from.tag) ?? inToken(message, "Via branch", span);
}

function inToken({ bytes }: SipMessageView, where: string, token: Span): Found | null {
  const text = encodedTextIn(bytes, token.start, token.end);
  return text === "" ? null : { value: SURE, where, seen: text };
}

/**
 * Names and parameters of From and To, host and parameters of Via and Contact, and the Request-URI as far as its letters are
 * escaped. Services encode users of other networks in theirs, and servers what they want back in a Contact: there only sentences are told
 * for sure.
 */
function inAddresses(message: SipMessageView, { from, to }: MessageKeys): Found | null {
  const { bytes, uri } = message;
  return (
    aroundUser(message, HeaderId.FROM, "From", from.user) ??
    aroundUser(message, HeaderId.TO, "To", to.user) ??
    foundAs("Request-URI", escapedTextIn(bytes, uri.start, uri.end)) ??
    sentenceAs("Request-URI", encodedTextIn(bytes, uri.start, uri.end)) ??
    behindUser(message, HeaderId.VIA, "Via", SURE) ??
    inContact(message)
  );
}

function aroundUser(message: SipMessageView, id: number, name: string, user: Span): Found | null {
  if (!message.value(id, span)) return null;
  const { bytes } = message;
  const { start, end } = span;
  const hasUser = user.end > user.start;
  const text =
    encodedTextIn(bytes, start, hasUser ? user.start : end) ||
    (hasUser ? encodedTextIn(bytes, user.end, end) : "") ||
    escapedTextIn(bytes, start, end);
  return foundAs(name, text) ?? sentenceAs(name, encodedTextIn(bytes, user.start, user.end));
}

function inContact(message: SipMessageView): Found | null {
  if (!message.value(HeaderId.CONTACT, span)) return null;
  const found = sentenceAs("Contact", encodedTextIn(message.bytes, span.start, span.end));
  return found ?? behindUser(message, HeaderId.CONTACT, "Contact", UNSURE);
}

function behindUser(
  message: SipMessageView,
  id: number,
  where: string,
  value: number,
): Found | null {
  if (!message.value(id, span)) return null;
  const { bytes } = message;
  const { start, end } = span;
  let at = start;
  while (at < end && bytes[at] !== AT) at++;
  return foundAs(where, encodedTextIn(bytes, at < end ? at + 1 : start, end), value);
}

function sentenceAs(where: string, seen: string): Found | null {
  return seen !== "" && isSentence(seen) ? { value: SURE, where, seen } : null;
}

function foundAs(where: string, seen: string, value = SURE): Found | null {
  return seen === "" ? null : { value, where, seen };
}

/** A message whose whole text is encoded: people write words. */
function inText(message: SipMessageView): Found | null {
  if (message.method !== SipMethod.MESSAGE) return null;
  const { bytes, bodyStart } = message;
  const end = Math.min(message.bodyEnd, bodyStart + TEXT_BYTES_MAX);
  for (let at = bodyStart; at < end; at++) if (bytes[at] === SPACE) return null;
  const text = encodedTextIn(bytes, bodyStart, end);
  if (text === "" || !/^text\/plain\b/i.test(message.headerText(HeaderId.CONTENT_TYPE)))
    return null;
  return foundAs("text of the message", text);
}

/** Headers that no tracker reads, the Subject, the name of the software, the boundary of a body, and sentences in all others. */
function inHeaders(message: SipMessageView): Found | null {
  const { bytes, headerIds, valueSpans } = message;
  for (let i = 0; i < message.headerCount; i++) {
    if (hasBits(bytes, valueSpans[2 * i + 1] as number)) {
      return { value: SURE, where: nameOf(message, i), seen: BLANKS };
    }
    const look = LOOKS[headerIds[i] as number];
    if (look === APART) continue;
    const found = look === FREE ? inFreeHeader(message, i) : inKnownHeader(message, i);
    if (found !== null) return found;
  }
  return null;
}

function inKnownHeader(message: SipMessageView, header: number): Found | null {
  const { bytes, valueSpans } = message;
  const start = valueSpans[2 * header] as number;
  const text = encodedTextIn(bytes, start, valueSpans[2 * header + 1] as number);
  return text === "" ? null : sentenceAs(nameOf(message, header), text);
}

function inFreeHeader(message: SipMessageView, header: number): Found | null {
  const { bytes, headerIds, nameSpans, valueSpans } = message;
  const start = valueSpans[2 * header] as number;
  const end = valueSpans[2 * header + 1] as number;
  const isOther = headerIds[header] === HeaderId.OTHER;
  const isOurs = isOther && isExtension(bytes, nameSpans[2 * header] as number);
  if (isOurs && NAME.test(nameOf(message, header))) {
    const seen = bytes.toString("latin1", start, Math.min(end, start + SHOWN_MAX));
    return { value: SURE, where: nameOf(message, header), seen };
  }
  const text = inValue(message, header, isOther ? UNSURE : SURE);
  // Standards have no place for them; what applications add may be a note about a customer.
  if (text !== null) return isOurs ? text : (sentenceAs(text.where, text.seen) ?? text);
  const mayHide = isOurs || headerIds[header] === HeaderId.SUBJECT;
  if (!mayHide || !hasInvisible(bytes, start, end)) return null;
  return { value: SURE, where: nameOf(message, header), seen: "characters without width" };
}

/** `value` is for encoded text: what is escaped without need is never healthy. */
function inValue(message: SipMessageView, header: number, value: number): Found | null {
  const { bytes, valueSpans } = message;
  const start = valueSpans[2 * header] as number;
  const end = valueSpans[2 * header + 1] as number;
  const escaped = escapedTextIn(bytes, start, end);
  if (escaped !== "") return foundAs(nameOf(message, header), escaped);
  const seen = encodedTextIn(bytes, start, end);
  return seen === "" ? null : { value, where: nameOf(message, header), seen };
}

/** RFC 6648: names that begin with "X-" are anybody's. */
function isExtension(bytes: Uint8Array, nameStart: number): boolean {
  return ((bytes[nameStart] as number) | 0x20) === 0x78 && bytes[nameStart + 1] === DASH;
}

function nameOf({ bytes, nameSpans }: SipMessageView, header: number): string {
  const start = nameSpans[2 * header] as number;
  const end = nameSpans[2 * header + 1] as number;
  return bytes.toString("latin1", start, Math.min(end, start + SHOWN_MAX));
}

/** Both kinds of blank in a row of them behind a value. Nearly always the line ends there. */
function hasBits(bytes: Uint8Array, start: number): boolean {
  const first = bytes[start];
  if (first !== SPACE && first !== TAB) return false;
  let at = start;
  let tabs = 0;
  for (; at < bytes.length && (bytes[at] === SPACE || bytes[at] === TAB); at++) {
    if (bytes[at] === TAB) tabs++;
  }
  return at - start >= TRAILING_MIN && tabs > 0 && tabs < at - start;
}

function hasSession({ bytes, bodyStart, bodyEnd }: SipMessageView): boolean {
  return bodyEnd - bodyStart > 4 && equals(bytes, bodyStart, bodyStart + 2, "v=");
}

/**
 * All that stands before the first m=: names of user and session, and attributes. Of what is behind it only attributes that are no
 * keys, as a key of media may read as text.
 */
function inSession(message: SipMessageView): Found | null {
  if (!hasSession(message)) return null;
  const { bytes, bodyStart } = message;
  const bodyEnd = Math.min(message.bodyEnd, bodyStart + SESSION_BYTES_MAX);
  let end = bodyStart;
  while (end + 1 < bodyEnd && !(bytes[end] === EM && bytes[end + 1] === EQUALS)) end++;
  const text = encodedTextIn(bytes, bodyStart, end);
  if (text !== "") return { value: SURE, where: "session part of the SDP", seen: text };
  const seen = attributeTextIn(bytes, end, message.bodyEnd);
  return foundAs("attribute of the SDP", seen, isSentence(seen) ? SURE : UNSURE);
}

/** RFC 8866 5.1: the version is 0, and there is no other. "" when it is, or without SDP. */
function oddVersion(message: SipMessageView): string {
  if (!hasSession(message)) return "";
  const { bytes, bodyStart, bodyEnd } = message;
  let end = bodyStart + 2;
  while (end < bodyEnd && bytes[end] !== LF && bytes[end] !== CR && end < bodyStart + 34) end++;
  return equals(bytes, bodyStart + 2, end, "0") ? "" : bytes.toString("latin1", bodyStart + 2, end);
}
