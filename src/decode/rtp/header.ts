import type { PacketView } from "../packet.ts";

const FIXED_BYTES = 12;

/** Fixed header of an RTP packet (RFC 3550 5.1). Reused; offsets are absolute in the packet's bytes. */
export class RtpHeaderView {
  payloadType = 0;
  sequenceNumber = 0;
  /** int32 bits: subtract with `(a - b) | 0`, print with `>>> 0`. */
  timestamp = 0;
  /** int32 bits: print with `>>> 0`. */
  ssrc = 0;
  payloadStart = 0;
  payloadEnd = 0;
  /** All but the padding count is sound. SRTP encrypts that (RFC 3711 3.1), so what is read there means nothing. */
  isOnlyPaddingBad = false;

  /** False when the header is not RTP's or contradicts the packet's length (RFC 3550 A.1). */
  decode(packet: PacketView): boolean {
    const view = packet.view;
    const start = packet.payloadStart;
    const end = packet.payloadEnd;
    this.isOnlyPaddingBad = false;
    if (end - start < FIXED_BYTES) return false;
    const word = view.getUint32(start);
    const first = word >>> 24;
    // RFC 3550 5.1: the version is two.
    if (first >>> 6 !== 2) return false;
    this.payloadType = (word >>> 16) & 0x7f;
    this.sequenceNumber = word & 0xffff;
    this.timestamp = view.getInt32(start + 4);
    this.ssrc = view.getInt32(start + 8);
    let at = start + FIXED_BYTES + 4 * (first & 0x0f);
    if ((first & 0x10) !== 0) {
      // RFC 3550 5.3.1: extension header, length in 32-bit words.
      if (at + 4 > end) return false;
      at += 4 + 4 * view.getUint16(at + 2);
    }
    if (at > end) return false;
    this.payloadStart = at;
    this.payloadEnd = end;
    // A capture that was cut does not hold the padding count.
    if ((first & 0x20) !== 0 && end - start === packet.payloadWireLength) {
      const padding = view.getUint8(end - 1);
      this.isOnlyPaddingBad = padding === 0 || at + padding > end;
      if (this.isOnlyPaddingBad) return false;
      this.payloadEnd = end - padding;
    }
    return true;
  }
}
