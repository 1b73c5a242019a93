import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";
import type { RtcpView } from "../../decode/rtp/rtcp.ts";
import type { SdpView } from "../../decode/sdp.ts";
import { staticClock } from "../../decode/sdp-media.ts";
import type { StunView } from "../../decode/stun.ts";
import { AppProto } from "../app-proto.ts";
import type { CallEnd, CallSide } from "../calls/calls.ts";
import type { EventList } from "../facts/event.ts";
import type { Statistics } from "../facts/statistics.ts";
import type { FlowTable } from "../flow.ts";
import type { HostTable } from "../hosts/hosts.ts";
import { mayBeKey } from "../rtp/own-keys.ts";
import { RtpQuality } from "../rtp/rtp-quality.ts";
import { RtpRivals } from "../rtp/rtp-rivals.ts";
import { SourceFlag } from "../rtp/rtp-source-rows.ts";
import { RtpSourceTable } from "../rtp/rtp-sources.ts";
import { RtpStreams } from "../rtp/rtp-streams.ts";
import type { TrackSettings } from "../settings.ts";
import { FaxPorts } from "./fax-ports.ts";
import { ForeignKeys } from "./foreign-keys.ts";
import { ForeignSources } from "./foreign-sources.ts";
import { IcePairs } from "./ice-pairs.ts";
import { MediaAnnouncer } from "./media-announcer.ts";
import type { Claim, ClaimingCall } from "./media-claim.ts";
import { type Feed, type MediaEndpoint, MediaEndpointTable } from "./media-endpoints.ts";
import { MediaFeeds } from "./media-feeds.ts";
import { MediaFlows } from "./media-flows.ts";
import { MediaJudge, RATE_REPORTED_MIN } from "./media-judge.ts";
import { type MediaMark, markOf, type WentOn, wentOnSince } from "./media-marks.ts";
import { MediaWatches } from "./media-watches.ts";
import type { OneWayMedia } from "./one-way.ts";
import { RunningMedia } from "./running-media.ts";

export interface MediaParts {
  readonly flows: FlowTable;
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
  readonly statistics: Statistics;
  readonly oneWay: OneWayMedia;
}

/**
 * Media by SDP endpoint: which streams run where, and who else writes into them (RFC 3550, RFC 3264). A
 * packet of a stream's own sender costs one look at its directed flow and its RTP source.
 */
export class MediaTracker {
  readonly endpoints: MediaEndpointTable;
  readonly sources: RtpSourceTable;
  readonly streams: RtpStreams;
  readonly faxPorts = new FaxPorts();
  /** Sees packets that look like RTP and belong to no stream (yet); null when nobody asks. */
  onStray: ((packet: PacketView) => void) | null = null;
  readonly #parts: MediaParts;
  readonly #flows: MediaFlows;
  readonly #judge: MediaJudge;
  readonly #announcer: MediaAnnouncer;
  readonly #ice = new IcePairs();
  readonly #feeds: MediaFeeds;
  readonly #rivals: RtpRivals;
  readonly #watches: MediaWatches;
  readonly #running: RunningMedia;
  /** Null where nobody asks how well streams come. */
  #quality: RtpQuality | null = null;

  constructor(settings: TrackSettings, parts: MediaParts) {
    this.endpoints = new MediaEndpointTable(settings.endpointsMax);
    this.sources = new RtpSourceTable(settings.streamsMax);
    this.#parts = parts;
    this.#flows = new MediaFlows(parts.flows, this.endpoints);
    this.#judge = new MediaJudge(parts, this.sources);
    this.#announcer = new MediaAnnouncer(this.endpoints);
    const { endpoints, sources } = this;
    const found = { endpoints, sources, flows: this.#flows, ice: this.#ice, judge: this.#judge };
    const keys = new ForeignKeys(parts);
    const own = { ...found, keys, foreign: new ForeignSources(parts, found) };
    this.#feeds = new MediaFeeds(parts, own);
    this.#rivals = new RtpRivals(own);
    const ofStreams = { ...own, rivals: this.#rivals };
    this.streams = new RtpStreams(2 * parts.flows.capacity, parts, ofStreams);
    const { streams } = this;
    this.#watches = new MediaWatches(parts, { ...own, feeds: this.#feeds, streams });
    const ofRunning = { ...found, streams, watches: this.#watches };
    this.#running = new RunningMedia(parts.statistics, ofRunning);
    streams.onNewFlow = (packet, source) => this.#watches.newFlow(packet, source);
  }

  /** Measures jitter and runs of loss from now on. */
  measureQuality(): RtpQuality {
    this.#quality ??= new RtpQuality(this.sources, (directedFlow, payloadType) => {
      const sender = this.senderOf(directedFlow)?.ownerCall?.notes?.formats;
      const formats = sender ?? this.receiverOf(directedFlow)?.ownerCall?.notes?.formats;
      return formats?.clockOf(payloadType) || staticClock(payloadType);
    });
    this.#running.quality = this.#quality;
    return this.#quality;
  }

  /** Makes the endpoints that a session description announces known, as a claim of that call. */
  announce(sdp: SdpView, call: ClaimingCall, end: CallEnd): void {
    this.#announcer.announce(sdp, call, end, this.#parts.statistics.lastUs);
    this.faxPorts.announce(sdp);
  }

  /** The call was answered or proved more: its claims on addresses are weighed anew. */
  answered(call: ClaimingCall): void {
    this.#announcer.answered(call, this.#parts.statistics.lastUs);
  }

  /** The call is forgotten, and so are its claims. */
  forget(call: ClaimingCall): void {
    this.#announcer.forget(call);
  }

  /** What a call's sides have sent so far, for `wentOn`. Take it when a BYE is accepted. */
  mark(call: ClaimingCall): MediaMark {
    return markOf(this.sources, call);
  }

  /** What the side has sent since the mark, as far as it is surely its own; null when nothing. */
  wentOn(call: ClaimingCall, side: CallSide, mark: MediaMark): WentOn | null {
    return wentOnSince(this.sources, call, side, mark);
  }

  isDue(nowUs: number): boolean {
    return this.#watches.isDue(nowUs);
  }

  advance(nowUs: number): void {
    this.#watches.advance(nowUs);
  }

  /** The short way of most packets, see `RunningMedia`. False: nothing was changed. */
  goesOn(packet: PacketView, directedFlow: number): boolean {
    return this.#running.goesOn(packet, directedFlow);
  }

  /** An RTP packet: `directedFlow` is `2 * flow row + direction`. */
  rtp(packet: PacketView, rtp: RtpHeaderView, row: number, directedFlow: number): void {
    const { sources } = this;
    const source = this.streams.sourceOf(packet, rtp, row, directedFlow);
    if (source < 0) {
      // More SSRCs than are told apart; one more is still one more beside the first, and one more packet.
      this.#receive(packet, directedFlow, rtp);
      this.#second(packet, rtp, source, directedFlow);
      return;
    }
    if (this.#quality !== null) this.#quality.rtp(source, rtp, packet);
    const isInOrder = sources.update(source, rtp, packet.timeUs);
    if (sources.isCounted(source)) this.#parts.statistics.rtpPackets++;
    else if (!this.#probe(packet, source, row, directedFlow)) return;
    this.#receive(packet, directedFlow, rtp);
    this.#watches.rtp(packet, source, rtp.payloadType, directedFlow);
    if (source !== this.streams.headOf(directedFlow)) {
      this.#second(packet, rtp, source, directedFlow);
    } else if (
      !isInOrder ||
      sources.flags(source) !== SourceFlag.VOICE ||
      mayBeKey(rtp.payloadEnd - rtp.payloadStart) ||
      !sources.isOwnWay(source, packet)
    ) {
      const receiver = this.#flows.receiver(directedFlow);
      this.#rivals.first(packet, rtp, { source, directedFlow, receiver, isInOrder });
    }
  }

  /** A payload that is no RTP, towards what may be a media endpoint. */
  other(packet: PacketView, directedFlow: number): void {
    this.#flows.resolve(packet, directedFlow);
    this.#receive(packet, directedFlow, null);
  }

  stun(packet: PacketView, stun: StunView): void {
    const { hosts } = this.#parts;
    const sender = this.endpoints.find(packet.srcHost, packet.srcPort);
    const isOwn = sender === undefined || this.sources.isWayOfAny(sender.sending, packet);
    const isByItsWay = isOwn && hosts.pathChange(hosts.source(packet), packet) === null;
    const isTrusted = !stun.isSuccess || isByItsWay;
    if (this.#ice.packet(packet, stun, isTrusted)) this.endpoints.announcements++;
  }

  rtcp(packet: PacketView, rtcp: RtcpView): void {
    this.#watches.rtcp(packet, rtcp);
  }

  /** What the call whose address receives a directed flow said of it; null when no signalling announced it. */
  claimOn(directedFlow: number): Claim | null {
    return this.#flows.receiver(directedFlow)?.owner ?? null;
  }

  /** The packet goes where a session description takes media, whatever kind of it. */
  isToMedia(packet: PacketView, directedFlow: number): boolean {
    return this.claimOn(directedFlow) !== null || this.faxPorts.has(packet.dstHost, packet.dstPort);
  }

  /** Endpoint that a directed flow comes from; null when nobody named it. */
  senderOf(directedFlow: number): MediaEndpoint | null {
    return this.#flows.sender(directedFlow);
  }

  receiverOf(directedFlow: number): MediaEndpoint | null {
    return this.#flows.receiver(directedFlow);
  }

  /** Who has sent to the endpoint. */
  sendersOf(endpoint: MediaEndpoint): readonly Readonly<Feed>[] {
    return this.#flows.sendersOf(endpoint);
  }

  /** Called for each stream that is about to be forgotten; its slot in `sources` is still whole. */
  set onStreamEnd(onEnd: (source: number) => void) {
    this.streams.onEnd = onEnd;
  }

  /** Call before a flow's row is given away. */
  flowEnded(row: number): void {
    const { flows, oneWay, statistics } = this.#parts;
    if (flows.appProto(row) === AppProto.RTP) {
      const isMutual = this.#flows.isMutual(2 * row) || this.#flows.isMutual(2 * row + 1);
      oneWay.flowEnded(flows, row, isMutual, statistics.lastUs);
    }
    for (const directedFlow of [2 * row, 2 * row + 1]) {
      this.streams.flowEnded(directedFlow);
      this.#flows.end(directedFlow);
    }
  }

  /** Decides whether a new source is a stream; true once it is, and counts what came before. */
  #probe(packet: PacketView, source: number, row: number, directedFlow: number): boolean {
    const { statistics, flows, hosts, names } = this.#parts;
    const { sources } = this;
    hosts.source(packet);
    names.remember(packet.dstHost, packet.view, packet.dstAddressStart);
    const receiver = this.#flows.receiver(directedFlow);
    const sender = this.#flows.sender(directedFlow);
    if (receiver?.isAnnounced === true || sender?.isAnnounced === true) {
      sources.setAnnounced(source);
      statistics.streamsAnnounced++;
      if (receiver === null) this.#flows.receiveUnnamed(packet, directedFlow);
    } else {
      if (!sources.isStream(source)) {
        this.onStray?.(packet);
        return false;
      }
      statistics.streamsUnannounced++;
      this.#flows.receiveUnnamed(packet, directedFlow);
      this.#judge.unannounced(packet, sources.received(source));
    }
    sources.setCounted(source);
    statistics.rtpPackets += sources.received(source);
    flows.setAppProto(row, AppProto.RTP);
    return true;
  }

  /** A packet reached an endpoint: its rate, and whether its sender has any business there. */
  #receive(packet: PacketView, directedFlow: number, rtp: RtpHeaderView | null): void {
    const flows = this.#flows;
    const payloadType = rtp === null ? -1 : rtp.payloadType;
    const timeUs = packet.timeUs;
    if (flows.isSole(directedFlow)) {
      const rate = flows.countSole(directedFlow, packet);
      if (rate === 1) this.#touch(directedFlow, timeUs);
      if (rate < RATE_REPORTED_MIN) return;
      this.#judge.rate(packet, flows.receiver(directedFlow), rate, payloadType);
      return;
    }
    const receiver = flows.receiver(directedFlow);
    if (receiver === null) return;
    const feed = flows.feed(directedFlow) ?? flows.addFeed(packet, receiver, directedFlow);
    if (feed === null) {
      this.#judge.rate(packet, receiver, flows.countSole(directedFlow, packet), payloadType);
      return;
    }
    const rate = flows.countReceived(receiver, timeUs);
    if (rate === 1) this.#touch(directedFlow, timeUs);
    const isMuch = rate >= RATE_REPORTED_MIN && (rate & (rate - 1)) === 0;
    const from = isMuch ? flows.busiest(receiver, timeUs) : null;
    this.#judge.rate(packet, receiver, rate, payloadType, from);
    flows.countFeed(directedFlow, packet);
    this.#feeds.packet(packet, rtp, receiver, { directedFlow, feed });
  }

  /** Once a second: both ends are in use, so others make room first. */
  #touch(directedFlow: number, timeUs: number): void {
    for (const endpoint of [this.#flows.receiver(directedFlow), this.#flows.sender(directedFlow)])
      if (endpoint !== null) this.endpoints.touch(endpoint, timeUs);
  }

  /** An SSRC beside the first one of its directed flow. */
  #second(packet: PacketView, rtp: RtpHeaderView, source: number, directedFlow: number): void {
    const head = this.streams.headOf(directedFlow);
    if (head < 0) return;
    const at = { head, directedFlow, receiver: this.#flows.receiver(directedFlow) };
    if (this.#rivals.second(packet, rtp, at) && source >= 0)
      this.streams.promote(source, directedFlow);
  }
}
