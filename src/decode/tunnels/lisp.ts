import { Layer, type Step } from "../layer.ts";
import { type PacketView, SkipReason } from "../packet.ts";
import { enter, enterNetwork, TunnelKind } from "./enter.ts";

const HEADER_BYTES = 8;
/** RFC 9300 5.3, RFC 9305 3 and RFC 8061 7: flags of the first byte. */
const HAS_NONCE = 0x80;
const ECHOES_NONCE = 0x20;
const HAS_MAP_VERSION = 0x10;
const HAS_INSTANCE = 0x08;
const HAS_NEXT_PROTOCOL = 0x04;
const KEY = 0x03;
const NEXT_IPV4 = 1;
const NEXT_IPV6 = 2;
const NEXT_ETHERNET = 3;

/**
 * LISP's data (RFC 6830, RFC 9300 5.3): an IP packet behind eight bytes, or what the next protocol says (RFC 9305). The first byte of RTP
 * has a meaning here, too, so the packet inside has to end where the datagram does. An instance is a network.
 */
export function decodeLisp(packet: PacketView, start: number, end: number): Step {
  const { view } = packet;
  const at = start + HEADER_BYTES;
  if (end - at < 1) return SkipReason.NONE;
  const flags = view.getUint8(start);
  const hasNonce = (flags & HAS_NONCE) !== 0;
  if (hasNonce && (flags & HAS_MAP_VERSION) !== 0) return SkipReason.NONE;
  if (!hasNonce && (flags & ECHOES_NONCE) !== 0) return SkipReason.NONE;
  const hasNext = (flags & HAS_NEXT_PROTOCOL) !== 0;
  const next = hasNext ? view.getUint8(start + 3) : view.getUint8(at) >> 4;
  const layer = hasNext ? LAYERS.get(next) : VERSIONS.get(next);
  const wireBytes = packet.payloadWireLength - HEADER_BYTES;
  if (layer === undefined || (flags & KEY) !== 0) return SkipReason.NONE;
  if (layer !== Layer.ETHERNET && !isPacket(packet, layer, at, wireBytes)) return SkipReason.NONE;
  if ((flags & HAS_INSTANCE) === 0) return enter(packet, layer, at);
  return enterNetwork(packet, layer, at, TunnelKind.LISP, view.getUint32(start + 4) >>> 8);
}

const LAYERS: ReadonlyMap<number, Layer> = new Map([
  [NEXT_IPV4, Layer.IPV4],
  [NEXT_IPV6, Layer.IPV6],
  [NEXT_ETHERNET, Layer.ETHERNET],
]);
const VERSIONS: ReadonlyMap<number, Layer> = new Map([
  [4, Layer.IPV4],
  [6, Layer.IPV6],
]);

/** An IP packet of that length begins there. */
function isPacket(
  { payloadEnd, view }: PacketView,
  layer: Layer,
  at: number,
  bytes: number,
): boolean {
  if (payloadEnd - at < 6) return false;
  const first = view.getUint8(at);
  if (layer === Layer.IPV6) return first >> 4 === 6 && 40 + view.getUint16(at + 4) === bytes;
  return first >= 0x45 && first <= 0x4f && view.getUint16(at + 2) === bytes;
}
