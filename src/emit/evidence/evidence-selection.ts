import type { EvidenceRing } from "./evidence-ring.ts";
import type { EvidenceSubject } from "./evidence-subject.ts";
import { isMediaOf, isSignallingOf } from "./evidence-subject.ts";
import { RECORD_HEADER_BYTES } from "./pcap-file.ts";
import type { RecentPacket, RecentPackets } from "./recent-packets.ts";

export interface SelectionLimits {
  readonly packetsMax: number;
  /** Bytes of packets with their headers in the file. */
  readonly bytesMax: number;
}

export interface Selection {
  /** In the order of capture. */
  readonly packets: readonly RecentPacket[];
  readonly linkType: number;
  /** Packets left out because their link type is another one. */
  readonly otherLink: number;
}

/**
 * The most recent packets that belong to the subject, always with the one that fired. At least half of
 * them are signalling as far as there is any: it says what the media had to be, and Wireshark needs it to
 * tell RTP.
 */
export function select(
  recent: RecentPackets,
  subject: EvidenceSubject,
  fired: RecentPacket | null,
  limits: SelectionLimits,
): Selection {
  const { signalling, media } = recent;
  const { packetsMax } = limits;
  const messages = mostRecent(signalling, isSignallingOf, subject, fired, packetsMax);
  const others = mostRecent(media, isMediaOf, subject, fired, packetsMax);
  const othersMin = fired?.ring === media ? 1 : 0;
  const messagesMax = Math.max(Math.ceil(packetsMax / 2), packetsMax - others.length);
  const kept = messages.slice(0, Math.min(messagesMax, packetsMax - othersMin));
  kept.push(...others.slice(0, packetsMax - kept.length));
  kept.sort((a, b) => b.ring.number(b.at) - a.ring.number(a.at));
  const [youngest] = kept;
  if (youngest === undefined) return { packets: [], linkType: 0, otherLink: 0 };
  const linkType = youngest.ring.linkType(youngest.at);
  const same = kept.filter(({ ring, at }) => ring.linkType(at) === linkType);
  const otherLink = kept.length - same.length;
  return { packets: withinBytes(same, limits.bytesMax).reverse(), linkType, otherLink };
}

/** Youngest first. */
function mostRecent(
  ring: EvidenceRing,
  belongs: (subject: EvidenceSubject, ring: EvidenceRing, at: number) => boolean,
  subject: EvidenceSubject,
  fired: RecentPacket | null,
  max: number,
): RecentPacket[] {
  const found: RecentPacket[] = [];
  for (let at = ring.newest; at >= 0 && found.length < max; at = ring.older(at)) {
    const isFired = fired !== null && fired.ring === ring && fired.at === at;
    if (isFired || belongs(subject, ring, at)) found.push({ ring, at });
  }
  return found;
}

function withinBytes(youngestFirst: readonly RecentPacket[], bytesMax: number): RecentPacket[] {
  let bytes = 0;
  const end = youngestFirst.findIndex(({ ring, at }) => {
    bytes += RECORD_HEADER_BYTES + ring.length(at);
    return bytes > bytesMax;
  });
  return youngestFirst.slice(0, end < 0 ? undefined : Math.max(1, end));
}
