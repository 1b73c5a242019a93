import { DelayQueue } from "../../base/delay-queue.ts";
import type { MacTwins } from "../../decode/mac-twins.ts";
import type { PacketView } from "../../decode/packet.ts";
import { EventKind } from "../facts/event-kind.ts";
import { SeenPacket } from "../facts/packet-origin.ts";
import type { RtpSourceTable } from "../rtp/rtp-sources.ts";
import type { MediaParts } from "./media.ts";
import { MediaAim } from "./media-aim.ts";
import type { ClaimingCall } from "./media-claim.ts";
import { type Feed, type MediaEndpoint, Trust } from "./media-endpoints.ts";
import type { MediaFlows } from "./media-flows.ts";
import { isSameStream, isSentTo, isStranger } from "./media-strangers.ts";

/** A session description that moves the media comes before it, or within this. */
const WAIT_US = 2_500_000;
const WAITING_MAX = 512;
/** Half a second of audio: a few packets that went astray are no stream. */
const PACKETS_MIN = 25;

export interface HeldParts {
  readonly sources: RtpSourceTable;
  readonly flows: MediaFlows;
  /** First RTP source of a directed flow; -1 when there is none. */
  readonly headOf: (directedFlow: number) => number;
}

/** Who sends to an address whose call is on hold, and whose own sender is silent. */
interface Newcomer {
  readonly receiver: MediaEndpoint;
  readonly call: ClaimingCall;
  readonly feed: Feed;
  readonly own: Feed;
  readonly origin: SeenPacket;
  readonly twins: MacTwins;
}

/**
 * Media to an address whose call is on hold (RFC 3264 8.4): its own sender is silent, so nobody is there to take turns with. Music
 * comes from the call's own hosts, from those that a session description names, or from a player of the site. A host of another network is
 * none of them: a single sign, as providers have players elsewhere, too.
 */
export class HeldMedia {
  readonly #parts: MediaParts;
  readonly #own: HeldParts;
  readonly #aim: MediaAim;
  readonly #waiting = new DelayQueue<Newcomer>(WAIT_US, WAITING_MAX);

  constructor(parts: MediaParts, own: HeldParts) {
    this.#parts = parts;
    this.#own = own;
    this.#aim = new MediaAim(parts);
  }

  /** The first packet of `feed` since `own`, who was named, fell silent. */
  begin(packet: PacketView, receiver: MediaEndpoint, feed: Feed, own: Feed): void {
    const call = receiver.ownerCall;
    if (call === null || !isOnHold(call)) return;
    const { hosts, names } = this.#parts;
    hosts.source(packet);
    hosts.destination(packet);
    if (!isStranger(names, receiver, feed, own)) return;
    this.#waiting.push(
      { receiver, call, feed, own, origin: new SeenPacket(packet), twins: packet.macTwins },
      packet.timeUs,
    );
  }

  isDue(nowUs: number): boolean {
    return this.#waiting.isDue(nowUs);
  }

  advance(nowUs: number): void {
    const { events } = this.#parts;
    while (!events.isHalfFull) {
      const due = this.#waiting.takeDue(nowUs);
      if (due === undefined) break;
      this.#due(due, nowUs);
    }
  }

  #due(newcomer: Newcomer, nowUs: number): void {
    const { call, feed, origin, own, receiver, twins } = newcomer;
    const { events, names } = this.#parts;
    const { flows, headOf, sources } = this.#own;
    const packets = flows.packets(feed);
    if (packets < PACKETS_MIN || feed.trust > Trust.SOLE) return;
    if (receiver.ownerCall !== call || !call.isLive || !isOnHold(call)) return;
    // Who is answered has taken the media over, of a phone that has moved.
    if (isSentTo(sources, headOf, feed, { others: flows.feedsOf(receiver), twins })) return;
    if (isSameStream(sources, headOf, feed, own)) return;
    const event = events.raise(EventKind.RTP_FOREIGN_SOURCE, nowUs, 1);
    if (event === null) return;
    const { host: dstHost, port: dstPort } = receiver;
    this.#aim.atEnds(event, { srcHost: feed.host, srcPort: feed.port, dstHost, dstPort });
    event.origin = origin;
    event.subject = this.#aim.subjectOf(receiver, dstHost, dstPort);
    event.evidence = [
      {
        what: "media source while the call is on hold",
        expected: `${names.text(own.host)}:${own.port}, or none`,
        seen: `${names.text(feed.host)}:${feed.port}, ${packets} packets, in no session description and of none of the call's networks`,
      },
    ];
  }
}

/** A side has said that it sends, or receives, nothing for now. */
function isOnHold(call: ClaimingCall): boolean {
  return call.endpoints.some(({ owner }) => owner?.call === call && !owner.isMutual);
}
