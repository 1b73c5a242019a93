import type { HostKey } from "../decode/host.ts";
import type { PacketView } from "../decode/packet.ts";
import { type DetectionEvent, NO_SUBJECT } from "./event.ts";
import { EventKind } from "./event-kind.ts";
import type { MediaParts } from "./media.ts";
import type { Feed, MediaEndpoint } from "./media-endpoints.ts";
import type { MediaPaths } from "./media-paths.ts";
import type { RtpSourceTable } from "./rtp-sources.ts";

/** A sender is believed to be the stream's own after this many packets. */
const OWN_PACKETS_MIN = 8;
/** Lowest rate that is reported; below it no audio stream is unusual. */
export const RATE_REPORTED_MIN = 128;
/** Payload types that are audio by RFC 3551 table 4. */
const STATIC_AUDIO_TYPES = new Set([0, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 18]);

/** Turns what is wrong with a stream into facts (DETECTIONS 2b), at powers of two. */
export class MediaJudge {
  readonly #parts: MediaParts;
  readonly #paths: MediaPaths;
  readonly #sources: RtpSourceTable;

  constructor(parts: MediaParts, paths: MediaPaths, sources: RtpSourceTable) {
    this.#parts = parts;
    this.#paths = paths;
    this.#sources = sources;
  }

  unannounced(packet: PacketView, received: number): void {
    const event = this.#parts.events.raise(EventKind.RTP_UNANNOUNCED, packet.timeUs, received);
    if (event !== null) this.#aim(event, packet, null);
  }

  /** `rate`: packets towards the endpoint within the current second. */
  rate(packet: PacketView, receiver: MediaEndpoint, rate: number, payloadType: number): void {
    if (rate < RATE_REPORTED_MIN || !isPowerOfTwo(rate) || !isAudio(receiver, payloadType)) return;
    const event = this.#parts.events.raise(EventKind.RTP_FLOOD, packet.timeUs, rate);
    if (event !== null) this.#aim(event, packet, receiver);
  }

  /** DETECTIONS 2b rank 5: two senders at the same time, one of which nobody announced. */
  feed(packet: PacketView, receiver: MediaEndpoint, slot: number, feed: Feed): void {
    const paths = this.#paths;
    const packets = paths.packets(feed);
    if (feed.isTrusted || !isPowerOfTwo(packets)) return;
    const { flows, events, names } = this.#parts;
    const timeUs = packet.timeUs;
    if (receiver.hasIce || isMulticast(receiver.host)) return;
    if (!receiver.isAnnounced && flows.isEstablished(slot)) {
      feed.isTrusted = true;
      return;
    }
    const own = receiver.feeds.find(
      (other) =>
        other.isTrusted && paths.isActive(other, timeUs) && paths.lastUs(other) > feed.firstUs,
    );
    if (own === undefined || paths.packets(own) < OWN_PACKETS_MIN) return;
    const event = events.raise(EventKind.RTP_FOREIGN_SOURCE, timeUs, packets);
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

  /** Two sequences of one SSRC. */
  rival(packet: PacketView, source: number, path: number): void {
    const rival = this.#sources.rivalPackets[source] as number;
    if (!isPowerOfTwo(rival)) return;
    const { events, hosts } = this.#parts;
    const event = events.raise(EventKind.RTP_SEQUENCE_HIJACK, packet.timeUs, rival);
    if (event === null) return;
    this.#aim(event, packet, this.#paths.receiver(path));
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

  /** A second SSRC between the packets of the first (`own`), on one directed flow (rank 7, 10). */
  secondSsrc(packet: PacketView, source: number, own: number, path: number): void {
    const sources = this.#sources;
    const timeUs = packet.timeUs;
    const received = sources.received[source] as number;
    if ((sources.lastUs[own] as number) <= (sources.firstUs[source] as number)) return;
    const receiver = this.#paths.receiver(path);
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
    const invite = receiver?.call?.texts;
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

export function isPowerOfTwo(value: number): boolean {
  return (value & (value - 1)) === 0;
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
