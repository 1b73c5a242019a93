import { DelayQueue } from "../../base/delay-queue.ts";
import type { HostKey } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { RtcpView } from "../../decode/rtp/rtcp.ts";
import { type PacketOrigin, SeenPacket } from "../facts/packet-origin.ts";
import { Rank } from "../hosts/standing.ts";
import { wayTextOf } from "../hosts/way.ts";
import { COPIES_MIN } from "../rtp/rtp-copies.ts";
import type { RtpSourceTable } from "../rtp/rtp-sources.ts";
import type { RtpStreams } from "../rtp/rtp-streams.ts";
import { BleedProbes, type SuspectFlow } from "./bleed.ts";
import type { MediaParts } from "./media.ts";
import {
  type Feed,
  type MediaEndpoint,
  type MediaEndpointTable,
  Trust,
} from "./media-endpoints.ts";
import type { MediaFeeds } from "./media-feeds.ts";
import type { MediaFlows } from "./media-flows.ts";
import { MovedByDeed, movedByDeed } from "./moved-by-deed.ts";
import { SuspectJudge } from "./suspect-judge.ts";

/** A flow that never got further is a probe, not a stream. */
const PROBE_PACKETS_MAX = 8;
/** Probed ports from which on it is told, at powers of two. */
const PROBE_PORTS_MIN = 4;
/** A leak is told when the call's own media went on this long after it began. */
const OWN_GOES_ON_US = 1_000_000;
/** Looks at a flow of which the leak is not over, and may be none: six seconds. */
const LOOKS_MAX = 4;
/** Telephones ring for as long. */
const RINGING_US = 30_000_000;
/** RTCP BYE: RTP that goes on this long and with so many packets disproves it. */
const BYE_WAIT_US = 1_500_000;
const BYE_PACKETS_MIN = 25;
const BYE_DISPROVED_US = 1_000_000;
const BYES_MAX = 1024;

interface SuspectBye {
  /** Handle of the RTP source that is said to leave. */
  readonly source: number;
  readonly received: number;
  readonly receiver: MediaEndpoint;
  readonly timeUs: number;
  readonly srcHost: HostKey;
  readonly srcPort: number;
  readonly way: string;
  readonly isForged: boolean;
  readonly ssrc: number;
  readonly origin: PacketOrigin;
}

export interface SuspectParts {
  readonly endpoints: MediaEndpointTable;
  readonly sources: RtpSourceTable;
  readonly flows: MediaFlows;
  readonly feeds: MediaFeeds;
  readonly streams: RtpStreams;
}

/** What can only be told a moment later: RTPbleed's probes and leaks, RTCP BYEs that the stream disproves. */
export class MediaSuspects {
  readonly #parts: MediaParts;
  readonly #own: SuspectParts;
  readonly #judge: SuspectJudge;
  readonly #probes = new BleedProbes();
  readonly #byes = new DelayQueue<SuspectBye>(BYE_WAIT_US, BYES_MAX);

  constructor(parts: MediaParts, own: SuspectParts) {
    this.#parts = parts;
    this.#own = own;
    this.#judge = new SuspectJudge(parts);
  }

  /** The first RTP packet of a directed flow of which not both ends are named. */
  newFlow(packet: PacketView, source: number): void {
    const { names } = this.#parts;
    names.remember(packet.srcHost, packet.view, packet.srcAddressStart);
    names.remember(packet.dstHost, packet.view, packet.dstAddressStart);
    const { srcHost, srcPort, dstHost, dstPort } = packet;
    const origin = new SeenPacket(packet);
    const ref = this.#own.sources.ref(source);
    const flow = { source: ref, srcHost, srcPort, dstHost, dstPort, origin, looks: 0 };
    this.#probes.push(flow, packet.timeUs);
  }

  /** RTCP travels beside the RTP, one port up, or in the same ports (RFC 3550 11, RFC 5761). */
  rtcp(packet: PacketView, rtcp: RtcpView): void {
    for (let i = 0; i < rtcp.byeCount; i++) {
      const ssrc = rtcp.byeSsrcs[i] as number;
      for (const port of [packet.dstPort - 1, packet.dstPort]) {
        const receiver = this.#own.endpoints.find(packet.dstHost, port);
        if (receiver !== undefined && this.#bye(packet, ssrc, receiver)) break;
      }
    }
  }

  isDue(nowUs: number): boolean {
    return this.#probes.isDue(nowUs) || this.#byes.isDue(nowUs);
  }

  advance(nowUs: number): void {
    const { events } = this.#parts;
    while (!events.isHalfFull) {
      const flow = this.#probes.takeDue(nowUs);
      if (flow === undefined) break;
      this.#flowDue(flow, nowUs);
    }
    while (!events.isHalfFull) {
      const bye = this.#byes.takeDue(nowUs);
      if (bye === undefined) break;
      this.#byeDue(bye, nowUs);
    }
  }

  #bye(packet: PacketView, ssrc: number, receiver: MediaEndpoint): boolean {
    const { sources, flows } = this.#own;
    for (const feed of flows.sendersOf(receiver)) {
      if (feed.directedFlow < 0 || feed.trust === Trust.NONE) continue;
      let source = this.#own.streams.headOf(feed.directedFlow);
      while (source >= 0 && sources.ssrc(source) !== ssrc) source = sources.next(source);
      if (source < 0 || !flows.isActive(feed, packet.timeUs)) continue;
      const isForged = feed.host === packet.srcHost;
      if (isForged ? sources.isOwnWay(source, packet) : this.#isOfOtherEnd(packet, receiver)) {
        return true;
      }
      this.#byes.push(
        {
          source: sources.ref(source),
          received: sources.received(source),
          receiver,
          timeUs: packet.timeUs,
          srcHost: packet.srcHost,
          srcPort: packet.srcPort,
          way: wayTextOf(packet),
          isForged,
          ssrc,
          origin: new SeenPacket(packet),
        },
        packet.timeUs,
      );
      return true;
    }
    return false;
  }

  /** The call's own description has it as the other end: its media goes through a relay, its reports do not. */
  #isOfOtherEnd(packet: PacketView, receiver: MediaEndpoint): boolean {
    const { srcHost, srcPort } = packet;
    const ends = receiver.ownerCall?.endpoints ?? [];
    const isNamed = ends.some(
      ({ host, port }) => host === srcHost && (port === srcPort || port + 1 === srcPort),
    );
    return isNamed && !this.#parts.hosts.isByForeignWay(packet);
  }

  #byeDue(bye: SuspectBye, nowUs: number): void {
    const { sources } = this.#own;
    const slot = sources.slotOf(bye.source);
    if (slot < 0) return;
    const packets = sources.received(slot) - bye.received;
    const goesOnUs = sources.lastUs(slot) - bye.timeUs;
    if (packets < BYE_PACKETS_MIN || goesOnUs < BYE_DISPROVED_US) return;
    const ms = Math.round(goesOnUs / 1000);
    this.#judge.rtcpBye(bye, bye.receiver, { packets, ms, nowUs });
  }

  #flowDue(flow: SuspectFlow, nowUs: number): void {
    const { endpoints, sources, feeds } = this.#own;
    const slot = sources.slotOf(flow.source);
    if (slot < 0) return;
    const packets = sources.received(slot);
    const sender = endpoints.find(flow.srcHost, flow.srcPort);
    if (sender?.owner?.call.isLive === true && !this.#leak(flow, sender, slot, nowUs)) {
      // Relays learn for some seconds: one that goes back and forth shows later.
      if (++flow.looks < LOOKS_MAX) this.#probes.push(flow, nowUs);
    }
    if (flow.looks > 1) return;
    if (packets > PROBE_PACKETS_MAX || sender?.isAnnounced === true) return;
    const receiver = endpoints.find(flow.dstHost, flow.dstPort);
    // Who is answered at an address that no call names has a conversation of some other kind.
    const row = sources.directedFlow(slot) >> 1;
    if (receiver?.isAnnounced !== true && this.#parts.flows.isEstablished(row)) return;
    if (receiver !== undefined) {
      const sent = { host: flow.srcHost, port: flow.srcPort };
      if (feeds.trustOf(sent, receiver) > Trust.NONE) return;
    }
    const ports = this.#probes.count(flow.srcHost, flow.dstHost, flow.dstPort, nowUs);
    if (ports < PROBE_PORTS_MIN || (ports & (ports - 1)) !== 0) return;
    this.#judge.bleedProbe(flow, ports, nowUs);
  }

  /** False when it may show later. An announced address sends to one that nobody named, and the one that was named goes on all the same. */
  #leak(flow: SuspectFlow, relay: MediaEndpoint, slot: number, nowUs: number): boolean {
    const { sources, flows, feeds } = this.#own;
    const thief = { host: flow.dstHost, port: flow.dstPort };
    if (feeds.trustOf(thief, relay) > Trust.NONE) return true;
    const senders = flows.sendersOf(relay);
    const taken = senders.find((feed) => feed.host === thief.host && feed.port === thief.port);
    // Who sent before the party itself did is its only sender for a while; a party that was named takes its place.
    const isFirst = taken?.trust === Trust.SOLE;
    if (taken !== undefined && taken.trust > Trust.SOLE) return true;
    // The call's own side, seen once more on the other side of a NAT.
    if (taken !== undefined && taken.copies >= COPIES_MIN) return true;
    const own = this.#goesOnBeside(senders, taken, slot);
    if (own === null) return !isFirst;
    const moved = movedByDeed(relay.ownerCall, thief.host);
    if (moved === MovedByDeed.TOLD) return true;
    if (moved === MovedByDeed.WEIGHED && !isLastLook(flow)) return false;
    const ends = {
      srcHost: thief.host,
      srcPort: thief.port,
      dstHost: relay.host,
      dstPort: relay.port,
      origin: flow.origin,
    };
    this.#judge.bleedLeak(ends, relay, own, {
      packets: sources.received(slot),
      hasSent: taken !== undefined && !mayBeFork(relay, own, taken),
      ports: this.#probes.portsOf(thief.host, relay.host),
      nowUs,
    });
    return true;
  }

  /** The call's own sender that goes on while the relay sends to `taken` by the source; null when there is none. */
  #goesOnBeside(senders: readonly Feed[], taken: Feed | undefined, slot: number): Feed | null {
    const { sources, flows } = this.#own;
    const isFirst = taken?.trust === Trust.SOLE;
    const firstUs = sources.firstUs(slot);
    const lastUs = sources.lastUs(slot);
    let own: Feed | null = null;
    for (const feed of senders) {
      if (feed === taken || feed.trust === Trust.NONE) continue;
      if (isFirst && feed.trust < Trust.CHECKED) continue;
      // The next call at this port, after one of which the mirror lost the answer.
      if (feed.firstUs > lastUs) continue;
      // A relay that changes over to the party goes on to the other one for a moment only.
      const sinceUs = isFirst ? Math.max(firstUs, feed.firstUs) : firstUs;
      const untilUs = isFirst ? Math.min(lastUs, flows.lastUs(feed)) : flows.lastUs(feed);
      if (untilUs - sinceUs >= OWN_GOES_ON_US) own = feed;
    }
    return own;
  }
}

/**
 * No answer to the relay's INVITE is in sight, and nobody has named who speaks with it: gateways of a fork play beside each other while it may ring, until
 * one of them is taken (RFC 3960), and a caller answers the first.
 */
function mayBeFork({ host, ownerCall }: MediaEndpoint, own: Feed, taken: Feed): boolean {
  if (ownerCall === null || own.trust > Trust.SOLE) return false;
  const { inviteUs = 0, isPartial = false, parties, rank } = ownerCall;
  if (rank >= Rank.ACCEPTED || isPartial || !parties.wasHeard(host)) return false;
  return Math.max(own.firstUs, taken.firstUs) - inviteUs <= RINGING_US;
}

function isLastLook({ looks }: SuspectFlow): boolean {
  return looks + 1 >= LOOKS_MAX;
}
