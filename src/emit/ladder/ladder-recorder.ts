import type { Span } from "../../base/ascii.ts";
import { combine53 } from "../../base/hash.ts";
import type { PacketPlace } from "../../capture/packet-place.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { sessionBodyOf } from "../../decode/sip/session-body.ts";
import type { Alert } from "../../detect/alerts/alert.ts";
import type { CallStream } from "../../track/call-records/call-record.ts";
import type { MessageKeys } from "../../track/transactions/message-keys.ts";
import {
  type Ladder,
  type LadderMark,
  makeLadder,
  type SeenMessage,
  type SeenRtcp,
} from "./ladder.ts";

/** Messages that are kept, over all calls. */
const MESSAGES_MAX = 200_000;
/** Bytes of their texts. */
const TEXT_BYTES_MAX = 64 * 1_048_576;
/** Directed flows with RTCP that are told apart. */
const RTCP_MAX = 65_536;
const LABEL_MAX = 64;
const CALL_ID_MAX = 256;
const body: Span = { start: 0, end: 0 };

export interface LadderRecorderOptions {
  readonly names: HostNames;
  /** Whether the messages of that Call-ID are wanted. */
  readonly wants: (callId: string) => boolean;
  /** Keep whole messages, too. */
  readonly keepsText: boolean;
}

/**
 * Writes down the messages of calls while a capture is read, so that their ladders can be drawn: hand it to
 * `PipelineOutputs.packet`, and alerts to `alert`. Bounded: beyond its limits messages are only counted.
 */
export class LadderRecorder {
  readonly #options: LadderRecorderOptions;
  readonly #messages = new Map<string, SeenMessage[]>();
  readonly #seen = new Set<number>();
  readonly #rtcp = new Map<string, { -readonly [K in keyof SeenRtcp]: SeenRtcp[K] }>();
  readonly #marks = new Map<PacketPlace, LadderMark[]>();
  readonly #streamMarks = new Map<string, LadderMark[]>();
  #count = 0;
  #textBytes = 0;
  #left = 0;

  constructor(options: LadderRecorderOptions) {
    this.#options = options;
  }

  readonly packet = (
    packet: PacketView,
    message: SipMessageView | null,
    keys: MessageKeys,
  ): void => {
    if (message !== null) this.#sip(packet, message, keys);
    else if (isRtcp(packet)) this.#report(packet);
  };

  alert({ alertId, place, signature, srcIp, voip }: Alert): void {
    const { sid, severity, msg: message } = signature;
    const mark = { alertId, sid, severity, message };
    if (place !== undefined && this.#marks.size < MESSAGES_MAX) add(this.#marks, place, mark);
    const named = voip.stream ?? "";
    // Some alerts name where media goes to only, and its sender as their source.
    const stream = named === "" || named.includes(" > ") ? named : `${srcIp} > ${named}`;
    if (stream !== "" && this.#streamMarks.size < RTCP_MAX) add(this.#streamMarks, stream, mark);
  }

  /** The ladder of calls with these Call-IDs, with the media that their records tell of. */
  ladder(callIds: readonly string[], streams: readonly CallStream[]): Ladder {
    const messages = callIds
      .flatMap((callId) => this.#messages.get(callId) ?? [])
      .sort((a, b) => a.timeUs - b.timeUs || a.place - b.place);
    const ports = new Set<string>();
    for (const { srcIp, srcPort, destIp, destPort } of streams) {
      // RFC 3550 11: the next port; RFC 5761: the same.
      for (const more of [0, 1]) {
        ports.add(`${srcIp} ${srcPort + more} ${destIp} ${destPort + more}`);
        ports.add(`${destIp} ${destPort + more} ${srcIp} ${srcPort + more}`);
      }
    }
    const rtcp = [...this.#rtcp].filter(([key]) => ports.has(key)).map(([, report]) => report);
    return makeLadder({
      callIds,
      messages,
      streams,
      rtcp,
      marksAt: (place) => this.#marks.get(place) ?? [],
      marksOf: (stream) =>
        this.#streamMarks.get(streamText(stream)) ?? this.#streamMarks.get(wayText(stream)) ?? [],
      left: this.#left,
    });
  }

  #sip(packet: PacketView, message: SipMessageView, keys: MessageKeys): void {
    const callId = message.headerText(HeaderId.CALL_ID).slice(0, CALL_ID_MAX);
    if (!this.#options.wants(callId)) return;
    if (this.#count === MESSAGES_MAX) {
      this.#left++;
      return;
    }
    this.#count++;
    const { names } = this.#options;
    names.remember(packet.srcHost, packet.view, packet.srcAddressStart);
    names.remember(packet.dstHost, packet.view, packet.dstAddressStart);
    const { isRequest, statusCode } = message;
    // Answers of several telephones to one INVITE differ in their To tag.
    const hop = isRequest
      ? combine53(keys.hopKey, 0)
      : combine53(combine53(keys.hopKey, statusCode), keys.toTagKey);
    const isRepeated = this.#seen.has(hop);
    this.#seen.add(hop);
    const method = isRequest ? message.text(message.methodSpan) : "";
    const answer = `${statusCode} ${message.text(message.reason)}`.trim();
    const seen: SeenMessage = {
      timeUs: packet.captureUs,
      srcIp: names.text(packet.srcHost),
      destIp: names.text(packet.dstHost),
      callId,
      label: (isRequest ? method : answer).slice(0, LABEL_MAX),
      isRequest,
      code: isRequest ? 0 : statusCode,
      cseq: message.headerText(HeaderId.CSEQ).slice(0, LABEL_MAX),
      hasSdp: sessionBodyOf(message, body),
      isRepeated,
      place: packet.place,
      text: this.#textOf(message),
    };
    const known = this.#messages.get(callId);
    if (known === undefined) this.#messages.set(callId, [seen]);
    else known.push(seen);
  }

  #textOf(message: SipMessageView): string {
    if (!this.#options.keepsText) return "";
    const bytes = message.bodyEnd - message.start;
    if (this.#textBytes + bytes > TEXT_BYTES_MAX) return "";
    this.#textBytes += bytes;
    return message.bytes.toString("latin1", message.start, message.bodyEnd);
  }

  #report(packet: PacketView): void {
    const { names } = this.#options;
    const { captureUs, dstPort: destPort, srcPort } = packet;
    names.remember(packet.srcHost, packet.view, packet.srcAddressStart);
    names.remember(packet.dstHost, packet.view, packet.dstAddressStart);
    const [srcIp, destIp] = [names.text(packet.srcHost), names.text(packet.dstHost)];
    const key = `${srcIp} ${srcPort} ${destIp} ${destPort}`;
    const known = this.#rtcp.get(key);
    if (known !== undefined) {
      known.packets++;
      known.endUs = captureUs;
    } else if (this.#rtcp.size < RTCP_MAX) {
      const ends = { srcIp, srcPort, destIp, destPort };
      this.#rtcp.set(key, { ...ends, startUs: captureUs, endUs: captureUs, packets: 1 });
    }
  }
}

/** As alerts name a stream. */
function streamText({ srcIp, srcPort, destIp, destPort, ssrc }: CallStream): string {
  return `${srcIp}:${srcPort} > ${destIp}:${destPort} 0x${ssrc.toString(16).padStart(8, "0")}`;
}

function wayText({ srcIp, destIp, destPort }: CallStream): string {
  return `${srcIp} > ${destIp}:${destPort}`;
}

/** RFC 5761 4: version 2 and a packet type from 200 to 204. */
function isRtcp({ view, payloadStart, payloadEnd }: PacketView): boolean {
  if (payloadEnd - payloadStart < 8) return false;
  const type = view.getUint8(payloadStart + 1);
  return view.getUint8(payloadStart) >>> 6 === 2 && type >= 200 && type <= 204;
}

function add<K>(marks: Map<K, LadderMark[]>, key: K, mark: LadderMark): void {
  const known = marks.get(key);
  if (known === undefined) marks.set(key, [mark]);
  else if (!known.some(({ sid }) => sid === mark.sid)) known.push(mark);
}
