import type { Config } from "../config/config.ts";
import { scaledLimits } from "../config/config.ts";
import { streamBytesOf } from "../config/config-shares.ts";
import { isHep } from "../decode/hep/hep-start.ts";
import type { MirrorCopies } from "../decode/mirror-copies.ts";
import { type PacketView, SkipReason } from "../decode/packet.ts";
import type { RoutingDomains } from "../decode/routing-domains.ts";
import { isSipOverTls, isSipsPort, isTurnOverTls } from "../decode/sips.ts";
import type { Connection } from "../decode/tcp/connection.ts";
import { isFromLow } from "../decode/tcp/connection-table.ts";
import { TcpSegment } from "../decode/tcp/segment.ts";
import type { StreamFollower } from "../decode/tcp/stream-progress.ts";
import { TcpStreams } from "../decode/tcp/streams.ts";
import type { KeyLog } from "../decode/tls/key-log.ts";
import { TlsUnread } from "../decode/tls/tls-unread.ts";
import type { Statistics } from "../track/facts/statistics.ts";
import type { FlowTable } from "../track/flow.ts";
import type { UnreadSip } from "../track/sensor/unread.ts";
import { Unread } from "../track/sensor/unread-reason.ts";

/** The part of the engine that looks at TCP headers. */
interface SegmentRules {
  readonly looksAtSegments: boolean;
  inspectSegment(packet: PacketView, segment: TcpSegment): void;
}

export interface StreamParts {
  readonly config: Config;
  readonly flows: FlowTable;
  readonly statistics: Statistics;
  readonly copies: MirrorCopies;
  readonly domains: RoutingDomains;
  readonly unread: UnreadSip;
  /** Keys of TLS; null without a key log. */
  readonly keyLog: KeyLog | null;
  /** What a message goes through, as a datagram would. */
  readonly follow: (packet: PacketView, slot: number) => void;
  /** Rules that look at TCP headers; asked for each segment. */
  readonly headerRules: SegmentRules;
  /** Data of a connection that is no SIP, or SIP over TLS, and who asks for one; without a segment a frame without IP, or ICMP. */
  readonly apart: (packet: PacketView, segment: TcpSegment | null) => void;
  /** What a message of a capture agent goes through; returns for how many bytes it has packed. */
  readonly agent: (packet: PacketView) => number;
  /** A message that comes behind those that the packet at hand has brought. */
  readonly later: (packet: PacketView) => void;
}

const UNREAD_OF: Readonly<Record<TlsUnread, Unread>> = {
  [TlsUnread.NO_KEY]: Unread.TLS,
  [TlsUnread.OLD_VERSION]: Unread.TLS_OLD,
  [TlsUnread.RENEGOTIATED]: Unread.TLS_RENEGOTIATED,
  [TlsUnread.EARLY_DATA]: Unread.TLS_EARLY,
};

/** From TCP packets to SIP messages that go the way of datagrams, and the flows of their connections. */
export class PipelineStreams implements StreamFollower {
  readonly table: TcpStreams;
  readonly #parts: StreamParts;
  readonly #segment = new TcpSegment();
  /** Flow of the segment at hand. */
  #slot = -1;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    const connectionsMax = scaledLimits(parts.config).connectionsMax;
    const bytesMax = streamBytesOf(parts.config);
    const { keyLog } = parts;
    this.table = new TcpStreams({ connectionsMax, bytesMax, keyLog }, this);
  }

  /** Takes a packet that `decodePacket` calls TCP; returns why it is left alone, NONE when it is followed. */
  take(packet: PacketView): SkipReason {
    const { copies, domains, statistics } = this.#parts;
    const segment = this.#segment;
    statistics.tcpPackets++;
    if (!segment.decode(packet)) return SkipReason.TCP_BAD_HEADER;
    packet.srcPort = segment.srcPort;
    packet.dstPort = segment.dstPort;
    packet.network = domains.networkOf(packet);
    // Repeated bytes do no harm in a stream; but a packet on two VLANs says that these are one network.
    if (domains.hasSeveral(packet) && copies.isCopy(segment.asWhole(packet))) {
      domains.unite(copies.firstNetwork, packet.network);
      return SkipReason.MIRROR_COPY;
    }
    const isForRules = this.#parts.headerRules.looksAtSegments;
    const isCopy = isForRules && copies.isCopy(segment.asWhole(packet));
    segment.asSegment(packet);
    domains.place(packet);
    if (isForRules && !isCopy) this.#inspect(packet);
    const bytes = statistics.untoldBytes;
    statistics.untoldBytes = 0;
    if (this.table.take(packet, segment)) {
      statistics.tcpBytes += bytes;
      return SkipReason.NONE;
    }
    statistics.untoldBytes = bytes;
    if (isSipOverTls(packet, segment)) {
      if (!this.table.isOpeningTls) this.#parts.unread.note(Unread.TLS, packet);
    } else if (isTurnOverTls(packet, segment)) {
      this.#parts.unread.note(Unread.TURN_TLS, packet);
    }
    if (segment.start < segment.end || segment.isOpening) this.#parts.apart(packet, segment);
    return SkipReason.TCP;
  }

  /** Shows the rules the data as the payload, as Suricata does. */
  #inspect(packet: PacketView): void {
    const { payloadEnd, payloadStart, payloadWireLength } = packet;
    const { bytes, end, start } = this.#segment;
    packet.payloadStart = start;
    packet.payloadEnd = end;
    packet.payloadWireLength = bytes;
    this.#parts.headerRules.inspectSegment(packet, this.#segment);
    packet.payloadStart = payloadStart;
    packet.payloadEnd = payloadEnd;
    packet.payloadWireLength = payloadWireLength;
  }

  segment(packet: PacketView, early: Connection | null): void {
    const { flows } = this.#parts;
    const slot = flows.track(packet);
    this.#slot = slot;
    if (early === null) return;
    const { client, directions, firstUs } = early;
    const own = directions[isFromLow(packet, packet) ? 0 : 1];
    const isClient = client < 0 || directions[client] === own;
    if (!isClient && flows.isToServer(slot, packet)) flows.swapSides(slot);
    const peer = early.peerOf(own);
    const isToServer = flows.isToServer(slot, packet);
    flows.addEarlier(slot, isToServer, own.packets, own.bytes, firstUs);
    flows.addEarlier(slot, !isToServer, peer.packets, peer.bytes, firstUs);
  }

  message(packet: PacketView): void {
    if (isHep(packet.bytes, packet.payloadStart, packet.payloadEnd)) {
      this.table.spend(this.#parts.agent(packet));
      return;
    }
    this.#parts.statistics.tcpMessages++;
    // What time lets go on has no segment of its own.
    if (this.#slot < 0) this.#slot = this.#parts.flows.track(packet);
    this.#parts.follow(packet, this.#slot);
  }

  unreadable(packet: PacketView, { directions, isFollowed }: Connection, why: TlsUnread): void {
    // On another port it is SIP only if it was seen to be.
    if (!isSipsPort(packet) && !isFollowed) return;
    const packets = Math.max(1, directions[0].packets + directions[1].packets);
    this.#parts.unread.note(UNREAD_OF[why], packet, packets);
  }

  later(packet: PacketView): void {
    this.#parts.later(packet);
  }

  turn(): void {
    this.#slot = -1;
  }

  keepalive(): void {
    this.#parts.statistics.keepalives++;
  }

  advance(nowUs: number): void {
    this.table.advance(nowUs);
  }

  finish(nowUs: number): void {
    this.table.finish(nowUs);
  }
}
