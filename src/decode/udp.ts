import type { Step } from "./layer.ts";
import { type PacketView, SkipReason } from "./packet.ts";
import { decodeUdpTunnel, isTunnelPort } from "./tunnels/udp-tunnels.ts";

const UDP_HEADER_BYTES = 8;
/**
 * RFC 768. Enters with `payloadStart` at the UDP header and `payloadWireLength` its length by the
 * IP header. The checksum is kept, not verified: offload makes it wrong on the sender's machine.
 */
export function decodeUdp(packet: PacketView): Step {
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
  return isTunnelPort(packet.dstPort) ? decodeUdpTunnel(packet) : SkipReason.NONE;
}
