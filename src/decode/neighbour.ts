import type { PacketView } from "./packet.ts";

/** RFC 4861 4: types of ICMPv6, and where their options begin behind the first eight bytes. */
const ROUTER_SOLICITATION = 133;
const ADVERTISEMENT = 136;
const OPTIONS_AT = [0, 8, 16, 16] as const;
/** RFC 4861 7.1: what a router has passed on is none. */
const HOP_LIMIT = 255;
const HEADER_BYTES = 8;
const ADDRESS_BYTES = 16;
/** "Override": who answers for others, or shares an address with them, leaves it out (RFC 4861 7.2.7, 7.2.8). */
const OVERRIDE = 0x20;
/** RFC 4861 4.6.1. */
const SOURCE_MAC = 1;
const TARGET_MAC = 2;
const OPTION_UNIT = 8;
const OPTIONS_MAX = 8;

/** Where an ICMPv6 message says which MAC an address has. Filled by `findNeighbour`. */
export interface NeighbourClaim {
  addressAt: number;
  macAt: number;
}

/**
 * What a host says of an address by neighbour discovery (RFC 4861 4.1 to 4.4): of the target of an advertisement that overrides what
 * others know, else of its own. Enters with `payloadStart` behind the first eight bytes, as `decodeIcmp` leaves it.
 */
export function findNeighbour(packet: PacketView, out: NeighbourClaim): boolean {
  const { bytes, ipVersion, payloadEnd, payloadStart, srcAddressStart, ttl } = packet;
  const head = payloadStart - HEADER_BYTES;
  if (ipVersion !== 6 || ttl !== HOP_LIMIT || head < srcAddressStart) return false;
  const type = bytes[head] as number;
  const options = OPTIONS_AT[type - ROUTER_SOLICITATION];
  if (options === undefined) return false;
  const isAdvertisement = type === ADVERTISEMENT;
  if (isAdvertisement && ((bytes[head + 4] as number) & OVERRIDE) === 0) return false;
  out.addressAt = isAdvertisement ? payloadStart : srcAddressStart;
  out.macAt = macAt(
    bytes,
    payloadStart + options,
    payloadEnd,
    isAdvertisement ? TARGET_MAC : SOURCE_MAC,
  );
  return out.macAt > 0 && !isUnspecified(bytes, out.addressAt);
}

/** -1 without that option. */
function macAt(bytes: Uint8Array, start: number, end: number, wanted: number): number {
  let at = start;
  for (let i = 0; i < OPTIONS_MAX && at + OPTION_UNIT <= end; i++) {
    const units = bytes[at + 1] as number;
    if (bytes[at] === wanted && units === 1) return at + 2;
    if (units === 0) return -1;
    at += OPTION_UNIT * units;
  }
  return -1;
}

/** RFC 4862 5.4.2: who asks whether an address is free has none yet. */
function isUnspecified(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < ADDRESS_BYTES; i++) if (bytes[at + i] !== 0) return false;
  return true;
}
