import { column } from "../../base/column.ts";
import { combine53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { FlowTable } from "../flow.ts";
import {
  type Feed,
  type MediaEndpoint,
  type MediaEndpointTable,
  Trust,
} from "./media-endpoints.ts";
import { MediaFlowRows, RATE_WINDOW_US } from "./media-flow-rows.ts";

/** A flow whose endpoints are unknown asks again at most this often. */
const RESOLVE_EVERY_US = 100_000;
/** Two feeds run at the same time when the other one was heard within this. */
const OVERLAP_US = 1_000_000;

/**
 * What media means for each directed flow (`2 * flow row + direction`): the endpoint that
 * receives, its feed there, the endpoint that sends. What each packet changes lies in `MediaFlowRows`.
 */
export class MediaFlows {
  readonly #endpoints: MediaEndpointTable;
  readonly #receivers: (MediaEndpoint | null)[] = [];
  readonly #senders: (MediaEndpoint | null)[] = [];
  readonly #feeds: (Feed | null)[] = [];
  readonly #rows: MediaFlowRows;
  readonly #flows: FlowTable;
  /** Directed flows that alone send to an address that no endpoint stands for, by that address. */
  readonly #unnamed: KeyTable;
  /** Directed flow of each row of it. */
  readonly #unnamedFlows: Int32Array;

  constructor(flows: FlowTable, endpoints: MediaEndpointTable) {
    const directedFlows = 2 * flows.capacity;
    this.#flows = flows;
    this.#endpoints = endpoints;
    this.#rows = new MediaFlowRows(directedFlows);
    this.#unnamed = new KeyTable(directedFlows);
    this.#unnamedFlows = column(Int32Array, directedFlows);
  }

  receiver(directedFlow: number): MediaEndpoint | null {
    return this.#receivers[directedFlow] ?? null;
  }

  sender(directedFlow: number): MediaEndpoint | null {
    return this.#senders[directedFlow] ?? null;
  }

  /** Null while it is the only one that has ever sent to its receiver. */
  feed(directedFlow: number): Feed | null {
    return this.#feeds[directedFlow] ?? null;
  }

  /** Who has sent to the endpoint, to be read: what is written into a sole sender's feed is not kept. */
  sendersOf({ soleFlow, feeds }: MediaEndpoint): readonly Readonly<Feed>[] {
    return soleFlow < 0 ? feeds : [this.#feedOf(soleFlow, this.#rows.firstUs(soleFlow))];
  }

  /** Who has sent to the endpoint; a sole sender has a feed that is kept from now on. */
  feedsOf(endpoint: MediaEndpoint): readonly Feed[] {
    const { soleFlow } = endpoint;
    if (soleFlow >= 0) {
      endpoint.soleFlow = -1;
      this.#addFeedOf(endpoint, soleFlow, this.#rows.firstUs(soleFlow));
    }
    return endpoint.feeds;
  }

  /** An end was announced, and none as one that only sends or only receives. */
  isMutual(directedFlow: number): boolean {
    const receiver = this.receiver(directedFlow);
    const sender = this.sender(directedFlow);
    if (receiver?.owner?.isMutual === false || sender?.owner?.isMutual === false) return false;
    return receiver?.isAnnounced === true || sender?.isAnnounced === true;
  }

  /**
   * A stream is believed whose receiver nobody announced; that of a call seen one way, too. While it is the only one to its address, that costs a row in
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
    this.#leave(directedFlow, endpoint);
    this.#receivers[directedFlow] = endpoint;
  }

  /**
   * Looks up which endpoints a directed flow joins; again when announcements came since, less often the
   * longer it runs. True when its sender became known.
   */
  resolve(packet: PacketView, directedFlow: number): boolean {
    const rows = this.#rows;
    const { announcements } = this.#endpoints;
    if (rows.isResolvedAt(directedFlow, announcements)) return false;
    const timeUs = packet.timeUs;
    if (timeUs < rows.resolveAtUs(directedFlow)) return false;
    rows.noteResolved(directedFlow, announcements, timeUs, RESOLVE_EVERY_US);
    if (this.#receivers[directedFlow]?.isAnnounced !== true) {
      const found = this.#endpoints.find(packet.dstHost, packet.dstPort);
      if (found !== undefined && found !== this.#receivers[directedFlow]) {
        this.#leave(directedFlow, found);
        this.#receivers[directedFlow] = found;
        // Its feed, if there is one, is one of another endpoint that was forgotten.
        rows.endSole(directedFlow);
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
    return this.#rows.isResolvedAt(directedFlow, this.#endpoints.announcements);
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
    return this.#rows.isSole(directedFlow);
  }

  /** A packet now would be one more of a sole feed in a second that has begun, and its receiver's rate below `rateMax`. */
  isSoleBelow(directedFlow: number, packet: PacketView, rateMax: number): boolean {
    return this.#rows.isSoleBelow(directedFlow, packet, rateMax);
  }

  /** Counts a packet of a sole feed; returns the receiver's packets in the current second. */
  countSole(directedFlow: number, packet: PacketView): number {
    return this.#rows.countSole(directedFlow, packet);
  }

  /** Counts a packet of any other feed, once `addFeed` has made it. */
  countFeed(directedFlow: number, packet: PacketView): number {
    return this.#rows.count(directedFlow, packet);
  }

  /** The receiver's packets in the current second, over all its feeds. */
  countReceived(receiver: MediaEndpoint, timeUs: number): number {
    const rivalry = receiver.makeRivalry();
    if (timeUs - rivalry.windowStartUs >= RATE_WINDOW_US) {
      rivalry.windowStartUs = timeUs;
      rivalry.windowPackets = 0;
    }
    return ++rivalry.windowPackets;
  }

  /** Makes the directed flow's feed; null when nobody has ever sent to its receiver: then it needs none. */
  addFeed(packet: PacketView, receiver: MediaEndpoint, directedFlow: number): Feed | null {
    const timeUs = packet.timeUs;
    const others = this.feedsOf(receiver);
    this.#rows.begin(directedFlow, timeUs);
    if (others.length === 0) {
      receiver.soleFlow = directedFlow;
      this.#rows.beginSole(directedFlow, 0, 0);
      return null;
    }
    const isFirst = !others.some((other) => this.isActive(other, timeUs));
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
    for (const other of others) this.#endSole(receiver, other);
    receiver.addFeed(feed, (other) => this.lastUs(other));
    this.#feeds[directedFlow] = feed;
    return feed;
  }

  lastUs(feed: Feed): number {
    return feed.directedFlow < 0 ? feed.lastUs : this.#rows.lastUs(feed.directedFlow);
  }

  packets(feed: Feed): number {
    return feed.directedFlow < 0 ? feed.packets : this.#rows.packets(feed.directedFlow);
  }

  /** The sender that has sent most for its time. */
  busiest({ feeds }: MediaEndpoint, timeUs: number): Feed | null {
    const rateOf = (feed: Feed) => this.packets(feed) / (timeUs - feed.firstUs + 1);
    return feeds.toSorted((one, other) => rateOf(other) - rateOf(one))[0] ?? null;
  }

  isActive(feed: Feed, timeUs: number): boolean {
    return timeUs - this.lastUs(feed) < OVERLAP_US;
  }

  /** Call before the directed flow's flow slot is given away. */
  end(directedFlow: number): void {
    const rows = this.#rows;
    const receiver = this.#receivers[directedFlow] ?? null;
    if (receiver?.soleFlow === directedFlow) this.feedsOf(receiver);
    const feed = this.#feeds[directedFlow] ?? null;
    if (feed !== null) {
      feed.lastUs = rows.lastUs(directedFlow);
      feed.packets = rows.packets(directedFlow);
      feed.directedFlow = -1;
      this.#feeds[directedFlow] = null;
    }
    this.#dropUnnamed(directedFlow);
    if (directedFlow < this.#receivers.length) this.#receivers[directedFlow] = null;
    if (directedFlow < this.#senders.length) this.#senders[directedFlow] = null;
    rows.end(directedFlow);
  }

  /** The directed flow goes over to another endpoint: the one before, which was forgotten, keeps it as a feed. */
  #leave(directedFlow: number, to: MediaEndpoint): void {
    const from = this.#receivers[directedFlow] ?? null;
    if (from !== null && from !== to && from.soleFlow === directedFlow) this.feedsOf(from);
  }

  #addUnnamed(key: number, directedFlow: number, timeUs: number): void {
    const row = this.#unnamed.add(key);
    this.#unnamedFlows[row] = directedFlow;
    this.#rows.setUnnamedRow(directedFlow, row);
    this.#rows.beginSole(directedFlow, timeUs, 0);
    this.#rows.begin(directedFlow, timeUs);
  }

  /** The directed flow that had the address for itself becomes a feed of its endpoint. */
  #name(endpoint: MediaEndpoint, directedFlow: number): void {
    const flows = this.#flows;
    const row = directedFlow >> 1;
    this.#receivers[directedFlow] = endpoint;
    this.#addFeedOf(endpoint, directedFlow, flows.firstUs(row));
    if (flows.isEstablished(row)) this.#endpoints.promote(endpoint);
    this.#dropUnnamed(directedFlow);
  }

  /** A directed flow that was alone until now becomes a feed of the endpoint. */
  #addFeedOf(endpoint: MediaEndpoint, directedFlow: number, firstUs: number): void {
    const feed = this.#feedOf(directedFlow, firstUs);
    this.#feeds[directedFlow] = feed;
    endpoint.addFeed(feed, (other) => this.lastUs(other));
  }

  #feedOf(directedFlow: number, firstUs: number): Feed {
    const flows = this.#flows;
    const row = directedFlow >> 1;
    const isToServer = (directedFlow & 1) === 0;
    return {
      directedFlow,
      host: isToServer ? flows.clientHost(row) : flows.serverHost(row),
      port: isToServer ? flows.clientPort(row) : flows.serverPort(row),
      trust: Trust.SOLE,
      judgedAt: -1,
      firstUs,
      lastUs: this.#rows.lastUs(directedFlow),
      packets: 0,
      copies: 0,
    };
  }

  #dropUnnamed(directedFlow: number): void {
    const row = this.#rows.unnamedRow(directedFlow);
    if (row < 0) return;
    this.#unnamed.remove(row);
    this.#rows.setUnnamedRow(directedFlow, -1);
  }

  #endSole(receiver: MediaEndpoint, feed: Feed): void {
    const { directedFlow } = feed;
    const rows = this.#rows;
    if (directedFlow < 0 || !rows.isSole(directedFlow)) return;
    rows.endSole(directedFlow);
    const rivalry = receiver.makeRivalry();
    rivalry.windowStartUs = rows.windowStartUs(directedFlow);
    rivalry.windowPackets = rows.windowPackets(directedFlow);
  }
}
