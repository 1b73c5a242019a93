import { KeyMap } from "../../base/key-map.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";

/** Streams whose last key is remembered. */
const STREAMS_MAX = 4096;
/** A key that is held for half a second has some 25 packets; numbers are remembered as bits. */
const NUMBERS_MAX = 32;
/** So many of one key's numbers are no fault of the network: it repeats and reorders packets, and never makes others of them. */
const CONFLICTS_MIN = 3;
/** A number comes round again after 65,536 packets; this long after a key nothing is about it any more. */
const FORGET_US = 2_000_000;
/** Packets that carry a key, in clear and with the usual tags of SRTP (RFC 3711, RFC 6188): 4, 8 and 14 bytes. */
const LENGTHS = (1 << 4) | (1 << 8) | (1 << 14);

/** Looks at so little that each packet of a stream may be asked. */
export function mayBeKey(bytes: number): boolean {
  return bytes <= 14 && ((LENGTHS >>> bytes) & 1) === 1;
}

interface Key {
  timestamp: number;
  /** Number of its first packet, and which of the ones from there on it has had. */
  first: number;
  numbers: number;
  conflicts: number;
  /** No packet of the stream had come twice when the key began. */
  isExact: boolean;
  lastUs: number;
}

/**
 * Keys (telephone events, RFC 4733) by the very way, SSRC and addresses of a stream. Its sender counts voice and keys by one sequence
 * (RFC 4733 2.2.1). Who writes keys into it has to take numbers that the sender uses, too, as it does not know of them.
 */
export class OwnKeys {
  readonly #keys = new KeyMap<Key>(STREAMS_MAX);

  /** Nothing is remembered: no packet need be asked about. */
  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  /**
   * A packet of a key. `lost` of the stream, negative by what came twice; `isLate`: behind the highest number, so that where nothing is
   * lost, it is one that came before. True when enough numbers of this key were used twice.
   */
  key(
    stream: number,
    rtp: RtpHeaderView,
    {
      isLate,
      lost,
      nowUs,
    }: { readonly isLate: boolean; readonly lost: number; readonly nowUs: number },
  ): boolean {
    const { sequenceNumber, timestamp } = rtp;
    let key = this.#keys.get(stream);
    const isNew =
      key === undefined || key.timestamp !== timestamp || nowUs - key.lastUs > FORGET_US;
    if (key === undefined || isNew) {
      const isExact = lost >= -1;
      const numbers = { timestamp, first: sequenceNumber, numbers: 0, conflicts: 0 };
      key = { ...numbers, isExact, lastUs: nowUs };
      this.#keys.set(stream, key);
      this.#keys.touch(stream);
    }
    key.lastUs = nowUs;
    const at = (sequenceNumber - key.first) & 0xffff;
    if (at >= NUMBERS_MAX) return false;
    const bit = 1 << at;
    if ((key.numbers & bit) !== 0) return false;
    key.numbers |= bit;
    const isTaken = isLate && lost < 0 && key.isExact;
    return isTaken && ++key.conflicts === CONFLICTS_MIN;
  }

  /** A packet of voice out of order. True when enough numbers of the last key were used twice. */
  voice(stream: number, rtp: RtpHeaderView, nowUs: number): boolean {
    const key = this.#keys.get(stream);
    if (key === undefined || nowUs - key.lastUs > FORGET_US) return false;
    const at = (rtp.sequenceNumber - key.first) & 0xffff;
    if (at >= NUMBERS_MAX || (key.numbers & (1 << at)) === 0) return false;
    // Once is enough: copies of the packet say nothing more.
    key.numbers &= ~(1 << at);
    return ++key.conflicts === CONFLICTS_MIN;
  }
}
