import type { PacketView } from "../packet.ts";

const HEADER_BYTES_MIN = 20;
/** So much tells segments apart: numbers, checksum and time stamps are in it. */
const COPY_BYTES_MAX = 128;

/** RFC 9293 3.1. */
export const TcpFlag = { FIN: 1, SYN: 2, RST: 4, ACK: 16 } as const;

/**
 * One TCP segment (RFC 9293 3.1). The checksum is not looked at: on the sender's machine it is unfinished.
 * Sequence numbers are int32: they wrap, so only their differences mean something. Reused.
 */
export class TcpSegment {
  srcPort = 0;
  dstPort = 0;
  /** Number of the first byte of data, which a SYN has one after its own. */
  seq = 0;
  ack = 0;
  flags = 0;
  window = 0;
  /** Data, as far as it was captured. */
  start = 0;
  end = 0;
  /** Length of the data on the wire. */
  bytes = 0;

  /** False when the header does not fit. Expects `payloadStart` at it and its length on the wire. */
  decode(packet: PacketView): boolean {
    const { view, payloadStart: at, payloadWireLength, ipEnd } = packet;
    if (payloadWireLength < HEADER_BYTES_MIN || ipEnd - at < HEADER_BYTES_MIN) return false;
    const headerBytes = (view.getUint8(at + 12) >> 4) * 4;
    if (headerBytes < HEADER_BYTES_MIN || headerBytes > payloadWireLength) return false;
    this.srcPort = view.getUint16(at);
    this.dstPort = view.getUint16(at + 2);
    this.seq = view.getInt32(at + 4);
    this.ack = view.getInt32(at + 8);
    this.flags = view.getUint8(at + 13);
    this.window = view.getUint16(at + 14);
    if (this.has(TcpFlag.SYN)) this.seq = (this.seq + 1) | 0;
    this.start = Math.min(at + headerBytes, ipEnd);
    this.end = ipEnd;
    this.bytes = payloadWireLength - headerBytes;
    return true;
  }

  /** The number that the header has, int32. */
  get headerSeq(): number {
    return this.has(TcpFlag.SYN) ? (this.seq - 1) | 0 : this.seq;
  }

  /** Shows the whole segment, header included, as what a mirror copies. */
  asWhole(packet: PacketView): PacketView {
    packet.payloadEnd = Math.min(this.end, packet.payloadStart + COPY_BYTES_MAX);
    return packet;
  }

  asSegment(packet: PacketView): void {
    packet.payloadEnd = packet.payloadStart;
  }

  /** It asks for a connection (RFC 9293 3.5). */
  get isOpening(): boolean {
    return (this.flags & (TcpFlag.SYN | TcpFlag.ACK)) === TcpFlag.SYN;
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }
}
