import { equals, equalsIgnoreCase } from "../base/ascii.ts";
import { type HostKey, NO_HOST } from "./host.ts";

/** What a payload type of a section carries, as far as it tells streams apart. */
export const PayloadRole = {
  /** Not announced. */
  NONE: 0,
  MEDIA: 1,
  /** RFC 4733: shares SSRC and sequence with the voice, its timestamp stands still. */
  TELEPHONE_EVENT: 2,
  /** RFC 3389: fills the gaps of a voice that is silent. */
  COMFORT_NOISE: 3,
} as const;
export type PayloadRole = (typeof PayloadRole)[keyof typeof PayloadRole];

export const PAYLOAD_TYPES = 128;

/** Clock rates of the static payload types in Hz (RFC 3551 6); 0 where there is none. */
const STATIC_CLOCK_RATES = new Uint32Array(PAYLOAD_TYPES);
for (const type of [0, 3, 4, 5, 7, 8, 9, 12, 13, 15, 18]) STATIC_CLOCK_RATES[type] = 8_000;
for (const type of [14, 25, 26, 28, 31, 32, 33, 34]) STATIC_CLOCK_RATES[type] = 90_000;
STATIC_CLOCK_RATES[6] = 16_000;
STATIC_CLOCK_RATES[10] = 44_100;
STATIC_CLOCK_RATES[11] = 44_100;
STATIC_CLOCK_RATES[16] = 11_025;
STATIC_CLOCK_RATES[17] = 22_050;

const STATIC_COMFORT_NOISE = 13; // RFC 3551 6, RFC 3389

/** Clock rate of a static payload type in Hz (RFC 3551 6); 0 of a dynamic one. */
export function staticClock(payloadType: number): number {
  return STATIC_CLOCK_RATES[payloadType] ?? 0;
}

export type SdpKind = "audio" | "video" | "other";
export type SdpDirection = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** One m= section (RFC 8866 5.14) as far as media trackers need it. Reused. */
export class SdpMedia {
  /** Of all sections on this transport the one that brings most packets: video, other, audio. */
  kind: SdpKind = "other";
  /** RTP port; 0 means rejected (RFC 3264 6). With bundle-only that of the bundle (RFC 9143 6). */
  port = 0;
  /** Where media is to be sent: the section's c= line, else the session's; NO_HOST for a name. */
  host: HostKey = NO_HOST;
  /** RFC 3605; RTP port + 1 unless given; the RTP port with rtcp-mux (RFC 5761). */
  rtcpPort = 0;
  /** False for T.38, MSRP and other sections that carry no RTP. */
  isRtp = false;
  direction: SdpDirection = "sendrecv";
  /** Several streams share the transport: a bundle (RFC 9143), or several SSRCs (RFC 5576). */
  isShared = false;
  /** It or the session has an ICE user or a candidate (RFC 8839). */
  hasIce = false;
  /** `PayloadRole` of each payload type, of all sections on this transport. */
  readonly payloadRoles = new Uint8Array(PAYLOAD_TYPES);
  /** The same, four in one. */
  readonly roleWords = new Uint32Array(this.payloadRoles.buffer);
  /** RTP clock of each payload type in Hz, 0 when unknown. */
  readonly clockRates = new Uint32Array(PAYLOAD_TYPES);
  /** Where the encoding name of each payload type begins in the bytes, up to the next "/"; 0 without an a=rtpmap line. */
  readonly nameStarts = new Uint32Array(PAYLOAD_TYPES);

  begin(): void {
    this.kind = "other";
    this.port = 0;
    this.host = NO_HOST;
    this.rtcpPort = 0;
    this.isRtp = false;
    this.direction = "sendrecv";
    this.isShared = false;
    this.hasIce = false;
    this.payloadRoles.fill(PayloadRole.NONE);
    this.clockRates.fill(0);
    this.nameStarts.fill(0);
  }

  /** A payload type that the m= line lists; an a=rtpmap line may say more. */
  addFormat(type: number): void {
    if (this.payloadRoles[type] !== PayloadRole.NONE) return;
    const isNoise = type === STATIC_COMFORT_NOISE;
    this.payloadRoles[type] = isNoise ? PayloadRole.COMFORT_NOISE : PayloadRole.MEDIA;
    this.clockRates[type] = STATIC_CLOCK_RATES[type] as number;
  }

  /** The section shares its transport with another one: each learns what the other brings. */
  shareWith(other: SdpMedia): void {
    this.isShared = true;
    other.isShared = true;
    const kind = busierKind(this.kind, other.kind);
    this.kind = kind;
    other.kind = kind;
    for (let type = 0; type < PAYLOAD_TYPES; type++) {
      if (this.payloadRoles[type] === PayloadRole.NONE) copyType(other, this, type);
      else if (other.payloadRoles[type] === PayloadRole.NONE) copyType(this, other, type);
    }
  }

  /** RFC 9143 6: a section without an address of its own is at that of the tagged section. */
  moveTo(tagged: SdpMedia): void {
    this.host = tagged.host;
    this.port = tagged.port;
    this.rtcpPort = tagged.rtcpPort;
    this.hasIce = tagged.hasIce;
  }
}

function copyType(from: SdpMedia, to: SdpMedia, type: number): void {
  to.payloadRoles[type] = from.payloadRoles[type] as number;
  to.clockRates[type] = from.clockRates[type] as number;
  to.nameStarts[type] = from.nameStarts[type] as number;
}

function busierKind(a: SdpKind, b: SdpKind): SdpKind {
  if (a === "video" || b === "video") return "video";
  return a === "other" ? a : b;
}

/** Names of transport protocols are shorter (RFC 8866 8.2.2). */
const PROTOCOL_BYTES_MAX = 64;

/** RFC 8866 6.7: the direction that an attribute of that name says; null for another attribute. */
export function directionOf(bytes: Uint8Array, start: number, end: number): SdpDirection | null {
  if (equals(bytes, start, end, "sendrecv")) return "sendrecv";
  if (equals(bytes, start, end, "sendonly")) return "sendonly";
  if (equals(bytes, start, end, "recvonly")) return "recvonly";
  return equals(bytes, start, end, "inactive") ? "inactive" : null;
}

/** By the encoding name of an `a=rtpmap`: RFC 4733 events, RFC 3389 comfort noise, or media. */
export function roleOf(bytes: Uint8Array, start: number, end: number): PayloadRole {
  if (equalsIgnoreCase(bytes, start, end, "telephone-event")) return PayloadRole.TELEPHONE_EVENT;
  return equalsIgnoreCase(bytes, start, end, "cn") ? PayloadRole.COMFORT_NOISE : PayloadRole.MEDIA;
}

/** RTP/AVP, RTP/SAVPF, UDP/TLS/RTP/SAVPF, TCP/RTP/AVP, ... */
export function namesRtp(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + 4 <= Math.min(end, start + PROTOCOL_BYTES_MAX); at++) {
    if (equals(bytes, at, at + 4, "RTP/")) return true;
  }
  return false;
}
