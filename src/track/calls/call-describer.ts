import type { Span } from "../../base/ascii.ts";
import { hash53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { PacketView } from "../../decode/packet.ts";
import { AddressView } from "../../decode/sip/address.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { CallNotes, EndTexts } from "../call-records/call-notes.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";

/** Texts of a call are cut at this length, its Call-ID at twice that. */
const TEXT_MAX = 128;
/** Names of phone models and reason phrases: a network has a few dozen. */
const SHARED_MAX = 1024;

/** Takes the texts for a call's record out of its messages. */
export class CallDescriber {
  readonly #address = new AddressView();
  readonly #span: Span = { start: 0, end: 0 };
  readonly #shared = new KeyMap<string>(SHARED_MAX);

  /** The caller's INVITE: the first one, or the same again with credentials. */
  invite(
    notes: CallNotes,
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    this.inDialog(notes, packet, message, keys, transaction);
    notes.dialled = transaction.uriUser.slice(0, TEXT_MAX);
    notes.assertedUser = this.#userOf(message, HeaderId.P_ASSERTED_IDENTITY);
  }

  /** A request inside a dialog whose INVITE was before the capture. */
  inDialog(
    notes: CallNotes,
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    this.#packet(notes, packet);
    notes.callId = message.headerText(HeaderId.CALL_ID).slice(0, 2 * TEXT_MAX);
    notes.account = transaction.account.slice(0, TEXT_MAX);
    notes.caller.user = this.#text(message, keys.from.user);
    notes.callee.user = this.#text(message, keys.to.user);
    this.#end(notes.caller, message);
  }

  /** An answer to the caller's INVITE. */
  answer(notes: CallNotes, message: SipMessageView): void {
    this.#end(notes.callee, message);
    if (message.statusCode < 200) return;
    notes.code = message.statusCode;
    notes.reason = this.#sharedText(message, message.reason);
  }

  #packet(notes: CallNotes, packet: PacketView): void {
    notes.callerPort = packet.srcPort;
    notes.calleePort = packet.dstPort;
    notes.ipProtocol = packet.ipProtocol;
    notes.vlan = packet.vlan;
    notes.innerVlan = packet.innerVlan;
    notes.flowStartUs = packet.flowStartUs;
    notes.flowId = -1;
    notes.place = packet.place;
  }

  /** What a message says of who sent it. */
  #end(end: EndTexts, message: SipMessageView): void {
    const span = this.#span;
    if (message.value(HeaderId.CONTACT, span)) {
      this.#address.decode(message.bytes, span.start, span.end);
      end.contact = this.#text(message, this.#address.uri);
    }
    const isNamed =
      message.value(HeaderId.USER_AGENT, span) || message.value(HeaderId.SERVER, span);
    if (isNamed) end.agent = this.#sharedText(message, span);
  }

  #userOf(message: SipMessageView, header: number): string {
    const span = this.#span;
    if (!message.value(header, span)) return "";
    this.#address.decode(message.bytes, span.start, span.end);
    return this.#text(message, this.#address.user);
  }

  #text({ bytes }: SipMessageView, { start, end }: Span): string {
    return start >= end ? "" : bytes.toString("latin1", start, Math.min(end, start + TEXT_MAX));
  }

  /** One string for all messages that say the same. */
  #sharedText(message: SipMessageView, span: Span): string {
    const { start } = span;
    const end = Math.min(span.end, start + TEXT_MAX);
    if (start >= end) return "";
    const key = hash53(message.bytes, start, end);
    let text = this.#shared.get(key);
    if (text === undefined) {
      text = message.bytes.toString("latin1", start, end);
      this.#shared.set(key, text);
    }
    return text;
  }
}
