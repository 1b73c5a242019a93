import type { PacketView } from "../../decode/packet.ts";

/** Healthy routes vary the TTL by one or two. */
const TTL_SPREAD = 2;

/**
 * The way by which a packet reached the mirror, in 32 bits: its source MAC, mixed, 0 on links without
 * addresses. Whoever copies the MAC has the same way; then only TTL and payload tell.
 */
export function macKeyOf(packet: PacketView): number {
  const at = packet.srcMacStart;
  if (at < 0) return 0;
  return packet.view.getInt32(at + 2) ^ Math.imul(packet.view.getUint16(at), 0x9e3779b1);
}

export function isSameTtl(one: number, other: number): boolean {
  const difference = one - other;
  return difference <= TTL_SPREAD && difference >= -TTL_SPREAD;
}

/** For evidence: `MAC 00:11:22:33:44:55, TTL 64`. */
export function wayText(packet: PacketView): string {
  const at = packet.srcMacStart;
  if (at < 0) return `TTL ${packet.ttl}`;
  const hex = packet.bytes.toString("hex", at, at + 6);
  return `MAC ${hex.match(/../g)?.join(":") ?? hex}, TTL ${packet.ttl}`;
}
