import { PacketClock } from "../base/packet-clock.ts";
import type { Frame } from "../capture/frame.ts";
import { HeldFrame } from "../capture/held-frame.ts";
import type { KeyLogFile } from "../capture/key-log-file.ts";
import { type Config, counterLimitsOf, scaledLimits, trackSettingsOf } from "../config/config.ts";
import { openKeyLog } from "../config/config-key-log.ts";
import { decodePacket } from "../decode/decode-packet.ts";
import type { FragmentCounts } from "../decode/fragments/reassembler.ts";
import { HostNames } from "../decode/host-names.ts";
import { MirrorCopies } from "../decode/mirror-copies.ts";
import { PacketView, SkipReason } from "../decode/packet.ts";
import { RoutingDomains } from "../decode/routing-domains.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import type { Alert } from "../detect/alerts/alert.ts";
import type { CaseRecord } from "../detect/cases/case-record.ts";
import { Engine } from "../detect/engine.ts";
import type { IncidentRecord } from "../detect/incidents/incident.ts";
import type { RuleSet } from "../detect/rules/signature.ts";
import type { PacketTiming } from "../emit/metrics/packet-timing.ts";
import { EventList } from "../track/facts/event.ts";
import { Statistics, type TableUse } from "../track/facts/statistics.ts";
import { FlowTable } from "../track/flow.ts";
import { Tracker } from "../track/tracker.ts";
import type { MessageKeys } from "../track/transactions/message-keys.ts";
import { askedBy } from "./pipeline-asked.ts";
import { RarePackets } from "./pipeline-rare.ts";
import { logReceivers, RecordBuilder, type RecordReceivers } from "./pipeline-records.ts";
import { runFactsOf } from "./pipeline-run-facts.ts";
import { siteOf } from "./pipeline-site.ts";

/** At the end of a run, what has a second less than its wait behind it counts as having waited. */
const SETTLE_AT_END_US = 3_000_000;
/** Waits are this exact. */
const LOOK_EVERY_US = 1_000;
/** Tables of transactions, calls and media hold hosts too. */
const NAMES_PER_HOST = 4;

/** Where results go. A record kind without a receiver is not built. */
export interface PipelineOutputs extends RecordReceivers {
  alert(alert: Alert): void;
  incident?(record: IncidentRecord): void;
  case?(record: CaseRecord): void;
  /** Sees each UDP packet after it was tracked and before rules do; `keys` are those of `message`. */
  packet?(packet: PacketView, message: SipMessageView | null, keys: MessageKeys): void;
}

/** The packet loop: decode, track, detect, hand over. One packet at a time, in one synchronous call. */
export class Pipeline {
  readonly statistics = new Statistics();
  readonly flows: FlowTable;
  readonly tracker: Tracker;
  readonly engine: Engine;
  readonly names: HostNames;
  /** How often each fact was raised, by event kind. */
  get factCounts(): ArrayLike<number> {
    return this.#events.counts;
  }

  /** Of these, facts that no rule has seen, as one packet raised too many. */
  get factsDropped(): number {
    return this.#events.dropped;
  }

  readonly #events = new EventList();
  readonly #packet = new PacketView();
  readonly #copies: MirrorCopies;
  readonly #domains: RoutingDomains;
  readonly #rare: RarePackets;
  readonly #keyLog: KeyLogFile | null;
  readonly #outputs: PipelineOutputs;
  readonly #records: RecordBuilder;
  readonly #hasRecords: boolean;
  #timing: PacketTiming | null = null;
  /** Packets until the next one that is timed; at 0 and below none is. */
  #untilTimed = 0;
  /** Packet time at which what waits is looked at again. */
  #nextLookUs = 0.5;
  readonly #clock = new PacketClock();
  readonly #hold = new HeldFrame();

  constructor(options: { config: Config; ruleSet: RuleSet; outputs: PipelineOutputs }) {
    const { config, ruleSet, outputs } = options;
    const limits = scaledLimits(config);
    this.names = new HostNames(NAMES_PER_HOST * limits.hostsMax);
    this.#outputs = outputs;
    this.flows = new FlowTable(limits.flowsMax);
    const { flows, names, statistics } = this;
    const { dedupCopiesMax: copiesMax, dedupMs: windowMs } = config.capture;
    this.#copies = new MirrorCopies({ windowMs, copiesMax });
    this.#packet.macTwins = this.#copies.twins;
    this.#domains = new RoutingDomains(windowMs > 0);
    const events = this.#events;
    const parts = {
      ...{ flows, events, names, statistics, clock: this.#clock },
      asked: askedBy(ruleSet),
      ...logReceivers(outputs, config),
      ...siteOf(config),
    };
    this.tracker = new Tracker(trackSettingsOf(config), parts);
    const onAlert = (alert: Alert): void => {
      outputs.alert(alert);
      this.tracker.dialogs.log?.alerted(alert.voip.callId ?? "", alert.alertId);
      this.#timing?.alert(alert);
    };
    const { cases, incidents } = config;
    const counters = counterLimitsOf(config);
    this.engine = new Engine(ruleSet, names, flows, onAlert, counters, incidents, cases);
    this.engine.incidents.standings = this.tracker.standings;
    const { tracker } = this;
    this.engine.run = runFactsOf({ statistics, tracker, clock: this.#clock, events });
    this.engine.attacks.onIncident = (record) => outputs.incident?.(record);
    this.engine.attacks.cases.costs = parts.costs;
    this.engine.attacks.cases.onRecord = outputs.case?.bind(outputs) ?? null;
    this.#hasRecords =
      outputs.sip !== undefined || outputs.anomaly !== undefined || outputs.stats !== undefined;
    this.#records = new RecordBuilder(this, outputs, config.eve.statsIntervalS);
    this.#keyLog = openKeyLog(config);
    this.#rare = new RarePackets({
      ...{ config, flows, statistics, keyLog: this.#keyLog },
      copies: this.#copies,
      domains: this.#domains,
      unread: this.tracker.unread,
      headerRules: this.engine,
      // One segment may hold several messages, each with facts of its own.
      payload: (packet) => {
        events.clear();
        this.#payload(packet);
      },
      follow: (packet, slot) => {
        events.clear();
        this.#inspect(packet, slot);
      },
      apart: (packet, segment) => {
        events.clear();
        tracker.segment(packet, segment);
        if (events.length > 0) this.engine.inspect(packet, -1, null, events);
      },
    });
    flows.onEnd = (slot, reason) => {
      this.#records.flowEnded(slot, reason);
      this.engine.onFlowEnd(slot);
      this.tracker.media.flowEnded(slot);
    };
  }

  /** Times some of the packets from now on; null none. */
  set timing(timing: PacketTiming | null) {
    this.#timing = timing;
    this.#untilTimed = timing === null ? 0 : 1;
  }

  get timing(): PacketTiming | null {
    return this.#timing;
  }

  readonly onFrame = (frame: Frame): void => {
    if (this.#hold.isHolding) this.#release(frame.timeUs);
    if (this.#clock.isFarAhead(frame)) this.#hold.put(frame);
    else this.#pass(frame);
  };

  /** The packet that said that much time has passed, now that the next one is there. */
  #release(nextUs: number): void {
    const frame = this.#hold.take();
    if (this.#clock.confirms(nextUs, frame.timeUs)) this.#clock.believe(frame.timeUs);
    else this.#clock.doubt(frame.timeUs, frame.place);
    this.#takeNow(frame);
  }

  #pass(frame: Frame): void {
    const timing = --this.#untilTimed === 0 ? this.#timing : null;
    if (timing !== null) this.#untilTimed = timing.begin(frame);
    this.#take(frame);
    timing?.done();
  }

  #take(frame: Frame): void {
    this.#clock.take(frame);
    this.#takeNow(frame);
  }

  /** The clock has taken its time. */
  #takeNow(frame: Frame): void {
    this.#passTime();
    const packet = this.#packet;
    const reason = decodePacket(frame, packet);
    packet.timeUs = this.#clock.nowUs;
    this.statistics.take(frame, packet);
    if (reason === SkipReason.NONE) this.#datagram(packet);
    else this.#unusual(reason, packet);
  }

  /** What is no whole UDP datagram may become one, or is counted by the reason why not. */
  #unusual(first: SkipReason, packet: PacketView): void {
    const reason = this.#rare.take(first, packet);
    if (reason === SkipReason.ICMP) this.#icmp(packet);
    else if (reason !== SkipReason.NONE) this.statistics.skip(reason);
  }

  #datagram(packet: PacketView): void {
    if (!this.#rare.takeMerged(packet)) this.#payload(packet);
  }

  #payload(packet: PacketView): void {
    packet.network = this.#domains.networkOf(packet);
    if (this.#copies.isCopy(packet)) {
      this.#domains.unite(this.#copies.firstNetwork, packet.network);
      this.statistics.skip(SkipReason.MIRROR_COPY);
    } else {
      this.#domains.place(packet);
      this.#follow(packet);
    }
  }

  /** Lets time pass without a packet: on a silent link what waits must still fall due. */
  advance(timeUs: number): void {
    if (this.#hold.isHolding) this.#release(timeUs);
    this.#clock.advance(timeUs);
    this.#passTime();
  }

  /** Settles what is pending and ends all flows. Nothing may be handed in afterwards. */
  finish(): void {
    const { statistics, tracker } = this;
    if (this.#hold.isHolding) this.#release(Number.POSITIVE_INFINITY);
    const { nowUs } = this.#clock;
    this.#rare.finish(nowUs);
    this.#keyLog?.close();
    tracker.sip.outcomes.end(nowUs);
    this.#settle(nowUs + SETTLE_AT_END_US);
    this.engine.finish(nowUs);
    tracker.dialogs.log?.finish(nowUs);
    tracker.sip.registrationLog?.finish(this.#clock.captureUs(nowUs));
    statistics.hosts = tracker.hosts.count;
    this.flows.shutdown();
    this.#records.finish();
    if (statistics.packets > 0) statistics.lastUs = Math.max(statistics.firstUs, nowUs);
  }

  /** Puts other rules in force between two packets; unchanged ones go on counting. */
  reload(ruleSet: RuleSet): void {
    this.engine.reload(ruleSet, this.#clock.nowUs);
    this.tracker.ask(askedBy(ruleSet));
  }

  /** What became of IP datagrams that came in fragments. */
  get fragments(): FragmentCounts {
    return this.#rare.fragments;
  }

  tables(): TableUse[] {
    return [...this.tracker.tables(), ...this.#rare.tables()];
  }

  #follow(packet: PacketView): void {
    this.statistics.udpPackets++;
    this.#inspect(packet, this.flows.track(packet));
  }

  #inspect(packet: PacketView, slot: number): void {
    packet.flowStartUs = this.flows.firstUs(slot);
    const events = this.#events;
    const message = this.tracker.packet(packet, slot);
    this.#outputs.packet?.(packet, message, this.tracker.sip.keys);
    this.engine.inspect(packet, slot, message, events);
    if (this.#hasRecords) this.#records.packet(packet, slot, message);
    if (message !== null) this.flows.countMessage(slot);
  }

  /** Errors quote the packets that they are about, so `ip` and `icmp` rules look at them; nothing is tracked. */
  #icmp(packet: PacketView): void {
    const isCopy = this.engine.looksAtIcmp && this.#copies.isCopy(packet);
    this.statistics.skip(isCopy ? SkipReason.MIRROR_COPY : SkipReason.ICMP);
    if (!isCopy) this.engine.inspectIcmp(packet);
  }

  /** Packets of media come closer together than anything waits exactly. */
  #passTime(): void {
    const { nowUs } = this.#clock;
    if (nowUs >= this.#nextLookUs || this.#rare.hasBehind) {
      this.#nextLookUs = nowUs + LOOK_EVERY_US;
      if (this.#rare.isDue(nowUs)) this.#rare.advance(nowUs);
      if (this.tracker.isDue(nowUs)) this.#settle(nowUs);
      this.engine.advance(nowUs);
      this.flows.expire(nowUs);
    }
    this.#events.clear();
  }

  /** Facts that time brings are inspected before the packet that brought the time. */
  #settle(nowUs: number): void {
    while (this.tracker.isDue(nowUs)) {
      this.#events.clear();
      this.tracker.advance(nowUs);
      if (this.#events.length > 0) this.engine.inspect(null, -1, null, this.#events);
    }
  }
}
