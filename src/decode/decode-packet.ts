import type { Frame } from "../capture/frame.ts";
import { NO_HOST } from "./host.ts";
import { decodeIp, IpProtocol } from "./ip.ts";
import { decodeLink } from "./link.ts";
import { type PacketView, SkipReason } from "./packet.ts";
import { decodeUdp } from "./udp.ts";

/**
 * Decodes link, IP and UDP into `packet`, every field of which is set anew. With `SkipReason.NONE`
 * the UDP payload is ready. With another reason the payload is empty and the fields of the layers
 * before it are set: `ipVersion` as the link says it, addresses if `srcHost` is not `NO_HOST`.
 */
export function decodePacket(frame: Frame, packet: PacketView): SkipReason {
  reset(frame, packet);
  const reason = decodeLayers(packet);
  if (reason !== SkipReason.NONE) clearPayload(packet);
  return reason;
}

function decodeLayers(packet: PacketView): SkipReason {
  const linkReason = decodeLink(packet);
  if (linkReason !== SkipReason.NONE) return linkReason;
  const ipReason = decodeIp(packet);
  if (ipReason !== SkipReason.NONE) return ipReason;
  switch (packet.ipProtocol) {
    case IpProtocol.UDP:
      return decodeUdp(packet);
    case IpProtocol.TCP:
      return SkipReason.TCP;
    case IpProtocol.ICMP:
    case IpProtocol.ICMPV6:
      return SkipReason.ICMP;
    case IpProtocol.IPV4:
    case IpProtocol.IPV6:
    case IpProtocol.GRE:
    case IpProtocol.MPLS:
      return SkipReason.TUNNEL;
    default:
      return SkipReason.OTHER_PROTOCOL;
  }
}

function reset(frame: Frame, packet: PacketView): void {
  packet.bytes = frame.bytes;
  packet.view = frame.view;
  packet.frameStart = frame.start;
  packet.frameEnd = frame.end;
  packet.wireLength = frame.wireLength;
  packet.timeUs = frame.timeUs;
  packet.captureUs = frame.timeUs;
  packet.linkType = frame.linkType;
  packet.number = frame.number;
  packet.ipVersion = 0;
  packet.ipStart = frame.start;
  packet.ipEnd = frame.start;
  packet.ipProtocol = 0;
  packet.ttl = 0;
  packet.ipId = 0;
  packet.srcAddressStart = frame.start;
  packet.dstAddressStart = frame.start;
  packet.srcHost = NO_HOST;
  packet.dstHost = NO_HOST;
  packet.srcPort = 0;
  packet.dstPort = 0;
  packet.udpChecksum = 0;
  packet.vlan = -1;
  packet.srcMacStart = -1;
  clearPayload(packet);
}

function clearPayload(packet: PacketView): void {
  packet.payloadStart = packet.ipEnd;
  packet.payloadEnd = packet.ipEnd;
  packet.payloadWireLength = 0;
}
