import { type HostKey, NO_HOST } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { macKey } from "../../decode/mac-twins.ts";
import { isSameTtl } from "../hosts/way.ts";
import type { MediaTracker } from "../media/media.ts";
import type { Feed, MediaEndpoint } from "../media/media-endpoints.ts";
import { isOwnOf, type MediaMark } from "../media/media-marks.ts";
import type { Talk } from "../rtp/host-talks.ts";
import { SourceFlag } from "../rtp/rtp-source-rows.ts";
import type { Way } from "./call-parties.ts";
import type { Call, CallEnd, CallSide } from "./calls.ts";

/** What the media of one side did after a moment. */
export interface MediaSince {
  /** From the moment to its last packet, milliseconds; 0 without a packet. */
  readonly ms: number;
  readonly packets: number;
  /** `address:port` that sent it. */
  readonly endpoint: string;
}

/** What one end of a call has sent after a moment, in flows that ran before it. */
export interface SentAfter {
  readonly packets: number;
  readonly lastUs: number;
  readonly from: MediaEndpoint;
  /** `2 * flow row + direction` of the busiest. */
  readonly directedFlow: number;
}

/** Who spoke with a side of a call before a moment, and what it had sent by now. */
export interface Incumbent {
  readonly host: HostKey;
  readonly port: number;
  /** Handle of its RTP source. */
  readonly source: number;
  readonly received: number;
  readonly atUs: number;
}

/** The one place where signalling asks what the media of a call does. */
export class CallMedia {
  readonly #media: MediaTracker;
  readonly #names: HostNames;

  constructor(media: MediaTracker, names: HostNames) {
    this.#media = media;
    this.#names = names;
  }

  /** What each side has sent so far in the dialog with that callee's tag, to be compared with later. */
  mark(call: Call, tagKey: number): MediaMark {
    const { sources } = this.#media.mark(call);
    const isOfLeg = call.endpoints.map((_, index) => call.isOfLeg(index, tagKey));
    return { sources: sources.filter(({ endpoint }) => isOfLeg[call.endpoints.indexOf(endpoint)]) };
  }

  /** The busiest stream of the side since the mark was made. */
  since(call: Call, side: CallSide, mark: MediaMark, markUs: number): MediaSince {
    const went = this.#media.wentOn(call, side, mark);
    if (went === null) return { ms: 0, packets: 0, endpoint: "" };
    const { packets, host, port } = went;
    const ms = Math.max(0, Math.round((went.lastUs - markUs) / 1000));
    return { ms, packets, endpoint: `${this.#names.text(host)}:${port}` };
  }

  /**
   * What the end has sent since the mark was made, whatever its SSRC and sequence say, from its own addresses to where it had sent
   * before; null when nothing.
   */
  sentAfter(call: Call, end: CallEnd, mark: MediaMark, markUs: number): SentAfter | null {
    const { sources } = this.#media;
    const known = new Map(mark.sources.map(({ source, received }) => [source, received]));
    const flows = new Set(mark.sources.map(({ source }) => this.#flowOf(source)));
    let most: SentAfter | null = null;
    for (const [index, endpoint] of call.endpoints.entries()) {
      if (call.sideOfEndpoint(index) !== end.side || !call.isOfLeg(index, end.tagKey)) continue;
      if (!isOwnOf(endpoint, call)) continue;
      for (const source of endpoint.sending) {
        const slot = sources.slotOf(source);
        const directedFlow = this.#flowOf(source);
        if (slot < 0 || !flows.has(directedFlow)) continue;
        const before = known.get(source) ?? 0;
        const packets = sources.received(slot) - before;
        const lastUs = sources.lastUs(slot);
        if (lastUs <= markUs || packets <= (most?.packets ?? 0)) continue;
        most = { packets, lastUs, from: endpoint, directedFlow };
      }
    }
    return most;
  }

  #flowOf(source: number): number {
    const slot = this.#media.sources.slotOf(source);
    return slot < 0 ? -1 : this.#media.sources.directedFlow(slot);
  }

  /** The call's address that the directed flow goes to; null when it is none. */
  receiverOf(call: Call, directedFlow: number): MediaEndpoint | null {
    const isSent = (feed: Readonly<Feed>) => feed.directedFlow === directedFlow;
    return call.endpoints.find((end) => this.#media.sendersOf(end).some(isSent)) ?? null;
  }

  /** When the end's own endpoints were heard last; 0 when they never were. */
  lastHeardUs(call: Call, { side, tagKey }: CallEnd): number {
    let lastUs = 0;
    const { endpoints } = call;
    for (let index = 0; index < endpoints.length; index++) {
      if (call.sideOfEndpoint(index) !== side || !call.isOfLeg(index, tagKey)) continue;
      const endpoint = endpoints[index] as MediaEndpoint;
      if (!isOwnOf(endpoint, call)) continue;
      lastUs = Math.max(lastUs, this.#media.sources.latestUs(endpoint.sending));
    }
    return lastUs;
  }

  /** The new address has media of another call that is up: direct media between two legs, a conference. */
  isShared(call: Call, { host, port }: { host: HostKey; port: number }): boolean {
    const endpoint = call.endpoints.find((own) => own.host === host && own.port === port);
    return endpoint !== undefined && !isOwnOf(endpoint, call);
  }

  /** Media of the host in that call has come since then, by that way and no other one. */
  comesBy(call: Call, host: HostKey, { mac, ttl, twins }: Way, sinceUs: number): boolean {
    const { sources } = this.#media;
    return call.endpoints.some(
      (endpoint) =>
        endpoint.host === host &&
        endpoint.sending.some((ref) => {
          const slot = sources.slotOf(ref);
          return (
            slot >= 0 &&
            sources.lastUs(slot) > sinceUs &&
            (sources.flags(slot) & SourceFlag.WATCHED) === 0 &&
            isSameTtl(sources.ttl(slot), ttl) &&
            twins.areSame(sources.mac(slot), macKey(mac))
          );
        }),
    );
  }

  /** Whoever sent to the side's addresses, and was sent to from there, before that; null when nobody did. */
  spokeBefore(call: Call, side: CallSide, beforeUs: number, nowUs: number): Incumbent | null {
    const { sources, streams } = this.#media;
    for (const [index, endpoint] of call.endpoints.entries()) {
      if (call.sideOfEndpoint(index) !== side) continue;
      for (const { directedFlow, host, port } of this.#media.sendersOf(endpoint)) {
        if (directedFlow < 0) continue;
        const there = streams.headOf(directedFlow);
        const back = streams.headOf(directedFlow ^ 1);
        if (there < 0 || back < 0) continue;
        if (Math.max(sources.firstUs(there), sources.firstUs(back)) > beforeUs) continue;
        const source = sources.ref(there);
        return { host, port, source, received: sources.received(there), atUs: nowUs };
      }
    }
    return null;
  }

  /** Media of the other side comes to that address. */
  isLedTo(call: Call, side: CallSide, { host, port }: { host: HostKey; port: number }): boolean {
    const { endpoints } = call;
    const there = endpoints.find((end) => end.host === host && end.port === port);
    if (there === undefined) return false;
    const isOthers = (sender: Readonly<Feed>) =>
      endpoints.some(
        (end, index) => call.sideOfEndpoint(index) !== side && end.host === sender.host,
      );
    return this.#media.sendersOf(there).some(isOthers);
  }

  /** The one host with which that one has media both ways, whatever call it is of; null when there is none, or several. */
  talkOf(host: HostKey, nowUs: number): Talk | null {
    return this.#media.streams.talks.of(host, nowUs);
  }

  /** Milliseconds for which both have gone on behind that moment, with so many packets each; 0 when one has not. */
  talkWentOnMs(talk: Talk, sinceUs: number, packets: number): number {
    return Math.round(this.#media.streams.talks.wentOnUs(talk, sinceUs, packets) / 1000);
  }

  /** The way is neither by MAC nor by TTL the one by which the partner's media comes. */
  isOtherWayThan(talk: Talk, { mac, ttl, twins }: Way): boolean {
    const { sources } = this.#media;
    const slot = sources.slotOf(talk.back);
    if (slot < 0 || mac < 0 || isSameTtl(sources.ttl(slot), ttl)) return false;
    return !twins.areSame(sources.mac(slot), macKey(mac));
  }

  /** What the incumbent has sent since it was found. */
  sinceOf({ atUs, host, port, received, source }: Incumbent): MediaSince {
    const { sources } = this.#media;
    const slot = sources.slotOf(source);
    const endpoint = `${this.#names.text(host)}:${port}`;
    if (slot < 0) return { ms: 0, packets: 0, endpoint };
    const ms = Math.max(0, Math.round((sources.lastUs(slot) - atUs) / 1000));
    return { ms, packets: sources.received(slot) - received, endpoint };
  }

  /** Media went both ways since the call was answered. */
  hasBothWays(call: Call): boolean {
    let sides = 0;
    for (const [index, endpoint] of call.endpoints.entries()) {
      if (!isOwnOf(endpoint, call)) continue;
      const side = call.sideOfEndpoint(index);
      if (this.#media.sources.latestUs(endpoint.sending) > call.answeredUs) sides |= 1 << side;
    }
    return sides === 3;
  }

  /**
   * The side's media comes from that host now (NO_HOST: from any new one), and its own endpoints fell
   * silent as that began: a party that moved takes its stream along. A party falls silent for itself too (on
   * hold, between two words), so the new stream must be the old one, or be answered.
   */
  movedTo(call: Call, side: CallSide, host: HostKey, withinUs: number): boolean {
    let ownUs = 0;
    let startUs = 0;
    const own = call.endpoints.filter((_, index) => call.sideOfEndpoint(index) === side);
    for (const endpoint of own) {
      if (endpoint.host !== host)
        ownUs = Math.max(ownUs, this.#media.sources.latestUs(endpoint.sending));
    }
    for (const [index, endpoint] of call.endpoints.entries()) {
      if (call.sideOfEndpoint(index) === side) continue;
      for (const feed of this.#media.sendersOf(endpoint)) {
        const isFromThere =
          host === NO_HOST
            ? !own.some((old) => old.host === feed.host && old.port === feed.port)
            : feed.host === host;
        if (isFromThere && this.#isHeir(feed, own)) startUs = Math.max(startUs, feed.firstUs);
      }
    }
    return ownUs > 0 && startUs > 0 && ownUs < startUs + withinUs;
  }

  /** Media goes back to where the feed comes from, or it has the SSRC of an endpoint that it replaces. */
  #isHeir({ directedFlow }: Feed, own: readonly MediaEndpoint[]): boolean {
    const { streams, sources } = this.#media;
    if (directedFlow < 0) return false;
    if (streams.headOf(directedFlow ^ 1) >= 0) return true;
    const head = streams.headOf(directedFlow);
    if (head < 0) return false;
    return own.some(({ sending }) =>
      sending.some((ref) => {
        const source = sources.slotOf(ref);
        return source >= 0 && source !== head && sources.ssrc(source) === sources.ssrc(head);
      }),
    );
  }
}
