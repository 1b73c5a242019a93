import { combine53, hash53 } from "../../base/hash.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";

/** Packets remembered, of all senders to one endpoint: a tenth of a second and more of two streams. */
const RING = 16;
/** A feed that has brought so many copies is the same stream before or behind a NAT or relay. */
export const COPIES_MIN = 8;
const NONE = -1;

/** How a packet compares with those of the other senders to its endpoint. */
export const Compared = {
  NEW: 0,
  /** The same SSRC, sequence number and payload came from another address already. */
  COPY: 1,
  /** The same SSRC and sequence number with another payload. */
  CONFLICT: 2,
} as const;
export type Compared = (typeof Compared)[keyof typeof Compared];

/**
 * The last packets that reached one endpoint by several senders. A mirror on both sides of a NAT shows each
 * packet twice, from two addresses: the second sender is a copy and nobody's rival. Nobody who has not heard
 * the stream can send its payload, and whoever repeats what he heard adds nothing to it.
 */
export class CopyRing {
  /** When a sender that is not the endpoint's own was heard last. */
  rivalUs = 0.5;
  /** SSRC of the latest packet of the endpoint's own sender. */
  ownSsrc = 0;
  /** Directed flow of the copied or contradicted packet; -1 when the packet was new. */
  otherFlow = NONE;
  readonly #flows = new Int32Array(RING).fill(NONE);
  readonly #ssrcs = new Int32Array(RING);
  readonly #sequences = new Uint16Array(RING);
  readonly #signatures = new Int32Array(RING);
  #next = 0;

  /** Compares a packet of `directedFlow` with the last ones of other flows, and remembers it. */
  compare(packet: PacketView, rtp: RtpHeaderView, directedFlow: number): Compared {
    const signature = signatureOf(packet, rtp);
    const ssrc = rtp.ssrc | 0;
    let compared: Compared = Compared.NEW;
    this.otherFlow = NONE;
    for (let i = 0; i < RING; i++) {
      if (this.#ssrcs[i] !== ssrc || this.#sequences[i] !== rtp.sequenceNumber) continue;
      const flow = this.#flows[i] as number;
      if (flow === directedFlow || flow === NONE) continue;
      this.otherFlow = flow;
      compared = this.#signatures[i] === signature ? Compared.COPY : Compared.CONFLICT;
      if (compared === Compared.COPY) break;
    }
    const at = this.#next;
    this.#next = (at + 1) % RING;
    this.#flows[at] = directedFlow;
    this.#ssrcs[at] = ssrc;
    this.#sequences[at] = rtp.sequenceNumber;
    this.#signatures[at] = signature;
    return compared;
  }
}

/**
 * Of a packet's timestamp, length, payload type and all of its payload: equal in copies, whatever way they took. Who is on the path
 * and hears the stream must not be able to speak in it as its copy, so no byte is left out, and nobody can prepare two that are equal.
 */
export function signatureOf(packet: PacketView, rtp: RtpHeaderView): number {
  const { payloadType, timestamp } = rtp;
  const header = 128 * packet.payloadWireLength + payloadType;
  return (
    combine53(hash53(packet.bytes, rtp.payloadStart, rtp.payloadEnd, timestamp >>> 0), header) | 0
  );
}
