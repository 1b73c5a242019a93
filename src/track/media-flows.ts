import type { PacketView } from "../decode/packet.ts";
import {
  type Feed,
  type MediaEndpoint,
  type MediaEndpointTable,
  Trust,
} from "./media-endpoints.ts";

/** A flow whose endpoints are unknown asks again at most this often. */
const RESOLVE_EVERY_US = 100_000;
const RATE_WINDOW_US = 1_000_000;
/** Two feeds run at the same time when the other one was heard within this. */
const OVERLAP_US = 1_000_000;

/**
 * What media means for each directed flow (`2 * flow row + direction`): the endpoint that
 * receives, its feed there, the endpoint that sends. What each packet changes lies in typed arrays.
 */
export class MediaFlows {
  readonly #endpoints: MediaEndpointTable;
  readonly #receivers: (MediaEndpoint | null)[] = [];
  readonly #senders: (MediaEndpoint | null)[] = [];
  readonly #feeds: (Feed | null)[] = [];
  /** Time of the first look-up; 0 before. */
  readonly #resolvedUs: Float64Array;
  readonly #resolvedAt: Float64Array;
  readonly #resolveAtUs: Float64Array;
  /** 1 when this is the one feed of its receiver, and trusted: its packets need no look at either. */
  readonly #isSole: Uint8Array;
  readonly #lastUs: Float64Array;
  readonly #packets: Float64Array;
  /** Packets of a sole feed in the current second. */
  readonly #windowStartUs: Float64Array;
  readonly #windowPackets: Uint32Array;

  constructor(directedFlows: number, endpoints: MediaEndpointTable) {
    this.#endpoints = endpoints;
    this.#resolvedUs = new Float64Array(directedFlows);
    this.#resolvedAt = new Float64Array(directedFlows);
    this.#resolveAtUs = new Float64Array(directedFlows);
    this.#isSole = new Uint8Array(directedFlows);
    this.#lastUs = new Float64Array(directedFlows);
    this.#packets = new Float64Array(directedFlows);
    this.#windowStartUs = new Float64Array(directedFlows);
    this.#windowPackets = new Uint32Array(directedFlows);
  }

  receiver(directedFlow: number): MediaEndpoint | null {
    return this.#receivers[directedFlow] ?? null;
  }

  sender(directedFlow: number): MediaEndpoint | null {
    return this.#senders[directedFlow] ?? null;
  }

  feed(directedFlow: number): Feed | null {
    return this.#feeds[directedFlow] ?? null;
  }

  /** An end was announced, and none as one that only sends or only receives. */
  isMutual(directedFlow: number): boolean {
    const receiver = this.receiver(directedFlow);
    const sender = this.sender(directedFlow);
    if (receiver?.owner?.isMutual === false || sender?.owner?.isMutual === false) return false;
    return receiver?.isAnnounced === true || sender?.isAnnounced === true;
  }

  setReceiver(directedFlow: number, endpoint: MediaEndpoint): void {
    this.#receivers[directedFlow] = endpoint;
  }

  /**
   * Looks up which endpoints a directed flow joins; again when announcements came since, less often the
   * longer it runs. True when its sender became known.
   */
  resolve(packet: PacketView, directedFlow: number): boolean {
    const { announcements } = this.#endpoints;
    const resolvedUs = this.#resolvedUs[directedFlow] as number;
    if (resolvedUs !== 0 && this.#resolvedAt[directedFlow] === announcements) return false;
    const timeUs = packet.timeUs;
    if (timeUs < (this.#resolveAtUs[directedFlow] as number)) return false;
    const firstUs = resolvedUs === 0 ? timeUs : resolvedUs;
    this.#resolvedUs[directedFlow] = firstUs;
    this.#resolvedAt[directedFlow] = announcements;
    const waitUs = Math.max(RESOLVE_EVERY_US, (timeUs - firstUs) / 4);
    this.#resolveAtUs[directedFlow] = timeUs + waitUs;
    if (this.#receivers[directedFlow]?.isAnnounced !== true) {
      const found = this.#endpoints.find(packet.dstHost, packet.dstPort);
      if (found !== undefined && found !== this.#receivers[directedFlow]) {
        this.#receivers[directedFlow] = found;
        // Its feed, if there is one, is one of another endpoint that was forgotten.
        this.#isSole[directedFlow] = 0;
      }
    }
    if (this.#senders[directedFlow]?.isAnnounced === true) return false;
    const sender = this.#endpoints.find(packet.srcHost, packet.srcPort) ?? null;
    this.#senders[directedFlow] = sender;
    return sender !== null;
  }

  /** No announcement came since the last look. */
  wasResolved(directedFlow: number): boolean {
    return this.#resolvedAt[directedFlow] === this.#endpoints.announcements;
  }

  /** Both ends are known: nothing is left to look up. */
  isResolved(directedFlow: number): boolean {
    return (
      this.#receivers[directedFlow]?.isAnnounced === true &&
      this.#senders[directedFlow]?.isAnnounced === true
    );
  }

  /** True when the directed flow is a sole feed; then `countSole` counts its packets. */
  isSole(directedFlow: number): boolean {
    return this.#isSole[directedFlow] === 1;
  }

  /** Counts a packet of a sole feed; returns the receiver's packets in the current second. */
  countSole(directedFlow: number, timeUs: number): number {
    this.#lastUs[directedFlow] = timeUs;
    this.#packets[directedFlow] = (this.#packets[directedFlow] as number) + 1;
    if (timeUs - (this.#windowStartUs[directedFlow] as number) >= RATE_WINDOW_US) {
      this.#windowStartUs[directedFlow] = timeUs;
      this.#windowPackets[directedFlow] = 0;
    }
    const rate = (this.#windowPackets[directedFlow] as number) + 1;
    this.#windowPackets[directedFlow] = rate;
    return rate;
  }

  /** Counts a packet of any other feed, once `addFeed` has made it. */
  countFeed(directedFlow: number, timeUs: number): number {
    const packets = (this.#packets[directedFlow] as number) + 1;
    this.#lastUs[directedFlow] = timeUs;
    this.#packets[directedFlow] = packets;
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

  /** Makes the directed flow's feed. */
  addFeed(packet: PacketView, receiver: MediaEndpoint, directedFlow: number): Feed {
    const timeUs = packet.timeUs;
    const isFirst = !receiver.feeds.some((other) => this.isActive(other, timeUs));
    const feed: Feed = {
      directedFlow,
      host: packet.srcHost,
      port: packet.srcPort,
      trust: isFirst ? Trust.SOLE : Trust.NONE,
      judgedAt: -1,
      firstUs: timeUs,
      lastUs: timeUs,
      packets: 0,
    };
    for (const other of receiver.feeds) this.#endSole(receiver, other);
    receiver.addFeed(feed, (other) => this.lastUs(other));
    this.#feeds[directedFlow] = feed;
    this.#lastUs[directedFlow] = timeUs;
    this.#packets[directedFlow] = 0;
    if (isFirst && receiver.feeds.length === 1) this.#beginSole(receiver, directedFlow);
    return feed;
  }

  lastUs(feed: Feed): number {
    return feed.directedFlow < 0 ? feed.lastUs : (this.#lastUs[feed.directedFlow] as number);
  }

  packets(feed: Feed): number {
    return feed.directedFlow < 0 ? feed.packets : (this.#packets[feed.directedFlow] as number);
  }

  isActive(feed: Feed, timeUs: number): boolean {
    return timeUs - this.lastUs(feed) < OVERLAP_US;
  }

  /** Call before the directed flow's flow slot is given away. */
  end(directedFlow: number): void {
    const feed = this.#feeds[directedFlow] ?? null;
    if (feed !== null) {
      const receiver = this.#receivers[directedFlow] ?? null;
      if (receiver !== null) this.#endSole(receiver, feed);
      feed.lastUs = this.#lastUs[directedFlow] as number;
      feed.packets = this.#packets[directedFlow] as number;
      feed.directedFlow = -1;
      this.#feeds[directedFlow] = null;
    }
    if (directedFlow < this.#receivers.length) this.#receivers[directedFlow] = null;
    if (directedFlow < this.#senders.length) this.#senders[directedFlow] = null;
    this.#isSole[directedFlow] = 0;
    this.#resolvedUs[directedFlow] = 0;
    this.#resolvedAt[directedFlow] = 0;
    this.#resolveAtUs[directedFlow] = 0;
  }

  #beginSole(receiver: MediaEndpoint, directedFlow: number): void {
    this.#isSole[directedFlow] = 1;
    this.#windowStartUs[directedFlow] = receiver.windowStartUs;
    this.#windowPackets[directedFlow] = receiver.windowPackets;
  }

  #endSole(receiver: MediaEndpoint, feed: Feed): void {
    const { directedFlow } = feed;
    if (directedFlow < 0 || this.#isSole[directedFlow] !== 1) return;
    this.#isSole[directedFlow] = 0;
    receiver.windowStartUs = this.#windowStartUs[directedFlow] as number;
    receiver.windowPackets = this.#windowPackets[directedFlow] as number;
  }
}
