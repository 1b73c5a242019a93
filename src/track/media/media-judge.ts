import type { PacketView } from "../../decode/packet.ts";
import type { Contradiction } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import { PROOF, SUSTAINED } from "../hosts/standing.ts";
import { wayTextOf } from "../hosts/way.ts";
import type { PauseSpoken } from "../rtp/interludes.ts";
import type { RtpSourceTable } from "../rtp/rtp-sources.ts";
import { type SecondSsrc, SSRCS_MAX } from "../rtp/second-ssrc.ts";
import { Watched } from "../rtp/sequence-watch.ts";
import type { MediaParts } from "./media.ts";
import { MediaAim, ssrcText } from "./media-aim.ts";
import type { Feed, MediaEndpoint } from "./media-endpoints.ts";

/** Lowest rate that is reported; below it no audio stream is unusual. */
export const RATE_REPORTED_MIN = 128;
/** Payload types that are audio by RFC 3551 table 4. */
const STATIC_AUDIO_TYPES = new Set([0, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 18]);
/** A mixer passes on an SSRC for each speaker; so many, and none of them for long, is no mixer. */
const MANY_SSRCS = 8;
/** Music on hold from elsewhere may come now and then in a call. */
const PAUSES_MIN = 4;

/** Packets a second of one caller among many at one port: 5 ms packets, and some. */
const CALLER_RATE_MAX = 256;

/** Turns what is wrong with a stream into facts; `event_value` is the balance of the evidence. */
export class MediaJudge {
  readonly #parts: MediaParts;
  readonly #sources: RtpSourceTable;
  readonly #aim: MediaAim;

  constructor(parts: MediaParts, sources: RtpSourceTable) {
    this.#parts = parts;
    this.#sources = sources;
    this.#aim = new MediaAim(parts);
  }

  unannounced(packet: PacketView, received: number): void {
    const event = this.#parts.events.raise(EventKind.RTP_UNANNOUNCED, packet.timeUs, received);
    if (event !== null) this.#aim.atPacket(event, packet, null);
  }

  /** `rate`: packets towards the endpoint within the current second; `from`: who sends most of them, where there are several. */
  rate(
    packet: PacketView,
    receiver: MediaEndpoint | null,
    rate: number,
    payloadType: number,
    from: Feed | null = null,
  ): void {
    if (rate < RATE_REPORTED_MIN || !isPowerOfTwo(rate) || !isAudio(receiver, payloadType)) return;
    if (receiver?.isOverfull === true && rate < CALLER_RATE_MAX * receiver.feeds.length) return;
    const event = this.#parts.events.raise(EventKind.RTP_FLOOD, packet.timeUs, rate);
    if (event === null) return;
    this.#aim.atPacket(event, packet, receiver);
    // The packet that makes the number full may be the victim's peer's.
    if (from === null || from.host === packet.srcHost) return;
    const { dstHost, dstPort } = packet;
    this.#aim.atEnds(event, { srcHost: from.host, srcPort: from.port, dstHost, dstPort });
  }

  /** Somebody writes into one SSRC beside its sender. `ownWay`: how the stream's own packets come. */
  intoSequence(
    packet: PacketView,
    receiver: MediaEndpoint | null,
    shown: Watched,
    count: { packets: number; hasTwoPayloads: boolean; isProven: boolean; ownTtl: number },
  ): void {
    const balance = this.#sequenceBalance(receiver, shown, count);
    if (balance === 0) return;
    const { events } = this.#parts;
    const event = events.raise(EventKind.RTP_SEQUENCE_HIJACK, packet.timeUs, balance);
    if (event === null) return;
    this.#aim.atPacket(event, packet, receiver);
    const isOtherWay = shown === Watched.OTHER_WAY || shown === Watched.OTHER_WAY_EVENTS;
    const evidence: Contradiction[] = [
      {
        what: "sequence numbers of one SSRC",
        expected: "one running sequence",
        seen: `${count.packets} packets between those of the own sequence${shown === Watched.OTHER_WAY_EVENTS ? ", telephone events only" : ""}`,
      },
    ];
    if (shown === Watched.TWO_PAYLOADS || count.hasTwoPayloads) {
      evidence.push({
        what: "payload of one sequence number",
        expected: "the same in each copy",
        seen: "two different ones, again and again",
      });
    }
    event.isForged = isOtherWay;
    evidence.push(isOtherWay ? this.#forged(packet, count.ownTtl) : OWN_WAY);
    event.evidence = evidence;
  }

  /** SSRCs between the packets of the first one (`own`), on one directed flow. */
  secondSsrc(
    packet: PacketView,
    receiver: MediaEndpoint | null,
    own: number,
    seen: { ssrc: number; second: SecondSsrc; isOtherWay: boolean },
  ): void {
    const { events } = this.#parts;
    const { second, isOtherWay } = seen;
    const turns = isOtherWay ? second.byOtherWay : second.byOwnWay;
    const { distinct } = second;
    const isMany =
      distinct >= MANY_SSRCS && 2 * distinct >= Math.min(turns.rivalPackets, 2 * SSRCS_MAX);
    let value = isMany ? 2 : 1;
    if (isOtherWay && second.hasForeignVoice) {
      value = turns.isProven ? value + PROOF : Math.max(value, SUSTAINED);
    }
    const event = events.raise(EventKind.RTP_FOREIGN_SSRC, packet.timeUs, value);
    if (event === null) return;
    this.#aim.atPacket(event, packet, receiver);
    const evidence: Contradiction[] = [
      {
        what: "SSRC",
        expected: ssrcText(this.#sources.ssrc(own)),
        seen: `${ssrcText(seen.ssrc)}, ${turns.rivalPackets} packets between those of the first${isMany ? `, ${distinct} SSRCs${distinct === SSRCS_MAX ? " and more" : ""}` : ""}`,
      },
    ];
    event.isForged = isOtherWay;
    evidence.push(isOtherWay ? this.#forged(packet, this.#sources.ttl(own)) : OWN_WAY);
    event.evidence = evidence;
  }

  /** Proven packets of its source have come by the packet's way. */
  isHostsOwn(packet: PacketView): boolean {
    const { hosts } = this.#parts;
    const host = hosts.source(packet);
    return hosts.hasKnownWay(host) && !hosts.isOtherWay(host, packet);
  }

  /**
   * Somebody spoke by another way while the stream's own sender was silent. With an SSRC of its own, not null, it may be music of the same host, which
   * has two routers.
   */
  inPause(
    packet: PacketView,
    receiver: MediaEndpoint | null,
    { pauses, origin, wayText, isHostsOwn, ssrc }: PauseSpoken & { readonly ssrc: number | null },
  ): void {
    if (!isPowerOfTwo(pauses)) return;
    const isAgain = pauses >= PAUSES_MIN && !(isHostsOwn && ssrc !== null);
    const value = isAgain ? SUSTAINED : ssrc === null ? 2 : 1;
    const kind = ssrc === null ? EventKind.RTP_SEQUENCE_HIJACK : EventKind.RTP_FOREIGN_SSRC;
    const event = this.#parts.events.raise(kind, packet.timeUs, value);
    if (event === null) return;
    this.#aim.atPacket(event, packet, receiver);
    event.isForged = true;
    event.origin = origin;
    event.evidence = [
      {
        what: "the stream's own sender, once somebody else has spoken in its pause",
        expected: "goes on behind his sequence numbers, or never again",
        seen: `goes on by its own way behind its own last number${pauses > 1 ? `, ${pauses} times` : ""}`,
      },
      {
        what: "way of the packets in the pause",
        expected: wayTextOf(packet),
        seen: `address is the stream's own: forged; true sender known by ${wayText}${ssrc === null ? "" : `, ${ssrcText(ssrc)}`}`,
      },
    ];
  }

  #sequenceBalance(
    receiver: MediaEndpoint | null,
    shown: Watched,
    { hasTwoPayloads, isProven }: { hasTwoPayloads: boolean; isProven: boolean },
  ): number {
    const isCrowded = receiver?.isCrowded === true;
    switch (shown) {
      case Watched.OTHER_WAY:
        return isProven ? PROOF + (hasTwoPayloads ? 2 : 1) : SUSTAINED;
      case Watched.OTHER_WAY_EVENTS:
        return 1;
      case Watched.TWO_PAYLOADS:
        return isCrowded ? 0 : 2;
      default:
        return receiver?.isAnnounced === true && !isCrowded ? 1 : 0;
    }
  }

  #forged(packet: PacketView, ownTtl: number): Contradiction {
    const { hosts } = this.#parts;
    const change = hosts.pathChange(hosts.source(packet), packet);
    return {
      what: "way of the packets",
      expected: change?.expected ?? `the stream's own, TTL ${ownTtl}`,
      seen: `address is the stream's own: forged; true sender known by ${wayTextOf(packet)}`,
    };
  }
}

/** MAC and TTL, if they are known, tell no two senders apart: both are behind one router, or there is one. */
const OWN_WAY: Contradiction = {
  what: "way of the packets",
  expected: "the stream's own",
  seen: "no other that shows: its own sender, or somebody in its name",
};

function isPowerOfTwo(value: number): boolean {
  return (value & (value - 1)) === 0;
}

function isAudio(receiver: MediaEndpoint | null, payloadType: number): boolean {
  const owner = receiver?.owner ?? null;
  return owner === null ? STATIC_AUDIO_TYPES.has(payloadType) : owner.kind === "audio";
}
