import { column } from "../../base/column.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";
import { AppProto } from "../app-proto.ts";
import type { MediaParts } from "../media/media.ts";
import type { MediaEndpointTable } from "../media/media-endpoints.ts";
import type { MediaFlows } from "../media/media-flows.ts";
import { HostTalks } from "./host-talks.ts";
import type { RtpRivals } from "./rtp-rivals.ts";
import type { RtpSourceTable } from "./rtp-sources.ts";

/** SSRCs told apart on one directed flow. */
const SOURCES_MAX = 8;
/** An SSRC that is silent this long makes room for another one of its directed flow. */
const SILENT_US = 1_000_000;
const NONE = -1;

export interface StreamParts {
  readonly sources: RtpSourceTable;
  readonly endpoints: MediaEndpointTable;
  readonly flows: MediaFlows;
  readonly rivals: RtpRivals;
}

/** The RTP sources of each directed flow, the stream's own first. */
export class RtpStreams {
  /** Called for each stream that is about to be forgotten; its slot in `sources` is still whole. */
  onEnd: (source: number) => void = () => {};
  /** Called for the first source of a directed flow of which not both ends are named. */
  onNewFlow: (packet: PacketView, source: number) => void = () => {};
  readonly talks: HostTalks;
  readonly #parts: MediaParts;
  readonly #own: StreamParts;
  /** Slot of the first RTP source, plus one; 0 when there is none. */
  readonly #heads: Int32Array;

  constructor(directedFlows: number, parts: MediaParts, own: StreamParts) {
    this.#heads = column(Int32Array, directedFlows);
    this.#parts = parts;
    this.#own = own;
    this.talks = new HostTalks(own.sources, (directedFlow) => this.headOf(directedFlow));
  }

  /** The first source of a directed flow; -1 when there is none. */
  headOf(directedFlow: number): number {
    return (this.#heads[directedFlow] as number) - 1;
  }

  /** The packet's source, made when new; -1 when its directed flow has too many that are active. */
  sourceOf(packet: PacketView, rtp: RtpHeaderView, row: number, directedFlow: number): number {
    const { sources } = this.#own;
    let source = (this.#heads[directedFlow] as number) - 1;
    const { announcements } = this.#own.endpoints;
    if (source < 0 || !sources.isResolvedAt(source, announcements)) {
      this.#resolve(packet, directedFlow, announcements);
    }
    let length = 0;
    let last = NONE;
    while (source >= 0) {
      if (sources.ssrc(source) === rtp.ssrc) return source;
      last = source;
      source = sources.next(source);
      length++;
    }
    if (length >= SOURCES_MAX) {
      last = this.#dropSilent(directedFlow, packet.timeUs);
      if (last < 0) return NONE;
    }
    return this.#add(packet, rtp, row, directedFlow, last);
  }

  /** The first source fell silent: this one is the stream now (hold, transfer, bridging). */
  promote(source: number, directedFlow: number): void {
    const { sources } = this.#own;
    const head = this.headOf(directedFlow);
    let at = head;
    while (at >= 0 && sources.next(at) !== source) at = sources.next(at);
    if (at < 0) return;
    sources.setNext(at, sources.next(source));
    sources.setNext(source, head);
    this.#heads[directedFlow] = source + 1;
  }

  flowEnded(directedFlow: number): void {
    let source = this.headOf(directedFlow);
    if (source >= 0) this.#own.rivals.flowEnded(directedFlow);
    while (source >= 0) {
      const next = this.#own.sources.next(source);
      this.#close(source);
      source = next;
    }
    this.#heads[directedFlow] = 0;
  }

  #resolve(packet: PacketView, directedFlow: number, announcements: number): void {
    const { flows, sources } = this.#own;
    const head = this.headOf(directedFlow);
    if (flows.resolve(packet, directedFlow)) {
      const sender = flows.sender(directedFlow);
      for (let source = head; source >= 0; source = sources.next(source)) {
        sender?.addSending(sources.ref(source));
      }
    }
    if (head < 0) return;
    const isDone = flows.isResolved(directedFlow) || flows.wasResolved(directedFlow);
    if (isDone) sources.setResolvedAt(head, announcements);
  }

  #add(
    packet: PacketView,
    rtp: RtpHeaderView,
    row: number,
    directedFlow: number,
    last: number,
  ): number {
    const { sources, flows } = this.#own;
    if (sources.size === sources.capacity) this.#evict();
    const source = sources.add(directedFlow, rtp, packet);
    if (source < 0) return NONE;
    // Evicting may have taken the tail of this very list.
    const tail = last >= 0 && sources.directedFlow(last) === directedFlow ? last : NONE;
    if (tail >= 0) sources.setNext(tail, source);
    else {
      sources.setNext(source, this.headOf(directedFlow));
      this.#heads[directedFlow] = source + 1;
    }
    flows.sender(directedFlow)?.addSending(sources.ref(source));
    if (tail < 0) this.talks.begin(packet, sources.ref(source));
    if (tail < 0 && !flows.isResolved(directedFlow)) this.onNewFlow(packet, source);
    this.#parts.flows.setAppProto(row, AppProto.RTP);
    return source;
  }

  /** Forgets the SSRC behind the first that is silent longest; the last of the list, -1 when all are active. */
  #dropSilent(directedFlow: number, nowUs: number): number {
    const { sources } = this.#own;
    let victim = NONE;
    let last = this.headOf(directedFlow);
    for (let at = sources.next(last); at >= 0; at = sources.next(at)) {
      last = at;
      const lastUs = sources.lastUs(at);
      if (nowUs - lastUs < SILENT_US) continue;
      if (victim < 0 || lastUs < sources.lastUs(victim)) victim = at;
    }
    if (victim < 0) return NONE;
    this.#unlink(victim, directedFlow);
    this.#close(victim);
    last = this.headOf(directedFlow);
    while (sources.next(last) >= 0) last = sources.next(last);
    return last;
  }

  #evict(): void {
    const { sources } = this.#own;
    const victim = sources.victim();
    if (victim < 0) return;
    this.#unlink(victim, sources.directedFlow(victim));
    sources.evictions++;
    this.#close(victim);
  }

  #unlink(victim: number, directedFlow: number): void {
    const { sources } = this.#own;
    let at = this.headOf(directedFlow);
    if (at === victim) this.#heads[directedFlow] = sources.next(victim) + 1;
    while (at >= 0 && at !== victim) {
      if (sources.next(at) === victim) {
        sources.setNext(at, sources.next(victim));
        return;
      }
      at = sources.next(at);
    }
  }

  #close(source: number): void {
    const { sources, rivals } = this.#own;
    if (sources.isCounted(source)) {
      if (sources.isAnnounced(source)) {
        this.#parts.statistics.rtpLost += sources.lost(source);
      }
      this.onEnd(source);
    }
    rivals.sourceEnded(source);
    sources.remove(source);
  }
}
