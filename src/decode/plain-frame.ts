import { hostKeyV4 } from "./host.ts";
import { IpProtocol } from "./layer.ts";
import type { PacketView } from "./packet.ts";
import { isTunnelPort } from "./tunnels/udp-tunnels.ts";

const ETHERNET_HEADER_BYTES = 14;
const MAC_BYTES = 6;
const IPV4_HEADER_BYTES = 20;
const UDP_HEADER_BYTES = 8;
const HEADERS_BYTES = ETHERNET_HEADER_BYTES + IPV4_HEADER_BYTES + UDP_HEADER_BYTES;
/** Ethertype of IPv4, version 4, a header of five words; the byte behind is the type of service. */
const IPV4_WITHOUT_OPTIONS = 0x080045;
const MORE_FRAGMENTS_OR_OFFSET = 0x3fff;

/**
 * The short way through most Ethernet frames: IPv4 without options, a whole UDP datagram whose two lengths agree, captured
 * to its end, to no port of a tunnel. Sets what the layers one by one would set and returns true; of any other frame
 * it sets nothing. The view must have been reset.
 */
export function decodePlainFrame(packet: PacketView): boolean {
  const { view, frameStart, frameEnd } = packet;
  if (frameEnd - frameStart < HEADERS_BYTES) return false;
  if (view.getUint32(frameStart + 12) >>> 8 !== IPV4_WITHOUT_OPTIONS) return false;
  const ip = frameStart + ETHERNET_HEADER_BYTES;
  const ipBytes = view.getUint16(ip + 2);
  if ((view.getUint16(ip + 6) & MORE_FRAGMENTS_OR_OFFSET) !== 0) return false;
  if (view.getUint8(ip + 9) !== IpProtocol.UDP || ip + ipBytes > frameEnd) return false;
  const udp = ip + IPV4_HEADER_BYTES;
  const udpBytes = view.getUint16(udp + 4);
  if (udpBytes < UDP_HEADER_BYTES || udpBytes !== ipBytes - IPV4_HEADER_BYTES) return false;
  const dstPort = view.getUint16(udp + 2);
  if (isTunnelPort(dstPort)) return false;
  packet.srcMacStart = frameStart + MAC_BYTES;
  packet.ipStart = ip;
  packet.ipVersion = 4;
  packet.ipProtocol = IpProtocol.UDP;
  packet.ttl = view.getUint8(ip + 8);
  packet.ipId = view.getUint16(ip + 4);
  packet.srcAddressStart = ip + 12;
  packet.dstAddressStart = ip + 16;
  packet.srcHost = hostKeyV4(view, ip + 12);
  packet.dstHost = hostKeyV4(view, ip + 16);
  packet.ipEnd = ip + ipBytes;
  packet.srcPort = view.getUint16(udp);
  packet.dstPort = dstPort;
  packet.udpChecksum = view.getUint16(udp + 6);
  packet.payloadStart = udp + UDP_HEADER_BYTES;
  packet.payloadEnd = packet.ipEnd;
  packet.payloadWireLength = udpBytes - UDP_HEADER_BYTES;
  return true;
}
