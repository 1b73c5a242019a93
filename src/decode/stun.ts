import type { PacketView } from "./packet.ts";

/** RFC 8489 5: the class bits of the message type. */
export const StunClass = { REQUEST: 0, INDICATION: 1, SUCCESS: 2, ERROR: 3 } as const;
export type StunClass = (typeof StunClass)[keyof typeof StunClass];

export const STUN_BINDING = 1; // RFC 8489 18.2

const HEADER_BYTES = 20;
const ATTRIBUTE_HEADER_BYTES = 4;
/** ICE checks have about ten. */
const ATTRIBUTES_MAX = 64;

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

  get isSuccess(): boolean {
    return this.messageClass === StunClass.SUCCESS;
  }

  /** False when lengths do not add up. Expects what `classifyPayload` calls STUN. */
  decode(packet: PacketView): boolean {
    const { view, payloadStart: start, payloadEnd: end } = packet;
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
    return hasWholeAttributes(packet, start + HEADER_BYTES, start + HEADER_BYTES + length);
  }
}

/** Attributes up to `end` add up (RFC 8489 14), as far as they were captured; what they hold is nothing to ICE. */
function hasWholeAttributes({ view, payloadEnd }: PacketView, start: number, end: number): boolean {
  const captured = Math.min(end, payloadEnd);
  let at = start;
  for (let left = ATTRIBUTES_MAX; at < end; left--) {
    // Not looked at, or not captured: nobody's fault.
    if (left === 0 || at + ATTRIBUTE_HEADER_BYTES > captured) return captured < end || left === 0;
    const bytes = view.getUint16(at + 2);
    at += ATTRIBUTE_HEADER_BYTES + bytes;
    if (at > end) return false;
    // RFC 8489 14: padded to a multiple of four.
    at += -bytes & 3;
  }
  return true;
}
