import { NO_PLACE, type PacketPlace } from "../../capture/packet-place.ts";
import { type HostKey, NO_HOST } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipFields } from "../content/sip-fields.ts";
import type { FlowTable } from "../flow.ts";

/**
 * The packet that decided a fact which shows only later: what leads an analyst back to it. Valid as long as
 * the fact; a `Transaction` is one itself.
 */
export interface PacketOrigin {
  readonly place: PacketPlace;
  /** Tags as in `PacketView`. */
  readonly vlan: number;
  readonly innerVlan: number;
  /** Ends of its flow, and when that began: with them the flow has the same id whoever asks, and when. */
  readonly srcHost: HostKey;
  readonly srcPort: number;
  readonly dstHost: HostKey;
  readonly dstPort: number;
  readonly ipProtocol: number;
  readonly flowStartUs: number;
  /** When it was seen; 0 when only its place is known. */
  readonly seenUs: number;
  /** MAC and TTL that it came with, for people; "" where nobody noted it. */
  readonly wayText?: string;
  /** Of a request, the first final answer: its status, and where it lies; 0 without one. */
  readonly answerStatus: number;
  readonly answerPlace: PacketPlace;
  /** Start line and session description of its message; null when it held none, or it is no longer kept. */
  sipFields(): SipFields | null;
}

/** Where a message that was kept can be read again. */
export interface KeptMessage {
  readonly keptAt: number;
  readonly messageBytes: number;
}

/** Reads kept messages. */
export interface KeptMessages {
  sipFields(message: KeptMessage): SipFields | null;
}

/** What is noted of a packet for later, in numbers; may be used again for another one. */
export class NotedPacket implements PacketOrigin {
  place: PacketPlace = NO_PLACE;
  vlan = -1;
  innerVlan = -1;
  srcHost: HostKey = NO_HOST;
  srcPort = 0;
  dstHost: HostKey = NO_HOST;
  dstPort = 0;
  ipProtocol = 0;
  flowStartUs = 0.5;
  seenUs = 0.5;
  answerStatus = 0;
  answerPlace: PacketPlace = NO_PLACE;

  note(packet: PacketOrigin | PacketView): void {
    this.place = packet.place;
    this.vlan = packet.vlan;
    this.innerVlan = packet.innerVlan;
    this.srcHost = packet.srcHost;
    this.srcPort = packet.srcPort;
    this.dstHost = packet.dstHost;
    this.dstPort = packet.dstPort;
    this.ipProtocol = packet.ipProtocol;
    this.flowStartUs = packet.flowStartUs;
    this.seenUs = packet.seenUs;
  }

  sipFields(): SipFields | null {
    return null;
  }
}

/** The same, and where the message of the packet is kept. */
export class SeenPacket extends NotedPacket {
  readonly #kept: KeptMessage | null;
  readonly #messages: KeptMessages | null;

  constructor(
    packet: PacketOrigin | PacketView,
    kept: KeptMessage | null = null,
    messages: KeptMessages | null = null,
  ) {
    super();
    this.note(packet);
    this.#kept = kept;
    this.#messages = messages;
  }

  override sipFields(): SipFields | null {
    return this.#kept === null ? null : (this.#messages?.sipFields(this.#kept) ?? null);
  }
}

/** A packet of which only the place is known. */
export function originAt(place: PacketPlace): PacketOrigin {
  return {
    place,
    vlan: -1,
    innerVlan: -1,
    srcHost: NO_HOST,
    srcPort: 0,
    dstHost: NO_HOST,
    dstPort: 0,
    ipProtocol: 0,
    flowStartUs: 0,
    seenUs: 0,
    answerStatus: 0,
    answerPlace: NO_PLACE,
    sipFields: () => null,
  };
}

/** The first packet of a flow. */
export function originOfFlow(flows: FlowTable, slot: number): PacketOrigin {
  return {
    ...originAt(flows.firstPlace(slot)),
    srcHost: flows.clientHost(slot),
    srcPort: flows.clientPort(slot),
    dstHost: flows.serverHost(slot),
    dstPort: flows.serverPort(slot),
    ipProtocol: flows.protocol(slot),
    flowStartUs: flows.firstUs(slot),
  };
}
