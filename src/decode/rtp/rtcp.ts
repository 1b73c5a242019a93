import type { PacketView } from "../packet.ts";

/** RTCP packet types (RFC 3550 12.1). */
export const RtcpType = { SR: 200, RR: 201, SDES: 202, BYE: 203, APP: 204 } as const;

const HEADER_BYTES = 4;

/** Walks the packets of a compound RTCP datagram (RFC 3550 6.1). Reused. */
export class RtcpPacketView {
  type = 0;
  /** Report or source count. */
  count = 0;
  /** SSRC of the packet's sender, int32 bits; 0 when the packet names none. */
  ssrc = 0;
  /** Sender's packet and octet count of an SR (RFC 3550 6.4.1). */
  senderPackets = 0;
  senderOctets = 0;
  #at = 0;
  #end = 0;
  #packet: PacketView | null = null;

  /** False when the datagram is not RTCP (RFC 3550 A.2: version two in every packet, lengths add up). */
  decode(packet: PacketView): boolean {
    this.#packet = packet;
    this.#at = packet.payloadStart;
    this.#end = packet.payloadEnd;
    const view = packet.view;
    const wasCut = packet.payloadWireLength > this.#end - this.#at;
    let at = this.#at;
    while (at + HEADER_BYTES <= this.#end) {
      if (view.getUint8(at) >>> 6 !== 2) return false;
      at += HEADER_BYTES + 4 * view.getUint16(at + 2);
    }
    return at === this.#end || wasCut;
  }

  /** Moves to the next packet; false at the end. */
  next(): boolean {
    const packet = this.#packet;
    if (packet === null || this.#at + HEADER_BYTES > this.#end) return false;
    const view = packet.view;
    const at = this.#at;
    this.count = view.getUint8(at) & 0x1f;
    this.type = view.getUint8(at + 1);
    const next = Math.min(at + HEADER_BYTES + 4 * view.getUint16(at + 2), this.#end);
    this.ssrc = at + 8 <= next ? view.getInt32(at + 4) : 0;
    const isSenderReport = this.type === RtcpType.SR && at + 28 <= next;
    this.senderPackets = isSenderReport ? view.getUint32(at + 20) : 0;
    this.senderOctets = isSenderReport ? view.getUint32(at + 24) : 0;
    this.#at = next;
    return true;
  }
}
