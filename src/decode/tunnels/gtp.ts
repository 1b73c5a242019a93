import type { Step } from "../layer.ts";
import { type PacketView, SkipReason } from "../packet.ts";
import { enterIp } from "./enter.ts";

const HEADER_BYTES = 8;
const OPTIONS_BYTES = 4;
const EXTENSIONS_MAX = 8;
const G_PDU = 0xff;

/**
 * GTP-U (3GPP TS 29.281 5.1): a user's IP packet. Its tunnel number differs each way and for each bearer, so it
 * names no network.
 */
export function decodeGtp(packet: PacketView, start: number, end: number): Step {
  const { view } = packet;
  if (end - start < HEADER_BYTES) return SkipReason.NONE;
  const flags = view.getUint8(start);
  // Version 1, protocol type GTP.
  if (flags >> 4 !== 3) return SkipReason.NONE;
  if (view.getUint16(start + 2) > packet.payloadWireLength - HEADER_BYTES) return SkipReason.NONE;
  if (view.getUint8(start + 1) !== G_PDU) return SkipReason.NONE;
  let at = start + HEADER_BYTES;
  if ((flags & 7) === 0) return enterIp(packet, at, end);
  if (end - at < OPTIONS_BYTES) return SkipReason.IP_TRUNCATED;
  let next = (flags & 4) === 0 ? 0 : view.getUint8(at + 3);
  at += OPTIONS_BYTES;
  for (let count = 0; next !== 0; count++) {
    if (count === EXTENSIONS_MAX) return SkipReason.TUNNEL;
    if (at >= end) return SkipReason.IP_TRUNCATED;
    const bytes = view.getUint8(at) * 4;
    if (bytes === 0) return SkipReason.TUNNEL;
    if (end - at < bytes) return SkipReason.IP_TRUNCATED;
    next = view.getUint8(at + bytes - 1);
    at += bytes;
  }
  return enterIp(packet, at, end);
}
