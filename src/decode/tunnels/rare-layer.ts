import { IpProtocol, Layer, type Step, stepOfProtocol } from "../layer.ts";
import { decodeEthernetAt, decodeLlc } from "../link.ts";
import { type PacketView, SkipReason } from "../packet.ts";
import { decodeWifi } from "../wifi.ts";
import { enter } from "./enter.ts";
import { decodeGre } from "./gre.ts";
import { decodeMpls } from "./mpls.ts";
import { decodePpp } from "./ppp.ts";

/** RFC 3378 3: version 3, reserved bits zero. */
const ETHER_IP_HEADER = 0x3000;
const ETHER_IP_BYTES = 2;

/** Layers that most packets do not have. */
export function decodeRareLayer(layer: Layer, packet: PacketView): Step {
  switch (layer) {
    case Layer.ETHERNET:
      return decodeEthernetAt(packet, packet.ipStart);
    case Layer.LLC:
      return decodeLlc(packet, packet.ipStart);
    case Layer.PPP:
      return decodePpp(packet);
    case Layer.WIFI:
      return decodeWifi(packet);
    case Layer.MPLS:
      return decodeMpls(packet);
    case Layer.GRE:
      return decodeGre(packet);
    case Layer.IP_IN_IP:
      return decodeIpInIp(packet);
    case Layer.ETHER_IP:
      return decodeEtherIp(packet);
    case Layer.AH:
      return decodeAh(packet);
    default:
      return SkipReason.TUNNEL;
  }
}

/** RFC 2003, RFC 2473, RFC 4213 (6in4), RFC 4023 (MPLS): the protocol number says what is inside. */
function decodeIpInIp(packet: PacketView): Step {
  const { ipProtocol, payloadStart } = packet;
  if (ipProtocol === IpProtocol.IPV4) return enter(packet, Layer.IPV4, payloadStart);
  if (ipProtocol === IpProtocol.IPV6) return enter(packet, Layer.IPV6, payloadStart);
  return enter(packet, Layer.MPLS, payloadStart);
}

function decodeEtherIp(packet: PacketView): Step {
  const { view, payloadStart: at, ipEnd } = packet;
  if (ipEnd - at < ETHER_IP_BYTES) return SkipReason.IP_TRUNCATED;
  if (view.getUint16(at) !== ETHER_IP_HEADER) return SkipReason.TUNNEL;
  return enter(packet, Layer.ETHERNET, at + ETHER_IP_BYTES);
}

/** RFC 4302 2: authenticated and readable. Over IPv6 it is an extension header. */
function decodeAh(packet: PacketView): Step {
  const { view, payloadStart: at, ipEnd } = packet;
  if (ipEnd - at < 8) return SkipReason.IP_TRUNCATED;
  const bytes = Math.max((view.getUint8(at + 1) + 2) * 4, 8);
  if (packet.payloadWireLength < bytes) return SkipReason.IP_BAD_HEADER;
  if (ipEnd - at < bytes) return SkipReason.IP_TRUNCATED;
  packet.ipProtocol = view.getUint8(at);
  packet.payloadStart = at + bytes;
  packet.payloadWireLength -= bytes;
  // One header of the kind is all there is: a chain of them never ends.
  return packet.ipProtocol === IpProtocol.AH
    ? SkipReason.IP_BAD_HEADER
    : stepOfProtocol(packet.ipProtocol);
}
