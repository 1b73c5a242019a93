import type { Span } from "../../base/ascii.ts";
import { DistinctCount } from "../../base/distinct-count.ts";
import { halfSipHash53 } from "../../base/hash.ts";
import type { Frame } from "../../capture/frame.ts";
import { NO_PLACE, type PacketPlace } from "../../capture/packet-place.ts";
import { PayloadKind } from "../../decode/classify.ts";
import { type PacketView, SKIP_REASON_NAMES, type SkipReason } from "../../decode/packet.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SIP_METHOD_NAMES } from "../../decode/sip/methods.ts";
import { UNREAD_NAMES } from "../sensor/unread-reason.ts";

/** Counters of one run, as plain numbers in fixed arrays: the summary, EVE stats and metrics read them. */
export class Statistics {
  packets = 0;
  bytes = 0;
  /** Packets that kernel, interface or ring dropped before the decoder; live capture reports them. */
  captureDrops = 0;
  firstUs = 0.5;
  lastUs = 0.5;
  /** Where the latest packet lies in its capture. */
  lastPlace: PacketPlace = NO_PLACE;
  /** Packets that never became a UDP payload, by `SkipReason`. */
  readonly skipped = new Float64Array(SKIP_REASON_NAMES.length);
  /** Bytes on the wire of these. */
  readonly skippedBytes = new Float64Array(SKIP_REASON_NAMES.length);
  ipv4Packets = 0;
  ipv6Packets = 0;
  udpPackets = 0;
  /** TCP packets of any kind, and the SIP messages in them. */
  tcpPackets = 0;
  tcpMessages = 0;
  /** UDP payloads, and messages of TCP, by what they are. */
  sipMessages = 0;
  rtpPackets = 0;
  rtcpPackets = 0;
  stunPackets = 0;
  dtlsPackets = 0;
  keepalives = 0;
  otherPayloads = 0;
  /** Bytes of the frame at hand that are in none of the sums below yet: each byte is in one. */
  untoldBytes = 0;
  /** Bytes of TCP packets whose connections are followed. */
  tcpBytes = 0;
  /** Bytes on the wire of UDP packets by `PayloadKind`: what their payload begins like, proven or not. */
  readonly payloadBytes = new Float64Array(Object.keys(PayloadKind).length);
  /** SIP messages by method (requests, by `SipMethod`) and by status code (responses, by code). */
  readonly requests = new Float64Array(SIP_METHOD_NAMES.length);
  readonly responses = new Float64Array(700);
  /** SIP messages with at least one anomaly. */
  sipMalformed = 0;
  /** Of these, messages that the strict grammar did not judge: they were over its budget. */
  sipUnjudged = 0;
  /** SIP that is seen and not read, or not all of it, in packets by `Unread`. */
  readonly sipUnread = new Float64Array(UNREAD_NAMES.length);
  /** What `callIds` counts by. */
  readonly callIdCount = new DistinctCount();
  readonly #span: Span = { start: 0, end: 0 };
  hosts = 0;
  callAttempts = 0;
  callsAnswered = 0;
  callsEnded = 0;
  /** RTP streams (source and destination transport address, SSRC), by whether SDP announced them. */
  streamsAnnounced = 0;
  streamsUnannounced = 0;
  /** Expected minus received, RFC 3550 A.3, over all announced streams. */
  rtpLost = 0;

  /** Counts a packet as it comes, `packet` being what is in `frame`, whatever that may be. */
  take(frame: Frame, packet: PacketView): void {
    if (this.packets === 0) this.firstUs = packet.timeUs;
    this.packets++;
    this.bytes += frame.wireLength;
    this.untoldBytes = frame.wireLength;
    this.lastUs = packet.timeUs;
    this.lastPlace = frame.place;
    if (packet.ipVersion === 4) this.ipv4Packets++;
    else if (packet.ipVersion === 6) this.ipv6Packets++;
  }

  /** Counts a packet that is left aside. */
  skip(reason: SkipReason): void {
    const { skipped, skippedBytes } = this;
    skipped[reason] = (skipped[reason] as number) + 1;
    skippedBytes[reason] = (skippedBytes[reason] as number) + this.untoldBytes;
    this.untoldBytes = 0;
  }

  /** Counts the Call-ID of a message, whose key in its network is `callKey`. */
  countCallId(callKey: number, message: SipMessageView): void {
    if (this.callIdCount.knows(callKey)) return;
    const { bytes, domain } = message;
    const span = this.#span;
    if (!message.value(HeaderId.CALL_ID, span)) return;
    const plain = halfSipHash53(bytes, span.start, span.end, 0, domain);
    this.callIdCount.add(callKey, plain);
  }

  /** Distinct Call-IDs: exact while there are few, then an estimate. */
  get callIds(): number {
    return this.callIdCount.count;
  }
}

/** Size of a bounded table at a moment, for the summary and metrics. */
export interface TableUse {
  readonly name: string;
  readonly size: number;
  readonly capacity: number;
  readonly evictions: number;
  /** Of these, entries of which something was proven: what the sensor knew and has forgotten. */
  readonly provenEvictions: number;
}

/** What a table says of itself. */
export function tableUse(
  name: string,
  table: { size: number; capacity: number; evictions: number; provenEvictions?: number },
): TableUse {
  const { size, capacity, evictions, provenEvictions = 0 } = table;
  return { name, size, capacity, evictions, provenEvictions };
}
