import { HEP_PORT, isHep } from "../hep/hep-start.ts";
import { Layer, type Step } from "../layer.ts";
import { type PacketView, SkipReason } from "../packet.ts";
import { enter, enterIp, enterNetwork, TunnelKind } from "./enter.ts";
import { decodeGtp } from "./gtp.ts";
import { decodeL2tp } from "./l2tp.ts";
import { decodeLisp } from "./lisp.ts";
import { decodeTzsp } from "./tzsp.ts";

/** Ports that tunnels are sent to (IANA, and Linux's own for VXLAN); what is there has to look the part. */
export const TunnelPort = {
  L2TP: 1701,
  GTP_U: 2152,
  TEREDO: 3544,
  LISP: 4341,
  VXLAN: 4789,
  VXLAN_GPE: 4790,
  GENEVE: 6081,
  MPLS: 6635,
  VXLAN_LINUX: 8472,
  HEP: HEP_PORT,
  TZSP: 37_008,
} as const;

const portBits = new Int32Array(65_536 / 32);
for (const port of Object.values(TunnelPort)) {
  portBits[port >>> 5] = (portBits[port >>> 5] as number) | (1 << (port & 31));
}

/** The one question that each datagram is asked. */
export function isTunnelPort(port: number): boolean {
  return (((portBits[port >>> 5] as number) >>> (port & 31)) & 1) !== 0;
}

/** The tunnel in a datagram to such a port; NONE when it is none, for a phone may use any port. */
export function decodeUdpTunnel(packet: PacketView): Step {
  const { payloadStart: at, payloadEnd: end } = packet;
  switch (packet.dstPort) {
    case TunnelPort.VXLAN:
    case TunnelPort.VXLAN_LINUX:
    case TunnelPort.VXLAN_GPE:
      return decodeVxlan(packet, at, end);
    case TunnelPort.GENEVE:
      return decodeGeneve(packet, at, end);
    case TunnelPort.GTP_U:
      return decodeGtp(packet, at, end);
    case TunnelPort.L2TP:
      return decodeL2tp(packet, at, end);
    case TunnelPort.TZSP:
      return decodeTzsp(packet, at, end);
    case TunnelPort.TEREDO:
      return decodeTeredo(packet, at, end);
    case TunnelPort.LISP:
      return decodeLisp(packet, at, end);
    case TunnelPort.HEP:
      return isHep(packet.bytes, at, end) ? SkipReason.HEP : SkipReason.NONE;
    case TunnelPort.MPLS:
      return isMpls(packet, at, end) ? enter(packet, Layer.MPLS, at) : SkipReason.NONE;
    default:
      return SkipReason.NONE;
  }
}

const VXLAN_BYTES = 8;
/** RFC 7348 5: the I flag. A group policy (draft-smith-vxlan-group-policy) adds 0x80, GPE 0x04. */
const VXLAN_HAS_ID = 0x08;
const VXLAN_FLAGS = 0x8c;
const VXLAN_NEXT_PROTOCOL = 0x04;

function decodeVxlan(packet: PacketView, at: number, end: number): Step {
  const { view } = packet;
  if (end - at < VXLAN_BYTES) return SkipReason.NONE;
  const flags = view.getUint8(at);
  const isVxlan = (flags & VXLAN_HAS_ID) !== 0 && (flags & ~VXLAN_FLAGS) === 0;
  if (!isVxlan || view.getUint8(at + 7) !== 0) return SkipReason.NONE;
  const id = view.getUint32(at + 4) >>> 8;
  const start = at + VXLAN_BYTES;
  // draft-ietf-nvo3-vxlan-gpe 3: what follows.
  const next = (flags & VXLAN_NEXT_PROTOCOL) === 0 ? 3 : view.getUint8(at + 3);
  const layer = next === 1 ? Layer.IPV4 : next === 2 ? Layer.IPV6 : Layer.ETHERNET;
  if (next < 1 || next > 3) return SkipReason.TUNNEL;
  return enterNetwork(packet, layer, start, TunnelKind.VXLAN, id);
}

const GENEVE_BYTES = 8;

/** RFC 8926 3.4. */
function decodeGeneve(packet: PacketView, at: number, end: number): Step {
  const { view } = packet;
  if (end - at < GENEVE_BYTES) return SkipReason.NONE;
  const first = view.getUint8(at);
  if (first >> 6 !== 0 || (view.getUint8(at + 1) & 0x3f) !== 0 || view.getUint8(at + 7) !== 0) {
    return SkipReason.NONE;
  }
  const id = view.getUint32(at + 4) >>> 8;
  const start = at + GENEVE_BYTES + (first & 0x3f) * 4;
  switch (view.getUint16(at + 2)) {
    case 0x6558:
      return enterNetwork(packet, Layer.ETHERNET, start, TunnelKind.GENEVE, id);
    case 0x0800:
      return enterNetwork(packet, Layer.IPV4, start, TunnelKind.GENEVE, id);
    case 0x86dd:
      return enterNetwork(packet, Layer.IPV6, start, TunnelKind.GENEVE, id);
    default:
      return SkipReason.NONE;
  }
}

/** RFC 4380 5.1.1: an authentication and an origin indication may come before the IPv6 packet. */
function decodeTeredo(packet: PacketView, start: number, end: number): Step {
  const { view } = packet;
  let at = start;
  if (end - at >= 4 && view.getUint16(at) === 0x0001) {
    at += 13 + view.getUint8(at + 2) + view.getUint8(at + 3);
  }
  if (end - at >= 8 && view.getUint16(at) === 0x0000) at += 8;
  const isIpv6 = end - at >= 40 && view.getUint8(at) >> 4 === 6;
  if (!isIpv6 || at + 40 + view.getUint16(at + 4) > start + packet.payloadWireLength) {
    return SkipReason.NONE;
  }
  return enterIp(packet, at, end);
}

/** RFC 7510: a label whose bottom bit and what follows look like IP. */
function isMpls({ view }: PacketView, at: number, end: number): boolean {
  if (end - at < 24 || (view.getUint32(at) & 0x100) === 0) return false;
  const nibble = view.getUint8(at + 4) >> 4;
  return nibble === 4 || nibble === 6 || nibble === 0;
}
