import type { PacketView } from "../../decode/packet.ts";

/** Healthy routes vary the TTL by one or two. */
const TTL_SPREAD = 2;

/** Two packets may have come over the same routers. */
export function isSameTtl(one: number, other: number): boolean {
  const difference = one - other;
  return difference <= TTL_SPREAD && difference >= -TTL_SPREAD;
}

/** The packet's source MAC as a number of 48 bits; -1 on links without addresses. */
export function macOf(packet: PacketView): number {
  const at = packet.srcMacStart;
  if (at < 0) return -1;
  const view = packet.view;
  return view.getUint16(at) * 0x100000000 + view.getUint32(at + 2);
}

/** MAC (48 bits; below 0 on links without) and TTL by which packets came, for people: `MAC 00:11:22:33:44:55, TTL 64`. */
export function wayText(mac: number, ttl: number): string {
  if (mac < 0) return `TTL ${ttl}`;
  const hex = mac.toString(16).padStart(12, "0");
  return `MAC ${hex.match(/../g)?.join(":") ?? hex}, TTL ${ttl}`;
}

/** The same of a packet. */
export function wayTextOf(packet: PacketView): string {
  return wayText(macOf(packet), packet.ttl);
}
