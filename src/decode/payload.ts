import { classifyPayload, PayloadKind } from "./classify.ts";
import type { PacketView } from "./packet.ts";
import { RtpHeaderView } from "./rtp/header.ts";
import { RtcpView } from "./rtp/rtcp.ts";
import { SipMessageView } from "./sip/message.ts";
import { StunView } from "./stun.ts";

/** What a payload turned out to be, once it was decoded. */
export const PayloadTag = {
  /** Nothing that is decoded, or what looked like it and contradicts itself. */
  OTHER: 0,
  SIP: 1,
  RTP: 2,
  RTCP: 3,
  STUN: 4,
  DTLS: 5,
  KEEPALIVE: 6,
} as const;
export type PayloadTag = (typeof PayloadTag)[keyof typeof PayloadTag];

/**
 * The payload of a packet, as a tag and the view that belongs to it; the other views are those of
 * packets before and not valid. Reused: valid until the next `decode`.
 */
export class PayloadView {
  tag: PayloadTag = PayloadTag.OTHER;
  /** What its first bytes promised; where the decoder did not agree, `tag` is OTHER. */
  looksLike: PayloadKind = PayloadKind.OTHER;
  readonly sip = new SipMessageView();
  readonly rtp = new RtpHeaderView();
  readonly rtcp = new RtcpView();
  readonly stun = new StunView();

  decode(packet: PacketView): PayloadTag {
    const kind = classifyPayload(packet.bytes, packet.payloadStart, packet.payloadEnd);
    this.looksLike = kind;
    this.tag = this.#decode(packet, kind);
    return this.tag;
  }

  #decode(packet: PacketView, kind: PayloadKind): PayloadTag {
    switch (kind) {
      case PayloadKind.RTP:
        return this.rtp.decode(packet) ? PayloadTag.RTP : PayloadTag.OTHER;
      case PayloadKind.TEXT:
        return this.#decodeSip(packet) ? PayloadTag.SIP : PayloadTag.OTHER;
      case PayloadKind.RTCP:
        return this.rtcp.decode(packet) ? PayloadTag.RTCP : PayloadTag.OTHER;
      case PayloadKind.STUN:
        return this.stun.decode(packet) ? PayloadTag.STUN : PayloadTag.OTHER;
      case PayloadKind.DTLS:
        return PayloadTag.DTLS;
      case PayloadKind.KEEPALIVE:
        return PayloadTag.KEEPALIVE;
      default:
        return PayloadTag.OTHER;
    }
  }

  #decodeSip(packet: PacketView): boolean {
    const { payloadStart, payloadEnd } = packet;
    const wasCut = packet.payloadWireLength > payloadEnd - payloadStart;
    this.sip.domain = packet.domain;
    return this.sip.decode(packet.bytes, payloadStart, payloadEnd, wasCut);
  }
}
