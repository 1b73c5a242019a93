import { type HostKey, isMulticastV4Host } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";
import { CALLEE, CALLER } from "../calls/calls.ts";
import { Rank } from "../hosts/standing.ts";
import { isAside, isTelephoneEvent } from "../rtp/rtp-aside.ts";
import { COPIES_MIN, Compared, CopyRing } from "../rtp/rtp-copies.ts";
import type { RtpSourceTable } from "../rtp/rtp-sources.ts";
import { Turns } from "../rtp/turns.ts";
import { type ForeignKeys, KeySign } from "./foreign-keys.ts";
import type { ForeignSources } from "./foreign-sources.ts";
import type { IcePairs } from "./ice-pairs.ts";
import type { MediaParts } from "./media.ts";
import {
  type Feed,
  type MediaEndpoint,
  type MediaEndpointTable,
  Trust,
} from "./media-endpoints.ts";
import type { MediaFlows } from "./media-flows.ts";
import { isSentTo } from "./media-strangers.ts";

/** A sender that nobody named is believed to be the stream's own after this many packets. */
const OWN_PACKETS_MIN = 8;
/** The own sender's packets are remembered while a rival was heard within this. */
const RIVAL_US = 1_000_000;
/** Music on hold from elsewhere may come now and then in a call. */
const PAUSES_MIN = 4;

export interface FeedParts {
  readonly keys: ForeignKeys;
  readonly endpoints: MediaEndpointTable;
  readonly sources: RtpSourceTable;
  readonly flows: MediaFlows;
  readonly ice: IcePairs;
  readonly foreign: ForeignSources;
}

/** Whether those who send to an endpoint have any business there (RFC 3264 5.1, RFC 8445, RFC 4961). */
export class MediaFeeds {
  readonly #parts: MediaParts;
  readonly #own: FeedParts;

  constructor(parts: MediaParts, own: FeedParts) {
    this.#parts = parts;
    this.#own = own;
  }

  /** A packet to an endpoint that has several senders. */
  packet(
    packet: PacketView,
    rtp: RtpHeaderView | null,
    receiver: MediaEndpoint,
    at: { directedFlow: number; feed: Feed },
  ): void {
    const { feed } = at;
    if (isMulticastV4Host(receiver.host)) return;
    const { flows } = this.#own;
    const nowUs = packet.timeUs;
    this.#trust(packet, receiver, feed);
    const own = this.#bestOther(receiver, feed, nowUs);
    if (own === null) {
      // Everybody better fell silent: this one goes on in their place.
      if (feed.trust === Trust.NONE) this.#handOver(receiver, feed);
      if (feed.trust === Trust.SOLE) this.#inPause(packet, rtp, receiver, feed);
      this.#goesOn(packet, rtp, receiver, at);
      return;
    }
    if (!isBelow(feed, own) || this.#isShare(rtp, feed, own)) {
      this.#goesOn(packet, rtp, receiver, at);
      return;
    }
    if (own.trust === Trust.SOLE && flows.packets(own) < OWN_PACKETS_MIN) return;
    if (this.#isCopy(packet, rtp, receiver, feed)) return;
    if (this.#isAsideOfHost(packet, rtp, receiver, feed, own)) return;
    this.#keys(packet, rtp, receiver, { feed, own });
    const rivalry = receiver.makeRivalry();
    rivalry.turns ??= new Turns(true);
    const call = receiver.ownerCall;
    // Anybody can name an address in an offer: only the host that takes part itself waits for an answer.
    const isEarly =
      call !== null &&
      call.rank < Rank.ACCEPTED &&
      call.isPartial !== true &&
      call.parties.wasHeard(receiver.host);
    // What two gateways of a fork did before the answer proves nothing about the time after it.
    if (rivalry.isEarly && !isEarly) rivalry.turns.withdraw();
    rivalry.isEarly = isEarly;
    if (isEarly) rivalry.wasEarly = true;
    if (rivalry.turns.rival(nowUs)) this.#own.foreign.seen(packet, receiver, feed, own);
  }

  /**
   * A phone with two networks shares its stream out over both: what one address brings the other one lacks. Who has read its ICE password and has his
   * check answered lacks nothing, and nor does it.
   */
  #isShare(rtp: RtpHeaderView | null, feed: Feed, own: Feed): boolean {
    if (rtp === null || feed.trust !== Trust.CHECKED) return false;
    const mine = this.#sourceOf(feed, rtp.ssrc);
    const theirs = this.#sourceOf(own, rtp.ssrc);
    if (mine < 0 || theirs < 0) return false;
    const { sources } = this.#own;
    return 2 * sources.lost(theirs) >= sources.received(mine);
  }

  /** The RTP source of that SSRC; -1 when the sender has none. */
  #sourceOf({ directedFlow }: Feed, ssrc: number): number {
    if (directedFlow < 0) return -1;
    const { foreign, sources } = this.#own;
    let source = foreign.headOf(directedFlow);
    while (source >= 0 && sources.ssrc(source) !== ssrc) source = sources.next(source);
    return source;
  }

  /** Gateways send events and comfort noise from another port of theirs, too. */
  #isAsideOfHost(
    packet: PacketView,
    rtp: RtpHeaderView | null,
    receiver: MediaEndpoint,
    feed: Feed,
    own: Feed,
  ): boolean {
    if (rtp === null || feed.host !== own.host) return false;
    return isAside(rtp, receiver.owner?.roles ?? null) && !this.#isForged(packet);
  }

  /** Telephone events of somebody who is no party, beside a sender that was named. */
  #keys(
    packet: PacketView,
    rtp: RtpHeaderView | null,
    receiver: MediaEndpoint,
    { feed, own }: { feed: Feed; own: Feed },
  ): void {
    if (rtp === null || feed.trust > Trust.SOLE || own.trust <= Trust.SOLE) return;
    if (isTelephoneEvent(rtp, receiver.owner?.roles ?? null)) {
      this.#own.keys.rival(packet, rtp, KeySign.ADDRESS);
    }
  }

  /** A packet of the endpoint's own sender. */
  #goesOn(
    packet: PacketView,
    rtp: RtpHeaderView | null,
    receiver: MediaEndpoint,
    { directedFlow, feed }: { directedFlow: number; feed: Feed },
  ): void {
    const { rivalry } = receiver;
    this.#own.keys.own(packet, receiver);
    if (rivalry === null) return;
    const { turns, copies, inPause } = rivalry;
    const nowUs = packet.timeUs;
    if (inPause !== null && inPause !== feed && feed.trust >= Trust.PARTY) {
      rivalry.inPause = null;
      rivalry.pauses++;
    }
    if (rtp !== null && copies !== null && nowUs - copies.rivalUs < RIVAL_US) {
      copies.ownSsrc = rtp.ssrc;
      const compared = copies.compare(packet, rtp, directedFlow);
      const other = this.#own.flows
        .feedsOf(receiver)
        .find((sender) => sender.directedFlow === copies.otherFlow);
      // Before a NAT the copy comes first, and was the only sender for a moment.
      if (other !== undefined && other.trust < Math.max(feed.trust, Trust.SOLE)) {
        if (compared === Compared.COPY) {
          other.copies++;
          turns?.takeBack();
        } else if (compared === Compared.CONFLICT) {
          // It speaks for itself now, and is no copy any more.
          if (other.copies >= COPIES_MIN) turns?.rival(nowUs);
          other.copies = 0;
        }
      }
    }
    turns?.own(nowUs);
  }

  /** True for a packet that the own sender brought, too, or one of such a sender that the mirror lost once. */
  #isCopy(
    packet: PacketView,
    rtp: RtpHeaderView | null,
    receiver: MediaEndpoint,
    feed: Feed,
  ): boolean {
    if (rtp === null || feed.directedFlow < 0) return false;
    const rivalry = receiver.makeRivalry();
    rivalry.copies ??= new CopyRing();
    const { copies } = rivalry;
    copies.rivalUs = packet.timeUs;
    const compared = copies.compare(packet, rtp, feed.directedFlow);
    if (compared === Compared.COPY) {
      feed.copies++;
      return true;
    }
    return compared === Compared.NEW && feed.copies >= COPIES_MIN && rtp.ssrc === copies.ownSsrc;
  }

  /** How well the sender of `feed` is known now. */
  trustOf(feed: { host: HostKey; port: number }, receiver: MediaEndpoint): Trust {
    const { endpoints, ice } = this.#own;
    const sender = endpoints.find(feed.host, feed.port);
    const { claims, owner } = receiver;
    const named = sender?.claims ?? null;
    if (claims !== null && named !== null && claims.isSharedWith(named, receiver.host)) {
      return Trust.OWN;
    }
    // Of all calls that meet at one port not each is kept here, but each knows its own address.
    const caller = named?.owner ?? null;
    if (claims?.isOverfull === true && caller !== null) {
      const side = caller.side === CALLER ? CALLEE : CALLER;
      if (claims.isSpokenForBy(caller.call, side, receiver.host)) return Trust.OWN;
    }
    // Where nobody was named a check says little: anybody can write it, and nobody has seen the password.
    const usesIce = claims !== null && (owner?.hasIce === true || named?.owner?.hasIce === true);
    if (usesIce && ice.isProven(feed.host, feed.port, receiver.host, receiver.port)) {
      return Trust.CHECKED;
    }
    if (owner?.call.parties.has(feed.host) === true) return Trust.PARTY;
    return Trust.NONE;
  }

  #trust(packet: PacketView, receiver: MediaEndpoint, feed: Feed): void {
    const { announcements } = this.#own.endpoints;
    if (feed.judgedAt !== announcements) {
      feed.judgedAt = announcements;
      let trust = this.trustOf(feed, receiver);
      if (trust === Trust.PARTY && this.#isForged(packet)) trust = Trust.NONE;
      // Who was named once goes on as the stream's own sender until it falls silent.
      const least = feed.trust > Trust.PARTY ? Trust.SOLE : feed.trust;
      feed.trust = trust === Trust.NONE ? least : trust;
    }
    if (receiver.isAnnounced || feed.trust > Trust.SOLE) return;
    if (this.#belongsUnnamed(packet, receiver, feed)) feed.trust = Trust.PARTY;
  }

  /** Without signalling who is answered or named belongs, and so does another port of the own sender's host. */
  #belongsUnnamed(packet: PacketView, receiver: MediaEndpoint, feed: Feed): boolean {
    const { endpoints, flows, foreign, sources } = this.#own;
    const others = flows.feedsOf(receiver);
    if (isSentTo(sources, foreign.headOf, feed, { others, twins: packet.macTwins })) return true;
    if (endpoints.find(feed.host, feed.port)?.isAnnounced === true) return true;
    const isOwnHost = others.some(
      (other) => other !== feed && other.host === feed.host && other.trust > Trust.NONE,
    );
    return isOwnHost && !this.#isForged(packet);
  }

  #isForged(packet: PacketView): boolean {
    const { hosts } = this.#parts;
    return hosts.pathChange(hosts.source(packet), packet) !== null;
  }

  /** The best trusted sender beside this one that sends now; null when there is none. */
  #bestOther(receiver: MediaEndpoint, feed: Feed, nowUs: number): Feed | null {
    let best: Feed | null = null;
    for (const other of this.#own.flows.feedsOf(receiver)) {
      if (other === feed || other.trust === Trust.NONE) continue;
      if (best !== null && other.trust <= best.trust) continue;
      if (this.#own.flows.isActive(other, nowUs)) best = other;
    }
    return best;
  }

  #handOver(receiver: MediaEndpoint, feed: Feed): void {
    for (const other of this.#own.flows.feedsOf(receiver)) {
      if (other.trust === Trust.SOLE) other.trust = Trust.NONE;
    }
    feed.trust = Trust.SOLE;
    receiver.rivalry?.turns?.withdraw();
  }

  /** Who takes over for good is not followed by the one before it; who waits for its pauses is, again and again. */
  #inPause(
    packet: PacketView,
    rtp: RtpHeaderView | null,
    receiver: MediaEndpoint,
    feed: Feed,
  ): void {
    const rivalry = receiver.makeRivalry();
    const isKey = rtp !== null && isTelephoneEvent(rtp, receiver.owner?.roles ?? null);
    if (rivalry.inPause === feed && !isKey) return;
    rivalry.inPause = feed;
    const feeds = this.#own.flows.feedsOf(receiver);
    // Who was the only sender until now has not been judged.
    const own = feeds.find(
      (other) => other !== feed && this.trustOf(other, receiver) >= Trust.PARTY,
    );
    if (own === undefined) return;
    // They are told once the own sender goes on: who has moved is its heir.
    if (isKey) this.#own.keys.rival(packet, rtp, KeySign.ADDRESS);
    this.#own.foreign.held.begin(packet, receiver, feed, own);
    if (rivalry.pauses >= PAUSES_MIN) this.#own.foreign.inPauses(packet, receiver, feed, own);
  }
}

/** Less is known of the first one; of two that only have had a check answered the later one may be anybody. */
function isBelow(feed: Feed, own: Feed): boolean {
  if (feed.trust !== own.trust) return feed.trust < own.trust;
  return feed.trust === Trust.CHECKED && feed.firstUs > own.firstUs;
}
