import type { PacketView } from "../../decode/packet.ts";

/** Healthy routes vary the TTL by one or two. */
const TTL_SPREAD = 2;

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
