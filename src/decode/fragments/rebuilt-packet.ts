import { LinkType } from "../../capture/frame.ts";
import { Layer, type Step } from "../layer.ts";
import type { PacketView } from "../packet.ts";
import type { Datagram } from "./datagram.ts";
import type { FragmentHeader } from "./fragment-header.ts";
import type { FragmentPages } from "./fragment-pages.ts";

const ETHERNET_HEADER_BYTES = 14;
const MAC_PAIR_BYTES = 12;
/** Longest head of link and IP that is kept: eight extension headers of some size. */
export const HEAD_BYTES_MAX = 16_384;
const IPV6_HEADER_BYTES = 40;

/** Link and IP headers of a fragment as those of the whole datagram: what evidence shows is a packet again. */
export function headOf(packet: PacketView, fragment: FragmentHeader, out: Datagram): void {
  const { bytes, frameStart, ipStart } = packet;
  const ip = bytes.subarray(ipStart, fragment.headEnd);
  const link = packet.tunnels === 0 ? bytes.subarray(frameStart, ipStart) : plainLink(packet);
  out.head = Buffer.concat([link, ip]);
  out.linkBytes = link.length;
  out.nextHeaderAt = fragment.nextHeaderAt;
  out.protocol = fragment.protocol;
}

/** Inside a tunnel the headers around do not fit the longer packet: Ethernet alone, or nothing. */
function plainLink(packet: PacketView): Buffer {
  if (packet.linkType !== LinkType.ETHERNET) return Buffer.alloc(0);
  const header = Buffer.alloc(ETHERNET_HEADER_BYTES);
  const { srcMacStart } = packet;
  if (srcMacStart >= 6) {
    packet.bytes.copy(header, 0, srcMacStart - 6, srcMacStart - 6 + MAC_PAIR_BYTES);
  }
  header.writeUInt16BE(packet.ipVersion === 4 ? 0x0800 : 0x86dd, MAC_PAIR_BYTES);
  return header;
}

/** The packet that the fragments were cut from, in memory of its own; valid until the next one. */
export class RebuiltPacket {
  readonly #bytes = Buffer.allocUnsafeSlow(HEAD_BYTES_MAX + 65_536);
  readonly #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);

  /** Puts a complete datagram into `packet`, which goes on with the layer that is returned. */
  show(datagram: Datagram, packet: PacketView, pool: FragmentPages): Step {
    const { head, linkBytes, bytes } = datagram;
    const target = this.#bytes;
    head.copy(target, 0);
    const end = head.length + bytes;
    const macOffset = packet.srcMacStart - packet.frameStart;
    const isVerbatim = packet.tunnels === 0;
    if (packet.ipVersion === 4) finishIpv4(this.#view, linkBytes, head.length, bytes);
    else finishIpv6(this.#view, datagram, head.length, bytes);
    datagram.moveTo(target, head.length, pool);
    packet.bytes = target;
    packet.view = this.#view;
    packet.frameStart = 0;
    packet.frameEnd = end;
    packet.wireLength = end;
    packet.ipStart = linkBytes;
    packet.ipEnd = end;
    const macStart = isVerbatim ? macOffset : 6;
    packet.srcMacStart = packet.srcMacStart >= 0 && macStart + 6 <= linkBytes ? macStart : -1;
    if (!isVerbatim && linkBytes === 0) packet.linkType = LinkType.RAW;
    return packet.ipVersion === 4 ? Layer.IPV4 : Layer.IPV6;
  }
}

function finishIpv4(view: DataView, at: number, headEnd: number, bytes: number): void {
  view.setUint16(at + 2, headEnd - at + bytes);
  view.setUint16(at + 6, 0);
  view.setUint16(at + 10, 0);
  let sum = 0;
  for (let i = at; i < headEnd; i += 2) sum += view.getUint16(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(at + 10, ~sum & 0xffff);
}

function finishIpv6(view: DataView, datagram: Datagram, headEnd: number, bytes: number): void {
  const { linkBytes } = datagram;
  view.setUint8(linkBytes + datagram.nextHeaderAt, datagram.protocol);
  view.setUint16(linkBytes + 4, Math.min(headEnd - linkBytes - IPV6_HEADER_BYTES + bytes, 0xffff));
}
