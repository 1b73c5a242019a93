import type { PacketView } from "./packet.ts";

/** RFC 792, RFC 4443 2.1: type, code, checksum and four bytes that depend on the type. */
const ICMP_HEADER_BYTES = 8;

/**
 * Leaves what follows the ICMP header as the payload: for an error, the IP header and the first bytes of the
 * packet that it is about. Enters with `payloadStart` at the ICMP header and `payloadWireLength` its length
 * by the IP header.
 */
export function decodeIcmp(packet: PacketView): void {
  const wireEnd = packet.payloadStart + packet.payloadWireLength;
  const start = Math.min(packet.payloadStart + ICMP_HEADER_BYTES, packet.ipEnd);
  packet.payloadStart = start;
  packet.payloadEnd = Math.max(start, Math.min(wireEnd, packet.ipEnd));
  packet.payloadWireLength = Math.max(0, wireEnd - start);
}
