import { Layer, type Step } from "../layer.ts";
import { decodeEtherType } from "../link.ts";
import { type PacketView, SkipReason } from "../packet.ts";
import { enter, enterNetwork, TunnelKind } from "./enter.ts";
import { decodeErspan2, decodeErspan3 } from "./erspan.ts";

const HEADER_BYTES = 4;
/** RFC 2890, RFC 2784, RFC 1701: what each flag adds. */
const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const VERSION = 0x0007;
/** RFC 2637 4.1: of PPTP's version 1. */
const ACKNOWLEDGEMENT = 0x0080;

const GreType = {
  IPV4: 0x0800,
  IPV6: 0x86dd,
  ETHERNET: 0x6558,
  VLAN: 0x8100,
  PROVIDER_VLAN: 0x88a8,
  ERSPAN_2: 0x88be,
  ERSPAN_3: 0x22eb,
  MPLS: 0x8847,
  MPLS_MULTICAST: 0x8848,
  PPP: 0x880b,
  WCCP: 0x883e,
} as const;

/** RFC 2784, RFC 2890, RFC 7637 (NVGRE), RFC 2637 (PPTP). Enters with `payloadStart` at the header. */
export function decodeGre(packet: PacketView): Step {
  const { view, payloadStart: start, ipEnd: end } = packet;
  if (end - start < HEADER_BYTES) return SkipReason.IP_TRUNCATED;
  const flags = view.getUint16(start);
  const type = view.getUint16(start + 2);
  if ((flags & ROUTING) !== 0) return SkipReason.TUNNEL;
  let at = start + HEADER_BYTES;
  if ((flags & CHECKSUM) !== 0) at += 4;
  const keyAt = at;
  if ((flags & KEY) !== 0) at += 4;
  if ((flags & SEQUENCE) !== 0) at += 4;
  const version = flags & VERSION;
  if (version === 1 && (flags & ACKNOWLEDGEMENT) !== 0) at += 4;
  if (at > end) return SkipReason.IP_TRUNCATED;
  if (version > 1 || (version === 1 && type !== GreType.PPP)) return SkipReason.TUNNEL;
  // The key of PPTP is a length and a call, different each way.
  const key = (flags & KEY) !== 0 && version === 0 ? view.getUint32(keyAt) : -1;
  return decodeGreType(packet, type, at, (flags & SEQUENCE) !== 0, key);
}

function decodeGreType(
  packet: PacketView,
  type: number,
  at: number,
  hasSequence: boolean,
  key: number,
): Step {
  const { view, ipEnd: end } = packet;
  switch (type) {
    case GreType.IPV4:
      return keyed(packet, Layer.IPV4, at, key);
    case GreType.IPV6:
      return keyed(packet, Layer.IPV6, at, key);
    case GreType.ETHERNET:
      return key < 0
        ? enter(packet, Layer.ETHERNET, at)
        : enterNetwork(packet, Layer.ETHERNET, at, TunnelKind.NVGRE, key >>> 8);
    case GreType.VLAN:
    case GreType.PROVIDER_VLAN:
      enter(packet, Layer.ETHERNET, at);
      return decodeEtherType(packet, type, at);
    case GreType.ERSPAN_2:
      // Type I has neither a sequence number nor a header of its own.
      return hasSequence ? decodeErspan2(packet, at) : enter(packet, Layer.ETHERNET, at);
    case GreType.ERSPAN_3:
      return decodeErspan3(packet, at);
    case GreType.MPLS:
    case GreType.MPLS_MULTICAST:
      return enter(packet, Layer.MPLS, at);
    case GreType.PPP:
      return enter(packet, Layer.PPP, at);
    case GreType.WCCP: {
      // Version 2 puts four bytes of its own before the IP header.
      const isPlain = at < end && view.getUint8(at) >> 4 === 4;
      return enter(packet, Layer.IPV4, isPlain ? at : at + 4);
    }
    default:
      return SkipReason.TUNNEL;
  }
}

function keyed(packet: PacketView, layer: Layer, at: number, key: number): Step {
  return key < 0 ? enter(packet, layer, at) : enterNetwork(packet, layer, at, TunnelKind.GRE, key);
}
