import { Layer, type Step } from "../layer.ts";
import { type PacketView, SkipReason } from "../packet.ts";
import { enter, enterNetwork, TunnelKind } from "./enter.ts";

/** Frames and packets in what switches of one fabric put around them. */
const FABRIC_PATH = 0x8903;
const PROVIDER_BACKBONE = 0x88e7;
const SERVICE_HEADER = 0x894f;

const FABRIC_PATH_BYTES = 2;
const I_TAG_BYTES = 4;
const NSH_BYTES_MIN = 8;

/** Ethertypes of switch fabrics (https://standards-oui.ieee.org/ethertype/eth.txt); NOT_IP for all others. */
export function decodeFabricType(packet: PacketView, etherType: number, at: number): Step {
  switch (etherType) {
    case FABRIC_PATH:
      return enter(packet, Layer.ETHERNET, at + FABRIC_PATH_BYTES);
    case PROVIDER_BACKBONE: {
      // IEEE 802.1ah: flags and a service of 24 bits, then the customer's frame.
      if (packet.frameEnd - at < I_TAG_BYTES) return SkipReason.LINK_TRUNCATED;
      const service = packet.view.getUint32(at) & 0xffffff;
      return enterNetwork(packet, Layer.ETHERNET, at + I_TAG_BYTES, TunnelKind.PBB, service);
    }
    case SERVICE_HEADER:
      return decodeNsh(packet, at);
    default:
      return SkipReason.NOT_IP;
  }
}

/** RFC 8300 2.2: a length in words of four bytes, and what follows. */
function decodeNsh(packet: PacketView, at: number): Step {
  const { view, frameEnd: end } = packet;
  if (end - at < NSH_BYTES_MIN) return SkipReason.LINK_TRUNCATED;
  const bytes = (view.getUint16(at) & 0x3f) * 4;
  if (bytes < NSH_BYTES_MIN) return SkipReason.TUNNEL;
  const next = view.getUint8(at + 3);
  if (next < 1 || next > 3) return SkipReason.TUNNEL;
  const layer = next === 1 ? Layer.IPV4 : next === 2 ? Layer.IPV6 : Layer.ETHERNET;
  return enter(packet, layer, at + bytes);
}
