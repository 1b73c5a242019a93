import { parseUint, type Span } from "../../base/ascii.ts";
import { combine53, hash53 } from "../../base/hash.ts";
import { type HostKey, NO_HOST } from "../../decode/host.ts";
import { hostKeyOfBytes } from "../../decode/host-text.ts";
import { AddressView } from "../../decode/sip/address.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { firstValueEnd, parameter } from "../../decode/sip/params.ts";
import { userKeyOf } from "../accounts/user-key.ts";

/** Contacts of one message that are read; registrars allow about ten for one user. */
const CONTACTS_MAX = 16;

/**
 * The Contacts of a REGISTER or of its 2xx, which lists all bindings of the user (RFC 3261 10.3). Filled anew for
 * each message, without allocation.
 */
export class ContactList {
  length = 0;
  /** `Contact: *`, which names all bindings (RFC 3261 10.2.2). */
  isStar = false;
  /** Address of each URI; NO_HOST of a name. */
  readonly hosts = new Float64Array(CONTACTS_MAX);
  readonly ports = new Int32Array(CONTACTS_MAX);
  /** Where the REGISTER came from, as the registrar writes it (`received`, Kamailio); NO_HOST when it does not say. */
  readonly received = new Float64Array(CONTACTS_MAX);
  readonly receivedPorts = new Int32Array(CONTACTS_MAX);
  /** One number for user, host and port of each URI. */
  readonly keys = new Float64Array(CONTACTS_MAX);
  /** Hash of `+sip.instance` (RFC 5626 4.1); 0 without one. */
  readonly instances = new Float64Array(CONTACTS_MAX);
  /** `expires` of each, in seconds (RFC 3261 10.2.1.1); -1 without one. */
  readonly expires = new Int32Array(CONTACTS_MAX);
  readonly #address = new AddressView();
  readonly #inner = new AddressView();
  readonly #span: Span = { start: 0, end: 0 };

  decode(message: SipMessageView): void {
    this.length = 0;
    this.isStar = false;
    for (
      let i = message.indexOf(HeaderId.CONTACT);
      i >= 0;
      i = message.indexOf(HeaderId.CONTACT, i + 1)
    ) {
      const start = message.valueSpans[2 * i] as number;
      const end = message.valueSpans[2 * i + 1] as number;
      this.#add(message.bytes, start, end, message.domain);
    }
  }

  /** The same of one header's text. */
  decodeText(text: string, domain: number): void {
    this.length = 0;
    this.isStar = false;
    const bytes = Buffer.from(text, "latin1");
    this.#add(bytes, 0, bytes.length, domain);
  }

  /** The binding is that of this host, by its URI or by where it was registered from. */
  isOf(index: number, host: HostKey): boolean {
    return this.hosts[index] === host || this.received[index] === host;
  }

  /** Where the phone of a binding is reached: behind a NAT where it was registered from. */
  hostAt(index: number): HostKey {
    const received = this.received[index] as number;
    return received === NO_HOST ? (this.hosts[index] as number) : received;
  }

  portAt(index: number): number {
    const isReceived = this.received[index] !== NO_HOST;
    return (isReceived ? this.receivedPorts[index] : this.ports[index]) as number;
  }

  hasKey(key: number): boolean {
    for (let i = 0; i < this.length; i++) if (this.keys[i] === key) return true;
    return false;
  }

  #add(bytes: Buffer, start: number, end: number, domain: number): void {
    let at = start;
    while (at < end && this.length < CONTACTS_MAX) {
      const valueEnd = firstValueEnd(bytes, at, end);
      if (this.#address.decode(bytes, at, valueEnd)) {
        if (this.#address.isStar) this.isStar = true;
        else this.#addAddress(bytes, domain);
      }
      at = valueEnd + 1;
    }
  }

  #addAddress(bytes: Buffer, domain: number): void {
    const { host, params, port, user } = this.#address;
    const index = this.length++;
    this.hosts[index] = literalOf(bytes, host, domain);
    this.ports[index] = port === 0 ? 5060 : port;
    const hostKey = hash53(bytes, host.start, host.end);
    const userKey = userKeyOf(bytes, user.start, user.end);
    this.keys[index] = combine53(combine53(hostKey, userKey), this.ports[index] as number);
    const span = this.#span;
    const { start, end } = params;
    const hasInstance = parameter(bytes, start, end, "+sip.instance", span);
    this.instances[index] = hasInstance ? hash53(bytes, span.start, span.end) : 0;
    const hasExpires = parameter(bytes, start, end, "expires", span);
    this.expires[index] = hasExpires ? parseUint(bytes, span.start, span.end, 2 ** 31 - 1) : -1;
    this.received[index] = NO_HOST;
    if (!parameter(bytes, start, end, "received", span)) return;
    const quoted = bytes[span.start] === 0x22 ? 1 : 0;
    const inner = this.#inner;
    if (!inner.decodeUri(bytes, span.start + quoted, Math.max(span.start, span.end - quoted)))
      return;
    this.received[index] = literalOf(bytes, inner.host, domain);
    this.receivedPorts[index] = inner.port === 0 ? 5060 : inner.port;
  }
}

function literalOf(bytes: Buffer, { start, end }: Span, domain: number): HostKey {
  const first = bytes[start] ?? 0;
  const isLiteral = end > start && (first === 0x5b || (first >= 0x30 && first <= 0x39));
  return isLiteral ? hostKeyOfBytes(bytes, start, end, domain) : NO_HOST;
}
