import type { PacketClock } from "../base/packet-clock.ts";
import { PayloadKind } from "../decode/classify.ts";
import type { HostNames } from "../decode/host-names.ts";
import type { PacketView } from "../decode/packet.ts";
import { PayloadTag, PayloadView } from "../decode/payload.ts";
import { SIP_LEGAL_ODDITIES } from "../decode/sip/anomaly.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { STUN_BINDING } from "../decode/stun.ts";
import type { TcpSegment } from "../decode/tcp/segment.ts";
import { AppProto } from "./app-proto.ts";
import { logMaker } from "./call-records/call-log-maker.ts";
import type { CallReceiver } from "./call-records/call-receiver.ts";
import { DialogTracker } from "./calls/dialogs.ts";
import { GrammarJudge } from "./content/grammar-judge.ts";
import type { EventList } from "./facts/event.ts";
import { EventKind, SIP_ANOMALY_KIND_BASE } from "./facts/event-kind.ts";
import { type Statistics, type TableUse, tableUse } from "./facts/statistics.ts";
import type { FlowTable } from "./flow.ts";
import { HostTable } from "./hosts/hosts.ts";
import { Peers } from "./hosts/peers.ts";
import { SourceStandings } from "./hosts/source-standings.ts";
import type { PassportKeys } from "./identity/passport-keys.ts";
import { MediaTracker } from "./media/media.ts";
import type { CallCosts } from "./numbers/call-costs.ts";
import type { NumberPlan } from "./numbers/number-plan.ts";
import { isCut, OddPayloads } from "./odd-payloads.ts";
import type { PolicySettings } from "./policy/policy-settings.ts";
import { RegistrationLog, type RegistrationReceiver } from "./registrations/registration-log.ts";
import { Registrations } from "./registrations/registrations.ts";
import { UnreadSip } from "./sensor/unread.ts";
import { Unread } from "./sensor/unread-reason.ts";
import { Watchdog } from "./sensor/watchdog.ts";
import type { TrackSettings } from "./settings.ts";
import { type Asked, SideTrackers } from "./side-trackers.ts";
import { SipTracker } from "./sip-tracker.ts";

/** What the tracker is made with, and who takes what it makes. */
export interface TrackerParts {
  readonly flows: FlowTable;
  readonly events: EventList;
  readonly names: HostNames;
  readonly statistics: Statistics;
  readonly clock: PacketClock;
  readonly asked: Asked;
  /** Who takes the records of calls; null where nobody wants them. */
  readonly calls: CallReceiver | null;
  readonly passportKeys: PassportKeys | null;
  /** Who takes those of registrations. */
  readonly registrations: RegistrationReceiver | null;
  readonly policy: PolicySettings;
  readonly plan: NumberPlan;
  readonly costs: CallCosts;
}

/**
 * From a UDP payload to facts: has it decoded and hands it to the tracker that follows such traffic. All time comes from packets and
 * never runs backwards.
 */
export class Tracker {
  readonly hosts: HostTable;
  readonly media: MediaTracker;
  readonly dialogs: DialogTracker;
  readonly sip: SipTracker;
  readonly watchdog: Watchdog;
  readonly unread: UnreadSip;
  readonly standings: SourceStandings;
  readonly #flows: FlowTable;
  readonly #events: EventList;
  readonly #statistics: Statistics;
  readonly #names: HostNames;
  /** Kept when it is not asked, for what it has counted. */
  #judge: GrammarJudge | null = null;
  #isJudging = false;
  readonly #payload = new PayloadView();
  readonly #sides: SideTrackers;
  readonly #odd: OddPayloads;

  constructor(settings: TrackSettings, parts: TrackerParts) {
    const { flows, events, names, statistics } = parts;
    this.#flows = flows;
    this.#events = events;
    this.#statistics = statistics;
    this.#names = names;
    this.unread = new UnreadSip(statistics.sipUnread);
    this.hosts = new HostTable(settings.hostsMax, names);
    const { hosts } = this;
    this.watchdog = new Watchdog(settings.watchdog, {
      events,
      statistics,
      unread: this.unread,
      names,
      clock: parts.clock,
      tables: () => this.tables(),
    });
    const { oneWay } = this.watchdog;
    this.media = new MediaTracker(settings, { flows, hosts, names, events, statistics, oneWay });
    const { media } = this;
    this.standings = new SourceStandings(Math.max(16, settings.hostsMax >> 3));
    const { standings } = this;
    const peers = new Peers(settings.hostsMax);
    const registrations = new Registrations(settings.accountsMax);
    this.dialogs = new DialogTracker(settings, {
      hosts,
      names,
      events,
      statistics,
      media,
      peers,
      registrations,
      logOf: parts.calls && logMaker(parts.calls, { ...parts, media }),
    });
    const { dialogs } = this;
    this.sip = new SipTracker(settings, {
      hosts,
      names,
      events,
      statistics,
      dialogs,
      media,
      peers,
      registrations,
      standings,
      plan: parts.plan,
      costs: parts.costs,
    });
    if (parts.registrations !== null) {
      const { accountsMax } = settings;
      this.sip.registrationLog = new RegistrationLog(parts.registrations, names, accountsMax);
    }
    this.#sides = new SideTrackers({ ...parts, hosts, peers });
    const { unread } = this;
    this.#odd = new OddPayloads({
      ...{ events, flows, hosts, media, names, peers, statistics, unread },
      ...{ sides: this.#sides, rtp: this.#payload.rtp },
    });
    this.ask(parts.asked);
  }

  /** Which facts the rules in force ask for: what costs is done for these only. */
  ask(isAsked: Asked): void {
    this.#isJudging = isAsked(EventKind.SIP_GRAMMAR_VIOLATION);
    if (this.#isJudging) this.#judge ??= new GrammarJudge();
    this.#sides.ask(isAsked);
    this.sip.outcomes.tellsAnswers = isAsked(EventKind.SIP_RESPONSE);
    this.sip.onRequest = this.#sides.looksAtRequests ? this.#sides : null;
    this.media.onStray = this.#sides.looksAtStrays ? this.#onStray : null;
  }

  readonly #onStray = (packet: PacketView): void => this.#sides.stray(packet);

  /** True while the passing of time has something left to raise. */
  isDue(nowUs: number): boolean {
    return (
      this.watchdog.isDue(nowUs) ||
      this.sip.isDue(nowUs) ||
      this.dialogs.isDue(nowUs) ||
      this.media.isDue(nowUs)
    );
  }

  /** Lets time pass: what waited for too long becomes a fact. Call it again while `isDue`. */
  advance(nowUs: number): void {
    this.sip.advance(nowUs);
    this.dialogs.advance(nowUs);
    this.media.advance(nowUs);
    this.watchdog.advance(nowUs);
  }

  /** Follows one UDP packet. Returns its SIP message, valid until the next packet, or null. */
  packet(packet: PacketView, slot: number): SipMessageView | null {
    const statistics = this.#statistics;
    const { payloadBytes } = statistics;
    if (this.media.goesOn(packet, this.#path(packet, slot))) {
      const bytes = payloadBytes[PayloadKind.RTP] as number;
      payloadBytes[PayloadKind.RTP] = bytes + statistics.untoldBytes;
      statistics.untoldBytes = 0;
      return null;
    }
    const payload = this.#payload;
    let tag = payload.decode(packet);
    let kind = payload.looksLike;
    if (this.media.faxPorts.isFax(packet, kind)) {
      tag = PayloadTag.OTHER;
      kind = PayloadKind.OTHER;
    }
    payloadBytes[kind] = (payloadBytes[kind] as number) + statistics.untoldBytes;
    statistics.untoldBytes = 0;
    switch (tag) {
      case PayloadTag.RTP:
        this.media.rtp(packet, payload.rtp, slot, this.#path(packet, slot));
        return null;
      case PayloadTag.SIP:
        this.#sip(packet, payload.sip, slot);
        return payload.sip;
      case PayloadTag.RTCP:
        statistics.rtcpPackets++;
        this.#flows.nameAppProto(slot, AppProto.RTCP);
        this.media.rtcp(packet, payload.rtcp);
        return null;
      case PayloadTag.STUN:
        statistics.stunPackets++;
        this.#flows.nameAppProto(slot, AppProto.STUN);
        this.media.stun(packet, payload.stun);
        if (payload.stun.method !== STUN_BINDING) this.#sides.turn?.packet(packet, payload.stun);
        return null;
      case PayloadTag.DTLS:
        statistics.dtlsPackets++;
        this.#sides.policy?.tlsRecord(packet, packet.payloadStart, packet.payloadEnd);
        this.#flows.nameAppProto(slot, AppProto.DTLS);
        return null;
      case PayloadTag.KEEPALIVE:
        statistics.keepalives++;
        return null;
      default:
        this.#odd.packet(packet, slot, this.#path(packet, slot), kind);
        return null;
    }
  }

  /** TCP that is no SIP, with data or asking for a connection; without a segment a frame without IP, or ICMP. */
  segment(packet: PacketView, segment: TcpSegment | null): void {
    this.#sides.segment(packet, segment);
  }

  tables(): TableUse[] {
    return [
      tableUse("flows", this.#flows),
      tableUse("hosts", this.hosts.map),
      tableUse("ipv6_addresses", this.#names),
      tableUse("transactions", this.sip.transactions),
      tableUse("accounts", this.sip.outcomes.accounts.logins.table),
      tableUse("calls", this.dialogs.calls),
      tableUse("rtp_sources", this.media.sources),
      tableUse("media_endpoints", this.media.endpoints.map),
    ];
  }

  #path(packet: PacketView, slot: number): number {
    return 2 * slot + (this.#flows.isToServer(slot, packet) ? 0 : 1);
  }

  #sip(packet: PacketView, message: SipMessageView, slot: number): void {
    this.#count(message);
    if (isCut(packet)) this.unread.note(Unread.CUT, packet);
    this.#names.rememberSip(packet);
    const flows = this.#flows;
    if (flows.appProto(slot) !== AppProto.SIP) {
      flows.setAppProto(slot, AppProto.SIP);
      // Suricata: a flow whose first packet is a response runs the other way round.
      const packets = flows.packets(slot, true) + flows.packets(slot, false);
      if (!message.isRequest && packets === 1) flows.swapSides(slot);
    }
    this.sip.message(packet, message);
    this.#sides.message(packet, message, this.sip.keys, this.sip);
    if (message.anomalies !== 0) this.#anomalies(packet, message);
  }

  #count(message: SipMessageView): void {
    const statistics = this.#statistics;
    statistics.sipMessages++;
    if (message.isRequest) {
      statistics.requests[message.method] = (statistics.requests[message.method] as number) + 1;
    } else {
      const status = message.statusCode;
      statistics.responses[status] = (statistics.responses[status] as number) + 1;
    }
  }

  #anomalies(packet: PacketView, message: SipMessageView): void {
    let bits = message.anomalies;
    if ((bits & ~SIP_LEGAL_ODDITIES) !== 0) this.#statistics.sipMalformed++;
    for (let bit = 0; bits !== 0; bit++, bits >>>= 1) {
      if ((bits & 1) === 0) continue;
      const event = this.#raise(SIP_ANOMALY_KIND_BASE + bit, packet);
      if (event !== null) event.sip = message;
    }
    if (this.#isJudging && this.#judge !== null) this.#judgeGrammar(this.#judge, packet, message);
  }

  #judgeGrammar(judge: GrammarJudge, packet: PacketView, message: SipMessageView): void {
    const seen = judge.verdict(message, packet.timeUs);
    this.#statistics.sipUnjudged = judge.unjudged;
    if (seen === null) return;
    const event = this.#raise(EventKind.SIP_GRAMMAR_VIOLATION, packet);
    if (event === null) return;
    event.sip = message;
    event.evidence = [{ what: "grammar", expected: "as RFC 3261 25.1 has it", seen }];
  }

  #raise(kind: number, packet: PacketView) {
    const event = this.#events.raise(kind, packet.timeUs, 0);
    if (event === null) return null;
    this.hosts.source(packet);
    this.hosts.destination(packet);
    event.aimAtPacket(packet);
    return event;
  }
}
