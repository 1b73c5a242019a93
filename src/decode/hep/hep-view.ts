import { FAMILY_BYTES } from "./hep-families.ts";

/** The HEP versions that senders speak; 3 is written "HEP3" (https://github.com/sipcapture/HEP). */
const VERSION_1 = 1;
const VERSION_2 = 2;
const HEP3 = 0x48455033;
const HEP3_HEADER_BYTES = 6;
const CHUNK_HEADER_BYTES = 6;
/** Real senders have some twenty. */
const CHUNKS_MAX = 64;
const TIME_HEADER_BYTES = 12;
const FAMILY_IPV4 = 2;

/** Chunk types of the generic vendor. */
const Chunk = {
  FAMILY: 1,
  PROTOCOL: 2,
  SRC_IPV4: 3,
  DST_IPV4: 4,
  SRC_IPV6: 5,
  DST_IPV6: 6,
  SRC_PORT: 7,
  DST_PORT: 8,
  SECONDS: 9,
  MICROSECONDS: 10,
  PAYLOAD_TYPE: 11,
  CAPTURE_ID: 12,
  AUTH_KEY: 14,
  PAYLOAD: 15,
  COMPRESSED: 16,
  VLAN: 18,
  MOS: 32,
} as const;

/** Payload types of HEP 3 that are looked at. */
export const HepPayload = { SIP: 1, RTP: 4, RTCP_JSON: 5 } as const;

/**
 * One HEP message: what a capture agent saw, as offsets into `bytes`. Version 1 has no time, version 2 one in the
 * sender's byte order, version 3 what chunks are there. Reused.
 */
export class HepView {
  version = 0;
  bytes: Buffer = Buffer.alloc(0);
  isIpv6 = false;
  /** Transport of what was seen: 17 UDP, 6 TCP or TLS, 132 SCTP. */
  protocol = 17;
  srcPort = 0;
  dstPort = 0;
  /** Offsets of the addresses. */
  srcAt = 0;
  dstAt = 0;
  payloadType: number = HepPayload.SIP;
  payloadStart = 0;
  payloadEnd = 0;
  /** When the agent saw it, microseconds since 1970; 0 when it does not say. */
  timeUs = 0.5;
  /** Which agent; 0 when it does not say. */
  captureId = 0;
  vlan = -1;
  /** Mean opinion score, 1 to 5; 0 when it does not say. */
  mos = 0.5;
  isCompressed = false;
  keyStart = 0;
  keyEnd = 0;

  /** False when it is no HEP, or contradicts itself. */
  decode(bytes: Buffer, start: number, end: number): boolean {
    this.#reset(bytes, start);
    if (end - start < 16) return false;
    if (bytes.readUInt32BE(start) === HEP3) return this.#decode3(start, end);
    const version = bytes[start] as number;
    if (version !== VERSION_1 && version !== VERSION_2) return false;
    this.version = version;
    return this.#decodeOld(start, end);
  }

  #reset(bytes: Buffer, start: number): void {
    this.bytes = bytes;
    this.version = 3;
    this.isIpv6 = false;
    this.protocol = 17;
    this.srcPort = 0;
    this.dstPort = 0;
    this.srcAt = -1;
    this.dstAt = -1;
    this.payloadType = HepPayload.SIP;
    this.payloadStart = start;
    this.payloadEnd = start;
    this.timeUs = 0;
    this.captureId = 0;
    this.vlan = -1;
    this.mos = 0;
    this.isCompressed = false;
    this.keyStart = start;
    this.keyEnd = start;
  }

  /** Versions 1 and 2: version, length, family, protocol, ports, addresses; then 2 has a time and an id. */
  #decodeOld(start: number, end: number): boolean {
    const { bytes } = this;
    const headerBytes = bytes[start + 1] as number;
    const family = bytes[start + 2] as number;
    if (!FAMILY_BYTES.has(family)) return false;
    this.isIpv6 = family !== FAMILY_IPV4;
    const addressBytes = this.isIpv6 ? 16 : 4;
    const fixed = 8 + 2 * addressBytes;
    this.protocol = bytes[start + 3] as number;
    this.srcPort = bytes.readUInt16BE(start + 4);
    this.dstPort = bytes.readUInt16BE(start + 6);
    this.srcAt = start + 8;
    this.dstAt = start + 8 + addressBytes;
    let at = start + fixed;
    if (this.version === VERSION_2) {
      if (end - at < TIME_HEADER_BYTES) return false;
      this.#readTime(at);
      at += TIME_HEADER_BYTES;
    }
    // The length tells the fixed part, and of some senders the time as well.
    if (headerBytes !== fixed && headerBytes !== at - start) return false;
    this.payloadStart = at;
    this.payloadEnd = end;
    return at < end;
  }

  /** In the byte order of who sent it: the order that gives a time of this century. */
  #readTime(at: number): void {
    const { bytes } = this;
    const isLittle = bytes.readUInt32LE(at + 4) < 1_000_000;
    const seconds = isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
    const micros = isLittle ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4);
    this.timeUs = seconds * 1_000_000 + Math.min(micros, 999_999);
    this.captureId = bytes.readUInt16BE(at + 8);
  }

  #decode3(start: number, end: number): boolean {
    const { bytes } = this;
    const last = start + bytes.readUInt16BE(start + 4);
    if (last > end || last - start < HEP3_HEADER_BYTES) return false;
    let at = start + HEP3_HEADER_BYTES;
    for (let chunks = 0; at + CHUNK_HEADER_BYTES <= last && chunks < CHUNKS_MAX; chunks++) {
      const length = bytes.readUInt16BE(at + 4);
      if (length < CHUNK_HEADER_BYTES || at + length > last) return false;
      // Chunks of a vendor mean what that says.
      if (bytes.readUInt16BE(at) === 0) {
        this.#chunk(bytes.readUInt16BE(at + 2), at + CHUNK_HEADER_BYTES, at + length);
      }
      at += length;
    }
    return this.srcAt >= 0 && this.dstAt >= 0 && this.payloadEnd > this.payloadStart;
  }

  #chunk(type: number, start: number, end: number): void {
    const { bytes } = this;
    const length = end - start;
    const number = numberAt(bytes, start, length);
    switch (type) {
      case Chunk.FAMILY:
        this.isIpv6 = number !== FAMILY_IPV4;
        return;
      case Chunk.PROTOCOL:
        this.protocol = number;
        return;
      case Chunk.SRC_IPV4:
      case Chunk.SRC_IPV6:
        if (length === (type === Chunk.SRC_IPV4 ? 4 : 16)) this.srcAt = start;
        this.isIpv6 = type === Chunk.SRC_IPV6;
        return;
      case Chunk.DST_IPV4:
      case Chunk.DST_IPV6:
        if (length === (type === Chunk.DST_IPV4 ? 4 : 16)) this.dstAt = start;
        return;
      case Chunk.SRC_PORT:
        this.srcPort = number & 0xffff;
        return;
      case Chunk.DST_PORT:
        this.dstPort = number & 0xffff;
        return;
      case Chunk.SECONDS:
        this.timeUs += number * 1_000_000;
        return;
      case Chunk.MICROSECONDS:
        this.timeUs += Math.min(number, 999_999);
        return;
      case Chunk.PAYLOAD_TYPE:
        this.payloadType = number;
        return;
      case Chunk.CAPTURE_ID:
        this.captureId = captureId(bytes, start, length);
        return;
      case Chunk.AUTH_KEY:
        this.keyStart = start;
        this.keyEnd = end;
        return;
      case Chunk.VLAN:
        this.vlan = number & 0x0fff;
        return;
      case Chunk.MOS:
        // In hundredths; what is no score is none.
        this.mos = number >= 100 && number <= 500 ? number / 100 : 0;
        return;
      case Chunk.PAYLOAD:
      case Chunk.COMPRESSED:
        this.payloadStart = start;
        this.payloadEnd = end;
        this.isCompressed = type === Chunk.COMPRESSED;
    }
  }
}

/** Big-endian, as far as four bytes go. */
function numberAt(bytes: Buffer, start: number, length: number): number {
  return length > 0 && length <= 4 ? bytes.readUIntBE(start, length) : 0;
}

/** Ids of 16 bits that sngrep writes stand in the first two bytes (its `htons` where four are wanted), zeros behind. */
function captureId(bytes: Buffer, start: number, length: number): number {
  const id = numberAt(bytes, start, length);
  return length === 4 && (id & 0xffff) === 0 ? id >>> 16 : id;
}
