import type { Endpoint } from "../support/wire.ts";

/** Hosts of the scenes. A host keeps MAC and TTL; what comes through a router has the router's MAC. */

export const PBX: Endpoint = { ip: "10.20.0.10", port: 5060, mac: "00:50:56:20:00:10" };
export const PBX6: Endpoint = { ip: "2001:db8:20::10", port: 5060, mac: "00:50:56:20:00:10" };

/** The segment's router: everybody from outside comes by it. */
export const ROUTER_MAC = "00:1b:17:20:00:01";

/** A desk phone on the segment. */
export function phone(n: number): Endpoint {
  return { ip: `10.20.1.${n}`, port: 5060, mac: `00:15:65:20:01:${byte(n)}` };
}

export function phone6(n: number): Endpoint {
  return { ip: `2001:db8:20:1::${n.toString(16)}`, port: 5060, mac: `00:15:65:20:01:${byte(n)}` };
}

/** A host of the Internet, some hops away. */
export function outside(n: number, ttl = 52): Endpoint {
  return { ip: `198.51.100.${n}`, port: 5060, mac: ROUTER_MAC, ttl };
}

export function outside6(n: number, ttl = 52): Endpoint {
  return { ip: `2001:db8:bad::${n.toString(16)}`, port: 5060, mac: ROUTER_MAC, ttl };
}

/** A phone of an office behind NAT: one address, a port each. */
export function natted(n: number): Endpoint {
  return { ip: "203.0.113.50", port: 20_000 + n, mac: ROUTER_MAC, ttl: 57 };
}

/** Carrier's signalling and its media gateway. */
export const CARRIER: Endpoint = { ip: "192.0.2.130", port: 5060, mac: ROUTER_MAC, ttl: 58 };
export const CARRIER_MEDIA: Endpoint = {
  ip: "192.0.2.140",
  port: 30_000,
  mac: ROUTER_MAC,
  ttl: 58,
};

/** Somebody nobody knows. */
export const STRANGER: Endpoint = outside(66);
export const STRANGER6: Endpoint = outside6(66);

/** Somebody on the segment who writes packets with the address of another host. */
export function forgedBy({ ip, port }: Endpoint, ttl = 64): Endpoint {
  return { ip, port, mac: "3c:97:0e:12:ab:9f", ttl };
}

export function media({ ip, mac, ttl }: Endpoint, port: number): Endpoint {
  return { ip, port, ...(mac !== undefined && { mac }), ...(ttl !== undefined && { ttl }) };
}

function byte(n: number): string {
  return n.toString(16).padStart(2, "0");
}
