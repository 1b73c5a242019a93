import { hostKeyV4, hostKeyV6 } from "./host.ts";
import { IpProtocol, type Step, stepOfProtocol } from "./layer.ts";
import { type PacketView, SkipReason } from "./packet.ts";

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const EXTENSION_HEADER_BYTES_MIN = 8;
/** RFC 8200 4.1 recommends each header once (destination options twice): six. */
const EXTENSION_HEADERS_MAX = 8;

const IPV4_MORE_FRAGMENTS_OR_OFFSET = 0x3fff;
const IPV6_OFFSET_OR_MORE_FRAGMENTS = 0xfff9;

/**
 * RFC 791 3.1: the IPv4 header at `packet.ipStart`. On success `ipEnd`, `ipProtocol`, `ttl`, `ipId`,
 * addresses and hosts are set, and `payloadStart` is where the upper-layer header starts;
 * `payloadWireLength` is its length by the IP header, which may reach beyond the captured bytes.
 */
export function decodeIpv4(packet: PacketView): Step {
  const { view, frameEnd: end } = packet;
  const at = packet.ipStart;
  if (end - at < IPV4_HEADER_BYTES) return SkipReason.IP_TRUNCATED;
  const versionAndLength = view.getUint8(at);
  const headerBytes = (versionAndLength & 0x0f) * 4;
  const protocol = view.getUint8(at + 9);
  let totalBytes = view.getUint16(at + 2);
  // Captured on the sender, TCP that its network card will segment has no length yet.
  if (totalBytes === 0 && protocol === IpProtocol.TCP) {
    totalBytes = packet.wireLength - (at - packet.frameStart);
  }
  if (versionAndLength >> 4 !== 4 || headerBytes < IPV4_HEADER_BYTES || totalBytes < headerBytes) {
    return SkipReason.IP_BAD_HEADER;
  }
  packet.ipProtocol = protocol;
  packet.ttl = view.getUint8(at + 8);
  packet.ipId = view.getUint16(at + 4);
  packet.srcAddressStart = at + 12;
  packet.dstAddressStart = at + 16;
  packet.srcHost = hostKeyV4(view, at + 12);
  packet.dstHost = hostKeyV4(view, at + 16);
  // What follows the total length is Ethernet padding.
  packet.ipEnd = Math.min(at + totalBytes, end);
  if (end - at < headerBytes) return SkipReason.IP_TRUNCATED;
  if ((view.getUint16(at + 6) & IPV4_MORE_FRAGMENTS_OR_OFFSET) !== 0) return SkipReason.IP_FRAGMENT;
  packet.payloadStart = at + headerBytes;
  packet.payloadWireLength = totalBytes - headerBytes;
  return stepOfProtocol(protocol);
}

/**
 * RFC 8200 3: the same of an IPv6 header and its extensions. A jumbogram (RFC 2675) is longer than
 * any block of ours: a bad header.
 */
export function decodeIpv6(packet: PacketView): Step {
  const { view, frameEnd: end } = packet;
  const at = packet.ipStart;
  if (end - at < IPV6_HEADER_BYTES) return SkipReason.IP_TRUNCATED;
  if (view.getUint8(at) >> 4 !== 6) return SkipReason.IP_BAD_HEADER;
  packet.ipProtocol = view.getUint8(at + 6);
  packet.ttl = view.getUint8(at + 7);
  packet.srcAddressStart = at + 8;
  packet.dstAddressStart = at + 24;
  packet.srcHost = hostKeyV6(packet.bytes, at + 8);
  packet.dstHost = hostKeyV6(packet.bytes, at + 24);
  const wireEnd = at + IPV6_HEADER_BYTES + view.getUint16(at + 4);
  packet.ipEnd = Math.min(wireEnd, end);
  packet.payloadStart = at + IPV6_HEADER_BYTES;
  const reason = skipExtensionHeaders(packet, wireEnd);
  packet.payloadWireLength = wireEnd - packet.payloadStart;
  return reason === SkipReason.NONE ? stepOfProtocol(packet.ipProtocol) : reason;
}

/** RFC 8200 4: moves `payloadStart` and `ipProtocol` to the upper-layer header. */
function skipExtensionHeaders(packet: PacketView, wireEnd: number): SkipReason {
  const { view } = packet;
  for (let headers = 0; isExtensionHeader(packet.ipProtocol); headers++) {
    if (headers === EXTENSION_HEADERS_MAX) return SkipReason.EXTENSION_HEADERS_TOO_MANY;
    const at = packet.payloadStart;
    if (wireEnd - at < EXTENSION_HEADER_BYTES_MIN) return SkipReason.IP_BAD_HEADER;
    if (packet.ipEnd - at < EXTENSION_HEADER_BYTES_MIN) return SkipReason.IP_TRUNCATED;
    const bytes = extensionHeaderBytes(packet.ipProtocol, view.getUint8(at + 1));
    if (wireEnd - at < bytes) return SkipReason.IP_BAD_HEADER;
    if (packet.ipEnd - at < bytes) return SkipReason.IP_TRUNCATED;
    const isFragmentHeader = packet.ipProtocol === IpProtocol.FRAGMENT;
    packet.ipProtocol = view.getUint8(at);
    packet.payloadStart = at + bytes;
    // RFC 6946: offset zero and no more fragments is a whole packet, an "atomic fragment".
    if (isFragmentHeader && (view.getUint16(at + 2) & IPV6_OFFSET_OR_MORE_FRAGMENTS) !== 0) {
      return SkipReason.IP_FRAGMENT;
    }
  }
  return SkipReason.NONE;
}

function isExtensionHeader(protocol: number): boolean {
  switch (protocol) {
    case IpProtocol.HOP_BY_HOP:
    case IpProtocol.ROUTING:
    case IpProtocol.FRAGMENT:
    case IpProtocol.AH:
    case IpProtocol.DESTINATION_OPTIONS:
      return true;
    default:
      return false;
  }
}

function extensionHeaderBytes(protocol: number, length: number): number {
  // RFC 4302 2.2: AH counts words of four bytes, minus two; RFC 8200 4.5: a fragment header is 8.
  if (protocol === IpProtocol.AH) return Math.max((length + 2) * 4, EXTENSION_HEADER_BYTES_MIN);
  if (protocol === IpProtocol.FRAGMENT) return EXTENSION_HEADER_BYTES_MIN;
  return (length + 1) * 8;
}
