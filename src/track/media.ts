import type { HostNames } from "../decode/host.ts";
import type { PacketView } from "../decode/packet.ts";
import type { RtpHeaderView } from "../decode/rtp/header.ts";
import type { SdpView } from "../decode/sdp.ts";
import type { Call, CallSide } from "./calls.ts";
import type { EventList } from "./event.ts";
import { AppProto, type FlowTable } from "./flow.ts";
import type { HostTable } from "./hosts.ts";
import { type MediaEndpoint, MediaEndpointTable } from "./media-endpoints.ts";
import { isPowerOfTwo, MediaJudge, RATE_REPORTED_MIN } from "./media-judge.ts";
import { MediaPaths } from "./media-paths.ts";
import type { OneWayMedia } from "./one-way.ts";
import { RtpSourceTable } from "./rtp-sources.ts";
import type { TrackSettings } from "./settings.ts";
import type { Statistics } from "./statistics.ts";

/** A stream that nobody announced is believed after this many packets in sequence. */
const PROBATION_PACKETS = 8;
/** SSRCs told apart on one directed flow. */
const SOURCES_PER_PATH_MAX = 8;
/** Two sources run at the same time when the other one was heard within this. */
const OVERLAP_US = 1_000_000;
export interface MediaParts {
  readonly flows: FlowTable;
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
  readonly statistics: Statistics;
  readonly oneWay: OneWayMedia;
}

/**
 * Media by SDP endpoint: which streams run where, and what is wrong with them (RFC 3550, RFC 3264,
 * DETECTIONS 2b). A packet costs one look at its directed flow; only packets of senders that nobody
 * announced are looked at closer, at powers of two.
 */
export class MediaTracker {
  /** Called for each stream that is about to be forgotten; its slot in `sources` is still whole. */
  onStreamEnd: (source: number) => void = () => {};
  readonly endpoints: MediaEndpointTable;
  readonly sources: RtpSourceTable;
  readonly #parts: MediaParts;
  readonly #paths: MediaPaths;
  readonly #judge: MediaJudge;
  /** Slot of the first RTP source, plus one; 0 when there is none. */
  readonly #heads: Int32Array;

  constructor(settings: TrackSettings, parts: MediaParts) {
    this.endpoints = new MediaEndpointTable(settings.endpointsMax);
    this.sources = new RtpSourceTable(settings.streamsMax);
    this.#parts = parts;
    const paths = 2 * parts.flows.capacity;
    this.#heads = new Int32Array(paths);
    this.#paths = new MediaPaths(paths, this.endpoints);
    this.#judge = new MediaJudge(parts, this.#paths, this.sources);
  }

  /** Makes the endpoints that a session description announces known. */
  announce(sdp: SdpView, call: Call, side: CallSide): void {
    for (let i = 0; i < sdp.mediaCount; i++) {
      const media = sdp.media[i] as SdpView["media"][number];
      if (media.port === 0 || media.host <= 0 || !media.isRtp) continue;
      const endpoint = this.endpoints.at(media.host, media.port);
      endpoint.kind = media.kind;
      endpoint.isShared = media.isShared;
      endpoint.hasIce = sdp.candidateCount > 0;
      this.#claim(endpoint, call, side);
      if (media.direction !== "sendrecv") endpoint.isMutual = false;
    }
    for (let i = 0; i < sdp.candidateCount; i++) {
      const host = sdp.candidateHosts[i] as number;
      const endpoint = this.endpoints.at(host, sdp.candidatePorts[i] as number);
      endpoint.hasIce = true;
      this.#claim(endpoint, call, side);
    }
    if (sdp.mediaCount > 0) this.endpoints.announcements++;
  }

  /** An RTP packet: `path` is `2 * flow slot + direction`. */
  rtp(packet: PacketView, rtp: RtpHeaderView, slot: number, path: number): void {
    const timeUs = packet.timeUs;
    const source = this.#sourceOf(packet, rtp, slot, path);
    if (source < 0) return;
    const isRival = this.sources.update(source, rtp, timeUs);
    if (this.sources.isCounted[source] === 1) this.#parts.statistics.rtpPackets++;
    else if (!this.#probe(packet, source, slot, path)) return;
    this.#receive(packet, slot, path, rtp.payloadType);
    if (isRival) this.#judge.rival(packet, source, path);
    if (source !== (this.#heads[path] as number) - 1) this.#secondSource(packet, source, path);
  }

  /** A payload that is no RTP, towards what may be a media endpoint. */
  other(packet: PacketView, slot: number, path: number): void {
    this.#paths.resolve(packet, path);
    this.#receive(packet, slot, path, -1);
  }

  /** True when either end of the directed flow was announced. */
  isAnnounced(path: number): boolean {
    return this.#paths.receiver(path)?.isAnnounced ?? false;
  }

  /** Latest packet that was sent from the endpoint; 0 when there is none. */
  lastSentUs(endpoint: MediaEndpoint): number {
    let lastUs = 0;
    for (const source of endpoint.sending) {
      if (this.#isSentBy(source, endpoint)) {
        lastUs = Math.max(lastUs, this.sources.lastUs[source] as number);
      }
    }
    return lastUs;
  }

  /** Packets of all streams that the endpoint sends. */
  sentPackets(endpoint: MediaEndpoint): number {
    let packets = 0;
    for (const source of endpoint.sending) {
      if (this.#isSentBy(source, endpoint)) packets += this.sources.received[source] as number;
    }
    return packets;
  }

  /** False when the slot has another stream by now. */
  #isSentBy(source: number, endpoint: MediaEndpoint): boolean {
    return this.#paths.sender(this.sources.path[source] as number) === endpoint;
  }

  /** Call before a flow's slot is given away. */
  flowEnded(slot: number): void {
    const { flows, oneWay, statistics } = this.#parts;
    if (flows.appProto(slot) === AppProto.RTP) {
      const isMutual = this.#paths.isMutual(2 * slot) || this.#paths.isMutual(2 * slot + 1);
      oneWay.flowEnded(flows, slot, isMutual, statistics.lastUs);
    }
    for (const path of [2 * slot, 2 * slot + 1]) {
      let source = (this.#heads[path] as number) - 1;
      while (source >= 0) {
        const next = this.sources.next[source] as number;
        this.#close(source);
        source = next;
      }
      this.#heads[path] = 0;
      this.#paths.end(path);
    }
  }

  #close(source: number): void {
    if (this.sources.isCounted[source] === 1) {
      if (this.sources.isAnnounced[source] === 1) {
        this.#parts.statistics.rtpLost += this.sources.lost(source);
      }
      this.onStreamEnd(source);
    }
    this.sources.remove(source);
  }

  #claim(endpoint: MediaEndpoint, call: Call, side: CallSide): void {
    const owner = endpoint.call;
    // An offer that nobody answered takes no address from a call that is up.
    call.addEndpoint(endpoint, side);
    if (owner !== null && owner !== call && owner.isLive && owner.rank > call.rank) return;
    if (owner !== call) endpoint.isMutual = true;
    endpoint.call = call;
    endpoint.side = side;
    endpoint.isAnnounced = true;
  }

  #sourceOf(packet: PacketView, rtp: RtpHeaderView, slot: number, path: number): number {
    let source = (this.#heads[path] as number) - 1;
    if (source >= 0 && this.sources.ssrc[source] === rtp.ssrc) {
      if (this.sources.isAnnounced[source] === 0) this.#paths.resolve(packet, path);
      return source;
    }
    this.#paths.resolve(packet, path);
    let length = 0;
    let last = -1;
    while (source >= 0) {
      if (this.sources.ssrc[source] === rtp.ssrc) return source;
      last = source;
      source = this.sources.next[source] as number;
      length++;
    }
    if (length >= SOURCES_PER_PATH_MAX) return -1;
    return this.#addSource(packet, rtp, slot, path, last);
  }

  #addSource(
    packet: PacketView,
    rtp: RtpHeaderView,
    slot: number,
    path: number,
    last: number,
  ): number {
    const { hosts } = this.#parts;
    const { sources } = this;
    if (sources.size === sources.capacity) this.#evictSource();
    const source = sources.add(path, rtp, packet.timeUs);
    if (source < 0) return -1;
    // Evicting may have taken the tail of this very list.
    const tail = last >= 0 && sources.path[last] === path ? last : -1;
    if (tail >= 0) sources.next[tail] = source;
    else {
      sources.next[source] = (this.#heads[path] as number) - 1;
      this.#heads[path] = source + 1;
    }
    const host = hosts.source(packet);
    if (hosts.pathChange(host, packet) !== null) sources.isOtherPath[source] = 1;
    this.#paths.sender(path)?.addSending(source);
    this.#parts.flows.setAppProto(slot, AppProto.RTP);
    return source;
  }

  #evictSource(): void {
    const victim = this.sources.victim();
    if (victim < 0) return;
    const path = this.sources.path[victim] as number;
    let at = (this.#heads[path] as number) - 1;
    if (at === victim) this.#heads[path] = (this.sources.next[victim] as number) + 1;
    while (at >= 0 && at !== victim) {
      const next = this.sources.next[at] as number;
      if (next === victim) this.sources.next[at] = this.sources.next[victim] as number;
      at = next;
    }
    this.sources.evictions++;
    this.#close(victim);
  }

  /** Decides whether a new source is a stream; true once it is, and counts what came before. */
  #probe(packet: PacketView, source: number, slot: number, path: number): boolean {
    const { statistics, flows, hosts, names } = this.#parts;
    const { sources } = this;
    hosts.learnPath(hosts.source(packet), packet);
    names.remember(packet.dstHost, packet.view, packet.dstAddressStart);
    const receiver = this.#paths.receiver(path);
    const sender = this.#paths.sender(path);
    const received = sources.received[source] as number;
    if (receiver?.isAnnounced === true || sender?.isAnnounced === true) {
      sources.isAnnounced[source] = 1;
      statistics.streamsAnnounced++;
    } else {
      if (received < PROBATION_PACKETS) return false;
      if (Math.abs(sources.lost(source)) > 2) return false;
      statistics.streamsUnannounced++;
      this.#paths.setReceiver(path, this.endpoints.at(packet.dstHost, packet.dstPort));
      this.#judge.unannounced(packet, received);
    }
    sources.isCounted[source] = 1;
    statistics.rtpPackets += received;
    flows.setAppProto(slot, AppProto.RTP);
    return true;
  }

  /** A packet reached an endpoint: its rate, and whether its sender has any business there. */
  #receive(packet: PacketView, slot: number, path: number, payloadType: number): void {
    const paths = this.#paths;
    const timeUs = packet.timeUs;
    if (paths.isSole(path)) {
      const rate = paths.countSole(path, timeUs);
      if (rate < RATE_REPORTED_MIN) return;
      const receiver = paths.receiver(path);
      if (receiver !== null) this.#judge.rate(packet, receiver, rate, payloadType);
      return;
    }
    const receiver = paths.receiver(path);
    if (receiver === null) return;
    const known = paths.feed(path);
    if (known === null) {
      this.#receiveFirst(packet, receiver, slot, path, payloadType);
      return;
    }
    this.#judge.rate(packet, receiver, paths.countReceived(receiver, timeUs), payloadType);
    paths.countFeed(path, timeUs);
    this.#judge.feed(packet, receiver, slot, known);
  }

  #receiveFirst(
    packet: PacketView,
    receiver: MediaEndpoint,
    slot: number,
    path: number,
    payloadType: number,
  ): void {
    const paths = this.#paths;
    const timeUs = packet.timeUs;
    const feed = paths.addFeed(packet, receiver, path);
    if (paths.isSole(path)) {
      this.#judge.rate(packet, receiver, paths.countSole(path, timeUs), payloadType);
      return;
    }
    this.#judge.rate(packet, receiver, paths.countReceived(receiver, timeUs), payloadType);
    paths.countFeed(path, timeUs);
    this.#judge.feed(packet, receiver, slot, feed);
  }

  #secondSource(packet: PacketView, source: number, path: number): void {
    const { sources } = this;
    if (!isPowerOfTwo(sources.received[source] as number)) return;
    const own = (this.#heads[path] as number) - 1;
    if (packet.timeUs - (sources.lastUs[own] as number) > OVERLAP_US) {
      this.#promote(source, path);
    } else this.#judge.secondSsrc(packet, source, own, path);
  }

  /** The first source fell silent: the second one is the stream now (hold, transfer, bridging). */
  #promote(source: number, path: number): void {
    const { next } = this.sources;
    let at = (this.#heads[path] as number) - 1;
    while (at >= 0 && next[at] !== source) at = next[at] as number;
    if (at < 0) return;
    next[at] = next[source] as number;
    next[source] = (this.#heads[path] as number) - 1;
    this.#heads[path] = source + 1;
  }
}
