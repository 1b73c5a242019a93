import { type PacketView, SkipReason } from "./packet.ts";

const UDP_HEADER_BYTES = 8;
const VXLAN_PORT = 4789;
const VXLAN_HEADER_BYTES = 8;
/** RFC 7348 5: only the I flag, reserved bits zero. */
const VXLAN_FLAGS = 0x08000000;

/**
 * RFC 768. Enters with `payloadStart` at the UDP header and `payloadWireLength` its length by the
 * IP header. The checksum is kept, not verified: offload makes it wrong on the sender's machine.
 */
export function decodeUdp(packet: PacketView): SkipReason {
  const { view } = packet;
  const at = packet.payloadStart;
  const ipPayloadBytes = packet.payloadWireLength;
  packet.payloadWireLength = 0;
  packet.payloadEnd = at;
  if (ipPayloadBytes < UDP_HEADER_BYTES || packet.ipEnd - at < UDP_HEADER_BYTES) {
    return SkipReason.UDP_TRUNCATED;
  }
  const udpBytes = view.getUint16(at + 4);
  packet.srcPort = view.getUint16(at);
  packet.dstPort = view.getUint16(at + 2);
  packet.udpChecksum = view.getUint16(at + 6);
  // Length 0 means "see the jumbo option" (RFC 2675 4); there are no jumbograms here.
  if (udpBytes < UDP_HEADER_BYTES || udpBytes > ipPayloadBytes) return SkipReason.UDP_BAD_LENGTH;
  packet.payloadStart = at + UDP_HEADER_BYTES;
  packet.payloadEnd = Math.min(at + udpBytes, packet.ipEnd);
  packet.payloadWireLength = udpBytes - UDP_HEADER_BYTES;
  return packet.dstPort === VXLAN_PORT && isVxlan(packet) ? SkipReason.TUNNEL : SkipReason.NONE;
}

/** The port alone is not enough: a phone may send from and to any. */
function isVxlan(packet: PacketView): boolean {
  return (
    packet.payloadEnd - packet.payloadStart >= VXLAN_HEADER_BYTES &&
    packet.view.getUint32(packet.payloadStart) === VXLAN_FLAGS
  );
}
