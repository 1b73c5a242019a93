import { Layer, type Step } from "../layer.ts";
import { type PacketView, SkipReason } from "../packet.ts";
import { enter, enterIp } from "./enter.ts";

/**
 * Mirrored frames in GRE (draft-foschiano-erspan-03). The session is the mirror's, not the network's; the
 * VLAN in the header is that of the mirrored port, which the frame itself may have lost.
 */
const TYPE_2_BYTES = 8;
const TYPE_3_BYTES = 12;
const SUBHEADER_BYTES = 8;
const MAC_PAIR_BYTES = 12;
const FRAME_TYPE_IP = 2;

/** Type II, whose header begins at `at`: a whole Ethernet frame behind eight bytes. */
export function decodeErspan2(packet: PacketView, at: number): Step {
  if (packet.ipEnd - at < TYPE_2_BYTES) return SkipReason.IP_TRUNCATED;
  if (packet.view.getUint8(at) >> 4 !== 1) return SkipReason.TUNNEL;
  return enterMirrored(packet, at, at + TYPE_2_BYTES);
}

/** Type III, whose header begins at `at`: a frame or an IP packet, behind an optional subheader. */
export function decodeErspan3(packet: PacketView, at: number): Step {
  const { view } = packet;
  if (packet.ipEnd - at < TYPE_3_BYTES) return SkipReason.IP_TRUNCATED;
  if (view.getUint8(at) >> 4 !== 2) return SkipReason.TUNNEL;
  const flags = view.getUint16(at + 10);
  const start = at + TYPE_3_BYTES + ((flags & 1) !== 0 ? SUBHEADER_BYTES : 0);
  if (((flags >> 10) & 0x1f) === FRAME_TYPE_IP) return enterIp(packet, start, packet.ipEnd);
  return enterMirrored(packet, at, start);
}

function enterMirrored(packet: PacketView, header: number, start: number): Step {
  const { view } = packet;
  const vlan = view.getUint16(header) & 0x0fff;
  const etherTypeAt = start + MAC_PAIR_BYTES;
  packet.forgetVlans();
  packet.networkKey = 0;
  if (vlan > 0 && etherTypeAt + 2 <= packet.ipEnd && view.getUint16(etherTypeAt) !== 0x8100) {
    packet.vlan = vlan;
  }
  return enter(packet, Layer.ETHERNET, start);
}
