import { type HostKey, NO_HOST } from "../decode/host.ts";
import type { HostNames } from "../decode/host-names.ts";
import type { PacketView } from "../decode/packet.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import type { TcpSegment } from "../decode/tcp/segment.ts";
import { type DetectionEvent, type EventSubject, NO_SUBJECT } from "../track/facts/event.ts";
import type { PacketOrigin } from "../track/facts/packet-origin.ts";
import type { FlowTable } from "../track/flow.ts";
import type { Baselines } from "./baselines/baselines.ts";
import { TRACK_KEY_COUNT, type TrackKey, type TrackValue } from "./counters/track-key.ts";
import { subjectOfMessage } from "./subject.ts";

/**
 * What a rule is evaluated on: a packet, with its SIP message if it holds one, or a fact. For a fact,
 * source and destination are the offender and its victim. Reused.
 */
export class MatchContext {
  readonly names: HostNames;
  readonly flows: FlowTable;
  /** What is usual of hosts and accounts; null where nothing is learned. */
  baselines: Baselines | null = null;
  packet: PacketView | null = null;
  sip: SipMessageView | null = null;
  /** The TCP header of `packet`, for rules that are asked about segments; null for all else. */
  segment: TcpSegment | null = null;
  event: DetectionEvent | null = null;
  /** Of a fact: its method is one of those by which rules are looked up. */
  isMethodKnown = false;
  /** -1 without a flow. */
  flowSlot = -1;
  timeUs = 0.5;
  srcHost: HostKey = NO_HOST;
  dstHost: HostKey = NO_HOST;
  srcPort = 0;
  dstPort = 0;
  #subject: EventSubject | null = null;
  /**
   * By the index of their `TrackKey`, and the round in which each was made: a dozen rules ask for the same two or three. No array of
   * floats: V8 would make a number on the heap each time that one is read.
   */
  readonly #keys: (TrackValue | null)[] = new Array<TrackValue | null>(TRACK_KEY_COUNT).fill(null);
  readonly #keyRounds = new Int32Array(TRACK_KEY_COUNT);
  #round = 0;

  constructor(names: HostNames, flows: FlowTable) {
    this.names = names;
    this.flows = flows;
  }

  usePacket(packet: PacketView, flowSlot: number, sip: SipMessageView | null): void {
    this.packet = packet;
    this.sip = sip;
    this.event = null;
    this.isMethodKnown = false;
    this.flowSlot = flowSlot;
    this.timeUs = packet.timeUs;
    this.srcHost = packet.srcHost;
    this.dstHost = packet.dstHost;
    this.srcPort = packet.srcPort;
    this.dstPort = packet.dstPort;
    this.segment = null;
    this.#subject = null;
    this.#round = (this.#round + 1) | 0;
  }

  /** `flowSlot` is the flow of the event's packet; it is ignored when the event has none. */
  useEvent(event: DetectionEvent, flowSlot: number): void {
    this.packet = event.packet;
    this.sip = event.sip;
    this.segment = null;
    this.event = event;
    this.isMethodKnown = event.method !== SipMethod.OTHER;
    this.flowSlot = event.packet === null ? -1 : flowSlot;
    this.timeUs = event.timeUs;
    this.srcHost = event.srcHost;
    this.dstHost = event.dstHost;
    this.srcPort = event.srcPort;
    this.dstPort = event.dstPort;
    // A broken message is what its fact is about.
    const isOfMessage = event.subject === NO_SUBJECT && event.sip !== null;
    this.#subject = isOfMessage ? null : event.subject;
    this.#round = (this.#round + 1) | 0;
  }

  /** What the thing at hand is counted and remembered by. */
  keyBy(track: TrackKey): TrackValue {
    const { index } = track;
    if (this.#keyRounds[index] !== this.#round) {
      this.#keyRounds[index] = this.#round;
      this.#keys[index] = track.value(this);
    }
    return this.#keys[index] as TrackValue;
  }

  /** The packet that decided: the one at hand, or the one that a fact of passing time is about. */
  get decider(): PacketView | PacketOrigin | null {
    return this.packet ?? this.event?.origin ?? null;
  }

  /** The live flow of that packet; -1 without one. */
  get deciderSlot(): number {
    if (this.flowSlot >= 0) return this.flowSlot;
    const origin = this.event?.origin ?? null;
    return origin === null || origin.srcHost < 0 ? -1 : this.flows.find(origin);
  }

  /** Number of the packet; 0 when time passing raised the event. */
  get packetNumber(): number {
    return this.packet === null ? 0 : this.packet.number;
  }

  get subject(): EventSubject {
    this.#subject ??=
      this.sip === null ? NO_SUBJECT : subjectOfMessage(this.sip, this.names.text(this.server));
    return this.#subject;
  }

  /** The end that asked: an event's client, a request's sender, else the flow's client. */
  get client(): HostKey {
    const { event } = this;
    if (event !== null) return event.client === NO_HOST ? event.srcHost : event.client;
    if (this.sip !== null) return this.sip.isRequest ? this.srcHost : this.dstHost;
    return this.flowSlot < 0 ? this.srcHost : this.flows.clientHost(this.flowSlot);
  }

  get server(): HostKey {
    const { event } = this;
    if (event !== null) return event.server === NO_HOST ? event.dstHost : event.server;
    if (this.sip !== null) return this.sip.isRequest ? this.dstHost : this.srcHost;
    return this.flowSlot < 0 ? this.dstHost : this.flows.serverHost(this.flowSlot);
  }

  /** `source > destination` of the packet or the event's stream; the key of `by_stream`. */
  get stream(): string {
    if (this.event !== null) return this.event.subject.stream;
    const { packet } = this;
    if (packet === null || packet.payloadEnd - packet.payloadStart < 12) return "";
    const ssrc = packet.bytes.readUInt32BE(packet.payloadStart + 8).toString(16);
    const src = `${this.names.text(this.srcHost)}:${this.srcPort}`;
    return `${src} > ${this.names.text(this.dstHost)}:${this.dstPort} 0x${ssrc.padStart(8, "0")}`;
  }
}
