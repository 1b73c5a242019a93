import { combine53 } from "../../base/hash.ts";
import { Layer, type Step } from "../layer.ts";
import { type PacketView, SkipReason } from "../packet.ts";

/** A tunnel in a tunnel in a tunnel is not followed any further. */
const TUNNELS_MAX = 8;

/** What a tunnel's number means: part of the key of the network that it leads into. */
export const TunnelKind = {
  VLAN: 0,
  VXLAN: 1,
  GENEVE: 2,
  GRE: 3,
  NVGRE: 4,
  PBB: 5,
  LISP: 6,
} as const;
export type TunnelKind = (typeof TunnelKind)[keyof typeof TunnelKind];

/** Goes on with that layer at `at`, inside a tunnel. */
export function enter(packet: PacketView, layer: Layer, at: number): Step {
  if (packet.tunnels === TUNNELS_MAX) return SkipReason.TUNNEL;
  packet.tunnels++;
  packet.isPlain = false;
  if (packet.ipProtocol !== 0) leaveIp(packet);
  packet.ipStart = at;
  if (layer === Layer.IPV4) packet.ipVersion = 4;
  else if (layer === Layer.IPV6) packet.ipVersion = 6;
  return layer;
}

/** Notes the IP header around what is entered, once. */
function leaveIp(packet: PacketView): void {
  if (packet.depth++ === 0) {
    packet.outerSrcHost = packet.srcHost;
    packet.outerDstHost = packet.dstHost;
    packet.outerSrcPort = packet.srcPort;
    packet.outerDstPort = packet.dstPort;
    packet.outerSrcStart = packet.srcAddressStart;
    packet.outerDstStart = packet.dstAddressStart;
    packet.outerBytes = packet.bytes;
    packet.outerIpVersion = packet.ipVersion;
    packet.outerProtocol = packet.ipProtocol;
  }
  packet.tunnelIpVersion = packet.ipVersion;
  packet.tunnelProtocol = packet.ipProtocol;
  packet.tunnelPort = packet.dstPort;
  packet.ipProtocol = 0;
}

/**
 * The same where the tunnel's number says which network it is: private addresses inside are others than those
 * with the same text in another. VLAN tags around the tunnel are those of whoever carries it.
 */
export function enterNetwork(
  packet: PacketView,
  layer: Layer,
  at: number,
  kind: TunnelKind,
  id: number,
): Step {
  packet.networkKey = combine53(kind, id);
  packet.forgetVlans();
  return enter(packet, layer, at);
}

/** What IP version begins there; the first nibble tells. `SkipReason.NOT_IP` for anything else. */
export function enterIp(packet: PacketView, at: number, end: number): Step {
  if (at >= end) return SkipReason.IP_TRUNCATED;
  const version = packet.view.getUint8(at) >> 4;
  if (version === 4) return enter(packet, Layer.IPV4, at);
  return version === 6 ? enter(packet, Layer.IPV6, at) : SkipReason.NOT_IP;
}
