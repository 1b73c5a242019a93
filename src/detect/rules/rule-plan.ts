import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { AppProto } from "../../track/app-proto.ts";
import { Candidates } from "../candidates.ts";
import { EventIndex } from "../event-index.ts";
import type { BufferReader } from "../payload/buffer-reader.ts";
import { isRtcp, isStun } from "../payload/payload-kind.ts";
import { RuleIndex } from "./rule-index.ts";
import type { Carrier, Signature } from "./signature.ts";

/** How the signatures of one rule set are found; it holds nothing that outlives them. */
export class RulePlan {
  readonly signatures: readonly Signature[];
  readonly candidates: Candidates;
  readonly anyPacket: RuleIndex;
  readonly sipPacket: RuleIndex;
  readonly rtpPacket: RuleIndex;
  readonly rtcpPacket: RuleIndex;
  readonly stunPacket: RuleIndex;
  readonly icmpPacket: RuleIndex;
  readonly segment: RuleIndex;
  readonly message: RuleIndex;
  readonly events: EventIndex;
  /** Rules on each packet of SIP or media flows exist. */
  readonly hasFlowRules: boolean;
  /** By signature id: the round in which it fired last, to let some rules fire once in each. */
  readonly firedRounds: Float64Array;

  constructor(signatures: readonly Signature[]) {
    this.signatures = signatures;
    this.candidates = new Candidates(signatures.length);
    this.firedRounds = new Float64Array(signatures.length);
    const live = signatures.filter(({ isInert }) => !isInert);
    const onCarrier = (carrier: Carrier) =>
      new RuleIndex(live.filter((rule) => rule.scope === "packet" && rule.carrier === carrier));
    this.anyPacket = onCarrier("any");
    this.sipPacket = onCarrier("sip");
    this.rtpPacket = onCarrier("rtp");
    this.rtcpPacket = onCarrier("rtcp");
    this.stunPacket = onCarrier("stun");
    this.icmpPacket = new RuleIndex(
      live.filter((rule) => rule.scope === "packet" && (rule.carrier === "icmp" || rule.isOnIp)),
    );
    this.segment = new RuleIndex(live.filter(({ scope }) => scope === "segment"));
    this.message = new RuleIndex(live.filter(({ scope }) => scope === "message"));
    this.events = new EventIndex(live);
    const onFlows = [this.sipPacket, this.rtpPacket, this.rtcpPacket, this.stunPacket];
    this.hasFlowRules = onFlows.some(({ isEmpty }) => !isEmpty);
  }

  /** A few table reads tell that no rule can match the packet. */
  mayMatch(packet: PacketView, sip: SipMessageView | null): boolean {
    if (sip !== null || this.hasFlowRules) return true;
    return this.anyPacket.mayMatch(packet.srcPort, packet.dstPort);
  }

  /** Makes the rules that may match the packet the candidates; `reader` has begun with it. */
  collect(
    packet: PacketView,
    sip: SipMessageView | null,
    appProto: AppProto,
    reader: BufferReader,
  ): void {
    this.candidates.clear();
    if (this.anyPacket.mayMatch(packet.srcPort, packet.dstPort))
      this.#add(this.anyPacket, packet, reader);
    if (sip !== null || appProto === AppProto.SIP) this.#add(this.sipPacket, packet, reader);
    else this.#addMedia(packet, appProto, reader);
    if (sip !== null) this.#add(this.message, packet, reader);
  }

  collectIcmp(packet: PacketView, reader: BufferReader): void {
    this.candidates.clear();
    this.#add(this.icmpPacket, packet, reader);
  }

  collectSegment(packet: PacketView, reader: BufferReader): void {
    this.candidates.clear();
    this.#add(this.segment, packet, reader);
  }

  #add(index: RuleIndex, packet: PacketView, reader: BufferReader): void {
    if (!index.isEmpty) index.collect(packet.srcPort, packet.dstPort, reader, this.candidates);
  }

  #addMedia(packet: PacketView, appProto: AppProto, reader: BufferReader): void {
    const { stunPacket, rtpPacket, rtcpPacket } = this;
    if (!stunPacket.isEmpty && isStun(packet)) {
      this.#add(stunPacket, packet, reader);
    } else if (appProto === AppProto.RTP || appProto === AppProto.RTCP) {
      // RFC 5761: with rtcp-mux both run in one flow.
      if (rtpPacket.isEmpty && rtcpPacket.isEmpty) return;
      this.#add(isRtcp(packet) ? rtcpPacket : rtpPacket, packet, reader);
    }
  }
}
