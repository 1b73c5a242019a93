import { Layer, type Step } from "../layer.ts";
import { type PacketView, SkipReason } from "../packet.ts";
import { enter, enterIp } from "./enter.ts";

const LABEL_BYTES = 4;
const LABELS_MAX = 16;
const BOTTOM_OF_STACK = 0x100;
const ETHERNET_HEADER_BYTES = 14;

/**
 * RFC 3032: labels at `ipStart`, then IP, or a pseudowire's Ethernet frame with or without a control word
 * (RFC 4448 4.6, RFC 4385 3). Labels differ each way and each destination, so they name no network.
 */
export function decodeMpls(packet: PacketView): Step {
  const { view, frameEnd: end } = packet;
  let at = packet.ipStart;
  for (let labels = 0; ; labels++) {
    if (labels === LABELS_MAX) return SkipReason.TUNNEL;
    if (end - at < LABEL_BYTES) return SkipReason.LINK_TRUNCATED;
    const isLast = (view.getUint32(at) & BOTTOM_OF_STACK) !== 0;
    at += LABEL_BYTES;
    if (isLast) break;
  }
  if (at >= end) return SkipReason.LINK_TRUNCATED;
  const nibble = view.getUint8(at) >> 4;
  if (nibble === 4 || nibble === 6) {
    // A MAC address may begin with the same nibble; then an ethertype stands where a frame has it.
    return isEthernet(packet, at) && !isIpHeader(packet, at, nibble)
      ? enter(packet, Layer.ETHERNET, at)
      : enterIp(packet, at, end);
  }
  if (nibble === 0 && isEthernet(packet, at + LABEL_BYTES)) {
    return enter(packet, Layer.ETHERNET, at + LABEL_BYTES);
  }
  return isEthernet(packet, at) ? enter(packet, Layer.ETHERNET, at) : SkipReason.TUNNEL;
}

function isEthernet({ view, frameEnd }: PacketView, at: number): boolean {
  if (frameEnd - at < ETHERNET_HEADER_BYTES) return false;
  const etherType = view.getUint16(at + 12);
  return (
    etherType === 0x0800 || etherType === 0x86dd || etherType === 0x8100 || etherType === 0x88a8
  );
}

function isIpHeader({ view, frameEnd }: PacketView, at: number, version: number): boolean {
  if (version === 6) return frameEnd - at >= 40 && at + 40 + view.getUint16(at + 4) <= frameEnd;
  return (
    frameEnd - at >= 20 && (view.getUint8(at) & 15) >= 5 && at + view.getUint16(at + 2) <= frameEnd
  );
}
