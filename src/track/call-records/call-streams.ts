import type { HostNames } from "../../decode/host-names.ts";
import type { SdpView } from "../../decode/sdp.ts";
import type { SdpMedia } from "../../decode/sdp-media.ts";
import { CALLEE, CALLER, type Call, type CallSide } from "../calls/calls.ts";
import type { FlowTable } from "../flow.ts";
import type { MediaTracker } from "../media/media.ts";
import type { MediaEndpoint } from "../media/media-endpoints.ts";
import { staticName } from "../media/media-formats.ts";
import { isOwnOf } from "../media/media-marks.ts";
import type { RtpQuality } from "../rtp/rtp-quality.ts";
import type { CallNotes, StreamBase } from "./call-notes.ts";
import type { CallStream } from "./call-record.ts";
import { meanOpinionScore } from "./e-model.ts";
import { SourceList } from "./source-list.ts";

/** Streams named in one record: two are usual, a forked video call has a dozen. */
const STREAMS_MAX = 32;
/** Mouth to ear beside the network, which a listener in the middle cannot time: a packet of 20 ms is filled first. */
const PACKET_MS = 20;

/** What the RTP sources of a call have sent, for its record. */
export class CallStreams {
  readonly #media: MediaTracker;
  readonly #flows: FlowTable;
  readonly #names: HostNames;
  readonly #quality: RtpQuality;
  readonly #found = new SourceList();

  constructor(
    media: MediaTracker,
    parts: { flows: FlowTable; names: HostNames; quality: RtpQuality },
  ) {
    this.#media = media;
    this.#flows = parts.flows;
    this.#names = parts.names;
    this.#quality = parts.quality;
  }

  /** Each source to or from an address of the call; the oldest first. */
  of(call: Call, notes: CallNotes): CallStream[] {
    const streams = notes.streams.slice();
    const found = this.#sources(call);
    for (let i = 0; i < found.size && streams.length < STREAMS_MAX; i++) {
      const stream = this.describe(found.slot(i), found.side(i), notes);
      if (stream !== null) streams.push(stream);
    }
    return streams.length < 2 ? streams : streams.sort(byStart);
  }

  /** Latest packet of the call's media; 0 without any. */
  lastUs(call: Call): number {
    let lastUs = 0;
    const found = this.#sources(call);
    for (let i = 0; i < found.size; i++) {
      lastUs = Math.max(lastUs, this.#media.sources.lastUs(found.slot(i)));
    }
    return lastUs;
  }

  /** What runs at an address already when a call comes to it is not the call's. */
  noteBases(call: Call, sdp: SdpView, notes: CallNotes): void {
    const { endpoints, sources } = this.#media;
    for (let i = 0; i < sdp.mediaCount; i++) {
      const { host, port } = sdp.media[i] as SdpMedia;
      const endpoint = endpoints.find(host, port);
      if (endpoint === undefined || call.endpoints.includes(endpoint)) continue;
      for (const ref of endpoint.sending) {
        const source = sources.slotOf(ref);
        if (source < 0 || sources.firstUs(source) >= call.startUs) continue;
        const received = sources.received(source);
        notes.addBase({ ref, received, expected: sources.expected(source) });
      }
    }
  }

  /** The source is about to be forgotten: the call that it belongs to keeps what it was. */
  ended(source: number): void {
    const { sources } = this.#media;
    const directedFlow = sources.directedFlow(source);
    const sender = this.#media.senderOf(directedFlow);
    const endpoint = sender?.ownerCall?.notes ? sender : this.#media.receiverOf(directedFlow);
    const notes = endpoint?.ownerCall?.notes ?? null;
    const side = endpoint?.ownerSide ?? null;
    // Of a call that is over everything has been written.
    if (endpoint === null || notes === null || notes.isClosed || side === null) return;
    if (notes.streams.length === STREAMS_MAX) return;
    const sendingSide = endpoint === sender ? side : side === CALLER ? CALLEE : CALLER;
    const stream = this.describe(source, sendingSide, notes);
    if (stream !== null) notes.streams = notes.streams.concat(stream);
  }

  /** One source as a stream of the call; null when it has sent nothing since the call began. */
  describe(source: number, side: CallSide, notes: CallNotes): CallStream | null {
    const { sources } = this.#media;
    const base = notes.bases.length === 0 ? undefined : baseOf(notes, sources.ref(source));
    const packets = sources.received(source) - (base?.received ?? 0);
    if (packets <= 0 || !sources.isCounted(source)) return null;
    const expected = sources.expected(source) - (base?.expected ?? 0);
    const lost = expected - packets;
    const payloadType = sources.payloadType(source);
    const codec = notes.formats?.nameOf(payloadType) || staticName(payloadType);
    const jitterMs = this.#quality.jitterMs(source);
    const burstRatio = this.#quality.burstRatio(source, { lost, expected });
    const lossPercent = expected > 0 ? (100 * Math.max(0, lost)) / expected : 0;
    const delayMs = PACKET_MS + 2 * (jitterMs ?? 0);
    const setupUs = base === undefined ? sources.firstUs(source) : notes.setupUs;
    const flows = this.#flows;
    const directedFlow = sources.directedFlow(source);
    const row = directedFlow >> 1;
    const clientIp = this.#names.text(flows.clientHost(row));
    const serverIp = this.#names.text(flows.serverHost(row));
    const isToServer = (directedFlow & 1) === 0;
    return {
      side,
      srcIp: isToServer ? clientIp : serverIp,
      srcPort: isToServer ? flows.clientPort(row) : flows.serverPort(row),
      destIp: isToServer ? serverIp : clientIp,
      destPort: isToServer ? flows.serverPort(row) : flows.clientPort(row),
      ssrc: sources.ssrc(source) >>> 0,
      payloadType,
      codec,
      startUs: setupUs,
      endUs: sources.lastUs(source),
      packets,
      lost,
      jitterMs,
      mos: meanOpinionScore({ codec, lossPercent, burstRatio, delayMs }),
    };
  }

  /** Slots of the call's sources with the side that sends; valid until it is asked again. */
  #sources(call: Call): SourceList {
    const { sources } = this.#media;
    const found = this.#found;
    const { endpoints, isLive } = call;
    found.clear();
    for (let index = 0; index < endpoints.length; index++) {
      const endpoint = endpoints[index] as MediaEndpoint;
      // Once the call is over its address may be the next one's, and what was sent there before is still this call's.
      if (isLive && !isOwnOf(endpoint, call)) continue;
      const side = call.sideOfEndpoint(index);
      for (const ref of endpoint.sending) {
        const source = sources.slotOf(ref);
        if (source >= 0) found.set(source, side);
      }
      // Who sends from another address than it named, behind a NAT, is found at the other end.
      const { feeds, soleFlow } = endpoint;
      const sendingSide = side === CALLER ? CALLEE : CALLER;
      this.#addSources(soleFlow, sendingSide);
      for (const { directedFlow } of feeds) this.#addSources(directedFlow, sendingSide);
    }
    return found;
  }

  #addSources(directedFlow: number, side: CallSide): void {
    if (directedFlow < 0) return;
    const { sources, streams } = this.#media;
    let source = streams.headOf(directedFlow);
    for (; source >= 0; source = sources.next(source)) this.#found.add(source, side);
  }
}

function baseOf({ bases }: CallNotes, ref: number): StreamBase | undefined {
  return bases.find((known) => known.ref === ref);
}

function byStart(a: CallStream, b: CallStream): number {
  return a.startUs - b.startUs || a.side - b.side;
}
