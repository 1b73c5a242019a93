import { classifyPayload, PayloadKind } from "./classify.ts";
import { PacketView } from "./packet.ts";
import { SipAnomaly } from "./sip/anomaly.ts";
import { SipMessageView } from "./sip/message.ts";
import { Likeness, sipLikeness } from "./tcp/sip-start.ts";

/** UDP payload of the longest Ethernet frame; longer ones come in fragments, but for what was merged after the wire. */
export const WIRE_PAYLOAD_BYTES_MAX = 1_472;
/** Jumbo frames carry no more: a first message that is longer was not merged with others. */
const FIRST_BYTES_MAX = 9_000;
/** Linux merges no more. */
const MESSAGES_MAX = 64;
const RTP_HEADER_BYTES = 12;
const SSRC_AT = 8;
/** Places of the SSRC at which the second RTP packet may begin: more are made up. */
const SSRCS_MAX = 64;

/**
 * SIP messages or RTP packets one behind the other in a datagram that is longer than the wire carries, as the receive offloading of
 * network cards (GRO) leaves them: each as long as the first, the last one maybe shorter. Where the first ends,
 * Content-Length tells (RFC 3261 20.14), or a header with its SSRC and the next sequence number (RFC 3550 5.1). To read the later ones believes
 * nobody more, as their sender could as well have sent each by itself. Reused.
 */
export class MergedMessages {
  /** One of the messages as a datagram of its own. */
  readonly packet = new PacketView();
  isMedia = false;
  readonly #message = new SipMessageView();
  #at = 0;
  #end = 0;
  #headerBytes = 0;
  #messageBytes = 0;

  /** False when there are not several messages; then nothing has changed. */
  begin(packet: PacketView): boolean {
    const { bytes, payloadEnd: end, payloadStart: start } = packet;
    const kind = classifyPayload(bytes, start, end);
    let length = 0;
    if (kind === PayloadKind.TEXT) length = this.#messageLength(packet);
    else if (kind === PayloadKind.RTP) length = rtpLength(bytes, start, end);
    if (length === 0) return false;
    this.isMedia = kind === PayloadKind.RTP;
    this.packet.copyFrom(packet);
    this.#at = start;
    this.#end = end;
    this.#headerBytes = start - packet.frameStart;
    this.#messageBytes = length;
    return true;
  }

  /** Makes the next message the payload of `packet`; false when there is no other. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const { packet } = this;
    packet.payloadStart = this.#at;
    packet.payloadEnd = Math.min(this.#at + this.#messageBytes, this.#end);
    packet.payloadWireLength = packet.payloadEnd - this.#at;
    packet.wireLength = this.#headerBytes + packet.payloadWireLength;
    this.#at = packet.payloadEnd;
    return true;
  }

  /** Length of the first message when others like it follow to the end; else 0. */
  #messageLength({ bytes, payloadEnd, payloadStart: start }: PacketView): number {
    const message = this.#message;
    const firstEnd = Math.min(payloadEnd, start + FIRST_BYTES_MAX);
    if (!message.decode(bytes, start, firstEnd, firstEnd < payloadEnd)) return 0;
    if ((message.anomalies & SipAnomaly.TRAILING_BYTES) === 0) return 0;
    const length = message.bodyEnd - start;
    if (payloadEnd - start > MESSAGES_MAX * length) return 0;
    for (let at = start + length; at < payloadEnd; at += length) {
      if (sipLikeness(bytes, at, payloadEnd) !== Likeness.YES) return 0;
    }
    return length;
  }
}

/** Length of the first RTP packet when its stream's next ones follow to the end; else 0. */
function rtpLength(bytes: Buffer, start: number, end: number): number {
  // Of a block of a capture file no byte behind the datagram is looked at.
  const payload = bytes.subarray(start, end);
  const ssrc = payload.subarray(SSRC_AT, RTP_HEADER_BYTES);
  let at = start;
  for (let tries = 0; tries < SSRCS_MAX; tries++) {
    const found = payload.indexOf(ssrc, at - start + RTP_HEADER_BYTES + SSRC_AT);
    if (found < 0) return 0;
    at = start + found - SSRC_AT;
    if (isNext(bytes, start, at, 1)) break;
  }
  const length = at - start;
  if (end - start > MESSAGES_MAX * length) return 0;
  for (let step = 1; start + step * length < end; step++) {
    const next = start + step * length;
    if (next + RTP_HEADER_BYTES > end || !isNext(bytes, start, next, step)) return 0;
  }
  return length;
}

/** The packet at `next` is so many behind the first one: same version, sequence and SSRC. */
function isNext(bytes: Buffer, first: number, next: number, step: number): boolean {
  const sequence = (bytes.readUInt16BE(first + 2) + step) & 0xffff;
  return (
    (bytes[next] as number) >>> 6 === 2 &&
    bytes.readUInt16BE(next + 2) === sequence &&
    bytes.readInt32BE(next + SSRC_AT) === bytes.readInt32BE(first + SSRC_AT)
  );
}
