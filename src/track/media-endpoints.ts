import { BoundedMap } from "../base/bounded-map.ts";
import { combine53 } from "../base/hash.ts";
import type { HostKey } from "../decode/host.ts";
import type { Call, CallSide } from "./calls.ts";

/** Senders towards one endpoint that are told apart; more than these are all the same flood. */
const FEEDS_MAX = 16;
/** RTP sources whose sender is this endpoint. */
const SENDING_MAX = 16;

/**
 * One directed flow into an endpoint. While the flow lives, its time and count are kept by
 * `MediaPaths`, where a packet finds them without touching this object.
 */
export interface Feed {
  /** `2 * flow slot + direction`; -1 once the flow has ended. */
  path: number;
  readonly host: HostKey;
  readonly port: number;
  /** The other side announced it, or it is the first one and nobody was announced. */
  isTrusted: boolean;
  readonly isAnnounced: boolean;
  readonly firstUs: number;
  /** Of a flow that has ended. */
  lastUs: number;
  packets: number;
}

const NO_FEEDS: readonly Feed[] = [];
const NO_SOURCES: readonly number[] = [];

/** A transport address that receives media: announced by SDP, or found by its stream. */
export class MediaEndpoint {
  readonly host: HostKey;
  readonly port: number;
  /** Null when no signalling announced it. */
  call: Call | null = null;
  side: CallSide = 0;
  kind: "audio" | "video" | "other" = "other";
  /** Several streams share it by agreement (BUNDLE, ssrc-group). */
  isShared = false;
  isAnnounced = false;
  /** No session description of its call said that media goes one way (RFC 8866 6.7). */
  isMutual = true;
  /** ICE finds addresses that SDP does not name (RFC 8445 7.3.1.3), so nobody is foreign here. */
  hasIce = false;
  feeds: readonly Feed[] = NO_FEEDS;
  /** Slots of RTP sources that send from this address. */
  sending: readonly number[] = NO_SOURCES;
  /** Packets in the current second, for the rate; with one feed only, `MediaPaths` counts them. */
  windowStartUs = 0.5;
  windowPackets = 0;

  constructor(host: HostKey, port: number) {
    this.host = host;
    this.port = port;
  }

  /** `lastUsOf` tells when a feed was heard last. */
  addFeed(feed: Feed, lastUsOf: (feed: Feed) => number): void {
    const { feeds } = this;
    if (feeds.length < FEEDS_MAX) {
      // A list that is pushed to takes room for 17; there are many endpoints, most with one feed.
      this.feeds = feeds.concat(feed);
      return;
    }
    const silent = feeds.findIndex((old) => feed.firstUs - lastUsOf(old) > 5_000_000);
    if (silent >= 0) this.feeds = feeds.toSpliced(silent, 1).concat(feed);
  }

  addSending(source: number): void {
    this.sending = this.sending.slice(1 - SENDING_MAX).concat(source);
  }
}

/** Endpoints by transport address; bounded, the oldest goes. */
export class MediaEndpointTable {
  readonly map: BoundedMap<number, MediaEndpoint>;
  /** Grows with every announcement, so that flows know when to look again. */
  announcements = 0;

  constructor(capacity: number) {
    this.map = new BoundedMap(capacity);
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
}
