import { combine53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { PacketView } from "../../decode/packet.ts";
import { RtcpType, type RtcpView } from "../../decode/rtp/rtcp.ts";
import { EventKind } from "../facts/event-kind.ts";
import { wayTextOf } from "../hosts/way.ts";
import type { MediaParts } from "../media/media.ts";
import { MediaAim, ssrcText } from "../media/media-aim.ts";
import type { MediaEndpoint, MediaEndpointTable } from "../media/media-endpoints.ts";
import type { MediaFlows } from "../media/media-flows.ts";
import type { MediaJudge } from "../media/media-judge.ts";
import type { RtpSourceTable } from "./rtp-sources.ts";
import type { RtpStreams } from "./rtp-streams.ts";

/** Streams whose reports are compared. */
const STREAMS_MAX = 4096;
/** Addresses whose RTCP is counted. */
const ADDRESSES_MAX = 4096;
const RATE_WINDOW_US = 1_000_000;
/** Packets that are seen and not reported, between two reports: more than what is on its way, or comes twice over Wi-Fi. */
const EXCESS_MIN = 50;
const EXCESS_SHARE = 0.25;
/** An interval that agrees shows that this sender counts at all. */
const AGREES_PACKETS_MIN = 100;
/** A count that began anew at a hold looks like an excess, once. */
const EXCESS_INTERVALS = 2;
/** So many reports of somebody else between two of the stream's own sender. */
const FOREIGN_MIN = 3;

interface Reported {
  /** Of its own last report; -1 before the first. */
  sent: number;
  /** Packets that had been seen then. */
  received: number;
  hasAgreed: boolean;
  excesses: number;
  /** Reports in its name by somebody else since its last one. */
  foreign: number;
  foreignWay: string;
  isTold: boolean;
}

interface Rate {
  startUs: number;
  packets: number;
}

export interface ReportParts {
  readonly endpoints: MediaEndpointTable;
  readonly sources: RtpSourceTable;
  readonly flows: MediaFlows;
  readonly streams: RtpStreams;
  readonly judge: MediaJudge;
}

/** Sender reports (RFC 3550 6.4.1) against what was seen of the stream, and how many RTCP packets an address gets. */
export class RtcpReports {
  readonly #parts: MediaParts;
  readonly #own: ReportParts;
  readonly #aim: MediaAim;
  readonly #reported = new KeyMap<Reported>(STREAMS_MAX);
  readonly #rates = new KeyMap<Rate>(ADDRESSES_MAX);
  /** Pairs of hosts of which it was told that one sender reports one source twice. */
  readonly #twice = new KeyMap<true>(ADDRESSES_MAX);

  constructor(parts: MediaParts, own: ReportParts) {
    this.#parts = parts;
    this.#own = own;
    this.#aim = new MediaAim(parts);
  }

  packet(packet: PacketView, rtcp: RtcpView): void {
    const { endpoints } = this.#own;
    const { dstHost, dstPort } = packet;
    // One port up, or in the same ports (RFC 3550 11, RFC 5761).
    const receiver = endpoints.find(dstHost, dstPort - 1) ?? endpoints.find(dstHost, dstPort);
    if (rtcp.reportCount > 1 && rtcp.reportsTwice) this.#reportsTwice(packet, rtcp, receiver);
    if (receiver === undefined) return;
    this.#count(packet, receiver);
    if (packet.agentMos > 0) receiver.ownerCall?.notes?.addScore(packet.agentMos);
    for (let i = 0; i < rtcp.packetCount; i++) {
      if (rtcp.types[i] !== RtcpType.SR || (rtcp.sentCounts[i] as number) < 0) continue;
      this.#report(packet, receiver, rtcp.ssrcs[i] as number, rtcp.sentCounts[i] as number);
    }
  }

  #reportsTwice(packet: PacketView, rtcp: RtcpView, receiver: MediaEndpoint | undefined): void {
    const key = combine53(packet.srcHost, packet.dstHost);
    if (this.#twice.has(key)) return;
    this.#twice.set(key, true);
    const { events } = this.#parts;
    const event = events.raise(EventKind.RTCP_REPORTED_TWICE, packet.timeUs, rtcp.reportCount);
    if (event === null) return;
    this.#aim.atPacket(event, packet, receiver ?? null);
    event.evidence = [
      {
        what: "reports of one sender in one datagram",
        expected: "one of each source (RFC 3550 6.4.1)",
        seen: `${rtcp.reportCount}, of which two and more are of one source`,
      },
    ];
  }

  #count(packet: PacketView, receiver: MediaEndpoint): void {
    const { dstHost, dstPort, timeUs } = packet;
    const key = combine53(dstHost, dstPort);
    let rate = this.#rates.get(key);
    if (rate === undefined) {
      rate = { startUs: timeUs, packets: 0 };
      this.#rates.set(key, rate);
    } else if (timeUs - rate.startUs >= RATE_WINDOW_US) {
      rate.startUs = timeUs;
      rate.packets = 0;
      this.#rates.touch(key);
    }
    this.#own.judge.rate(packet, receiver, ++rate.packets, -1);
  }

  #report(packet: PacketView, receiver: MediaEndpoint, ssrc: number, sent: number): void {
    const { sources, flows, streams } = this.#own;
    let source = -1;
    let isOwnHost = false;
    for (const feed of flows.sendersOf(receiver)) {
      if (feed.directedFlow < 0 || !flows.isActive(feed, packet.timeUs)) continue;
      let at = streams.headOf(feed.directedFlow);
      while (at >= 0 && sources.ssrc(at) !== ssrc) at = sources.next(at);
      if (at < 0 || isOwnHost) continue;
      source = at;
      isOwnHost = feed.host === packet.srcHost;
    }
    if (source < 0) return;
    const ref = sources.ref(source);
    let known = this.#reported.get(ref);
    if (isOwnHost && sources.isOwnWay(source, packet)) {
      known ??= this.#begin(ref);
      this.#ownReport(packet, receiver, { source, sent, known });
      return;
    }
    // Of a stream that never reported itself nothing can be forged: perhaps its reports come by this way.
    if (known === undefined) return;
    known.foreign++;
    known.foreignWay = `${this.#parts.names.text(packet.srcHost)} by ${wayTextOf(packet)}`;
  }

  #begin(ref: number): Reported {
    const fresh: Reported = {
      ...{ sent: -1, received: 0, hasAgreed: false, excesses: 0 },
      ...{ foreign: 0, foreignWay: "", isTold: false },
    };
    this.#reported.set(ref, fresh);
    return fresh;
  }

  #ownReport(
    packet: PacketView,
    receiver: MediaEndpoint,
    { source, sent, known }: { source: number; sent: number; known: Reported },
  ): void {
    const received = this.#own.sources.received(source);
    const told = sent - known.sent;
    const seen = received - known.received;
    const excess = seen - told;
    const isFirst = known.sent < 0 || told < 0;
    known.sent = sent;
    known.received = received;
    const ssrc = ssrcText(this.#own.sources.ssrc(source));
    if (known.foreign >= FOREIGN_MIN) {
      this.#raise(packet, receiver, known, {
        ...{ what: `sender of reports of ${ssrc}`, expected: "the stream's own, which goes on" },
        seen: `${known.foreign} of ${known.foreignWay}`,
      });
    }
    known.foreign = 0;
    if (isFirst) return;
    if (excess < EXCESS_MIN || excess < EXCESS_SHARE * told) {
      known.excesses = 0;
      if (told >= AGREES_PACKETS_MIN) known.hasAgreed = true;
      return;
    }
    if (!known.hasAgreed || ++known.excesses < EXCESS_INTERVALS) return;
    this.#raise(packet, receiver, known, {
      what: `packets of ${ssrc} since its last report`,
      expected: `${told}, by its own report`,
      seen: `${seen}`,
    });
  }

  #raise(
    packet: PacketView,
    receiver: MediaEndpoint,
    known: Reported,
    contradiction: { what: string; expected: string; seen: string },
  ): void {
    if (known.isTold) return;
    known.isTold = true;
    const event = this.#parts.events.raise(EventKind.RTCP_CONTRADICTED, packet.timeUs, 1);
    if (event === null) return;
    this.#aim.atPacket(event, packet, receiver);
    event.subject = this.#aim.subjectOf(receiver, receiver.host, receiver.port);
    event.evidence = [contradiction];
  }
}
