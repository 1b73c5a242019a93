import type { Span } from "../../base/ascii.ts";
import { hash53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import { AddressView } from "../../decode/sip/address.ts";
import { CredentialsView } from "../../decode/sip/credentials.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { CallNotes } from "../call-records/call-notes.ts";
import { PackedText, TextPacker, unpackedText } from "../call-records/packed-texts.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { Transaction } from "../transactions/transaction.ts";

/** Texts of a call are cut at this length, its Call-ID at twice that. */
const TEXT_MAX = 128;
/** Names of phone models and reason phrases: a network has a few dozen. */
const SHARED_MAX = 1024;
const NOTHING: Span = { start: 0, end: 0 };

/** Takes the texts for a call's record out of its messages. */
export class CallDescriber {
  readonly #address = new AddressView();
  readonly #span: Span = { start: 0, end: 0 };
  readonly #shared = new KeyMap<string>(SHARED_MAX);
  readonly #packer = new TextPacker();
  readonly #credentials = new CredentialsView();
  readonly #names: HostNames;

  constructor(names: HostNames) {
    this.#names = names;
  }

  /** The caller's INVITE: the first one, or the same again with credentials. */
  invite(
    notes: CallNotes,
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    this.#request(notes, packet, message, keys, transaction, true);
  }

  /** A request inside a dialog whose INVITE was before the capture. */
  inDialog(
    notes: CallNotes,
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
  ): void {
    this.#request(notes, packet, message, keys, transaction, false);
  }

  /** An answer to the caller's INVITE. */
  answer(notes: CallNotes, message: SipMessageView): void {
    const span = this.#span;
    if (this.#contactOf(message, span)) {
      const end = Math.min(span.end, span.start + TEXT_MAX);
      notes.calleeContact = message.bytes.toString("latin1", span.start, end);
    }
    notes.calleeAgent = this.#agentOf(message) ?? notes.calleeAgent;
    const { statusCode } = message;
    // Of a forked INVITE the other telephones may say no after one has taken the call.
    const wasTaken = notes.code >= 200 && notes.code < 300;
    if (statusCode < 200 || (wasTaken && statusCode >= 300)) return;
    notes.code = statusCode;
    notes.reason = this.#sharedText(message, message.reason);
  }

  #request(
    notes: CallNotes,
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    transaction: Transaction,
    isInvite: boolean,
  ): void {
    const packer = this.#packer;
    const span = this.#span;
    const { bytes } = message;
    this.#packet(notes, packet);
    packer.begin();
    packer.add(bytes, message.value(HeaderId.CALL_ID, span) ? span : NOTHING, 2 * TEXT_MAX);
    const server = this.#names.text(transaction.server);
    packer.addAccount(bytes, this.#userOf(message, keys, transaction), server, TEXT_MAX);
    // Out of the message at hand: taking the transaction's text would decode it once more.
    span.start = message.start + transaction.uriUserAt;
    span.end = span.start + transaction.uriUserBytes;
    packer.add(bytes, isInvite ? span : NOTHING, TEXT_MAX);
    const isAsserted = isInvite && message.value(HeaderId.P_ASSERTED_IDENTITY, span);
    if (isAsserted) this.#address.decode(bytes, span.start, span.end);
    packer.add(bytes, isAsserted ? this.#address.user : NOTHING, TEXT_MAX);
    packer.add(bytes, keys.from.user, TEXT_MAX);
    packer.add(bytes, keys.to.user, TEXT_MAX);
    if (this.#contactOf(message, span)) packer.add(bytes, span, TEXT_MAX);
    else packer.addText(unpackedText(notes.texts, PackedText.CALLER_CONTACT), TEXT_MAX);
    notes.texts = packer.text();
    notes.callerAgent = this.#agentOf(message) ?? notes.callerAgent;
  }

  /** Who asks: user of the digest that counts, else of From. */
  #userOf(message: SipMessageView, keys: MessageKeys, transaction: Transaction): Span {
    if (!transaction.hasCredentials) return keys.from.user;
    const credentials = this.#credentials;
    const index = transaction.credentialsIndex;
    if (index < 0 || index >= credentials.decode(message)) return NOTHING;
    return credentials.at(index).username;
  }

  /** Sets `span` to the URI of the Contact; false without one. */
  #contactOf(message: SipMessageView, span: Span): boolean {
    if (!message.value(HeaderId.CONTACT, span)) return false;
    this.#address.decode(message.bytes, span.start, span.end);
    const { start, end } = this.#address.uri;
    span.start = start;
    span.end = end;
    return true;
  }

  /** Undefined where the message does not say. */
  #agentOf(message: SipMessageView): string | undefined {
    const span = this.#span;
    const isNamed =
      message.value(HeaderId.USER_AGENT, span) || message.value(HeaderId.SERVER, span);
    return isNamed ? this.#sharedText(message, span) : undefined;
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
