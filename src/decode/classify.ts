import { CR, LF } from "../base/ascii.ts";

/** What a UDP payload looks like by its first bytes (RFC 7983, and SIP's letters before them). */
export const PayloadKind = {
  OTHER: 0,
  /** May be SIP: a letter first. The SIP decoder has the last word. */
  TEXT: 1,
  RTP: 2,
  RTCP: 3,
  STUN: 4,
  DTLS: 5,
  /** Empty, CRLF or NUL bytes only (RFC 5626 4.4.1 and what phones really send). */
  KEEPALIVE: 6,
} as const;
export type PayloadKind = (typeof PayloadKind)[keyof typeof PayloadKind];

const KEEPALIVE_BYTES_MAX = 8;
const RTP_HEADER_BYTES = 12;
const STUN_HEADER_BYTES = 20;
const STUN_COOKIE = 0x2112a442; // RFC 8489 5

/** A guess by at most the first twenty bytes of a payload; its decoder has the last word. */
export function classifyPayload(bytes: Buffer, start: number, end: number): PayloadKind {
  const length = end - start;
  if (length <= KEEPALIVE_BYTES_MAX && isKeepalive(bytes, start, end)) return PayloadKind.KEEPALIVE;
  const first = bytes[start] as number;
  if (first >= 0x80 && first <= 0xbf) return rtpOrRtcp(bytes, start, length);
  if (isTextStart(first)) return PayloadKind.TEXT;
  if (first <= 3) return isStun(bytes, start, length) ? PayloadKind.STUN : PayloadKind.OTHER;
  // RFC 6347 4.1: content type 20..63, then version 254.x
  if (first >= 20 && first <= 63 && length >= 13 && bytes[start + 1] === 0xfe) {
    return PayloadKind.DTLS;
  }
  return PayloadKind.OTHER;
}

/** RFC 5761 4: RTCP packet types 192 to 223 are never RTP payload types with a marker. */
export function isRtcpType(second: number): boolean {
  return second >= 192 && second <= 223;
}

function rtpOrRtcp(bytes: Buffer, start: number, length: number): PayloadKind {
  const second = bytes[start + 1] as number;
  if (isRtcpType(second)) {
    return length >= 8 ? PayloadKind.RTCP : PayloadKind.OTHER;
  }
  return length >= RTP_HEADER_BYTES ? PayloadKind.RTP : PayloadKind.OTHER;
}

function isTextStart(byte: number): boolean {
  return (
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === CR ||
    byte === LF ||
    byte === 0x21 || // RFC 4475 3.1.1.2: a method is any token
    (byte >= 0x2a && byte <= 0x2e && byte !== 0x2c) ||
    (byte >= 0x30 && byte <= 0x39)
  );
}

function isKeepalive(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte !== CR && byte !== LF && byte !== 0) return false;
  }
  return true;
}

/** RFC 8489 5: two zero bits, the magic cookie, a length that is a multiple of four. */
function isStun(bytes: Buffer, start: number, length: number): boolean {
  return (
    length >= STUN_HEADER_BYTES &&
    ((bytes[start + 3] as number) & 3) === 0 &&
    bytes.readUInt32BE(start + 4) === STUN_COOKIE
  );
}
