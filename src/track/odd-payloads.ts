import { PayloadKind } from "../decode/classify.ts";
import type { HostNames } from "../decode/host-names.ts";
import type { PacketView } from "../decode/packet.ts";
import type { RtpHeaderView } from "../decode/rtp/header.ts";
import { holdsSip } from "../decode/wrapped-sip.ts";
import { AppProto } from "./app-proto.ts";
import type { EventList } from "./facts/event.ts";
import { EventKind } from "./facts/event-kind.ts";
import type { Statistics } from "./facts/statistics.ts";
import type { FlowTable } from "./flow.ts";
import type { HostTable } from "./hosts/hosts.ts";
import type { Peers } from "./hosts/peers.ts";
import { Rank } from "./hosts/standing.ts";
import { FaxWays } from "./media/fax-ways.ts";
import type { MediaTracker } from "./media/media.ts";
import type { UnreadSip } from "./sensor/unread.ts";
import { Unread } from "./sensor/unread-reason.ts";
import type { SideTrackers } from "./side-trackers.ts";

/** RFC 3261 19.1.2. */
const SIP_PORT = 5060;
/** Audio packets stay below an Ethernet frame, and so does UDPTL (T38FaxMaxDatagram). */
const MEDIA_BYTES_MAX = 4096;
/** Services with large datagrams of their own: system ports (RFC 6335 6), and NFS. */
const SERVICE_PORT_MAX = 2049;

export interface OddPayloadParts {
  readonly events: EventList;
  readonly flows: FlowTable;
  readonly hosts: HostTable;
  readonly media: MediaTracker;
  readonly names: HostNames;
  readonly peers: Peers;
  /** The header of the packet that is looked at. */
  readonly rtp: RtpHeaderView;
  readonly sides: SideTrackers;
  readonly statistics: Statistics;
  readonly unread: UnreadSip;
}

/** Payloads that are none of all, or that look like media and contradict themselves. */
export class OddPayloads {
  readonly #parts: OddPayloadParts;

  readonly #faxWays: FaxWays;

  constructor(parts: OddPayloadParts) {
    this.#parts = parts;
    this.#faxWays = new FaxWays(parts);
  }

  /** `path` is `2 * flow row + direction`, `looksLike` what the first bytes promised. */
  packet(packet: PacketView, slot: number, path: number, looksLike: PayloadKind): void {
    const { flows, media, rtp, sides, statistics, unread } = this.#parts;
    switch (looksLike) {
      case PayloadKind.RTCP:
        statistics.rtcpPackets++;
        flows.nameAppProto(slot, AppProto.RTCP);
        // Of SRTCP only the first eight bytes are in clear (RFC 3711 3.4).
        if (media.claimOn(path)?.isSecure === false) {
          this.#raise(EventKind.RTCP_BAD_HEADER, packet, 0);
        }
        return;
      case PayloadKind.STUN:
        statistics.stunPackets++;
        flows.nameAppProto(slot, AppProto.STUN);
        return;
      default:
        if (looksLike === PayloadKind.RTP && this.#isEncrypted(path)) {
          media.rtp(packet, rtp, slot, path);
          return;
        }
        statistics.otherPayloads++;
        if (looksLike === PayloadKind.TEXT && isCut(packet) && isSipPort(packet)) {
          unread.note(Unread.CUT, packet);
        }
        // A letter may be the first byte of another header: of IP (FOU), or of HEP on a port of its own.
        else if (looksLike !== PayloadKind.RTP && holdsWrapped(packet)) {
          unread.note(Unread.WRAPPED, packet);
        }
        sides.stray(packet);
        media.other(packet, path);
        if (media.faxPorts.isBetween(packet)) this.#faxWays.packet(packet);
        if (looksLike === PayloadKind.RTP && media.claimOn(path) !== null) {
          this.#raise(EventKind.RTP_BAD_HEADER, packet, 0);
        }
        if (packet.payloadWireLength > MEDIA_BYTES_MAX && this.#isMedia(packet, path)) {
          this.#raise(EventKind.MEDIA_OVERSIZED, packet, packet.payloadWireLength);
        }
    }
  }

  /** What ails the header is only the padding count, which SRTP hides from us (RFC 3711 3.1). */
  #isEncrypted(path: number): boolean {
    const { media, rtp } = this.#parts;
    return rtp.isOnlyPaddingBad && media.claimOn(path)?.isSecure === true;
  }

  /** Where a call takes media, or between high ports of two hosts that call each other. */
  #isMedia(packet: PacketView, path: number): boolean {
    const { dstHost, dstPort, srcHost, srcPort, timeUs } = packet;
    if (this.#parts.media.isToMedia(packet, path)) return true;
    const isHigh = srcPort > SERVICE_PORT_MAX && dstPort > SERVICE_PORT_MAX;
    return isHigh && this.#parts.peers.rank(srcHost, dstHost, timeUs) >= Rank.ACCEPTED;
  }

  #raise(kind: number, packet: PacketView, value: number): void {
    const { events, hosts } = this.#parts;
    const event = events.raise(kind, packet.timeUs, value);
    if (event === null) return;
    hosts.source(packet);
    hosts.destination(packet);
    event.aimAtPacket(packet);
  }
}

/** The capture holds less of the payload than the wire did. */
export function isCut({ payloadStart, payloadEnd, payloadWireLength }: PacketView): boolean {
  return payloadWireLength > payloadEnd - payloadStart;
}

function holdsWrapped({ bytes, payloadEnd, payloadStart }: PacketView): boolean {
  return holdsSip(bytes, payloadStart, payloadEnd);
}

function isSipPort({ srcPort, dstPort }: PacketView): boolean {
  return srcPort === SIP_PORT || dstPort === SIP_PORT;
}
