import { Layer, type Step } from "../layer.ts";
import { type PacketView, SkipReason } from "../packet.ts";
import { enter } from "./enter.ts";

const HEADER_BYTES = 6;
/** RFC 2661 3.1: what the first two bytes say; reserved bits are zero. */
const CONTROL = 0x8000;
const LENGTH = 0x4000;
const SEQUENCE = 0x0800;
const OFFSET = 0x0200;
const RESERVED = 0x34f0;
const VERSION = 0x000f;
const ADDRESS_CONTROL = 0xff03;
const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;

/**
 * A data message of L2TP version 2 with IP in PPP; NONE for what does not look like one. Its tunnel and session numbers
 * differ each way and name no network. Version 3 tells nowhere how long its cookie is (RFC 3931 4.1).
 */
export function decodeL2tp(packet: PacketView, start: number, end: number): Step {
  const { view } = packet;
  if (end - start < HEADER_BYTES) return SkipReason.NONE;
  const flags = view.getUint16(start);
  if ((flags & (CONTROL | RESERVED)) !== 0 || (flags & VERSION) !== 2) return SkipReason.NONE;
  const hasLength = (flags & LENGTH) !== 0;
  if (hasLength && view.getUint16(start + 2) > packet.payloadWireLength) return SkipReason.NONE;
  let at = start + HEADER_BYTES + (hasLength ? 2 : 0) + ((flags & SEQUENCE) !== 0 ? 4 : 0);
  if ((flags & OFFSET) !== 0) {
    if (end - at < 2) return SkipReason.NONE;
    at += 2 + view.getUint16(at);
  }
  return isIpInPpp(packet, at, end) ? enter(packet, Layer.PPP, at) : SkipReason.NONE;
}

function isIpInPpp({ view }: PacketView, start: number, end: number): boolean {
  if (end - start < 5) return false;
  const at = view.getUint16(start) === ADDRESS_CONTROL ? start + 2 : start;
  const first = view.getUint8(at);
  // One byte where it is odd (RFC 1661 6.5).
  const protocol = (first & 1) === 1 ? first : view.getUint16(at);
  return protocol === PPP_IPV4 || protocol === PPP_IPV6;
}
