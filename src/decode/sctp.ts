import type { PacketView } from "./packet.ts";

const COMMON_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 4;
const DATA_HEADER_BYTES = 16;
/** RFC 8260 2.1: DATA with a message identifier. */
const I_DATA_HEADER_BYTES = 20;
const CHUNKS_MAX = 256;

const ChunkType = { DATA: 0, I_DATA: 64 } as const;
/** Flags of a chunk with the first and the last piece of a message. */
const BEGINS = 2;
const ENDS = 1;
const UNORDERED = 4;

/**
 * The DATA chunks of one SCTP packet (RFC 9260 3.3.1): a user message, which is one SIP message (RFC 4168 5.1), or a
 * piece of one. The checksum is not looked at. Reused.
 */
export class SctpChunks {
  /** Of the chunk at hand: it holds the first and the last piece of a message. */
  begins = false;
  ends = false;
  /** Number of the piece: those of a message follow each other. TSN, or with I-DATA the number inside the message. */
  piece = 0;
  /** The message that a piece of I-DATA is of (RFC 8260 2.1), as stream and number; 0 for DATA. */
  message = 0.5;
  /** Who knows it is part of the association (RFC 9260 8.5). */
  tag = 0;
  /** Where the packet's common header is. */
  headerStart = 0;
  #at = 0;
  #end = 0;
  #wireEnd = 0;
  #left = 0;

  /** False when the header does not fit. Expects `payloadStart` at it and its length on the wire. */
  begin(packet: PacketView): boolean {
    const { view, payloadStart: at, payloadWireLength, ipEnd } = packet;
    if (payloadWireLength < COMMON_HEADER_BYTES || ipEnd - at < COMMON_HEADER_BYTES) return false;
    packet.srcPort = view.getUint16(at);
    packet.dstPort = view.getUint16(at + 2);
    this.tag = view.getUint32(at + 4);
    this.headerStart = at;
    this.#at = at + COMMON_HEADER_BYTES;
    this.#end = ipEnd;
    this.#wireEnd = at + payloadWireLength;
    this.#left = CHUNKS_MAX;
    return true;
  }

  /** Makes the next message, or piece of one, the packet's payload; false when there is no other. */
  next(packet: PacketView): boolean {
    const { view } = packet;
    while (this.#left-- > 0 && this.#at + CHUNK_HEADER_BYTES <= this.#end) {
      const start = this.#at;
      const type = view.getUint8(start);
      const flags = view.getUint8(start + 1);
      const length = view.getUint16(start + 2);
      if (length < CHUNK_HEADER_BYTES || start + length > this.#wireEnd) return false;
      // RFC 9260 3.2: padded to a multiple of four.
      this.#at = start + ((length + 3) & ~3);
      if (type !== ChunkType.DATA && type !== ChunkType.I_DATA) continue;
      const headerBytes = type === ChunkType.DATA ? DATA_HEADER_BYTES : I_DATA_HEADER_BYTES;
      if (length <= headerBytes || start + headerBytes >= this.#end) continue;
      this.begins = (flags & BEGINS) !== 0;
      this.ends = (flags & ENDS) !== 0;
      this.piece = view.getInt32(start + 4);
      this.message = 0;
      if (type === ChunkType.I_DATA) this.#inside(view, start, flags);
      packet.payloadStart = start + headerBytes;
      packet.payloadEnd = Math.min(start + length, this.#end);
      packet.payloadWireLength = length - headerBytes;
      return true;
    }
    return false;
  }

  /** The first piece has the protocol where others have their number. */
  #inside(view: DataView, start: number, flags: number): void {
    const stream = 2 * view.getUint16(start + 8) + ((flags & UNORDERED) === 0 ? 0 : 1);
    this.message = (stream + 1) * 2 ** 32 + view.getUint32(start + 12);
    this.piece = this.begins ? 0 : view.getInt32(start + 16);
  }
}
