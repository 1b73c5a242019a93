import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { CallSide } from "../calls/calls.ts";
import type { Claim, ClaimingCall } from "./media-claim.ts";
import { Claims } from "./media-claims.ts";
import { Rivalry } from "./media-rivalry.ts";

/** Senders towards one endpoint that are told apart; more than these are all the same flood. */
const FEEDS_MAX = 16;
/** RTP sources whose sender is this endpoint. */
const SENDING_MAX = 16;

/** How well a sender is known to belong to the endpoint that it sends to. */
export const Trust = {
  NONE: 0,
  /** It was the first and only one, or goes on where the one before fell silent (symmetric NAT, roaming). */
  SOLE: 1,
  /** It is a host of the call, at a port that nobody named. */
  PARTY: 2,
  /**
   * Its ICE check was answered, and no session description names it (RFC 8445 7.3.1.3): behind a NAT, or on another network. What a sensor can
   * read of ufrag and password others have read, too.
   */
  CHECKED: 3,
  /** Named by a call of the endpoint; of a call that nobody described, proven by an ICE check. */
  OWN: 4,
} as const;
export type Trust = (typeof Trust)[keyof typeof Trust];

/**
 * One directed flow into an endpoint. While the flow lives, its time and count are kept by
 * `MediaFlows`, where a packet finds them without touching this object.
 */
export interface Feed {
  /** `2 * flow row + direction`; -1 once the flow has ended. */
  directedFlow: number;
  readonly host: HostKey;
  readonly port: number;
  trust: Trust;
  /** State of all announcements when `trust` was asked last. */
  judgedAt: number;
  readonly firstUs: number;
  /** Of a flow that has ended. */
  lastUs: number;
  packets: number;
  /** Its packets that another sender brought, too. */
  copies: number;
}

const NO_FEEDS: readonly Feed[] = [];
const NO_FLOW = -1;
const NO_SOURCE = -1;
const NO_SOURCES: readonly number[] = [];
const US_PER_S = 1_000_000;

/**
 * A transport address that receives media: announced by SDP, or found by its stream. It is its own list of claims, and the first
 * of them: there are many, and each object costs.
 */
export class MediaEndpoint extends Claims {
  readonly host: HostKey;
  readonly port: number;
  /** Those who have sent here, without the one of `soleFlow`; `MediaFlows.sendersOf` gives all. */
  feeds: readonly Feed[] = NO_FEEDS;
  /** The directed flow that alone has ever sent here; `MediaFlows` knows all about it, and no `Feed` is made. -1: none. */
  soleFlow = NO_FLOW;
  /** What is only kept of it once several have sent here. */
  #rivalry: Rivalry | null = null;
  /** Handle of the RTP source that sends from this address, or of several. */
  #sending: number | readonly number[] = NO_SOURCE;
  #lastS = 0;

  constructor(host: HostKey, port: number) {
    super();
    this.host = host;
    this.port = port;
  }

  override add(claim: Claim): void {
    this.isOverfull ||= this.isFullOf(this.host);
    super.add(claim);
  }

  /** The calls that name the address; null when no signalling announced it. */
  get claims(): Claims | null {
    return this.owner === null ? null : this;
  }

  get isAnnounced(): boolean {
    return this.owner !== null;
  }

  /** The call whose address it is; null when no signalling announced it. */
  get ownerCall(): ClaimingCall | null {
    return this.call;
  }

  get ownerSide(): CallSide | null {
    return this.owner?.side ?? null;
  }

  /** An audio stream, and no agreement that there is another one beside it. */
  get isSingleAudio(): boolean {
    const owner = this.owner;
    if (owner === null || owner.kind !== "audio" || owner.isShared) return false;
    return !this.isCrowded;
  }

  /** About when media was received or sent here last: to the second. */
  get lastUs(): number {
    return this.#lastS * US_PER_S;
  }

  set lastUs(lastUs: number) {
    this.#lastS = Math.floor(lastUs / US_PER_S);
  }

  /** Null while there was no rival. */
  get rivalry(): Rivalry | null {
    return this.#rivalry;
  }

  /** Several have sent here: what is kept of that, made when new. */
  makeRivalry(): Rivalry {
    this.#rivalry ??= new Rivalry();
    return this.#rivalry;
  }

  /** Handles of the RTP sources that send from this address. Allocates. */
  get sending(): readonly number[] {
    if (typeof this.#sending !== "number") return this.#sending;
    return this.#sending === NO_SOURCE ? NO_SOURCES : [this.#sending];
  }

  /** `lastUsOf` tells when a feed was heard last. */
  addFeed(feed: Feed, lastUsOf: (feed: Feed) => number): void {
    const { feeds } = this;
    if (feeds.length < FEEDS_MAX) {
      // A list that is pushed to takes room for 17; there are many endpoints, most with one feed.
      this.feeds = feeds.concat(feed);
      return;
    }
    // Strangers make room first, so that no crowd of them pushes the stream's own sender out.
    let victim = -1;
    for (const [i, old] of feeds.entries()) {
      if (old.trust > feed.trust && feed.firstUs - lastUsOf(old) < 5_000_000) continue;
      const best = feeds[victim];
      if (best === undefined || old.trust < best.trust || lastUsOf(old) < lastUsOf(best))
        victim = i;
    }
    if (victim >= 0) this.feeds = feeds.toSpliced(victim, 1).concat(feed);
  }

  addSending(source: number): void {
    const sending = this.#sending;
    if (sending === source) return;
    if (typeof sending !== "number") {
      if (sending.includes(source)) return;
      this.#sending = sending.slice(1 - SENDING_MAX).concat(source);
    } else this.#sending = sending === NO_SOURCE ? source : [sending, source];
  }
}

/**
 * Endpoints by transport address; bounded. Full: the oldest of those goes that no answered call names and
 * no answered stream runs at, so a flood of offers takes nothing from calls.
 */
export class MediaEndpointTable {
  readonly map: KeyMap<MediaEndpoint>;
  /** Grows with every announcement, so that flows know when to look again; never 0. */
  announcements = 1;

  constructor(capacity: number) {
    this.map = new KeyMap(capacity);
  }

  find(host: HostKey, port: number): MediaEndpoint | undefined {
    return this.map.get(combine53(host, port));
  }

  /** The endpoint of that address, made when new. */
  at(host: HostKey, port: number): MediaEndpoint {
    const key = combine53(host, port);
    let endpoint = this.map.get(key);
    if (endpoint === undefined) {
      endpoint = new MediaEndpoint(host, port);
      this.map.set(key, endpoint);
    }
    return endpoint;
  }

  /** An answered call names it, or media runs both ways: strangers go first from now on. */
  promote(endpoint: MediaEndpoint): void {
    this.map.promote(combine53(endpoint.host, endpoint.port));
  }

  /** It is in use: others of its kind go first. */
  touch(endpoint: MediaEndpoint, timeUs: number): void {
    endpoint.lastUs = timeUs;
    this.map.touch(combine53(endpoint.host, endpoint.port));
  }

  /** Nobody names it any more, and nothing was ever sent there. */
  dropUnused(endpoint: MediaEndpoint): void {
    if (endpoint.owner === null && endpoint.soleFlow < 0 && endpoint.feeds.length === 0) {
      this.map.delete(combine53(endpoint.host, endpoint.port));
    }
  }
}
