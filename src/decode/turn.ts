import { type HostKey, hostKeyV6, ipv4Text, ipv6Text } from "./host.ts";
import type { PacketView } from "./packet.ts";
import { isPrivateV4, isPrivateV6, placedHost } from "./private-host.ts";

/** RFC 8656 17: methods beside STUN's own. Send and Data are indications, and channel data is no STUN. */
export const TurnMethod = {
  ALLOCATE: 3,
  REFRESH: 4,
  SEND: 6,
  DATA: 7,
  CREATE_PERMISSION: 8,
  CHANNEL_BIND: 9,
} as const;

/** What an address that a client asks a relay to talk to means. */
export const PeerScope = {
  PUBLIC: 0,
  /** RFC 1918, RFC 6598, RFC 4193: behind the relay, or a candidate of a browser at home. */
  PRIVATE: 1,
  /** Link-local, multicast, broadcast, unspecified: nobody's candidate; services of the relay's own cloud or network. */
  INSIDE: 2,
  /** The relay's own machine; some clients name theirs among the candidates, which a relay cannot tell apart. */
  LOOPBACK: 3,
} as const;
export type PeerScope = (typeof PeerScope)[keyof typeof PeerScope];

const HEADER_BYTES = 20;
const COOKIE = 0x2112a442;
const ATTRIBUTES_MAX = 64;
/** Clients ask for one or two at a time. */
const PEERS_MAX = 16;
const Attribute = { USERNAME: 6, INTEGRITY: 8, ERROR_CODE: 9, PEER: 0x12 } as const;
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

export interface TurnPeer {
  readonly host: HostKey;
  readonly port: number;
  readonly address: string;
  readonly scope: PeerScope;
}

/** Attributes of a TURN message (RFC 8656 18) that a relay's guard needs. Made for each: these are rare. */
export interface TurnMessage {
  readonly hasUser: boolean;
  /** Signed with a key (MESSAGE-INTEGRITY): not the first request, which is only answered with a nonce. */
  readonly isSigned: boolean;
  /** RFC 8489 14.8, 300 to 699; 0 without one. */
  readonly errorCode: number;
  /** XOR-PEER-ADDRESS (RFC 8656 18.3), sixteen at most. */
  readonly peers: readonly TurnPeer[];
}

/** Reads what `StunView` has found sound. Attributes that are cut or too short are passed over. */
export function readTurn(packet: PacketView): TurnMessage {
  const { view, payloadStart, payloadEnd } = packet;
  const end = Math.min(payloadEnd, payloadStart + HEADER_BYTES + view.getUint16(payloadStart + 2));
  const peers: TurnPeer[] = [];
  let hasUser = false;
  let isSigned = false;
  let errorCode = 0;
  let at = payloadStart + HEADER_BYTES;
  for (let left = ATTRIBUTES_MAX; left > 0 && at + 4 <= end; left--) {
    const type = view.getUint16(at);
    const start = at + 4;
    const valueEnd = start + view.getUint16(at + 2);
    if (valueEnd > end) break;
    if (type === Attribute.USERNAME) hasUser = true;
    else if (type === Attribute.INTEGRITY) isSigned = true;
    else if (type === Attribute.ERROR_CODE && valueEnd - start >= 4) {
      errorCode = (view.getUint8(start + 2) & 7) * 100 + view.getUint8(start + 3);
    } else if (type === Attribute.PEER && peers.length < PEERS_MAX) {
      const peer = peerAt(packet, start, valueEnd);
      if (peer !== null) peers.push(peer);
    }
    at = valueEnd + ((start - valueEnd) & 3);
  }
  return { hasUser, isSigned, errorCode, peers };
}

function peerAt(packet: PacketView, start: number, end: number): TurnPeer | null {
  const { domain, payloadStart, view } = packet;
  if (end - start < 8) return null;
  const family = view.getUint8(start + 1);
  const port = view.getUint16(start + 2) ^ (COOKIE >>> 16);
  if (family === FAMILY_IPV4) {
    const value = (view.getUint32(start + 4) ^ COOKIE) >>> 0;
    return ipv4Peer(value, port, domain);
  }
  if (family !== FAMILY_IPV6 || end - start < 20) return null;
  // RFC 8489 14.2: masked by the cookie and the transaction id, which stand side by side.
  const bytes = new Uint8Array(16);
  const plain = new DataView(bytes.buffer);
  for (let i = 0; i < 16; i += 4) {
    plain.setInt32(i, view.getInt32(start + 4 + i) ^ view.getInt32(payloadStart + 4 + i));
  }
  // RFC 4291 2.5.5.2: an IPv4 address in the clothes of IPv6 is that address.
  const isMapped = plain.getFloat64(0) === 0 && plain.getUint32(8) === 0xffff;
  if (isMapped) {
    const peer = ipv4Peer(plain.getUint32(12), port, domain);
    // No software offers its loopback that way: it is dressed up to slip past a list.
    return peer.scope === PeerScope.LOOPBACK ? { ...peer, scope: PeerScope.INSIDE } : peer;
  }
  const host = hostKeyV6(bytes, 0);
  const scope = scopeOfV6(plain);
  const isLocal = isPrivateV6(plain.getUint16(0));
  return {
    host: isLocal ? placedHost(host, domain) : host,
    port,
    address: ipv6Text(plain, 0),
    scope,
  };
}

function ipv4Peer(value: number, port: number, domain: number): TurnPeer {
  const host = isPrivateV4(value) ? placedHost(value, domain) : value;
  return { host, port, address: ipv4Text(value), scope: scopeOfV4(value) };
}

/** RFC 6890. */
function scopeOfV4(value: number): PeerScope {
  const first = value >>> 24;
  if (first === 127) return PeerScope.LOOPBACK;
  if (first === 0 || first >= 224) return PeerScope.INSIDE;
  if (first === 169 && ((value >>> 16) & 0xff) === 254) return PeerScope.INSIDE;
  return isPrivateV4(value) ? PeerScope.PRIVATE : PeerScope.PUBLIC;
}

function scopeOfV6(address: DataView): PeerScope {
  const first = address.getUint16(0);
  const isSmall = address.getFloat64(0) === 0 && address.getUint32(8) === 0;
  // ::1, ::, fe80::/10, ff00::/8
  if (isSmall && address.getUint32(12) === 1) return PeerScope.LOOPBACK;
  if (isSmall && address.getUint32(12) === 0) return PeerScope.INSIDE;
  if ((first & 0xffc0) === 0xfe80 || first >>> 8 === 0xff) return PeerScope.INSIDE;
  return isPrivateV6(first) ? PeerScope.PRIVATE : PeerScope.PUBLIC;
}
