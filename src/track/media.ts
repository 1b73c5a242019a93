import type { HostKey, HostNames } from "../decode/host.ts";
import type { PacketView } from "../decode/packet.ts";
import type { RtpHeaderView } from "../decode/rtp/header.ts";
import type { SdpView } from "../decode/sdp.ts";
import type { Call, CallSide } from "./calls.ts";
import { type DetectionEvent, type EventList, NO_SUBJECT } from "./event.ts";
import { EventKind } from "./event-kind.ts";
import { AppProto, type FlowTable } from "./flow.ts";
import type { HostTable } from "./hosts.ts";
import { type Feed, type MediaEndpoint, MediaEndpointTable } from "./media-endpoints.ts";
import { RtpSourceTable } from "./rtp-sources.ts";
import type { TrackSettings } from "./settings.ts";
import type { Statistics } from "./statistics.ts";

/** A stream that nobody announced is believed after this many packets in sequence. */
const PROBATION_PACKETS = 8;
/** SSRCs told apart on one directed flow. */
const SOURCES_PER_PATH_MAX = 8;
/** Two feeds run at the same time when the other one was heard within this. */
const OVERLAP_US = 1_000_000;
const RATE_WINDOW_US = 1_000_000;
/** Lowest rate that is reported; below it no audio stream is unusual. */
const RATE_REPORTED_MIN = 128;
/** A flow whose endpoints are unknown asks again at most this often. */
const RESOLVE_EVERY_US = 100_000;
/** Payload types that are audio by RFC 3551 table 4. */
const STATIC_AUDIO_TYPES = new Set([0, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 18]);

export interface MediaParts {
  readonly flows: FlowTable;
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
  readonly statistics: Statistics;
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
  /** Of each directed flow: the endpoint that receives, its feed there, the endpoint that sends. */
  readonly #receivers: (MediaEndpoint | null)[] = [];
  readonly #feeds: (Feed | null)[] = [];
  readonly #senders: (MediaEndpoint | null)[] = [];
  /** Slot of the first RTP source, plus one; 0 when there is none. */
  readonly #heads: Int32Array;
  readonly #resolvedUs: Float64Array;
  readonly #resolvedAt: Float64Array;

  constructor(settings: TrackSettings, parts: MediaParts) {
    this.endpoints = new MediaEndpointTable(settings.endpointsMax);
    this.sources = new RtpSourceTable(settings.streamsMax);
    this.#parts = parts;
    const paths = 2 * parts.flows.capacity;
    this.#heads = new Int32Array(paths);
    this.#resolvedUs = new Float64Array(paths);
    this.#resolvedAt = new Float64Array(paths);
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
    const timeUs = packet.frame.timeUs;
    const source = this.#sourceOf(packet, rtp, slot, path);
    if (source < 0) return;
    const isRival = this.sources.update(source, rtp, timeUs);
    if (this.sources.isCounted[source] === 1) this.#parts.statistics.rtpPackets++;
    else if (!this.#probe(packet, source, slot, path)) return;
    const receiver = this.#receivers[path] ?? null;
    if (receiver !== null) this.#receive(packet, receiver, slot, path, rtp.payloadType);
    if (isRival) this.#reportRival(packet, source, path);
    if (source !== (this.#heads[path] as number) - 1) this.#secondSsrc(packet, source, path);
  }

  /** A payload that is no RTP, towards what may be a media endpoint. */
  other(packet: PacketView, slot: number, path: number): void {
    this.#resolve(packet, path);
    const receiver = this.#receivers[path] ?? null;
    if (receiver !== null) this.#receive(packet, receiver, slot, path, -1);
  }

  /** True when either end of the directed flow was announced. */
  isAnnounced(path: number): boolean {
    return this.#receivers[path]?.isAnnounced ?? false;
  }

  /** Latest packet that was sent from the endpoint; 0 when there is none. */
  lastSentUs(endpoint: MediaEndpoint): number {
    let lastUs = 0;
    for (const source of endpoint.sending) {
      lastUs = Math.max(lastUs, this.sources.lastUs[source] as number);
    }
    return lastUs;
  }

  /** Call before a flow's slot is given away. */
  flowEnded(slot: number): void {
    for (const path of [2 * slot, 2 * slot + 1]) {
      let source = (this.#heads[path] as number) - 1;
      while (source >= 0) {
        const next = this.sources.next[source] as number;
        this.#close(source);
        source = next;
      }
      this.#heads[path] = 0;
      this.#receivers[path] = null;
      this.#senders[path] = null;
      this.#feeds[path] = null;
      this.#resolvedUs[path] = 0;
      this.#resolvedAt[path] = 0;
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
    endpoint.call = call;
    endpoint.side = side;
    endpoint.isAnnounced = true;
    call.addEndpoint(endpoint);
    call.addParty(endpoint.host);
  }

  /** Looks up which endpoints a directed flow joins; again when announcements came since. */
  #resolve(packet: PacketView, path: number): void {
    const receiver = this.#receivers[path] ?? null;
    if (receiver?.isAnnounced === true) return;
    const { announcements } = this.endpoints;
    const timeUs = packet.frame.timeUs;
    if (this.#resolvedUs[path] !== 0) {
      if (this.#resolvedAt[path] === announcements) return;
      if (timeUs - (this.#resolvedUs[path] as number) < RESOLVE_EVERY_US) return;
    }
    this.#resolvedUs[path] = timeUs;
    this.#resolvedAt[path] = announcements;
    const found = this.endpoints.find(packet.dstHost, packet.dstPort);
    if (found !== undefined) this.#receivers[path] = found;
    const sender = this.endpoints.find(packet.srcHost, packet.srcPort);
    this.#senders[path] = sender ?? null;
  }

  #sourceOf(packet: PacketView, rtp: RtpHeaderView, slot: number, path: number): number {
    let source = (this.#heads[path] as number) - 1;
    if (source >= 0 && this.sources.ssrc[source] === rtp.ssrc) {
      if (this.sources.isAnnounced[source] === 0) this.#resolve(packet, path);
      return source;
    }
    this.#resolve(packet, path);
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
    const source = sources.add(path, rtp, packet.frame.timeUs);
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
    this.#senders[path]?.addSending(source);
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
    const { statistics, flows, hosts, events } = this.#parts;
    const { sources } = this;
    hosts.learnPath(hosts.source(packet), packet);
    const receiver = this.#receivers[path] ?? null;
    const sender = this.#senders[path] ?? null;
    const received = sources.received[source] as number;
    if (receiver?.isAnnounced === true || sender?.isAnnounced === true) {
      sources.isAnnounced[source] = 1;
      statistics.streamsAnnounced++;
    } else {
      if (received < PROBATION_PACKETS) return false;
      if (Math.abs(sources.lost(source)) > 2) return false;
      statistics.streamsUnannounced++;
      this.#receivers[path] = this.endpoints.at(packet.dstHost, packet.dstPort);
      const event = events.raise(EventKind.RTP_UNANNOUNCED, packet.frame.timeUs, received);
      if (event !== null) this.#aim(event, packet, null);
    }
    sources.isCounted[source] = 1;
    statistics.rtpPackets += received;
    flows.setAppProto(slot, AppProto.RTP);
    return true;
  }

  /** A packet reached an endpoint: its rate, and whether its sender has any business there. */
  #receive(
    packet: PacketView,
    receiver: MediaEndpoint,
    slot: number,
    path: number,
    payloadType: number,
  ): void {
    const timeUs = packet.frame.timeUs;
    if (timeUs - receiver.windowStartUs >= RATE_WINDOW_US) {
      receiver.windowStartUs = timeUs;
      receiver.windowPackets = 0;
    }
    const rate = ++receiver.windowPackets;
    if (rate >= RATE_REPORTED_MIN && isPowerOfTwo(rate) && isAudio(receiver, payloadType)) {
      const event = this.#parts.events.raise(EventKind.RTP_FLOOD, timeUs, rate);
      if (event !== null) this.#aim(event, packet, receiver);
    }
    let feed = this.#feeds[path] ?? null;
    if (feed === null) {
      feed = this.#addFeed(packet, receiver, slot, path);
      this.#feeds[path] = feed;
    }
    feed.lastUs = timeUs;
    feed.packets++;
    if (!feed.isTrusted && isPowerOfTwo(feed.packets))
      this.#judgeFeed(packet, receiver, slot, feed);
  }

  #addFeed(packet: PacketView, receiver: MediaEndpoint, slot: number, path: number): Feed {
    const timeUs = packet.frame.timeUs;
    const sender = this.endpoints.find(packet.srcHost, packet.srcPort);
    const isAnnounced = sender?.isAnnounced === true;
    const feed: Feed = {
      path,
      generation: this.#parts.flows.generation(slot),
      host: packet.srcHost,
      port: packet.srcPort,
      isTrusted: isAnnounced || !receiver.feeds.some((other) => isActive(other, timeUs)),
      isAnnounced,
      firstUs: timeUs,
      lastUs: timeUs,
      packets: 0,
    };
    // A sender that was only believed because nobody else was there loses to an announced one.
    if (isAnnounced) {
      for (const other of receiver.feeds) if (!other.isAnnounced) other.isTrusted = false;
    }
    receiver.addFeed(feed);
    return feed;
  }

  /** DETECTIONS 2b rank 5: two senders at the same time, one of which nobody announced. */
  #judgeFeed(packet: PacketView, receiver: MediaEndpoint, slot: number, feed: Feed): void {
    const { flows, events, names } = this.#parts;
    const timeUs = packet.frame.timeUs;
    if (receiver.hasIce || isMulticast(receiver.host)) return;
    if (!receiver.isAnnounced && flows.isEstablished(slot)) {
      feed.isTrusted = true;
      return;
    }
    const own = receiver.feeds.find(
      (other) => other.isTrusted && isActive(other, timeUs) && other.lastUs > feed.firstUs,
    );
    if (own === undefined || own.packets < PROBATION_PACKETS) return;
    const event = events.raise(EventKind.RTP_FOREIGN_SOURCE, timeUs, feed.packets);
    if (event === null) return;
    this.#aim(event, packet, receiver);
    event.evidence = [
      {
        what: "media source",
        expected: `${names.text(own.host)}:${own.port}`,
        seen: `${names.text(feed.host)}:${feed.port}`,
      },
    ];
  }

  #reportRival(packet: PacketView, source: number, path: number): void {
    const rival = this.sources.rivalPackets[source] as number;
    if (!isPowerOfTwo(rival)) return;
    const { events, hosts } = this.#parts;
    const event = events.raise(EventKind.RTP_SEQUENCE_HIJACK, packet.frame.timeUs, rival);
    if (event === null) return;
    this.#aim(event, packet, this.#receivers[path] ?? null);
    const change = hosts.pathChange(hosts.source(packet), packet);
    event.evidence = [
      {
        what: "sequence numbers of one SSRC",
        expected: "one running sequence",
        seen: `two interleaved, ${rival} packets in the second`,
      },
      ...(change === null ? [] : [{ what: "path", expected: change.expected, seen: change.seen }]),
    ];
  }

  /** A second SSRC between the packets of the first, on one directed flow (DETECTIONS 2b rank 7, 10). */
  #secondSsrc(packet: PacketView, source: number, path: number): void {
    const { sources } = this;
    const received = sources.received[source] as number;
    if (!isPowerOfTwo(received)) return;
    const timeUs = packet.frame.timeUs;
    const own = (this.#heads[path] as number) - 1;
    if (timeUs - (sources.lastUs[own] as number) > OVERLAP_US) {
      this.#promote(source, path);
      return;
    }
    if ((sources.lastUs[own] as number) <= (sources.firstUs[source] as number)) return;
    const receiver = this.#receivers[path] ?? null;
    const isOtherPath = sources.isOtherPath[source] === 1;
    const isAgreed = receiver === null || receiver.isShared || receiver.hasIce;
    const isSingle = receiver?.isAnnounced === true && receiver.kind === "audio" && !isAgreed;
    if (!isOtherPath && !isSingle) return;
    const { events, hosts } = this.#parts;
    const event = events.raise(EventKind.RTP_FOREIGN_SSRC, timeUs, received);
    if (event === null) return;
    this.#aim(event, packet, receiver);
    const change = hosts.pathChange(hosts.source(packet), packet);
    event.evidence = [
      {
        what: "SSRC",
        expected: ssrcText(sources.ssrc[own] as number),
        seen: ssrcText(sources.ssrc[source] as number),
      },
      ...(change === null ? [] : [{ what: "path", expected: change.expected, seen: change.seen }]),
    ];
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

  #aim(event: DetectionEvent, packet: PacketView, receiver: MediaEndpoint | null): void {
    const { hosts, names } = this.#parts;
    hosts.source(packet);
    hosts.destination(packet);
    event.srcHost = packet.srcHost;
    event.srcPort = packet.srcPort;
    event.dstHost = packet.dstHost;
    event.dstPort = packet.dstPort;
    event.client = packet.srcHost;
    event.server = packet.dstHost;
    event.packet = packet;
    const invite = receiver?.call?.invite;
    event.subject = {
      ...NO_SUBJECT,
      callId: invite?.callId ?? "",
      account: invite?.account ?? "",
      fromUser: invite?.fromUser ?? "",
      toUser: invite?.toUser ?? "",
      stream: `${names.text(packet.dstHost)}:${packet.dstPort}`,
    };
  }
}

function isPowerOfTwo(value: number): boolean {
  return (value & (value - 1)) === 0;
}

function isActive(feed: Feed, timeUs: number): boolean {
  return timeUs - feed.lastUs < OVERLAP_US;
}

function isAudio(receiver: MediaEndpoint, payloadType: number): boolean {
  return receiver.isAnnounced ? receiver.kind === "audio" : STATIC_AUDIO_TYPES.has(payloadType);
}

/** RFC 1112 4: 224.0.0.0/4. */
function isMulticast(host: HostKey): boolean {
  return host >= 0xe0000000 && host < 0xf0000000;
}

function ssrcText(ssrc: number): string {
  return `0x${(ssrc >>> 0).toString(16).padStart(8, "0")}`;
}
