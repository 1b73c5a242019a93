import type { PacketView } from "../../decode/packet.ts";

const STUN_COOKIE = 0x2112a442; // RFC 8489 5
const RTCP_BYTES_MIN = 8;
const STUN_BYTES_MIN = 20;

/** RFC 5761 4: packet types 192 to 223 are RTCP, whatever runs beside it. */
export function isRtcp({ bytes, payloadStart, payloadEnd }: PacketView): boolean {
  if (payloadEnd - payloadStart < RTCP_BYTES_MIN) return false;
  const type = bytes[payloadStart + 1] as number;
  return type >= 192 && type <= 223;
}

export function isStun({ bytes, payloadStart, payloadEnd }: PacketView): boolean {
  if (payloadEnd - payloadStart < STUN_BYTES_MIN || (bytes[payloadStart] as number) > 3) {
    return false;
  }
  return bytes.readUInt32BE(payloadStart + 4) === STUN_COOKIE;
}
