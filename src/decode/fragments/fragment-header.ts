import { IpProtocol } from "../layer.ts";
import type { PacketView } from "../packet.ts";

const IPV4_MORE_FRAGMENTS = 0x2000;
const IPV4_OFFSET = 0x1fff;
const FRAGMENT_HEADER_BYTES = 8;
const IPV6_HEADER_BYTES = 40;
/** A datagram is never longer: RFC 791 3.1, RFC 8200 4.5. */
const DATAGRAM_BYTES_MAX = 65_535;

/**
 * One fragment of a packet that `decodeIpv4` or `decodeIpv6` called so: where its data goes, and the headers
 * that the whole datagram has (RFC 791 3.2, RFC 8200 4.5). Reused.
 */
export class FragmentHeader {
  /** Identification; 16 bits, or 32 with IPv6. */
  id = 0;
  /** What the datagram carries, by this fragment. */
  protocol = 0;
  /** Place of the data in the datagram, bytes. */
  offset = 0;
  isLast = false;
  dataStart = 0;
  dataEnd = 0;
  /** End of the headers that each fragment repeats; they start at `packet.ipStart`. */
  headEnd = 0;
  /** IPv6: offset from `ipStart` of the byte that names the fragment header. */
  nextHeaderAt = 0;
  /** The capture holds less of it than the wire did. */
  isCut = false;

  /** False for what no host takes: no data, or a place beyond the longest datagram. */
  read(packet: PacketView): boolean {
    const isRead = packet.ipVersion === 4 ? this.#readV4(packet) : this.#readV6(packet);
    if (!isRead) return false;
    let bytes = this.dataEnd - this.dataStart;
    // RFC 791 3.2: all but the last carry whole blocks; as Linux does, the rest of one is left aside.
    if (!this.isLast) bytes -= bytes % 8;
    this.dataEnd = this.dataStart + bytes;
    const head = packet.ipVersion === 4 ? this.headEnd - packet.ipStart : 0;
    return bytes > 0 && head + this.offset + bytes <= DATAGRAM_BYTES_MAX;
  }

  #readV4(packet: PacketView): boolean {
    const { view, ipStart } = packet;
    const field = view.getUint16(ipStart + 6);
    this.id = view.getUint16(ipStart + 4);
    this.protocol = packet.ipProtocol;
    this.offset = (field & IPV4_OFFSET) * 8;
    this.isLast = (field & IPV4_MORE_FRAGMENTS) === 0;
    this.headEnd = ipStart + (view.getUint8(ipStart) & 0x0f) * 4;
    this.dataStart = this.headEnd;
    this.dataEnd = packet.ipEnd;
    this.isCut = ipStart + view.getUint16(ipStart + 2) > packet.ipEnd;
    return true;
  }

  /** `decodeIpv6` has checked every header up to the one that made it a fragment. */
  #readV6(packet: PacketView): boolean {
    const { view, ipStart } = packet;
    let at = ipStart + IPV6_HEADER_BYTES;
    let nextAt = ipStart + 6;
    while (at + FRAGMENT_HEADER_BYTES <= packet.ipEnd) {
      const header = view.getUint8(nextAt);
      if (header === IpProtocol.FRAGMENT && (view.getUint16(at + 2) & 0xfff9) !== 0) {
        this.#fragmentHeader(packet, at);
        this.nextHeaderAt = nextAt - ipStart;
        return true;
      }
      nextAt = at;
      if (header === IpProtocol.FRAGMENT) at += FRAGMENT_HEADER_BYTES;
      else if (header === IpProtocol.AH) at += Math.max((view.getUint8(at + 1) + 2) * 4, 8);
      else at += (view.getUint8(at + 1) + 1) * 8;
    }
    return false;
  }

  #fragmentHeader({ view, ipStart, ipEnd }: PacketView, at: number): void {
    const field = view.getUint16(at + 2);
    this.id = view.getUint32(at + 4);
    this.protocol = view.getUint8(at);
    this.offset = field & 0xfff8;
    this.isLast = (field & 1) === 0;
    this.headEnd = at;
    this.dataStart = at + FRAGMENT_HEADER_BYTES;
    this.dataEnd = ipEnd;
    this.isCut = ipStart + IPV6_HEADER_BYTES + view.getUint16(ipStart + 4) > ipEnd;
  }
}
