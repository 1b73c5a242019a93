import type { Block } from "./block.ts";
import type { Frame } from "./frame.ts";
import { PACKET_BYTES_MAX, type PacketReader } from "./packet-reader.ts";

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** Kuznetsov's "modified" pcap adds interface index, protocol and packet type to each record. */
const MODIFIED_RECORD_HEADER_BYTES = 24;
const VERSION_MAJOR = 2;
/** The upper bits of the field are about the frame check sequence. */
const LINK_TYPE_MASK = 0x03ffffff;

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const MAGIC_MODIFIED = 0xa1b2cd34;

export function isPcapMagic(magic: number): boolean {
  return isMagic(magic) || isMagic(swap(magic));
}

function isMagic(magic: number): boolean {
  return magic === MAGIC_MICROSECONDS || magic === MAGIC_NANOSECONDS || magic === MAGIC_MODIFIED;
}

function swap(value: number): number {
  return (
    ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff0000) | (value << 24)) >>> 0
  );
}

/**
 * The libpcap file format (draft-ietf-opsawg-pcap), both byte orders, microseconds and
 * nanoseconds. Times are cut to whole microseconds.
 */
export class PcapReader implements PacketReader {
  need = FILE_HEADER_BYTES;
  packets = 0;
  fault = "";
  readonly skipBytes = 0;
  readonly complaint = "";
  readonly #block: Block;
  #headerRead = false;
  #littleEndian = false;
  #nanoseconds = false;
  #recordHeaderBytes = RECORD_HEADER_BYTES;
  #linkType = 0;

  constructor(block: Block) {
    this.#block = block;
  }

  get record(): string {
    return this.#headerRead ? `packet ${this.packets + 1}` : "the file header";
  }

  next(frame: Frame): boolean {
    if (!this.#headerRead && !this.#readFileHeader()) return false;
    const { start, end, view } = this.#block;
    const packetStart = start + this.#recordHeaderBytes;
    if (packetStart > end) {
      this.need = this.#recordHeaderBytes;
      return false;
    }
    const littleEndian = this.#littleEndian;
    const captured = view.getUint32(start + 8, littleEndian);
    const packetEnd = packetStart + captured;
    if (packetEnd > end) return this.#incomplete(captured);
    const seconds = view.getUint32(start, littleEndian);
    const fraction = view.getUint32(start + 4, littleEndian);
    const wireLength = view.getUint32(start + 12, littleEndian);
    frame.bytes = this.#block.bytes;
    frame.view = view;
    frame.start = packetStart;
    frame.end = packetEnd;
    frame.wireLength = Math.max(wireLength, captured);
    frame.timeUs =
      seconds * 1_000_000 + (this.#nanoseconds ? Math.floor(fraction / 1000) : fraction);
    frame.linkType = this.#linkType;
    this.#block.start = packetEnd;
    this.packets++;
    return true;
  }

  #incomplete(captured: number): boolean {
    if (captured > PACKET_BYTES_MAX) {
      this.fault = `${this.record} at byte ${this.#block.offset} claims ${captured} bytes, more than ${PACKET_BYTES_MAX}`;
    }
    this.need = this.#recordHeaderBytes + captured;
    return false;
  }

  #readFileHeader(): boolean {
    const { start, unread, view } = this.#block;
    if (unread < FILE_HEADER_BYTES) return false;
    const bigEndianMagic = view.getUint32(start);
    this.#littleEndian = !isMagic(bigEndianMagic);
    const magic = view.getUint32(start, this.#littleEndian);
    this.#nanoseconds = magic === MAGIC_NANOSECONDS;
    if (magic === MAGIC_MODIFIED) this.#recordHeaderBytes = MODIFIED_RECORD_HEADER_BYTES;
    const major = view.getUint16(start + 4, this.#littleEndian);
    if (major !== VERSION_MAJOR) {
      this.fault = `pcap version ${major}.${view.getUint16(start + 6, this.#littleEndian)} is not 2.x`;
      return false;
    }
    this.#linkType = view.getUint32(start + 20, this.#littleEndian) & LINK_TYPE_MASK;
    this.#block.start += FILE_HEADER_BYTES;
    this.#headerRead = true;
    return true;
  }
}
