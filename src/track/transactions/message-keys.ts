import type { Span } from "../../base/ascii.ts";
import { combine53, combineThree53, hash53 } from "../../base/hash.ts";
import { AddressView } from "../../decode/sip/address.ts";
import { SipAnomaly } from "../../decode/sip/anomaly.ts";
import { hasBadValue } from "../../decode/sip/header-values.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { SipMethod } from "../../decode/sip/methods.ts";
import { ViaView } from "../../decode/sip/via.ts";

/** More methods than CSeq numbers would need are known by `SipMethod`: 16 keep the two apart. */
const METHODS_MAX = 16;

/**
 * The fields that identify a message, hashed once per message (RFC 3261 17.1.3, 17.2.3, 12). Reused. Keys
 * of texts (`callIdKey`) equal `hashText53` of the text.
 */
export class MessageKeys {
  callIdKey = 0.5;
  /** The Call-ID in its network: two tenants may use the same, as cloned installations do. */
  callKey = 0.5;
  fromTagKey = 0.5;
  toTagKey = 0.5;
  hasToTag = false;
  /** Call-ID, From tag, CSeq number, the method that CSeq names, and To's URI: all hops and answers share it. */
  requestKey = 0.5;
  /** `requestKey`, the topmost branch and its sent-by host: one hop. */
  hopKey = 0.5;
  readonly from = new AddressView();
  readonly to = new AddressView();
  readonly via = new ViaView();
  readonly #span: Span = { start: 0, end: 0 };

  decode(message: SipMessageView, method: SipMethod): void {
    const bytes = message.bytes;
    const span = this.#span;
    const hasCallId = message.value(HeaderId.CALL_ID, span);
    this.callIdKey = hasCallId ? hash53(bytes, span.start, span.end) : 0;
    const isApart = hasCallId && message.domain !== 0;
    this.callKey = isApart ? combine53(this.callIdKey, message.domain) : this.callIdKey;
    this.fromTagKey = this.#address(message, HeaderId.FROM, this.from);
    this.toTagKey = this.#address(message, HeaderId.TO, this.to);
    this.hasToTag = this.to.tag.end > this.to.tag.start;
    this.via.decode(message);
    if (hasBadValue(message, this)) message.anomalies |= SipAnomaly.BAD_HEADER_VALUE;
    this.requestKey = this.requestKeyOf(message, method);
    this.hopKey = this.#hopKeyOf(message, this.requestKey);
  }

  /** Key of the request of another method with the same CSeq number: the INVITE that a CANCEL names. */
  requestKeyOf(message: SipMessageView, method: SipMethod): number {
    const { bytes } = message;
    const { user, host } = this.to;
    const number = message.cseq * METHODS_MAX + method;
    const request = combineThree53(this.callKey, this.fromTagKey, number);
    // User and host stand side by side.
    const start = user.end > user.start ? user.start : host.start;
    return hash53(bytes, start, Math.max(start, user.end, host.end), request);
  }

  /** Key of the transaction of another method on the same hop (RFC 3261 9.1). */
  hopKeyOf(message: SipMessageView, method: SipMethod): number {
    return this.#hopKeyOf(message, this.requestKeyOf(message, method));
  }

  #hopKeyOf({ bytes }: SipMessageView, requestKey: number): number {
    const { branch, host } = this.via;
    return hash53(bytes, host.start, host.end, hash53(bytes, branch.start, branch.end, requestKey));
  }

  #address(message: SipMessageView, header: number, address: AddressView): number {
    const span = this.#span;
    if (!message.value(header, span)) {
      span.start = 0;
      span.end = 0;
    }
    address.decode(message.bytes, span.start, span.end);
    return hash53(message.bytes, address.tag.start, address.tag.end);
  }
}
