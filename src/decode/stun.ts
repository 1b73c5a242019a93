import { COLON, find } from "../base/ascii.ts";
import { type HostKey, hostKeyV6, NO_HOST } from "./host.ts";
import type { PacketView } from "./packet.ts";
import { isPrivateV4, isPrivateV6, placedHost } from "./private-host.ts";
import { iceUserKey } from "./sdp.ts";

/** RFC 8489 5: the class bits of the message type. */
export const StunClass = { REQUEST: 0, INDICATION: 1, SUCCESS: 2, ERROR: 3 } as const;
export type StunClass = (typeof StunClass)[keyof typeof StunClass];

export const STUN_BINDING = 1; // RFC 8489 18.2

const HEADER_BYTES = 20;
const ATTRIBUTE_HEADER_BYTES = 4;
/** ICE checks have about ten. */
const ATTRIBUTES_MAX = 64;
const COOKIE = 0x2112a442;

/** RFC 8489 18.3. */
const Attribute = { MAPPED_ADDRESS: 1, USERNAME: 6, XOR_MAPPED_ADDRESS: 0x20 } as const;
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

/**
 * One STUN message (RFC 8489 5) as far as ICE needs it: who asked is told by the transaction id that
 * only the two ends know, so a success that repeats it proves that its sender receives. Reused.
 */
export class StunView {
  messageClass: StunClass = StunClass.REQUEST;
  method = 0;
  /** The 96 bits of the transaction id, int32 each. */
  transactionHigh = 0;
  transactionMiddle = 0;
  transactionLow = 0;
  /** A USERNAME attribute is there: an ICE check (RFC 8445 7.2.2). */
  hasUsername = false;
  /** `iceUserKey` of the fragment that the receiver announced and of the sender's own; 0: none. */
  receiverUser = 0;
  senderUser = 0;
  /** Where the receiver of a request saw it come from (XOR-MAPPED-ADDRESS); NO_HOST: not told. */
  mappedHost: HostKey = NO_HOST;
  mappedPort = 0;
  readonly #address = new Uint8Array(16);

  get isSuccess(): boolean {
    return this.messageClass === StunClass.SUCCESS;
  }

  /** False when lengths do not add up. Expects what `classifyPayload` calls STUN. */
  decode(packet: PacketView): boolean {
    const { view, payloadStart: start, payloadEnd: end } = packet;
    this.hasUsername = false;
    this.receiverUser = 0;
    this.senderUser = 0;
    this.mappedHost = NO_HOST;
    this.mappedPort = 0;
    if (end - start < HEADER_BYTES) return false;
    const type = view.getUint16(start);
    const length = view.getUint16(start + 2);
    this.messageClass = (((type >> 7) & 2) | ((type >> 4) & 1)) as StunClass;
    this.method = ((type >> 2) & 0x0f80) | ((type >> 1) & 0x70) | (type & 0x0f);
    this.transactionHigh = view.getInt32(start + 8);
    this.transactionMiddle = view.getInt32(start + 12);
    this.transactionLow = view.getInt32(start + 16);
    // Some senders pad the datagram; what follows the message is not its own.
    if (HEADER_BYTES + length > packet.payloadWireLength) return false;
    return this.#attributes(packet, start + HEADER_BYTES, start + HEADER_BYTES + length);
  }

  #attributes(packet: PacketView, start: number, end: number): boolean {
    const { view } = packet;
    const captured = Math.min(end, packet.payloadEnd);
    let at = start;
    for (let left = ATTRIBUTES_MAX; at < end; left--) {
      // Not looked at, or not captured: nobody's fault.
      if (left === 0 || at + ATTRIBUTE_HEADER_BYTES > captured) return captured < end || left === 0;
      const type = view.getUint16(at);
      const valueStart = at + ATTRIBUTE_HEADER_BYTES;
      const valueEnd = valueStart + view.getUint16(at + 2);
      if (valueEnd > end) return false;
      if (valueEnd <= captured) this.#attribute(packet, type, valueStart, valueEnd);
      // RFC 8489 14: padded to a multiple of four.
      at = valueEnd + ((valueStart - valueEnd) & 3);
    }
    return true;
  }

  #attribute(packet: PacketView, type: number, start: number, end: number): void {
    switch (type) {
      case Attribute.USERNAME:
        if (!this.hasUsername) this.#username(packet.bytes, start, end);
        return;
      case Attribute.XOR_MAPPED_ADDRESS:
        this.#mapped(packet, start, end, true);
        return;
      case Attribute.MAPPED_ADDRESS:
        if (this.mappedHost === NO_HOST) this.#mapped(packet, start, end, false);
    }
  }

  /** RFC 8445 7.2.2: the fragment of the receiver, ":", that of the sender. */
  #username(bytes: Uint8Array, start: number, end: number): void {
    this.hasUsername = true;
    const colon = find(bytes, COLON, start, end);
    if (colon > start) this.receiverUser = iceUserKey(bytes, start, colon);
    if (colon + 1 < end) this.senderUser = iceUserKey(bytes, colon + 1, end);
  }

  /** RFC 8489 14.1, 14.2: the address, masked by cookie and transaction id if `isXored`. */
  #mapped({ view, domain }: PacketView, start: number, end: number, isXored: boolean): void {
    if (end - start < 8) return;
    const family = view.getUint8(start + 1);
    const port = view.getUint16(start + 2) ^ (isXored ? COOKIE >>> 16 : 0);
    if (family === FAMILY_IPV4) {
      const value = (view.getUint32(start + 4) ^ (isXored ? COOKIE : 0)) >>> 0;
      this.mappedHost = isPrivateV4(value) ? placedHost(value, domain) : value;
    } else if (family === FAMILY_IPV6 && end - start >= 20) {
      this.#copyAddress(view, start + 4, isXored);
      const host = hostKeyV6(this.#address, 0);
      const first = ((this.#address[0] as number) << 8) | (this.#address[1] as number);
      this.mappedHost = isPrivateV6(first) ? placedHost(host, domain) : host;
    } else return;
    this.mappedPort = port;
  }

  #copyAddress(view: DataView, at: number, isXored: boolean): void {
    this.#copyWord(0, view.getInt32(at) ^ (isXored ? COOKIE : 0));
    this.#copyWord(4, view.getInt32(at + 4) ^ (isXored ? this.transactionHigh : 0));
    this.#copyWord(8, view.getInt32(at + 8) ^ (isXored ? this.transactionMiddle : 0));
    this.#copyWord(12, view.getInt32(at + 12) ^ (isXored ? this.transactionLow : 0));
  }

  #copyWord(at: number, word: number): void {
    const address = this.#address;
    address[at] = word >>> 24;
    address[at + 1] = word >>> 16;
    address[at + 2] = word >>> 8;
    address[at + 3] = word;
  }
}
