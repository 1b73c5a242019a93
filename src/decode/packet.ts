import { LinkType } from "../capture/frame.ts";
import { NO_PLACE, type PacketPlace } from "../capture/packet-place.ts";
import { type MacTwins, NO_TWINS } from "./mac-twins.ts";

const EMPTY = Buffer.alloc(0);
const EMPTY_VIEW = new DataView(EMPTY.buffer, EMPTY.byteOffset, 0);

/**
 * The layers from link to transport, as offsets into `bytes`: those of a captured frame, or of a
 * datagram or message that was put together from several. Reused: valid only until the next packet.
 * Filled by `decodePacket`.
 */
export class PacketView {
  bytes: Buffer = EMPTY;
  /** Over the same memory as `bytes`. */
  view: DataView = EMPTY_VIEW;
  /** Captured range in `bytes`, link header included. */
  frameStart = 0;
  frameEnd = 0;
  /** Length on the wire, link header included; larger than the range when the snaplen cut it. */
  wireLength = 0;
  /** Time of the pipeline's clock, microseconds since 1970: never runs backwards. */
  timeUs = 0.5;
  /** Time that the capture gives the packet, for what people read. */
  captureUs = 0.5;
  linkType: number = LinkType.ETHERNET;
  /** Position of the packet in the run, from 1. */
  number = 0;
  /** The capture file that it is from, and its number there. */
  place: PacketPlace = NO_PLACE;
  /** 4 or 6; 0 when the packet is not IP. */
  ipVersion = 0;
  ipStart = 0;
  /** End of the IP packet (header's total length), within the captured bytes. */
  ipEnd = 0;
  /** Upper-layer protocol after IPv6 extension headers: 17 is UDP. */
  ipProtocol = 0;
  ttl = 0;
  /** IPv4 identification; 0 for IPv6. */
  ipId = 0;
  srcAddressStart = 0;
  dstAddressStart = 0;
  /** Identity of the addresses, see `HostKey`. */
  srcHost = 0.5;
  dstHost = 0.5;
  srcPort = 0;
  dstPort = 0;
  /** UDP payload. */
  payloadStart = 0;
  payloadEnd = 0;
  /** Payload length by the UDP header; larger than `payloadEnd - payloadStart` when the capture cut it. */
  payloadWireLength = 0;
  udpChecksum = 0;
  /** When the packet's flow began; set once the flow table has seen it. */
  flowStartUs = 0.5;
  /** Space of private addresses that the packet belongs to, see `RoutingDomains`; mostly 0. */
  domain = 0;
  /** Outermost VLAN id, -1 without a tag. */
  vlan = -1;
  /** Neither tunnels nor inner VLAN tags: the two fields below are 0, the ids of inner tags -1. False in a view that nothing was decoded into. */
  isPlain = false;
  /** Tunnels around the packet that is shown. */
  tunnels = 0;
  /** Of these, such with an IP header around them; what follows is valid only where there is one. */
  depth = 0;
  /** Ends of the outermost one, and where their addresses are as long as `bytes` is the same. */
  outerSrcHost = 0.5;
  outerDstHost = 0.5;
  outerSrcPort = 0;
  outerDstPort = 0;
  outerSrcStart = 0;
  outerDstStart = 0;
  outerBytes: Buffer = EMPTY;
  outerIpVersion = 0;
  outerProtocol = 0;
  /** IP header and port of the innermost one. */
  tunnelIpVersion = 0;
  tunnelProtocol = 0;
  tunnelPort = 0;
  /** Key of the network that inner VLAN tags and tunnels lead into; 0 where there are none. */
  networkKey = 0.5;
  /** The network as a small number, see `RoutingDomains`; set by who asks that. */
  network = 0;
  /** VLAN id of the next tag (IEEE 802.1ad), -1 without a second one. */
  innerVlan = -1;
  /** VLAN id of the tag behind that, -1 without a third one; later ones count for `networkKey` alone. */
  thirdVlan = -1;
  /** Offset of the Ethernet source address; -1 where the link has none. */
  srcMacStart = -1;
  /**
   * Its source has proven on this connection that it receives at its address (TCP, RFC 9293 3.5). Only messages
   * of streams, whose view is another one, ever have it.
   */
  isReturned = false;
  /** Capture id of the agent that saw it (HEP), 0 when that does not say; -1 of what was seen here. */
  agent = -1;
  /** Mean opinion score that the agent gives with it; 0 without. */
  agentMos = 0.5;
  /** It was sent over TLS, which the key log has opened. Only messages of streams ever have it. */
  isDecrypted = false;
  /** Source addresses that bring the same packets as its own. */
  macTwins: MacTwins = NO_TWINS;

  /** Takes every field of another view; the bytes stay the other's. Written out: a loop over names takes microseconds. */
  copyFrom(other: PacketView): void {
    this.bytes = other.bytes;
    this.view = other.view;
    this.frameStart = other.frameStart;
    this.frameEnd = other.frameEnd;
    this.wireLength = other.wireLength;
    this.timeUs = other.timeUs;
    this.captureUs = other.captureUs;
    this.linkType = other.linkType;
    this.number = other.number;
    this.place = other.place;
    this.ipVersion = other.ipVersion;
    this.ipStart = other.ipStart;
    this.ipEnd = other.ipEnd;
    this.ipProtocol = other.ipProtocol;
    this.ttl = other.ttl;
    this.ipId = other.ipId;
    this.srcAddressStart = other.srcAddressStart;
    this.dstAddressStart = other.dstAddressStart;
    this.srcHost = other.srcHost;
    this.dstHost = other.dstHost;
    this.srcPort = other.srcPort;
    this.dstPort = other.dstPort;
    this.payloadStart = other.payloadStart;
    this.payloadEnd = other.payloadEnd;
    this.payloadWireLength = other.payloadWireLength;
    this.udpChecksum = other.udpChecksum;
    this.flowStartUs = other.flowStartUs;
    this.domain = other.domain;
    this.vlan = other.vlan;
    this.isPlain = other.isPlain;
    this.tunnels = other.tunnels;
    this.depth = other.depth;
    this.outerSrcHost = other.outerSrcHost;
    this.outerDstHost = other.outerDstHost;
    this.outerSrcPort = other.outerSrcPort;
    this.outerDstPort = other.outerDstPort;
    this.outerSrcStart = other.outerSrcStart;
    this.outerDstStart = other.outerDstStart;
    this.outerBytes = other.outerBytes;
    this.outerIpVersion = other.outerIpVersion;
    this.outerProtocol = other.outerProtocol;
    this.tunnelIpVersion = other.tunnelIpVersion;
    this.tunnelProtocol = other.tunnelProtocol;
    this.tunnelPort = other.tunnelPort;
    this.networkKey = other.networkKey;
    this.network = other.network;
    this.innerVlan = other.innerVlan;
    this.thirdVlan = other.thirdVlan;
    this.srcMacStart = other.srcMacStart;
    this.isReturned = other.isReturned;
    this.agent = other.agent;
    this.agentMos = other.agentMos;
    this.isDecrypted = other.isDecrypted;
    this.macTwins = other.macTwins;
  }

  /** What follows is behind other tags than those that were read: the frame inside a tunnel, or what an agent tells. */
  forgetVlans(): void {
    this.vlan = -1;
    this.innerVlan = -1;
    this.thirdVlan = -1;
  }

  /** As of a packet that was noted: see `PacketOrigin`. */
  get seenUs(): number {
    return this.timeUs;
  }
}

/** The TTL of a packet that somebody else saw, who does not tell it; with no MAC either, it came no known way. */
export const NO_TTL = 0;

/** Why a packet was not decoded to a UDP payload. Names are the summary's and the metrics'. */
export const SkipReason = {
  NONE: 0,
  LINK_TYPE_UNKNOWN: 1,
  LINK_TRUNCATED: 2,
  NOT_IP: 3,
  IP_TRUNCATED: 4,
  IP_BAD_HEADER: 5,
  IP_FRAGMENT: 6,
  TCP: 7,
  ICMP: 8,
  OTHER_PROTOCOL: 9,
  UDP_TRUNCATED: 10,
  UDP_BAD_LENGTH: 11,
  TUNNEL: 12,
  EXTENSION_HEADERS_TOO_MANY: 13,
  MIRROR_COPY: 14,
  TCP_BAD_HEADER: 15,
  /** HEP, which is unwrapped; and what of it is left aside: broken, with a wrong key, or no network packet. */
  HEP: 16,
  HEP_BAD: 17,
  HEP_REFUSED: 18,
  HEP_OTHER: 19,
  SCTP: 20,
} as const;
export type SkipReason = (typeof SkipReason)[keyof typeof SkipReason];

export const SKIP_REASON_NAMES: readonly string[] = [
  "none",
  "link.type_unknown",
  "link.truncated",
  "link.not_ip",
  "ip.truncated",
  "ip.bad_header",
  "ip.fragment",
  "tcp",
  "icmp",
  "ip.other_protocol",
  "udp.truncated",
  "udp.bad_length",
  "tunnel",
  "ipv6.extension_headers_too_many",
  "mirror.copy",
  "tcp.bad_header",
  "hep",
  "hep.bad",
  "hep.refused",
  "hep.other",
  "sctp",
];
