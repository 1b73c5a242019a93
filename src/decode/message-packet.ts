import { LinkType } from "../capture/frame.ts";
import { PacketView } from "./packet.ts";
import { MESSAGE_BYTES_MAX } from "./tcp/sip-framer.ts";

const ETHERNET_HEADER_BYTES = 14;
const HEAD_BYTES_MAX = 512;
/** Its length field has 16 bits. */
const IP_BYTES_MAX = 65_535;

/**
 * One message that several packets have brought as a packet of its own: headers of the packet that completed it, then
 * the message in one piece. So it looks to trackers and rules as over UDP, and as one segment in evidence. Reused.
 */
export class MessagePacket {
  readonly packet = new PacketView();
  readonly #bytes = Buffer.allocUnsafeSlow(HEAD_BYTES_MAX + MESSAGE_BYTES_MAX);
  readonly #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);

  /** `transport` is the header of TCP or SCTP to put behind those of the source, whose `payloadStart` is where its own is. */
  fill(
    source: PacketView,
    transport: Uint8Array,
    bytes: Buffer,
    start: number,
    end: number,
  ): PacketView {
    const { packet } = this;
    const length = Math.min(end - start, MESSAGE_BYTES_MAX);
    packet.copyFrom(source);
    packet.bytes = this.#bytes;
    packet.view = this.#view;
    const head = this.#head(source, packet, transport);
    bytes.copy(this.#bytes, head, start, start + length);
    packet.frameStart = 0;
    packet.frameEnd = head + length;
    packet.ipEnd = packet.frameEnd;
    packet.wireLength = packet.frameEnd;
    packet.payloadStart = head;
    packet.payloadEnd = packet.frameEnd;
    packet.payloadWireLength = length;
    this.#finish(packet, head - transport.length);
    return packet;
  }

  /** Copies link and IP headers and puts the other one behind; returns where that ends. */
  #head(source: PacketView, packet: PacketView, transport: Uint8Array): number {
    const target = this.#bytes;
    const { bytes, ipStart, frameStart, srcMacStart } = source;
    const ipBytes = source.payloadStart - ipStart;
    let link = ipStart - frameStart;
    const isPlain = source.tunnels === 0 && link + ipBytes + transport.length <= HEAD_BYTES_MAX;
    if (isPlain) bytes.copy(target, 0, frameStart, ipStart);
    else link = this.#plainLink(source);
    packet.srcMacStart =
      srcMacStart < 0 || link === 0 ? -1 : isPlain ? srcMacStart - frameStart : 6;
    if (link === 0 && !isPlain) packet.linkType = LinkType.RAW;
    const fixed = source.ipVersion === 4 ? 20 : 40;
    // Options and extension headers that do not fit say nothing about the message.
    const kept = isPlain ? ipBytes : fixed;
    bytes.copy(target, link, ipStart, ipStart + kept);
    if (!isPlain && source.ipVersion === 4) target[link] = 0x45;
    if (!isPlain && source.ipVersion === 6) target[link + 6] = source.ipProtocol;
    packet.ipStart = link;
    packet.srcAddressStart = link + source.srcAddressStart - ipStart;
    packet.dstAddressStart = link + source.dstAddressStart - ipStart;
    target.set(transport, link + kept);
    return link + kept + transport.length;
  }

  #plainLink(source: PacketView): number {
    if (source.linkType !== LinkType.ETHERNET) return 0;
    const { srcMacStart: mac } = source;
    this.#bytes.fill(0, 0, 12);
    if (mac >= 6) source.bytes.copy(this.#bytes, 0, mac - 6, mac + 6);
    this.#bytes.writeUInt16BE(source.ipVersion === 4 ? 0x0800 : 0x86dd, 12);
    return ETHERNET_HEADER_BYTES;
  }

  /**
   * Lengths, and the IPv4 checksum. What is longer than an IP packet has length 0, as a network card's offloading
   * leaves it.
   */
  #finish(packet: PacketView, transportAt: number): void {
    const view = this.#view;
    const { ipStart: ip, frameEnd } = packet;
    const ipBytes = frameEnd - ip > IP_BYTES_MAX ? 0 : frameEnd - ip;
    if (packet.ipVersion === 6) {
      view.setUint16(ip + 4, Math.max(0, ipBytes - 40));
      return;
    }
    view.setUint16(ip + 2, ipBytes);
    view.setUint16(ip + 10, 0);
    let sum = 0;
    for (let at = ip; at < transportAt; at += 2) sum += view.getUint16(at);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    view.setUint16(ip + 10, ~sum & 0xffff);
  }
}
