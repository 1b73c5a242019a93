import { Candidates } from "./candidates.ts";
import { EventIndex } from "./event-index.ts";
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
    this.message = new RuleIndex(live.filter(({ scope }) => scope === "message"));
    this.events = new EventIndex(live);
    const onFlows = [this.sipPacket, this.rtpPacket, this.rtcpPacket, this.stunPacket];
    this.hasFlowRules = onFlows.some(({ isEmpty }) => !isEmpty);
  }
}
