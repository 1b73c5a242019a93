import { combine53 } from "../base/hash.ts";
import { KeyTable } from "../base/key-table.ts";
import type { PacketView } from "../decode/packet.ts";
import type { FlowTable } from "./flow.ts";
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

/** A row is one cache line. Places in it, in numbers of eight and of four bytes. */
const ROW_BYTES = 64;
const REALS = ROW_BYTES / 8;
const INTS = ROW_BYTES / 4;
/** Time of the first look-up of the ends, 0 before; state of the announcements then; time of the next. */
const RESOLVED_US = 0;
const RESOLVED_AT = 1;
const RESOLVE_AT_US = 2;
const LAST_US = 3;
const PACKETS = 4;
/** Packets of a sole feed in the current second. */
const WINDOW_START_US = 5;
const WINDOW_PACKETS = 12;
/** 1 when it is the only feed of its receiver, and trusted: its packets need no look at either. */
const IS_SOLE = 13;
/** Row in the table of unnamed receivers, plus one; 0 when it is in none. */
const UNNAMED_ROW = 14;

/**
 * What media means for each directed flow (`2 * flow row + direction`): the endpoint that
 * receives, its feed there, the endpoint that sends. What each packet changes lies in typed arrays.
 */
export class MediaFlows {
  readonly #endpoints: MediaEndpointTable;
  readonly #receivers: (MediaEndpoint | null)[] = [];
  readonly #senders: (MediaEndpoint | null)[] = [];
  readonly #feeds: (Feed | null)[] = [];
  /** One row for each directed flow: times and counts, then whole numbers, over the same bytes. */
  readonly #reals: Float64Array;
  readonly #ints: Int32Array;
  readonly #flows: FlowTable;
  /** Directed flows that alone send to an address that no endpoint stands for, by that address. */
  readonly #unnamed: KeyTable;
  /** Directed flow of each row of it. */
  readonly #unnamedFlows: Int32Array;

  constructor(flows: FlowTable, endpoints: MediaEndpointTable) {
    const directedFlows = 2 * flows.capacity;
    this.#flows = flows;
    this.#endpoints = endpoints;
    const rows = new ArrayBuffer(directedFlows * ROW_BYTES);
    this.#reals = new Float64Array(rows);
    this.#ints = new Int32Array(rows);
    this.#unnamed = new KeyTable(directedFlows);
    this.#unnamedFlows = new Int32Array(directedFlows);
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

  /**
   * A stream that nobody announced is believed. While it is the only one to its address, that costs a row in
   * a table; the second one makes the address an endpoint, with the first one as its feed.
   */
  receiveUnnamed(packet: PacketView, directedFlow: number): void {
    const { dstHost, dstPort, timeUs } = packet;
    let endpoint = this.#endpoints.find(dstHost, dstPort);
    if (endpoint === undefined) {
      const key = combine53(dstHost, dstPort);
      const row = this.#unnamed.find(key);
      if (row < 0) {
        this.#addUnnamed(key, directedFlow, timeUs);
        return;
      }
      endpoint = this.#endpoints.at(dstHost, dstPort);
      this.#name(endpoint, this.#unnamedFlows[row] as number);
    }
    this.#receivers[directedFlow] = endpoint;
  }

  /**
   * Looks up which endpoints a directed flow joins; again when announcements came since, less often the
   * longer it runs. True when its sender became known.
   */
  resolve(packet: PacketView, directedFlow: number): boolean {
    const { announcements } = this.#endpoints;
    const resolvedUs = this.#reals[directedFlow * REALS + RESOLVED_US] as number;
    if (resolvedUs !== 0 && this.#reals[directedFlow * REALS + RESOLVED_AT] === announcements)
      return false;
    const timeUs = packet.timeUs;
    if (timeUs < (this.#reals[directedFlow * REALS + RESOLVE_AT_US] as number)) return false;
    const firstUs = resolvedUs === 0 ? timeUs : resolvedUs;
    this.#reals[directedFlow * REALS + RESOLVED_US] = firstUs;
    this.#reals[directedFlow * REALS + RESOLVED_AT] = announcements;
    const waitUs = Math.max(RESOLVE_EVERY_US, (timeUs - firstUs) / 4);
    this.#reals[directedFlow * REALS + RESOLVE_AT_US] = timeUs + waitUs;
    if (this.#receivers[directedFlow]?.isAnnounced !== true) {
      const found = this.#endpoints.find(packet.dstHost, packet.dstPort);
      if (found !== undefined && found !== this.#receivers[directedFlow]) {
        this.#receivers[directedFlow] = found;
        // Its feed, if there is one, is one of another endpoint that was forgotten.
        this.#ints[directedFlow * INTS + IS_SOLE] = 0;
        this.#dropUnnamed(directedFlow);
      }
    }
    if (this.#senders[directedFlow]?.isAnnounced === true) return false;
    const sender = this.#endpoints.find(packet.srcHost, packet.srcPort) ?? null;
    this.#senders[directedFlow] = sender;
    return sender !== null;
  }

  /** No announcement came since the last look. */
  wasResolved(directedFlow: number): boolean {
    return this.#reals[directedFlow * REALS + RESOLVED_AT] === this.#endpoints.announcements;
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
    return this.#ints[directedFlow * INTS + IS_SOLE] === 1;
  }

  /** Counts a packet of a sole feed; returns the receiver's packets in the current second. */
  countSole(directedFlow: number, timeUs: number): number {
    this.#reals[directedFlow * REALS + LAST_US] = timeUs;
    this.#reals[directedFlow * REALS + PACKETS] =
      (this.#reals[directedFlow * REALS + PACKETS] as number) + 1;
    if (
      timeUs - (this.#reals[directedFlow * REALS + WINDOW_START_US] as number) >=
      RATE_WINDOW_US
    ) {
      this.#reals[directedFlow * REALS + WINDOW_START_US] = timeUs;
      this.#ints[directedFlow * INTS + WINDOW_PACKETS] = 0;
    }
    const rate = (this.#ints[directedFlow * INTS + WINDOW_PACKETS] as number) + 1;
    this.#ints[directedFlow * INTS + WINDOW_PACKETS] = rate;
    return rate;
  }

  /** Counts a packet of any other feed, once `addFeed` has made it. */
  countFeed(directedFlow: number, timeUs: number): number {
    const packets = (this.#reals[directedFlow * REALS + PACKETS] as number) + 1;
    this.#reals[directedFlow * REALS + LAST_US] = timeUs;
    this.#reals[directedFlow * REALS + PACKETS] = packets;
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
      copies: 0,
    };
    for (const other of receiver.feeds) this.#endSole(receiver, other);
    receiver.addFeed(feed, (other) => this.lastUs(other));
    this.#feeds[directedFlow] = feed;
    this.#reals[directedFlow * REALS + LAST_US] = timeUs;
    this.#reals[directedFlow * REALS + PACKETS] = 0;
    if (isFirst && receiver.feeds.length === 1) this.#beginSole(receiver, directedFlow);
    return feed;
  }

  lastUs(feed: Feed): number {
    return feed.directedFlow < 0
      ? feed.lastUs
      : (this.#reals[feed.directedFlow * REALS + LAST_US] as number);
  }

  packets(feed: Feed): number {
    return feed.directedFlow < 0
      ? feed.packets
      : (this.#reals[feed.directedFlow * REALS + PACKETS] as number);
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
      feed.lastUs = this.#reals[directedFlow * REALS + LAST_US] as number;
      feed.packets = this.#reals[directedFlow * REALS + PACKETS] as number;
      feed.directedFlow = -1;
      this.#feeds[directedFlow] = null;
    }
    this.#dropUnnamed(directedFlow);
    if (directedFlow < this.#receivers.length) this.#receivers[directedFlow] = null;
    if (directedFlow < this.#senders.length) this.#senders[directedFlow] = null;
    this.#ints[directedFlow * INTS + IS_SOLE] = 0;
    this.#reals[directedFlow * REALS + RESOLVED_US] = 0;
    this.#reals[directedFlow * REALS + RESOLVED_AT] = 0;
    this.#reals[directedFlow * REALS + RESOLVE_AT_US] = 0;
  }

  #addUnnamed(key: number, directedFlow: number, timeUs: number): void {
    const row = this.#unnamed.add(key);
    this.#unnamedFlows[row] = directedFlow;
    this.#ints[directedFlow * INTS + UNNAMED_ROW] = row + 1;
    this.#ints[directedFlow * INTS + IS_SOLE] = 1;
    this.#ints[directedFlow * INTS + WINDOW_PACKETS] = 0;
    this.#reals[directedFlow * REALS + WINDOW_START_US] = timeUs;
    this.#reals[directedFlow * REALS + LAST_US] = timeUs;
    this.#reals[directedFlow * REALS + PACKETS] = 0;
  }

  /** The directed flow that had the address for itself becomes a feed of its endpoint. */
  #name(endpoint: MediaEndpoint, directedFlow: number): void {
    const flows = this.#flows;
    const row = directedFlow >> 1;
    const isToServer = (directedFlow & 1) === 0;
    const feed: Feed = {
      directedFlow,
      host: isToServer ? flows.clientHost(row) : flows.serverHost(row),
      port: isToServer ? flows.clientPort(row) : flows.serverPort(row),
      trust: Trust.SOLE,
      judgedAt: -1,
      firstUs: flows.firstUs(row),
      lastUs: this.#reals[directedFlow * REALS + LAST_US] as number,
      packets: 0,
      copies: 0,
    };
    this.#receivers[directedFlow] = endpoint;
    this.#feeds[directedFlow] = feed;
    endpoint.addFeed(feed, (other) => this.lastUs(other));
    if (flows.isEstablished(row)) this.#endpoints.promote(endpoint);
    this.#dropUnnamed(directedFlow);
  }

  #dropUnnamed(directedFlow: number): void {
    const row = (this.#ints[directedFlow * INTS + UNNAMED_ROW] as number) - 1;
    if (row < 0) return;
    this.#unnamed.remove(row);
    this.#ints[directedFlow * INTS + UNNAMED_ROW] = 0;
  }

  #beginSole(receiver: MediaEndpoint, directedFlow: number): void {
    this.#ints[directedFlow * INTS + IS_SOLE] = 1;
    this.#reals[directedFlow * REALS + WINDOW_START_US] = receiver.windowStartUs;
    this.#ints[directedFlow * INTS + WINDOW_PACKETS] = receiver.windowPackets;
  }

  #endSole(receiver: MediaEndpoint, feed: Feed): void {
    const { directedFlow } = feed;
    if (directedFlow < 0 || this.#ints[directedFlow * INTS + IS_SOLE] !== 1) return;
    this.#ints[directedFlow * INTS + IS_SOLE] = 0;
    receiver.windowStartUs = this.#reals[directedFlow * REALS + WINDOW_START_US] as number;
    receiver.windowPackets = this.#ints[directedFlow * INTS + WINDOW_PACKETS] as number;
  }
}
