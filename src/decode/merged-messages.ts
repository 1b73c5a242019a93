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

/**
 * SIP messages one behind the other in a datagram that is longer than the wire carries, as the receive offloading of
 * network cards (GRO) leaves them: each as long as the first, the last one maybe shorter. Where the first ends,
 * Content-Length tells (RFC 3261 20.14). To read the later ones believes nobody more, as their sender could as well
 * have sent each by itself. Reused.
 */
export class MergedMessages {
  /** One of the messages as a datagram of its own. */
  readonly packet = new PacketView();
  readonly #message = new SipMessageView();
  #at = 0;
  #end = 0;
  #headerBytes = 0;
  #messageBytes = 0;

  /** False when there are not several messages; then nothing has changed. */
  begin(packet: PacketView): boolean {
    const { payloadEnd: end, payloadStart: start } = packet;
    const bytes = this.#firstBytes(packet);
    if (bytes === 0 || end - start > MESSAGES_MAX * bytes) return false;
    for (let at = start + bytes; at < end; at += bytes) {
      if (sipLikeness(packet.bytes, at, end) !== Likeness.YES) return false;
    }
    this.packet.copyFrom(packet);
    this.#at = start;
    this.#end = end;
    this.#headerBytes = start - packet.frameStart;
    this.#messageBytes = bytes;
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

  /** Length of the first message when something follows it; else 0. */
  #firstBytes({ bytes, payloadEnd, payloadStart }: PacketView): number {
    const message = this.#message;
    const end = Math.min(payloadEnd, payloadStart + FIRST_BYTES_MAX);
    if (!message.decode(bytes, payloadStart, end, end < payloadEnd)) return 0;
    const hasMore = (message.anomalies & SipAnomaly.TRAILING_BYTES) !== 0;
    return hasMore ? message.bodyEnd - payloadStart : 0;
  }
}
