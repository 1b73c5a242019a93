import { IpProtocol } from "../layer.ts";
import type { PacketView } from "../packet.ts";
import { TunnelPort } from "./udp-tunnels.ts";

/** What a packet was taken out of: Suricata's `pkt_src`, and names in its manner for tunnels that it does not know. */
export const TUNNEL_NAMES = [
  "wire/pcap",
  "ipv4 tunnel",
  "ipv6 tunnel",
  "gre tunnel",
  "teredo tunnel",
  "vxlan encapsulation",
  "geneve encapsulation",
  "gtp encapsulation",
  "tzsp encapsulation",
  "mpls encapsulation",
  "ether-ip tunnel",
  "l2tp tunnel",
  "lisp encapsulation",
] as const;

const BY_PORT: ReadonlyMap<number, (typeof TUNNEL_NAMES)[number]> = new Map([
  [TunnelPort.TEREDO, "teredo tunnel"],
  [TunnelPort.VXLAN, "vxlan encapsulation"],
  [TunnelPort.VXLAN_LINUX, "vxlan encapsulation"],
  [TunnelPort.VXLAN_GPE, "vxlan encapsulation"],
  [TunnelPort.GENEVE, "geneve encapsulation"],
  [TunnelPort.GTP_U, "gtp encapsulation"],
  [TunnelPort.L2TP, "l2tp tunnel"],
  [TunnelPort.LISP, "lisp encapsulation"],
  [TunnelPort.TZSP, "tzsp encapsulation"],
  [TunnelPort.MPLS, "mpls encapsulation"],
]);

/** Name of the innermost tunnel with an IP header around it. */
export function tunnelName({
  depth,
  tunnelIpVersion,
  tunnelPort,
  tunnelProtocol,
}: PacketView): (typeof TUNNEL_NAMES)[number] {
  if (depth === 0) return "wire/pcap";
  switch (tunnelProtocol) {
    case IpProtocol.UDP:
      return BY_PORT.get(tunnelPort) ?? "wire/pcap";
    case IpProtocol.GRE:
      return "gre tunnel";
    case IpProtocol.ETHER_IP:
      return "ether-ip tunnel";
    case IpProtocol.MPLS:
      return "mpls encapsulation";
    default:
      return tunnelIpVersion === 6 ? "ipv6 tunnel" : "ipv4 tunnel";
  }
}
