import type { NumberRows } from "../../base/number-row.ts";
import type { HostKey } from "../../decode/host.ts";
import { macKeyOf } from "../../decode/mac-twins.ts";
import { NO_TTL, type PacketView } from "../../decode/packet.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import { SIP_METHOD_NAMES, SipMethod } from "../../decode/sip/methods.ts";
import { accountText } from "../accounts/account-keys.ts";
import type { SipFields } from "../content/sip-fields.ts";
import type { EventSubject } from "../facts/event.ts";
import { type PacketOrigin, SeenPacket } from "../facts/packet-origin.ts";
import { isSameTtl, wayText } from "../hosts/way.ts";
import { TransactionRow } from "./transaction-row.ts";
import type { TransactionTexts } from "./transaction-texts.ts";

/**
 * One client transaction (RFC 3261 17.1), seen from outside: a row of the transaction table. Rows are used
 * again, so nobody keeps one beyond its packet: keep `ref` and ask `TransactionTable.at`. Texts are
 * made when asked for, and "" once the request is no longer kept.
 */
export class Transaction extends TransactionRow implements EventSubject, PacketOrigin {
  readonly #texts: TransactionTexts;

  constructor(numbers: NumberRows, at: number, texts: TransactionTexts) {
    super(numbers, at);
    this.#texts = texts;
  }

  get srcHost(): HostKey {
    return this.client;
  }

  get srcPort(): number {
    return this.clientPort;
  }

  get dstHost(): HostKey {
    return this.server;
  }

  get dstPort(): number {
    return this.serverPort;
  }

  get answerStatus(): number {
    return this.finalStatus;
  }

  get wayText(): string {
    return wayText(this.clientMac, this.clientTtl);
  }

  /** Remembers by which way the first answer came. An agent that tells of packets (HEP) knows none. */
  noteAnswerWay(packet: PacketView): void {
    if (this.answerTtl !== 0 || packet.ttl === NO_TTL) return;
    this.answerMacKey = macKeyOf(packet);
    this.answerTtl = packet.ttl;
  }

  /** The packet came by the way of the first answer. */
  isAnswerWay(packet: PacketView): boolean {
    return (
      isSameTtl(this.answerTtl, packet.ttl) &&
      packet.macTwins.areSame(this.answerMacKey, macKeyOf(packet))
    );
  }

  /** Start line and session description of the request; what is known without its bytes once these are written over. */
  sipFields(): SipFields {
    return this.#texts.sipFields(this) ?? { method: this.method };
  }

  /** For what outlives the row. */
  origin(): SeenPacket {
    return new SeenPacket(
      this,
      { keptAt: this.keptAt, messageBytes: this.messageBytes },
      this.#texts,
    );
  }

  /** Value of the first such header of the request; "" without. */
  header(id: number): string {
    return this.#texts.header(this, id);
  }

  /** Address of who asked, as it is written in a URI. */
  get clientText(): string {
    const address = this.#texts.names.text(this.client);
    return address.includes(":") ? `[${address}]` : address;
  }

  get callId(): string {
    return this.#texts.header(this, HeaderId.CALL_ID);
  }

  get method(): string {
    const { methodId } = this;
    return methodId === SipMethod.OTHER
      ? this.#texts.method(this)
      : (SIP_METHOD_NAMES[methodId] as string);
  }

  get fromUser(): string {
    return this.#texts.user(this, HeaderId.FROM);
  }

  get toUser(): string {
    return this.#texts.user(this, HeaderId.TO);
  }

  get uriUser(): string {
    return this.#texts.part(this, this.uriUserAt, this.uriUserBytes);
  }

  get authUser(): string {
    return this.#texts.digest(this, "username");
  }

  get realm(): string {
    return this.#texts.digest(this, "realm");
  }

  get nonce(): string {
    return this.#texts.digest(this, "nonce");
  }

  get digestResponse(): string {
    return this.#texts.digest(this, "response");
  }

  /** As `accountText` names it, whichever realm or domain is written beside it. */
  get account(): string {
    const user = this.hasCredentials ? this.authUser : this.fromUser;
    return accountText(user, this.#texts.names.text(this.server));
  }

  get aor(): string {
    if (this.methodId !== SipMethod.REGISTER) return "";
    return this.#texts.userAtHost(this, HeaderId.TO);
  }

  get userAgent(): string {
    return this.#texts.header(this, HeaderId.USER_AGENT);
  }

  get contact(): string {
    if (this.methodId !== SipMethod.REGISTER) return "";
    return this.#texts.header(this, HeaderId.CONTACT);
  }

  /** Expires header of a REGISTER, else "". */
  get expires(): string {
    if (this.methodId !== SipMethod.REGISTER) return "";
    return this.#texts.header(this, HeaderId.EXPIRES);
  }

  get stream(): string {
    return "";
  }

  get destination(): string {
    return "";
  }
}
