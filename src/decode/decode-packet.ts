import { type Frame, LinkType } from "../capture/frame.ts";
import { NO_HOST } from "./host.ts";
import { decodeIcmp } from "./icmp.ts";
import { decodeIpv4, decodeIpv6 } from "./ip.ts";
import { isLayer, Layer, type Step } from "./layer.ts";
import { decodeLink } from "./link.ts";
import { type PacketView, SkipReason } from "./packet.ts";
import { decodePlainFrame } from "./plain-frame.ts";
import { decodeRareLayer } from "./tunnels/rare-layer.ts";
import { decodeUdp } from "./udp.ts";

/** Three or four to each tunnel; what nests deeper is made up. */
const LAYERS_MAX = 40;

/**
 * Decodes link, IP and UDP into `packet`, every field of which is set anew. With `SkipReason.NONE`
 * the UDP payload is ready, with `SkipReason.ICMP` that of ICMP, with `SkipReason.TCP` `payloadStart` is at the
 * TCP header and `payloadWireLength` its segment's length. With another reason the payload is empty and the
 * fields of the layers before it are set: `ipVersion` as the link says it, addresses if `srcHost` is not
 * `NO_HOST`.
 */
export function decodePacket(frame: Frame, packet: PacketView): SkipReason {
  reset(frame, packet);
  if (packet.linkType === LinkType.ETHERNET && decodePlainFrame(packet)) return SkipReason.NONE;
  return decodeFrom(Layer.LINK, packet);
}

/** The same by the layers alone, one by one: what the short way is held against. */
export function decodePacketByLayers(frame: Frame, packet: PacketView): SkipReason {
  reset(frame, packet);
  return decodeFrom(Layer.LINK, packet);
}

/** The same from that layer on, in a packet that the layers before are known of. */
export function decodeFrom(first: Step, packet: PacketView): SkipReason {
  const reason = decodeLayers(first, packet);
  if (reason === SkipReason.ICMP) decodeIcmp(packet);
  else if (reason === SkipReason.TCP || reason === SkipReason.SCTP)
    packet.payloadEnd = packet.payloadStart;
  else if (reason !== SkipReason.NONE && reason !== SkipReason.HEP) clearPayload(packet);
  return reason;
}

/** Each layer names the next one, until the payload is ready or the packet is left alone. */
function decodeLayers(first: Step, packet: PacketView): SkipReason {
  let step = first;
  for (let depth = 0; isLayer(step); depth++) {
    if (depth === LAYERS_MAX) return SkipReason.TUNNEL;
    step = decodeLayer(step, packet);
  }
  return step;
}

/** A switch and no table of functions: the calls are inlined. */
function decodeLayer(layer: Layer, packet: PacketView): Step {
  switch (layer) {
    case Layer.LINK:
      return decodeLink(packet);
    case Layer.IPV4:
      return decodeIpv4(packet);
    case Layer.IPV6:
      return decodeIpv6(packet);
    case Layer.UDP:
      return decodeUdp(packet);
    default:
      return decodeRareLayer(layer, packet);
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
  packet.place = frame.place;
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
  packet.domain = 0;
  packet.vlan = -1;
  if (!packet.isPlain) resetNesting(packet);
  packet.flowStartUs = 0;
  packet.srcMacStart = -1;
  clearPayload(packet);
}

/** Most packets are plain, and so was the one before. */
function resetNesting(packet: PacketView): void {
  packet.isPlain = true;
  packet.tunnels = 0;
  packet.depth = 0;
  packet.networkKey = 0;
  packet.innerVlan = -1;
  packet.thirdVlan = -1;
}

function clearPayload(packet: PacketView): void {
  packet.payloadStart = packet.ipEnd;
  packet.payloadEnd = packet.ipEnd;
  packet.payloadWireLength = 0;
}
