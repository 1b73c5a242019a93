import type { HostNames } from "../decode/host-names.ts";
import type { PacketView } from "../decode/packet.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import type { TcpSegment } from "../decode/tcp/segment.ts";
import { AppProto } from "../track/app-proto.ts";
import type { DetectionEvent, EventList } from "../track/facts/event.ts";
import type { FlowTable } from "../track/flow.ts";
import type { Alert } from "./alerts/alert.ts";
import { AlertPath } from "./alerts/alert-path.ts";
import { Attacks } from "./alerts/attacks.ts";
import { isCounted } from "./baselines/baseline.ts";
import type { Baselines } from "./baselines/baselines.ts";
import { type CaseSettings, DEFAULT_CASE_SETTINGS } from "./cases/cases.ts";
import type { RuleCloseness } from "./counters/closeness.ts";
import { type CounterLimits, DEFAULT_COUNTER_LIMITS } from "./counters/counter-budget.ts";
import { Counters } from "./counters/counters.ts";
import type { EngineCounters } from "./engine-counters.ts";
import {
  DEFAULT_INCIDENT_SETTINGS,
  type IncidentSettings,
  type Incidents,
} from "./incidents/incidents.ts";
import { MatchContext } from "./match-context.ts";
import { BufferReader } from "./payload/buffer-reader.ts";
import { RuleCosts } from "./rules/rule-costs.ts";
import { RulePlan } from "./rules/rule-plan.ts";
import { RuleState } from "./rules/rule-state.ts";
import { survivors } from "./rules/rule-survivors.ts";
import type { RuleSet, Signature } from "./rules/signature.ts";
import type { RunFacts } from "./run-facts.ts";
import { SignatureMatcher } from "./signature-matcher.ts";
import { adoptLists, type SiteList } from "./site-list.ts";

/**
 * Runs the rules. `inspect` is called once for each packet after the trackers, and with null when only
 * time has passed. Rules are indexed by port, content and event kind; a packet that none can match
 * costs a few table lookups and allocates nothing.
 */
export class Engine {
  readonly attacks: Attacks;
  readonly baselines: Baselines;
  readonly #flows: FlowTable;
  readonly #context: MatchContext;
  readonly #reader: BufferReader;
  readonly #state = new RuleState();
  readonly #costs: RuleCosts;
  readonly #matcher: SignatureMatcher;
  readonly #counters: Counters;
  readonly #alertPath: AlertPath;
  #plan: RulePlan;
  #lists: readonly SiteList[];
  /** Number of `inspect` calls, to let some rules fire once in each. */
  #round = 0;
  /** A pass rule matched the packet at hand: only state rules are asked from here on. */
  #isPassed = false;

  constructor(
    ruleSet: RuleSet,
    names: HostNames,
    flows: FlowTable,
    onAlert: (alert: Alert) => void,
    limits: CounterLimits = DEFAULT_COUNTER_LIMITS,
    incidents: IncidentSettings = DEFAULT_INCIDENT_SETTINGS,
    cases: CaseSettings = DEFAULT_CASE_SETTINGS,
  ) {
    const { signatures } = ruleSet;
    this.attacks = new Attacks(incidents, cases);
    this.#flows = flows;
    this.#context = new MatchContext(names, flows);
    this.#reader = new BufferReader(this.#context);
    this.#costs = new RuleCosts(signatures);
    const parts = { reader: this.#reader, state: this.#state };
    this.#matcher = new SignatureMatcher({ ...parts, flows, costs: this.#costs });
    this.#counters = new Counters(signatures, limits, this.#state);
    this.baselines = this.#counters.baselines;
    this.#context.baselines = this.baselines;
    const match = { context: this.#context, matcher: this.#matcher, counters: this.#counters };
    this.#alertPath = new AlertPath({ ...parts, ...match, onAlert, attacks: this.attacks });
    this.#alertPath.use(ruleSet);
    this.#plan = new RulePlan(signatures);
    this.#lists = ruleSet.lists ?? [];
    for (const list of this.#lists) list.begin();
  }

  /** The scale for the numbers of alerts. */
  set run(run: RunFacts) {
    this.#alertPath.run = run;
  }

  /** From now on told of what each rule counts; for tuning. */
  set closeness(closeness: RuleCloseness) {
    this.#counters.closeness = closeness;
  }

  get incidents(): Incidents {
    return this.attacks.incidents;
  }

  advance(nowUs: number): void {
    this.attacks.advance(nowUs);
    this.baselines.advance(nowUs);
  }

  finish(nowUs: number): void {
    this.attacks.finish(nowUs);
  }

  get counters(): EngineCounters {
    return {
      alerts: this.#alertPath.alerts,
      suppressed: this.#alertPath.suppressed,
      overflow: this.#alertPath.overflow,
      heldBack: this.attacks.rate.held,
      evaluations: this.#matcher.evaluations,
      stepLimits: this.#matcher.inspector.limitReached,
      ...this.#costs.counters,
      evictions: this.#counters.budget.evictions + this.#state.evictions,
    };
  }

  /**
   * Puts other rules in force, between two packets. What unchanged signatures have counted, their open
   * incidents and all bits that some rule still names live on; the rest is forgotten, and its incidents are
   * closed. `nowUs` is packet time.
   */
  reload(ruleSet: RuleSet, nowUs: number): void {
    const { signatures } = ruleSet;
    const oldIds = survivors(this.#plan.signatures, signatures);
    this.attacks.reload(oldIds, nowUs);
    this.#counters.reload(signatures, oldIds);
    this.#costs.reload(signatures, oldIds);
    this.#state.keepNamed(signatures);
    this.#lists = adoptLists(this.#lists, ruleSet.lists ?? []);
    this.#plan = new RulePlan(signatures);
    this.#alertPath.use(ruleSet);
  }

  /** What rules keep of values; those of the rules in force. */
  get lists(): readonly SiteList[] {
    return this.#lists;
  }

  /** Names of a flow's flowbits, sorted (EVE `metadata.flowbits`). */
  flowBits(flowSlot: number): string[] {
    if (flowSlot < 0) return [];
    return this.#state.flowBits(flowSlot, this.#flows.generation(flowSlot));
  }

  inspect(
    packet: PacketView | null,
    flowSlot: number,
    sip: SipMessageView | null,
    events: EventList,
  ): void {
    const isCandidate = packet !== null && this.#plan.mayMatch(packet, sip);
    // Nearly every packet of media.
    if (!isCandidate && events.length === 0 && !this.#costs.tell(events)) return;
    this.#round++;
    this.#isPassed = false;
    this.#alertPath.begin();
    if (isCandidate) this.#inspectPacket(packet, flowSlot, sip);
    if (events.length > 0 || this.#costs.tell(events))
      this.#inspectEvents(packet, flowSlot, events);
  }

  /** Some rule has a use for `inspectIcmp`. */
  get looksAtIcmp(): boolean {
    return !this.#plan.icmpPacket.isEmpty;
  }

  /** Runs the rules on `ip` and `icmp` over an ICMP message, whose payload is what follows its header. */
  inspectIcmp(packet: PacketView): void {
    if (this.#plan.icmpPacket.isEmpty) return;
    this.#round++;
    this.#isPassed = false;
    this.#alertPath.begin();
    this.#reader.begin(packet, null);
    this.#plan.collectIcmp(packet, this.#reader);
    this.#evaluate(packet, -1, null);
    this.#costs.forgetPacket();
  }

  /** Some rule has a use for `inspectSegment`. */
  get looksAtSegments(): boolean {
    return !this.#plan.segment.isEmpty;
  }

  /** Runs the rules on TCP headers over a segment, whose data is the payload. Nothing has tracked it. */
  inspectSegment(packet: PacketView, segment: TcpSegment): void {
    this.#round++;
    this.#isPassed = false;
    this.#alertPath.begin();
    this.#reader.begin(packet, null);
    this.#plan.collectSegment(packet, this.#reader);
    this.#evaluate(packet, -1, null, segment);
    this.#costs.forgetPacket();
  }

  /** Call before the flow's slot is given away: flowbits and counters `by_flow` die with it. */
  onFlowEnd(flowSlot: number): void {
    const generation = this.#flows.generation(flowSlot);
    this.#state.endFlow(flowSlot, generation);
    this.#counters.endFlow(flowSlot, generation);
  }

  #inspectPacket(packet: PacketView, flowSlot: number, sip: SipMessageView | null): void {
    const appProto = flowSlot < 0 ? AppProto.UNKNOWN : this.#flows.appProto(flowSlot);
    this.#reader.begin(packet, sip);
    this.#plan.collect(packet, sip, appProto, this.#reader);
    this.#evaluate(packet, flowSlot, sip);
  }

  #evaluate(
    packet: PacketView,
    flowSlot: number,
    sip: SipMessageView | null,
    segment: TcpSegment | null = null,
  ): void {
    const plan = this.#plan;
    const { candidates } = plan;
    if (candidates.length === 0) return;
    candidates.sort();
    this.#context.usePacket(packet, flowSlot, sip);
    this.#context.segment = segment;
    for (let i = 0; i < candidates.length; i++) {
      const signature = plan.signatures[candidates.at(i)] as Signature;
      if (this.#isPassed && !signature.changesState) continue;
      if (this.#matcher.matches(signature, this.#context)) this.#fire(signature);
    }
  }

  #inspectEvents(packet: PacketView | null, flowSlot: number, events: EventList): void {
    for (let i = 0; i < events.length || this.#costs.tell(events); i++) {
      const event = events.at(i);
      const isPassed = this.#isPassed && event.packet !== null && event.packet === packet;
      const signatureIds = this.#plan.events.rulesOn(event);
      if (signatureIds.length > 0) {
        this.#context.useEvent(event, flowSlot);
        this.#reader.begin(event.packet, event.sip, event.isOwnRequest ? null : event.subject);
        this.#evaluateOnEvent(signatureIds, isPassed);
      }
      this.attacks.follow(event, this.#context.names);
      const resets = this.#counters.resetBy(event.kind);
      if (resets.length > 0) {
        this.#context.useEvent(event, flowSlot);
        this.#counters.forget(resets, this.#context);
      }
    }
  }

  /** A `pass` on the packet or the fact keeps alerts back; it does not blind the rules that set bits. */
  #evaluateOnEvent(signatureIds: Int32Array, isPacketPassed: boolean): void {
    const { event } = this.#context;
    const { firedRounds, signatures } = this.#plan;
    let isPassed = isPacketPassed;
    for (let i = 0; i < signatureIds.length; i++) {
      const id = signatureIds[i] as number;
      const signature = signatures[id] as Signature;
      if (isPassed && !signature.changesState) continue;
      if (signature.asksOfEvent && !isAbout(signature, event)) continue;
      if (!this.#matcher.matches(signature, this.#context)) continue;
      if (signature.isOncePerPacket) {
        if (firedRounds[id] === this.#round) continue;
        firedRounds[id] = this.#round;
      }
      this.#state.change(signature, this.#context);
      if (signature.action === "pass") isPassed = true;
      else if (!isPassed) this.#alertPath.take(signature);
    }
  }

  #fire(signature: Signature): void {
    this.#state.change(signature, this.#context);
    if (signature.action === "pass") this.#isPassed = true;
    else if (!this.#isPassed) this.#alertPath.take(signature);
  }
}

/** The fact has the value that the rule asks for, and its baseline counts it: most requests are of another method. */
function isAbout({ counter, eventValue }: Signature, event: DetectionEvent | null): boolean {
  if (eventValue !== null && event !== null && !eventValue.matches(event.value)) return false;
  return counter?.type !== "baseline" || isCounted(counter, event);
}
