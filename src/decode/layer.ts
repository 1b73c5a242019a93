import { SkipReason } from "./packet.ts";

/** Layers that are decoded, numbered above all skip reasons. */
export const Layer = {
  LINK: 64,
  IPV4: 65,
  IPV6: 66,
  UDP: 67,
  /** These begin at `ipStart`, which inside a link layer is where the next layer is. */
  ETHERNET: 68,
  LLC: 69,
  PPP: 70,
  WIFI: 71,
  MPLS: 72,
  /** These begin at `payloadStart`, behind an IP header. */
  GRE: 73,
  IP_IN_IP: 74,
  ETHER_IP: 75,
  AH: 76,
} as const;
export type Layer = (typeof Layer)[keyof typeof Layer];

/**
 * What a layer's decoder gives: the layer that follows, `SkipReason.NONE` when the payload is ready,
 * or why the packet ends here.
 */
export type Step = SkipReason | Layer;

/** There is more to decode; else the step says why the packet ends here. */
export function isLayer(step: Step): step is Layer {
  return step >= Layer.LINK;
}

/** Protocol numbers of IP (https://www.iana.org/assignments/protocol-numbers). */
export const IpProtocol = {
  HOP_BY_HOP: 0,
  ICMP: 1,
  IPV4: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  ROUTING: 43,
  FRAGMENT: 44,
  GRE: 47,
  AH: 51,
  ICMPV6: 58,
  DESTINATION_OPTIONS: 60,
  ETHER_IP: 97,
  SCTP: 132,
  MPLS: 137,
} as const;

/** As EVE writes it; "" for what is not looked into. */
export function protocolName(protocol: number): string {
  return PROTOCOL_NAMES.get(protocol) ?? "";
}

const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [IpProtocol.ICMP, "ICMP"],
  [IpProtocol.TCP, "TCP"],
  [IpProtocol.UDP, "UDP"],
  [IpProtocol.ICMPV6, "IPv6-ICMP"],
  [IpProtocol.SCTP, "SCTP"],
  [IpProtocol.IPV4, "IPv4"],
  [IpProtocol.IPV6, "IPv6"],
  [IpProtocol.GRE, "GRE"],
  [IpProtocol.ETHER_IP, "ETHERIP"],
  [IpProtocol.MPLS, "MPLS-in-IP"],
]);

const PROTOCOL_STEPS = new Uint8Array(256).fill(SkipReason.OTHER_PROTOCOL);
for (const [protocol, step] of [
  [IpProtocol.UDP, Layer.UDP],
  [IpProtocol.TCP, SkipReason.TCP],
  [IpProtocol.SCTP, SkipReason.SCTP],
  [IpProtocol.ICMP, SkipReason.ICMP],
  [IpProtocol.ICMPV6, SkipReason.ICMP],
  [IpProtocol.IPV4, Layer.IP_IN_IP],
  [IpProtocol.IPV6, Layer.IP_IN_IP],
  [IpProtocol.GRE, Layer.GRE],
  [IpProtocol.AH, Layer.AH],
  [IpProtocol.ETHER_IP, Layer.ETHER_IP],
  [IpProtocol.MPLS, Layer.IP_IN_IP],
] as const) {
  PROTOCOL_STEPS[protocol] = step;
}

/** What follows an IP header of that protocol. */
export function stepOfProtocol(protocol: number): Step {
  return PROTOCOL_STEPS[protocol] as Step;
}
