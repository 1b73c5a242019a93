import { Layer, type Step } from "../layer.ts";
import { type PacketView, SkipReason } from "../packet.ts";

const IPV4 = 0x0021;
const IPV6 = 0x0057;
const MPLS_UNICAST = 0x0281;
/** Address and control of HDLC-like framing (RFC 1662 3.1), mostly left out. */
const ADDRESS_CONTROL = 0xff03;

/** RFC 1661 2 at `ipStart`: a protocol of two bytes, or of one that is odd (6.5), then the packet. */
export function decodePpp(packet: PacketView): Step {
  const { view, frameEnd: end } = packet;
  let at = packet.ipStart;
  if (end - at < 4) return SkipReason.LINK_TRUNCATED;
  if (view.getUint16(at) === ADDRESS_CONTROL) at += 2;
  let protocol = view.getUint8(at++);
  if ((protocol & 1) === 0) protocol = (protocol << 8) | view.getUint8(at++);
  packet.ipStart = at;
  switch (protocol) {
    case IPV4:
      packet.ipVersion = 4;
      return Layer.IPV4;
    case IPV6:
      packet.ipVersion = 6;
      return Layer.IPV6;
    case MPLS_UNICAST:
      return Layer.MPLS;
    default:
      return SkipReason.NOT_IP;
  }
}
