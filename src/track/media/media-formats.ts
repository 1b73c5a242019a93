import { SLASH } from "../../base/ascii.ts";
import { combine53, hash53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { SdpView } from "../../decode/sdp.ts";
import { PAYLOAD_TYPES, PayloadRole, type SdpMedia } from "../../decode/sdp-media.ts";

/** Networks use a handful of lists; an attacker's oldest go. */
const FORMATS_MAX = 1024;
/** Longest name of an encoding that is kept; registered ones have up to 24 letters. */
const NAME_MAX = 32;

/** Names of the static payload types of telephony (RFC 3551 6). */
const STATIC_NAMES: Readonly<Record<number, string>> = {
  0: "PCMU",
  3: "GSM",
  4: "G723",
  8: "PCMA",
  9: "G722",
  10: "L16",
  11: "L16",
  12: "QCELP",
  13: "CN",
  15: "G728",
  18: "G729",
  26: "JPEG",
  31: "H261",
  34: "H263",
};

type MediaEncryption = "none" | "sdes" | "dtls";

/** What a session description says of its payload types; shared by all calls with the same list. */
export interface MediaFormats {
  /** Names of what carries media, the lowest payload type first; no events, no comfort noise. */
  readonly codecs: readonly string[];
  readonly encryption: MediaEncryption;
  /** Name of a payload type as in SDP, in capitals; "" of one that is not in the description. */
  nameOf(payloadType: number): string;
  /** RTP clock in Hz; 0 when it is not in the description. */
  clockOf(payloadType: number): number;
}

/** Payload types as descriptions name them, each list kept once. */
export class MediaFormatLists {
  readonly #lists = new KeyMap<MediaFormats>(FORMATS_MAX);

  /** Of a description whose bytes are still at hand; null when it has no RTP. */
  of(sdp: SdpView, bytes: Buffer): MediaFormats | null {
    let key = sdp.hasCrypto ? 1 : sdp.hasFingerprint ? 2 : 3;
    const none = key;
    for (let i = 0; i < sdp.mediaCount; i++) key = keyOf(sdp.media[i] as SdpMedia, bytes, key);
    if (key === none) return null;
    let formats = this.#lists.get(key);
    if (formats === undefined) {
      formats = formatsOf(sdp, bytes);
      this.#lists.set(key, formats);
    }
    return formats;
  }
}

/** Name of a static payload type (RFC 3551 6); "" of a dynamic one. */
export function staticName(payloadType: number): string {
  return STATIC_NAMES[payloadType] ?? "";
}

function keyOf(media: SdpMedia, bytes: Buffer, from: number): number {
  if (!media.isRtp || media.port === 0) return from;
  const { clockRates, nameStarts, payloadRoles, roleWords } = media;
  let key = combine53(from, 1);
  for (let type = 0; type < PAYLOAD_TYPES; type++) {
    // Four at a time: a description has a handful.
    if ((type & 3) === 0 && roleWords[type >> 2] === 0) type += 3;
    if (payloadRoles[type] === PayloadRole.NONE) continue;
    key = combine53(key, type + PAYLOAD_TYPES * (clockRates[type] as number));
    const start = nameStarts[type] as number;
    if (start > 0) key = hash53(bytes, start, nameEnd(bytes, start), key);
  }
  return key;
}

function nameIn({ nameStarts }: SdpMedia, type: number, bytes: Buffer): string {
  const start = nameStarts[type] as number;
  const written = start > 0 ? bytes.toString("latin1", start, nameEnd(bytes, start)) : "";
  return written.toUpperCase() || staticName(type);
}

function nameEnd(bytes: Buffer, start: number): number {
  let at = start;
  while (at < start + NAME_MAX && (bytes[at] as number) > 0x20 && bytes[at] !== SLASH) at++;
  return at;
}

function formatsOf(sdp: SdpView, bytes: Buffer): MediaFormats {
  const names = new Map<number, string>();
  const clocks = new Map<number, number>();
  const codecs = new Set<string>();
  for (const media of sdp.media.slice(0, sdp.mediaCount)) {
    if (!media.isRtp || media.port === 0) continue;
    for (let type = 0; type < PAYLOAD_TYPES; type++) {
      if (media.payloadRoles[type] === PayloadRole.NONE || names.has(type)) continue;
      const name = nameIn(media, type, bytes);
      names.set(type, name);
      clocks.set(type, media.clockRates[type] as number);
      if (media.payloadRoles[type] === PayloadRole.MEDIA && name !== "") codecs.add(name);
    }
  }
  return {
    codecs: [...codecs],
    encryption: sdp.hasCrypto ? "sdes" : sdp.hasFingerprint ? "dtls" : "none",
    nameOf: (type) => names.get(type) ?? "",
    clockOf: (type) => clocks.get(type) ?? 0,
  };
}
