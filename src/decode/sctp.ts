import type { PacketView } from "./packet.ts";

const COMMON_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 4;
const DATA_HEADER_BYTES = 16;
/** RFC 8260 2.1: DATA with a message identifier. */
const I_DATA_HEADER_BYTES = 20;
const CHUNKS_MAX = 256;

const ChunkType = { DATA: 0, I_DATA: 64 } as const;
/** First and last piece of a message in one: it is whole. */
const WHOLE = 3;

/**
 * The DATA chunks of one SCTP packet (RFC 9260 3.3.1): each whole user message is one SIP message
 * (RFC 4168 5.1). The checksum is not looked at. Reused.
 */
export class SctpChunks {
  /** Messages that come in pieces, which are not put together. */
  pieces = 0;
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
    this.#at = at + COMMON_HEADER_BYTES;
    this.#end = ipEnd;
    this.#wireEnd = at + payloadWireLength;
    this.#left = CHUNKS_MAX;
    return true;
  }

  /** Makes the next whole message the packet's payload; false when there is no other. */
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
      if ((flags & WHOLE) !== WHOLE) {
        this.pieces++;
        continue;
      }
      packet.payloadStart = start + headerBytes;
      packet.payloadEnd = Math.min(start + length, this.#end);
      packet.payloadWireLength = length - headerBytes;
      return true;
    }
    return false;
  }
}
