import type { PacketClock } from "../base/packet-clock.ts";
import { classifyPayload, PayloadKind } from "../decode/classify.ts";
import type { HostNames } from "../decode/host.ts";
import type { PacketView } from "../decode/packet.ts";
import { RtpHeaderView } from "../decode/rtp/header.ts";
import { RtcpView } from "../decode/rtp/rtcp.ts";
import { SIP_LEGAL_ODDITIES } from "../decode/sip/anomaly.ts";
import { SipMessageView } from "../decode/sip/message.ts";
import { DialogTracker } from "./dialogs.ts";
import type { EventList } from "./event.ts";
import { EventKind, SIP_ANOMALY_KIND_BASE } from "./event-kind.ts";
import { AppProto, type FlowTable } from "./flow.ts";
import { GrammarJudge } from "./grammar-judge.ts";
import { HostTable } from "./hosts.ts";
import { MediaTracker } from "./media.ts";
import type { TrackSettings } from "./settings.ts";
import { SipTracker } from "./sip-tracker.ts";
import type { Statistics, TableUse } from "./statistics.ts";
import { Watchdog } from "./watchdog.ts";

/**
 * From a UDP payload to facts: tells what it is, decodes it and hands it to the tracker that follows
 * such traffic. All time comes from packets and never runs backwards.
 */
export class Tracker {
  readonly hosts: HostTable;
  readonly media: MediaTracker;
  readonly dialogs: DialogTracker;
  readonly sip: SipTracker;
  readonly watchdog: Watchdog;
  readonly #flows: FlowTable;
  readonly #events: EventList;
  readonly #statistics: Statistics;
  /** Kept when it is not asked, for what it has counted. */
  #judge: GrammarJudge | null = null;
  #isJudging = false;
  readonly #message = new SipMessageView();
  readonly #rtp = new RtpHeaderView();
  readonly #rtcp = new RtcpView();

  constructor(
    settings: TrackSettings,
    parts: {
      flows: FlowTable;
      events: EventList;
      names: HostNames;
      statistics: Statistics;
      clock: PacketClock;
      judgesGrammar: boolean;
    },
  ) {
    const { flows, events, names, statistics } = parts;
    this.judgesGrammar = parts.judgesGrammar;
    this.#flows = flows;
    this.#events = events;
    this.#statistics = statistics;
    this.hosts = new HostTable(settings.hostsMax, names);
    const { hosts } = this;
    this.watchdog = new Watchdog(settings.watchdog, {
      events,
      statistics,
      names,
      clock: parts.clock,
    });
    const { oneWay } = this.watchdog;
    this.media = new MediaTracker(settings, { flows, hosts, names, events, statistics, oneWay });
    const { media } = this;
    this.dialogs = new DialogTracker(settings, { hosts, names, events, statistics, media });
    const { dialogs } = this;
    this.sip = new SipTracker(settings, { hosts, events, statistics, dialogs });
  }

  /** Some rule asks for `sip.grammar_violation`; without one nobody is judged. */
  set judgesGrammar(isWanted: boolean) {
    this.#isJudging = isWanted;
    if (isWanted) this.#judge ??= new GrammarJudge();
  }

  /** True while the passing of time has something left to raise. */
  isDue(nowUs: number): boolean {
    return (
      this.watchdog.isDue(nowUs) || this.sip.outcomes.isDue(nowUs) || this.dialogs.isDue(nowUs)
    );
  }

  /** Lets time pass: what waited for too long becomes a fact. Call it again while `isDue`. */
  advance(nowUs: number): void {
    this.sip.outcomes.advance(nowUs);
    this.dialogs.advance(nowUs);
    this.watchdog.advance(nowUs);
  }

  /** Follows one UDP packet. Returns its SIP message, valid until the next packet, or null. */
  packet(packet: PacketView, slot: number): SipMessageView | null {
    const { payloadStart, payloadEnd } = packet;
    const statistics = this.#statistics;
    const kind = classifyPayload(packet.bytes, payloadStart, payloadEnd);
    const { payloadBytes } = statistics;
    payloadBytes[kind] = (payloadBytes[kind] as number) + packet.wireLength;
    switch (kind) {
      case PayloadKind.RTP:
        this.#rtpPacket(packet, slot);
        return null;
      case PayloadKind.TEXT:
        return this.#text(packet, slot);
      case PayloadKind.RTCP:
        this.#rtcpPacket(packet, slot);
        return null;
      case PayloadKind.STUN:
        statistics.stunPackets++;
        this.#name(slot, AppProto.STUN);
        return null;
      case PayloadKind.DTLS:
        statistics.dtlsPackets++;
        this.#name(slot, AppProto.DTLS);
        return null;
      case PayloadKind.KEEPALIVE:
        statistics.keepalives++;
        return null;
      default:
        statistics.otherPayloads++;
        this.media.other(packet, slot, this.#path(packet, slot));
        return null;
    }
  }

  tables(): TableUse[] {
    const use = (
      name: string,
      table: { size: number; capacity: number; evictions: number },
    ): TableUse => ({
      name,
      size: table.size,
      capacity: table.capacity,
      evictions: table.evictions,
    });
    return [
      use("flows", this.#flows),
      use("hosts", this.hosts.map),
      use("transactions", this.sip.transactions.byHop),
      use("accounts", this.sip.outcomes.accounts.map),
      use("calls", this.dialogs.calls.map),
      use("rtp_sources", this.media.sources),
      use("media_endpoints", this.media.endpoints.map),
    ];
  }

  #path(packet: PacketView, slot: number): number {
    return 2 * slot + (this.#flows.isToServer(slot, packet) ? 0 : 1);
  }

  /** A flow keeps its first name, but for SIP and RTP, which say more. */
  #name(slot: number, appProto: AppProto): void {
    if (this.#flows.appProto(slot) === AppProto.UNKNOWN) this.#flows.setAppProto(slot, appProto);
  }

  #rtpPacket(packet: PacketView, slot: number): void {
    const path = this.#path(packet, slot);
    if (this.#rtp.decode(packet)) {
      this.media.rtp(packet, this.#rtp, slot, path);
      return;
    }
    this.#statistics.otherPayloads++;
    this.media.other(packet, slot, path);
    if (!this.media.isAnnounced(path)) return;
    this.#raise(EventKind.RTP_BAD_HEADER, packet);
  }

  #rtcpPacket(packet: PacketView, slot: number): void {
    this.#statistics.rtcpPackets++;
    this.#name(slot, AppProto.RTCP);
    if (!this.#rtcp.decode(packet) && this.media.isAnnounced(this.#path(packet, slot))) {
      this.#raise(EventKind.RTCP_BAD_HEADER, packet);
    }
  }

  #text(packet: PacketView, slot: number): SipMessageView | null {
    const message = this.#message;
    const { payloadStart, payloadEnd } = packet;
    const wasCut = packet.payloadWireLength > payloadEnd - payloadStart;
    if (!message.decode(packet.bytes, payloadStart, payloadEnd, wasCut)) {
      this.#statistics.otherPayloads++;
      this.media.other(packet, slot, this.#path(packet, slot));
      return null;
    }
    this.#count(message);
    const flows = this.#flows;
    if (flows.appProto(slot) !== AppProto.SIP) {
      flows.setAppProto(slot, AppProto.SIP);
      // Suricata: a flow whose first packet is a response runs the other way round.
      const packets = flows.packets(slot, true) + flows.packets(slot, false);
      if (!message.isRequest && packets === 1) flows.swapSides(slot);
    }
    this.sip.message(packet, message);
    if (message.anomalies !== 0) this.#anomalies(packet, message);
    return message;
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
    if ((message.anomalies & ~SIP_LEGAL_ODDITIES) !== 0) statistics.sipMalformed++;
  }

  #anomalies(packet: PacketView, message: SipMessageView): void {
    let bits = message.anomalies;
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
