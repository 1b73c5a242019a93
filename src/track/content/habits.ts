import {
  COLON,
  COMMA,
  EQUALS,
  equalsIgnoreCase,
  SEMICOLON,
  SPACE,
  type Span,
} from "../../base/ascii.ts";
import { combine53, combineThree53, hash53 } from "../../base/hash.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { AddressView } from "../../decode/sip/address.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { RequestInspector } from "../transactions/request-inspector.ts";
import type { Transaction } from "../transactions/transaction.ts";
import {
  FEATURE_COUNT,
  FEATURES,
  Feature,
  type FeatureGroup,
  OF_OFFER,
  OF_SENDER,
  OF_SHAPE,
} from "./habit-features.ts";
import { HabitTable } from "./habit-table.ts";
import { featureText } from "./habit-texts.ts";
import { formOf, hashed, MessageForms } from "./message-forms.ts";
import { OfferForms } from "./offer-forms.ts";

/** Messages that are looked at in a second of packet time, and at once: a channel needs many, so a sample is enough. */
const LOOKS_PER_S = 50;
const LOOKS_AT_ONCE = 128;
/** Texts of forms that are kept until one more breaks the habit. */
const TEXTS_MAX = 256;
/** Kinds of rows beside methods and status codes. */
const OFFER = -1;
const REASON = -2;

const STAR = 0x2a;
const ZERO = 0x30;

const span: Span = { start: 0, end: 0 };

/**
 * Data that a sender hides in how its messages look: it writes what others always write one way now one way, now another. What
 * one address forwards for many is told apart by From, software, method and headers.
 */
export class Habits implements RequestInspector {
  readonly #events: EventList;
  readonly #table = new HabitTable();
  readonly #forms = new MessageForms();
  readonly #offer = new OfferForms();
  /** Forms of a sender as a whole. */
  readonly #sender = new Int32Array(FEATURE_COUNT);
  /** One of them by itself. */
  readonly #single = new Int32Array(FEATURE_COUNT);
  /** By row and feature. */
  readonly #texts = new Map<number, string>();
  #looks = LOOKS_AT_ONCE;
  #sinceUs = 0.5;

  constructor(events: EventList) {
    this.#events = events;
  }

  request(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    keys: MessageKeys,
  ): void {
    if (!transaction.isFirstHop || !this.#mayLook(packet.timeUs)) return;
    if (isNobody(message, keys.from)) return;
    const sender = combineThree53(packet.srcHost, packet.dstHost, addressKey(message, keys.from));
    this.#look(packet, message, keys, { sender, transaction, isInDialog: keys.hasToTag });
  }

  /** A final answer to a request that was seen. What comes before is of the moment. */
  answer(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    isInDialog: boolean,
  ): void {
    if (message.statusCode < 200 || !this.#mayLook(packet.timeUs)) return;
    if (isNobody(message, keys.from)) return;
    const ends = combine53(packet.srcHost, packet.dstHost);
    const to = addressKey(message, keys.to);
    // Servers write what they repeat of a request as it was asked.
    const sender = combineThree53(ends, to, addressKey(message, keys.from));
    const of: Sender = { sender, transaction: null, isInDialog };
    this.#look(packet, message, keys, of);
    const { opaque } = this.#forms;
    if (opaque === 0) return;
    // Whoever it answers.
    const forms = this.#single;
    forms[Feature.OPAQUE] = opaque;
    this.#compare(packet, message, of, { key: combine53(ends, REASON), forms, group: OF_SENDER });
  }

  #mayLook(timeUs: number): boolean {
    const looks = this.#looks + ((timeUs - this.#sinceUs) * LOOKS_PER_S) / 1e6;
    this.#sinceUs = timeUs;
    this.#looks = Math.min(looks, LOOKS_AT_ONCE);
    if (this.#looks < 1) return false;
    this.#looks--;
    return true;
  }

  #look(packet: PacketView, message: SipMessageView, keys: MessageKeys, of: Sender): void {
    const forms = this.#forms;
    forms.read(message, keys);
    const { bytes } = message;
    let software = 0;
    let product = 0;
    if (message.value(message.isRequest ? HeaderId.USER_AGENT : HeaderId.SERVER, span)) {
      software = hashed(bytes, span.start, span.end, 1);
      product = hashed(bytes, span.start, lettersEnd(bytes, span), 1);
    }
    const method = message.isRequest ? message.method : message.cseqMethod;
    const kind =
      ((message.statusCode * 64 + method) * 2 + (of.isInDialog ? 1 : 0)) * 256 + packet.ipProtocol;
    const wrote = combineThree53(of.sender, hopsKey(message, keys), product);
    const made = combine53(wrote, kind);
    const shape = (forms.names >>> 0) * 2 + (isLeaving(message) ? 1 : 0);
    const values = (forms.values ^ Math.imul(software, 0x9e3779b1)) >>> 0;
    const key = combineThree53(made, shape, values);
    if (method === SipMethod.INVITE && message.isRequest && !of.isInDialog) {
      this.#invite(packet, message, of, { key, software: combine53(wrote, software) });
    }
    this.#compare(packet, message, of, { key, forms: forms.forms, group: OF_SHAPE });
    const sender = this.#sender;
    sender[Feature.HEADERS] = formOf(forms.kinds);
    sender[Feature.VALUES] = forms.values === 0 ? 0 : formOf(forms.values);
    sender[Feature.ABILITIES] = forms.abilities === 0 ? 0 : formOf(forms.abilities);
    sender[Feature.SOFTWARE] = formOf(software);
    sender[Feature.OPAQUE] = message.isRequest ? forms.opaque : 0;
    this.#compare(packet, message, of, { key: made, forms: sender, group: OF_SENDER });
  }

  #invite(
    packet: PacketView,
    message: SipMessageView,
    of: Sender,
    { key, software }: { readonly key: number; readonly software: number },
  ): void {
    const row = this.#table.row(key);
    this.#forms.setCseq(this.#table.cseqs[row] as number, message.cseq);
    this.#table.cseqs[row] = message.cseq;
    const offer = this.#offer;
    if (!offer.read(message)) return;
    const { forms } = offer;
    this.#compare(packet, message, of, {
      key: combineThree53(software, OFFER, offer.lines >>> 0),
      forms,
      group: OF_OFFER,
    });
  }

  #compare(packet: PacketView, message: SipMessageView, of: Sender, seen: Seen): void {
    const row = this.#table.row(seen.key);
    const feature = this.#table.compare(row, seen.forms, seen.group);
    const { nearly } = this.#table;
    if (nearly >= 0) this.#keep(row * FEATURE_COUNT + nearly, featureText(nearly, message));
    if (feature >= 0) this.#tell(packet, message, of, { row, feature });
  }

  #keep(key: number, text: string): void {
    const texts = this.#texts;
    texts.delete(key);
    texts.set(key, text);
    if (texts.size <= TEXTS_MAX) return;
    for (const oldest of texts.keys()) {
      texts.delete(oldest);
      return;
    }
  }

  #tell(
    packet: PacketView,
    message: SipMessageView,
    { transaction }: Sender,
    { row, feature }: { readonly row: number; readonly feature: number },
  ): void {
    const odd = this.#table.odd(row, feature);
    const event = this.#events.raise(EventKind.SIP_HABIT_BROKEN, packet.timeUs, odd);
    if (event === null) return;
    if (transaction === null) {
      event.aimAtPacket(packet);
      event.showIn(packet, message);
    } else {
      event.aimAtTransaction(transaction);
      event.showInRequest(packet, message);
    }
    const { what } = FEATURES[feature] as { readonly what: string };
    event.evidence = [
      {
        what,
        expected: this.#texts.get(row * FEATURE_COUNT + feature) ?? "as before",
        seen: featureText(feature, message),
      },
      {
        what: `it changed, in ${this.#table.messages(row)} such messages of this sender`,
        expected: "hardly ever",
        seen: `${odd} times`,
      },
    ];
  }
}

interface Sender {
  readonly sender: number;
  /** Null for an answer. */
  readonly transaction: Transaction | null;
  readonly isInDialog: boolean;
}

interface Seen {
  readonly key: number;
  readonly forms: Int32Array;
  readonly group: FeatureGroup;
}

/** User and host, which stand side by side. */
function addressKey({ bytes }: SipMessageView, { host, user }: AddressView): number {
  const start = user.end > user.start ? user.start : host.start;
  return hash53(bytes, start, Math.max(start, user.end, host.end));
}

/** End of the word that a text begins with. */
function lettersEnd(bytes: Uint8Array, { end, start }: Span): number {
  let at = start;
  while (
    at < end &&
    ((bytes[at] as number) | 0x20) >= 0x61 &&
    ((bytes[at] as number) | 0x20) <= 0x7a
  )
    at++;
  return at;
}

/** Callers who withhold their number are many behind one name (RFC 3323 4.1). */
function isNobody({ bytes }: SipMessageView, { user }: AddressView): boolean {
  return equalsIgnoreCase(bytes, user.start, user.end, "anonymous");
}

/** Transport, and behind a proxy the device that wrote the message: host of the last Via. */
function hopsKey(message: SipMessageView, { via }: MessageKeys): number {
  const { bytes, headerIds, valueSpans } = message;
  let last = message.headerCount - 1;
  const first = message.indexOf(HeaderId.VIA);
  while (last > first && headerIds[last] !== HeaderId.VIA) last--;
  if (first < 0 || (last === first && via.isAlone)) return 0;
  let start = valueSpans[2 * last] as number;
  const end = valueSpans[2 * last + 1] as number;
  const hops = last - first;
  for (let at = end; at > start; at--) if (bytes[at] === COMMA) start = at + 1;
  let at = start + 1;
  while (at < end && bytes[at] !== SPACE) at++;
  let hostEnd = at;
  while (hostEnd < end && bytes[hostEnd] !== COLON && bytes[hostEnd] !== SEMICOLON) hostEnd++;
  return hash53(bytes, start, hostEnd, hops);
}

/** A device that takes its registration back may do so in another way (RFC 3261 10.2.2). */
function isLeaving(message: SipMessageView): boolean {
  if (message.method !== SipMethod.REGISTER || !message.value(HeaderId.CONTACT, span)) return false;
  const { bytes } = message;
  return (
    bytes[span.end - 1] === STAR || (bytes[span.end - 1] === ZERO && bytes[span.end - 2] === EQUALS)
  );
}
