import { isRtcpType } from "../../decode/classify.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { Statistics } from "../facts/statistics.ts";
import { mayBeKey } from "../rtp/own-keys.ts";
import type { RtpQuality } from "../rtp/rtp-quality.ts";
import type { RtpSourceTable } from "../rtp/rtp-sources.ts";
import type { RtpStreams } from "../rtp/rtp-streams.ts";
import type { MediaEndpointTable } from "./media-endpoints.ts";
import type { MediaFlows } from "./media-flows.ts";
import { RATE_REPORTED_MIN } from "./media-judge.ts";
import type { MediaWatches } from "./media-watches.ts";

const RTP_HEADER_BYTES = 12;
/** RFC 3550 5.1: version 2; neither padding, extension nor contributing sources. */
const PLAIN_RTP = 0x80;

/**
 * The short way of most packets: plain RTP, next in the sequence of the only stream that its receiver gets, by that stream's
 * own way, in a second that has begun. Whatever differs takes the general way, `MediaTracker.rtp`, which does the same
 * with such a packet (test/property/short-ways.test.ts). Times go from hand to hand inside of the packet: as a number each call would
 * allocate one.
 */
export class RunningMedia {
  /** Null where nobody asks how well streams come. */
  quality: RtpQuality | null = null;
  readonly #statistics: Statistics;
  readonly #endpoints: MediaEndpointTable;
  readonly #sources: RtpSourceTable;
  readonly #streams: RtpStreams;
  readonly #flows: MediaFlows;
  readonly #watches: MediaWatches;

  constructor(
    statistics: Statistics,
    own: {
      readonly endpoints: MediaEndpointTable;
      readonly sources: RtpSourceTable;
      readonly streams: RtpStreams;
      readonly flows: MediaFlows;
      readonly watches: MediaWatches;
    },
  ) {
    this.#statistics = statistics;
    this.#endpoints = own.endpoints;
    this.#sources = own.sources;
    this.#streams = own.streams;
    this.#flows = own.flows;
    this.#watches = own.watches;
  }

  /** Counts the packet and returns true; of any other packet it changes nothing. */
  goesOn(packet: PacketView, directedFlow: number): boolean {
    const { view, payloadStart, payloadEnd } = packet;
    const bytes = payloadEnd - payloadStart - RTP_HEADER_BYTES;
    if (bytes < 0 || mayBeKey(bytes)) return false;
    const word = view.getInt32(payloadStart);
    if (word >>> 24 !== PLAIN_RTP || isRtcpType((word >>> 16) & 0xff)) return false;
    const source = this.#streams.headOf(directedFlow);
    if (source < 0) return false;
    const sources = this.#sources;
    const ssrc = view.getInt32(payloadStart + 8);
    const sequence = word & 0xffff;
    if (!sources.isNext(source, ssrc, sequence, this.#endpoints.announcements)) return false;
    if (this.#watches.looksAfter(sources.received(source))) return false;
    if (!this.#flows.isSoleBelow(directedFlow, packet, RATE_REPORTED_MIN)) return false;
    if (!sources.isOwnWay(source, packet)) return false;
    const { quality } = this;
    if (quality !== null) {
      const timestamp = view.getInt32(payloadStart + 4);
      const isInOrder = quality.goesOn(source, word, timestamp, packet);
      if (!isInOrder) quality.packet(source, (word >>> 16) & 0x7f, sequence, timestamp, packet);
    }
    sources.goOn(source, sequence, packet);
    this.#flows.countSole(directedFlow, packet);
    this.#statistics.rtpPackets++;
    return true;
  }
}
