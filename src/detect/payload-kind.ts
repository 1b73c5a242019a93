import type { PacketView } from "../decode/packet.ts";

const STUN_COOKIE = 0x2112a442; // RFC 8489 5
const RTCP_BYTES_MIN = 8;
const STUN_BYTES_MIN = 20;

/** RFC 5761 4: packet types 192 to 223 are RTCP, whatever runs beside it. */
export function isRtcp({ frame, payloadStart, payloadEnd }: PacketView): boolean {
  if (payloadEnd - payloadStart < RTCP_BYTES_MIN) return false;
  const type = frame.bytes[payloadStart + 1] as number;
  return type >= 192 && type <= 223;
}

export function isStun({ frame, payloadStart, payloadEnd }: PacketView): boolean {
  if (payloadEnd - payloadStart < STUN_BYTES_MIN || (frame.bytes[payloadStart] as number) > 3) {
    return false;
  }
  return frame.view.getUint32(payloadStart + 4) === STUN_COOKIE;
}
