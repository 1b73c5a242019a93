import type { PacketView } from "../../decode/packet.ts";
import type { RtcpView } from "../../decode/rtp/rtcp.ts";
import { type ReportParts, RtcpReports } from "../rtp/rtcp-reports.ts";
import type { RtpSourceTable } from "../rtp/rtp-sources.ts";
import type { ForeignSources } from "./foreign-sources.ts";
import type { MediaParts } from "./media.ts";
import type { MediaFlows } from "./media-flows.ts";
import { isLookedAt, MediaOddities } from "./media-oddities.ts";
import { MediaSuspects, type SuspectParts } from "./media-suspects.ts";

/** Who looks at media beside its way through the tracker: seldom, later, or by what RTCP says of it. */
export class MediaWatches {
  readonly #suspects: MediaSuspects;
  readonly #reports: RtcpReports;
  readonly #oddities: MediaOddities;
  readonly #sources: RtpSourceTable;
  readonly #flows: MediaFlows;
  readonly #foreign: ForeignSources;

  constructor(
    parts: MediaParts,
    own: SuspectParts & ReportParts & { readonly foreign: ForeignSources },
  ) {
    this.#suspects = new MediaSuspects(parts, own);
    this.#reports = new RtcpReports(parts, own);
    this.#oddities = new MediaOddities(parts, own.sources);
    this.#sources = own.sources;
    this.#flows = own.flows;
    this.#foreign = own.foreign;
    own.foreign.headOf = (directedFlow) => own.streams.headOf(directedFlow);
  }

  isDue(nowUs: number): boolean {
    return this.#suspects.isDue(nowUs) || this.#foreign.isDue(nowUs);
  }

  advance(nowUs: number): void {
    this.#suspects.advance(nowUs);
    this.#foreign.advance(nowUs);
  }

  /** The first RTP packet of a directed flow of which not both ends are named. */
  newFlow(packet: PacketView, source: number): void {
    this.#suspects.newFlow(packet, source);
  }

  /** The packet after so many of a source is one that `rtp` looks at. */
  looksAfter(received: number): boolean {
    return isLookedAt((received | 0) + 1);
  }

  /** A packet of a stream that is believed. */
  rtp(packet: PacketView, source: number, payloadType: number, directedFlow: number): void {
    if (!isLookedAt(this.#sources.received(source))) return;
    const receiver = this.#flows.receiver(directedFlow);
    const sender = this.#flows.sender(directedFlow);
    this.#oddities.look(packet, source, payloadType, { receiver, sender });
  }

  rtcp(packet: PacketView, rtcp: RtcpView): void {
    this.#reports.packet(packet, rtcp);
    if (rtcp.byeCount > 0) this.#suspects.rtcp(packet, rtcp);
  }
}
