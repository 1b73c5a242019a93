import type { HostNames } from "../decode/host-names.ts";
import type { PacketView } from "../decode/packet.ts";
import type { SipMessageView } from "../decode/sip/message.ts";
import { SipMethod } from "../decode/sip/methods.ts";
import type { TcpSegment } from "../decode/tcp/segment.ts";
import { Beacons } from "./content/beacons.ts";
import { CovertChannels } from "./content/covert-channels.ts";
import { Habits } from "./content/habits.ts";
import type { EventList } from "./facts/event.ts";
import { EventKind } from "./facts/event-kind.ts";
import { IDENTITY_ROWS } from "./facts/event-rows-identity.ts";
import { NUISANCE_ROWS } from "./facts/event-rows-nuisance.ts";
import { RELAY_ROWS } from "./facts/event-rows-relay.ts";
import type { HostTable } from "./hosts/hosts.ts";
import { NeighbourWatch } from "./hosts/neighbour-watch.ts";
import type { Peers } from "./hosts/peers.ts";
import { tellPortAsked } from "./hosts/telephony-ports.ts";
import { IdentityTracker } from "./identity/identity-tracker.ts";
import type { PassportKeys } from "./identity/passport-keys.ts";
import { NuisanceCalls } from "./nuisance/nuisance-calls.ts";
import { Reflections } from "./nuisance/reflections.ts";
import { isEmptyPolicy, type PolicySettings } from "./policy/policy-settings.ts";
import { PolicyTracker } from "./policy/policy-tracker.ts";
import { EnumWalks } from "./relays/enum-walks.ts";
import { StunSegments } from "./relays/stun-segments.ts";
import { TurnRelays } from "./relays/turn-relays.ts";
import type { MessageKeys } from "./transactions/message-keys.ts";
import type { RequestInspector } from "./transactions/request-inspector.ts";
import type { Transaction } from "./transactions/transaction.ts";

/** Tells whether a rule in force asks for a fact. */
export type Asked = (kind: number) => boolean;

/** What is known of the request of an answer at hand. */
export interface AnsweredRequest {
  /** It was seen. */
  readonly wasAsked: boolean;
  /** Who was asked answers, and was asked without credentials. */
  readonly wasAskedOpenly: boolean;
  /** It was inside a dialog. */
  readonly wasInDialog: boolean;
}

export interface SideParts {
  readonly events: EventList;
  readonly passportKeys: PassportKeys | null;
  readonly policy: PolicySettings;
  readonly names: HostNames;
  readonly hosts: HostTable;
  readonly peers: Peers;
}

/**
 * Trackers that stand beside calls and media and remember little or nothing. Each runs only while a rule asks for its
 * facts; without such rules the packet path costs what it did without them.
 */
export class SideTrackers implements RequestInspector {
  readonly #covert: CovertChannels;
  #beacons: Beacons | null = null;
  #habits: Habits | null = null;
  readonly #identity: IdentityTracker;
  #reflections: Reflections | null = null;
  #neighbours: NeighbourWatch | null = null;
  readonly #stun = new StunSegments();
  #inspectors: readonly RequestInspector[] = [];

  /** Holds messages against what the site has declared; null when it has declared nothing. */
  readonly policy: PolicyTracker | null;

  /** Follow TURN and ENUM; null while no rule asks for it. */
  turn: TurnRelays | null = null;
  enums: EnumWalks | null = null;
  /** Also wants final answers to INVITE. */
  nuisance: NuisanceCalls | null = null;
  readonly #parts: SideParts;

  constructor(parts: SideParts) {
    const { events, hosts, passportKeys, policy } = parts;
    this.#parts = parts;
    this.policy = isEmptyPolicy(policy) ? null : new PolicyTracker(policy, events, hosts);
    this.#covert = new CovertChannels(events);
    this.#identity = new IdentityTracker(events, passportKeys);
  }

  /** Somebody looks at new requests. */
  get looksAtRequests(): boolean {
    return this.#inspectors.length > 0;
  }

  ask(isAsked: Asked): void {
    const wants = (names: readonly string[]) =>
      names.some((name) =>
        isAsked((EventKind as Readonly<Record<string, number>>)[name] as number),
      );
    const inspectors: RequestInspector[] = [];
    if (wants(["SIP_HIDDEN_TEXT", "SDP_BAD_VERSION"])) inspectors.push(this.#covert);
    this.#beacons = wants(["SIP_BEACON"]) ? (this.#beacons ?? new Beacons(this.#parts)) : null;
    if (this.#beacons !== null) inspectors.push(this.#beacons);
    this.#habits = wants(["SIP_HABIT_BROKEN"])
      ? (this.#habits ?? new Habits(this.#parts.events))
      : null;
    if (this.#habits !== null) inspectors.push(this.#habits);
    if (wants(Object.keys(IDENTITY_ROWS))) inspectors.push(this.#identity);
    const wantsNuisance = wants(Object.keys(NUISANCE_ROWS));
    if (wantsNuisance) this.nuisance ??= new NuisanceCalls(this.#parts);
    else this.nuisance = null;
    if (this.nuisance !== null) inspectors.push(this.nuisance);
    this.#inspectors = inspectors;
    const { events, names } = this.#parts;
    const relayFacts = Object.keys(RELAY_ROWS);
    const wantsTurn = wants(relayFacts.filter((name) => name.startsWith("TURN_")));
    const wantsEnum = wants(relayFacts.filter((name) => name.startsWith("ENUM_")));
    this.turn = wantsTurn ? (this.turn ?? new TurnRelays(events, names)) : null;
    const wantsReflections = wants(["SIP_AMPLIFIED", "SIP_ANSWERS_UNASKED"]);
    this.#reflections = wantsReflections
      ? (this.#reflections ?? new Reflections(this.#parts))
      : null;
    const wantsNeighbours = wants(["ARP_ADDRESS_DISPUTED", "ND_ADDRESS_DISPUTED"]);
    this.#neighbours = wantsNeighbours
      ? (this.#neighbours ?? new NeighbourWatch(events, names))
      : null;
    this.enums = wantsEnum ? (this.enums ?? new EnumWalks(events, names)) : null;
  }

  /** Each SIP message, once it was followed. */
  message(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    answered: AnsweredRequest,
  ): void {
    this.policy?.message(packet, message, keys, answered.wasAskedOpenly);
    const isFinal = message.statusCode >= 200 && message.cseqMethod === SipMethod.INVITE;
    this.#reflections?.message(packet, message, answered.wasAsked);
    if (isFinal) this.nuisance?.answer(packet, message, keys);
    if (!message.isRequest && answered.wasAsked) {
      this.#habits?.answer(packet, message, keys, answered.wasInDialog);
    }
  }

  /** Somebody looks at what only looks like media. */
  get looksAtStrays(): boolean {
    return this.enums !== null || this.policy !== null;
  }

  /** A payload that is no SIP and no media, or only looks like it. */
  stray(packet: PacketView): void {
    if (this.enums !== null && EnumWalks.isDns(packet)) this.enums.packet(packet);
    this.policy?.stray(packet);
  }

  /** TCP that is no SIP, with data or asking for a connection; without a segment a frame without IP, or ICMP. */
  segment(packet: PacketView, segment: TcpSegment | null): void {
    if (segment === null) {
      this.#neighbours?.frame(packet);
      return;
    }
    if (segment.isOpening) tellPortAsked(this.#parts.events, packet, segment);
    if (segment.start === segment.end) return;
    if (this.turn !== null) this.#stun.segment(packet, segment, this.turn);
    this.policy?.segment(packet, segment);
  }

  request(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    keys: MessageKeys,
  ): void {
    for (const inspector of this.#inspectors) inspector.request(packet, message, transaction, keys);
  }
}
