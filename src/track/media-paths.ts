import type { PacketView } from "../decode/packet.ts";
import type { Feed, MediaEndpoint, MediaEndpointTable } from "./media-endpoints.ts";

/** A flow whose endpoints are unknown asks again at most this often. */
const RESOLVE_EVERY_US = 100_000;
const RATE_WINDOW_US = 1_000_000;
/** Two feeds run at the same time when the other one was heard within this. */
const OVERLAP_US = 1_000_000;

/**
 * What media means for each directed flow (`path` is `2 * flow slot + direction`): the endpoint that
 * receives, its feed there, the endpoint that sends. What each packet changes lies in typed arrays.
 */
export class MediaPaths {
  readonly #endpoints: MediaEndpointTable;
  readonly #receivers: (MediaEndpoint | null)[] = [];
  readonly #senders: (MediaEndpoint | null)[] = [];
  readonly #feeds: (Feed | null)[] = [];
  readonly #resolvedUs: Float64Array;
  readonly #resolvedAt: Float64Array;
  /** 1 when this is the one feed of its receiver, and trusted: its packets need no look at either. */
  readonly #isSole: Uint8Array;
  readonly #lastUs: Float64Array;
  readonly #packets: Float64Array;
  /** Packets of a sole feed in the current second. */
  readonly #windowStartUs: Float64Array;
  readonly #windowPackets: Uint32Array;

  constructor(paths: number, endpoints: MediaEndpointTable) {
    this.#endpoints = endpoints;
    this.#resolvedUs = new Float64Array(paths);
    this.#resolvedAt = new Float64Array(paths);
    this.#isSole = new Uint8Array(paths);
    this.#lastUs = new Float64Array(paths);
    this.#packets = new Float64Array(paths);
    this.#windowStartUs = new Float64Array(paths);
    this.#windowPackets = new Uint32Array(paths);
  }

  receiver(path: number): MediaEndpoint | null {
    return this.#receivers[path] ?? null;
  }

  sender(path: number): MediaEndpoint | null {
    return this.#senders[path] ?? null;
  }

  feed(path: number): Feed | null {
    return this.#feeds[path] ?? null;
  }

  /** An end was announced, and none as one that only sends or only receives. */
  isMutual(path: number): boolean {
    const receiver = this.receiver(path);
    const sender = this.sender(path);
    if (receiver?.isMutual === false || sender?.isMutual === false) return false;
    return receiver?.isAnnounced === true || sender?.isAnnounced === true;
  }

  setReceiver(path: number, endpoint: MediaEndpoint): void {
    this.#receivers[path] = endpoint;
  }

  /** Looks up which endpoints a directed flow joins; again when announcements came since. */
  resolve(packet: PacketView, path: number): void {
    const { announcements } = this.#endpoints;
    const resolvedUs = this.#resolvedUs[path] as number;
    if (resolvedUs !== 0 && this.#resolvedAt[path] === announcements) return;
    if (this.#receivers[path]?.isAnnounced === true) return;
    const timeUs = packet.timeUs;
    if (resolvedUs !== 0 && timeUs - resolvedUs < RESOLVE_EVERY_US) return;
    this.#resolvedUs[path] = timeUs;
    this.#resolvedAt[path] = announcements;
    const found = this.#endpoints.find(packet.dstHost, packet.dstPort);
    if (found !== undefined && found !== this.#receivers[path]) {
      this.#receivers[path] = found;
      // Its feed, if there is one, is one of another endpoint that was forgotten.
      this.#isSole[path] = 0;
    }
    const sender = this.#endpoints.find(packet.srcHost, packet.srcPort);
    this.#senders[path] = sender ?? null;
  }

  /** True when the path is a sole feed; then `countSole` counts its packets. */
  isSole(path: number): boolean {
    return this.#isSole[path] === 1;
  }

  /** Counts a packet of a sole feed; returns the receiver's packets in the current second. */
  countSole(path: number, timeUs: number): number {
    this.#lastUs[path] = timeUs;
    this.#packets[path] = (this.#packets[path] as number) + 1;
    if (timeUs - (this.#windowStartUs[path] as number) >= RATE_WINDOW_US) {
      this.#windowStartUs[path] = timeUs;
      this.#windowPackets[path] = 0;
    }
    const rate = (this.#windowPackets[path] as number) + 1;
    this.#windowPackets[path] = rate;
    return rate;
  }

  /** Counts a packet of any other feed, once `addFeed` has made it. */
  countFeed(path: number, timeUs: number): number {
    const packets = (this.#packets[path] as number) + 1;
    this.#lastUs[path] = timeUs;
    this.#packets[path] = packets;
    return packets;
  }

  /** The receiver's packets in the current second, over all its feeds. */
  countReceived(receiver: MediaEndpoint, timeUs: number): number {
    if (timeUs - receiver.windowStartUs >= RATE_WINDOW_US) {
      receiver.windowStartUs = timeUs;
      receiver.windowPackets = 0;
    }
    return ++receiver.windowPackets;
  }

  /** Makes the path's feed. */
  addFeed(packet: PacketView, receiver: MediaEndpoint, path: number): Feed {
    const timeUs = packet.timeUs;
    const sender = this.#endpoints.find(packet.srcHost, packet.srcPort);
    const isAnnounced = sender?.isAnnounced === true;
    const feed: Feed = {
      path,
      host: packet.srcHost,
      port: packet.srcPort,
      isTrusted: isAnnounced || !receiver.feeds.some((other) => this.isActive(other, timeUs)),
      isAnnounced,
      firstUs: timeUs,
      lastUs: timeUs,
      packets: 0,
    };
    for (const other of receiver.feeds) {
      // A sender that was only believed because nobody else was there loses to an announced one.
      if (isAnnounced && !other.isAnnounced) other.isTrusted = false;
      this.#endSole(receiver, other);
    }
    receiver.addFeed(feed, (other) => this.lastUs(other));
    this.#feeds[path] = feed;
    this.#lastUs[path] = timeUs;
    this.#packets[path] = 0;
    if (feed.isTrusted && receiver.feeds.length === 1) this.#beginSole(receiver, path);
    return feed;
  }

  lastUs(feed: Feed): number {
    return feed.path < 0 ? feed.lastUs : (this.#lastUs[feed.path] as number);
  }

  packets(feed: Feed): number {
    return feed.path < 0 ? feed.packets : (this.#packets[feed.path] as number);
  }

  isActive(feed: Feed, timeUs: number): boolean {
    return timeUs - this.lastUs(feed) < OVERLAP_US;
  }

  /** Call before the path's flow slot is given away. */
  end(path: number): void {
    const feed = this.#feeds[path] ?? null;
    if (feed !== null) {
      const receiver = this.#receivers[path] ?? null;
      if (receiver !== null) this.#endSole(receiver, feed);
      feed.lastUs = this.#lastUs[path] as number;
      feed.packets = this.#packets[path] as number;
      feed.path = -1;
      this.#feeds[path] = null;
    }
    if (path < this.#receivers.length) this.#receivers[path] = null;
    if (path < this.#senders.length) this.#senders[path] = null;
    this.#isSole[path] = 0;
    this.#resolvedUs[path] = 0;
    this.#resolvedAt[path] = 0;
  }

  #beginSole(receiver: MediaEndpoint, path: number): void {
    this.#isSole[path] = 1;
    this.#windowStartUs[path] = receiver.windowStartUs;
    this.#windowPackets[path] = receiver.windowPackets;
  }

  #endSole(receiver: MediaEndpoint, feed: Feed): void {
    const { path } = feed;
    if (path < 0 || this.#isSole[path] !== 1) return;
    this.#isSole[path] = 0;
    receiver.windowStartUs = this.#windowStartUs[path] as number;
    receiver.windowPackets = this.#windowPackets[path] as number;
  }
}
