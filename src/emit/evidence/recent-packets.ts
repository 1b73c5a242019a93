import { hash53 } from "../../base/hash.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { MessageKeys } from "../../track/transactions/message-keys.ts";
import { EvidenceRing, NO_KEY } from "./evidence-ring.ts";

/** Signalling has its own part of the room, a quarter: media would push it out within seconds. */
const SIGNALLING_SHARE = 0.25;
/** Usual captured lengths: a SIP message, and 20 ms of G.711 over RTP. */
const SIP_BYTES = 576;
const RTP_BYTES = 216;
/** Word addressing of the ring needs offsets of less than 32 bits. */
const RING_BYTES_MAX = 2 ** 31;

/** A packet in one of the two rings; valid until the next packet is recorded. */
export interface RecentPacket {
  readonly ring: EvidenceRing;
  readonly at: number;
}

/** Key of a Call-ID or user as `MessageKeys` has it, cut to the 32 bits that rings keep. */
export function ringKeyOf(text: string): number {
  return key32(hash53(Buffer.from(text, "latin1"), 0, text.length));
}

function key32(hash: number): number {
  return hash >>> 0 || 1;
}

/** The packets of the last seconds or minutes: signalling and the rest, each in its own ring. */
export class RecentPackets {
  readonly signalling: EvidenceRing;
  readonly media: EvidenceRing;

  /** `mediaBytes`: so much of each media packet is kept; 0 is all. */
  constructor(bytesMax: number, mediaBytes: number) {
    const bytes = Math.min(bytesMax, RING_BYTES_MAX);
    const signalling = Math.floor(bytes * SIGNALLING_SHARE);
    this.signalling = new EvidenceRing(signalling, SIP_BYTES);
    this.media = new EvidenceRing(
      bytes - signalling,
      mediaBytes > 0 ? Math.min(mediaBytes, RTP_BYTES) : RTP_BYTES,
      mediaBytes > 0 ? mediaBytes : undefined,
    );
  }

  get size(): number {
    return this.signalling.size + this.media.size;
  }

  /** Returns the position in `media`, -1 when it was not kept. */
  addMedia(packet: PacketView): number {
    return this.media.add(packet, NO_KEY, NO_KEY, NO_KEY);
  }

  /** Returns the position in `signalling`, -1 when it was not kept. */
  addSignalling(packet: PacketView, message: SipMessageView, keys: MessageKeys): number {
    const { bytes } = message;
    const from = keys.from.user;
    const to = keys.to.user;
    return this.signalling.add(
      packet,
      keys.callIdKey === 0 ? NO_KEY : key32(keys.callIdKey),
      from.end > from.start ? key32(hash53(bytes, from.start, from.end)) : NO_KEY,
      to.end > to.start ? key32(hash53(bytes, to.start, to.end)) : NO_KEY,
    );
  }

  /** The packet recorded last, when it has that number; else null. */
  latest(number: number): RecentPacket | null {
    for (const ring of [this.signalling, this.media]) {
      const at = ring.newest;
      if (at >= 0 && ring.number(at) === number) return { ring, at };
    }
    return null;
  }
}
