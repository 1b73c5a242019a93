import { column, columnOver } from "../base/column.ts";
import type { PacketPlace } from "../capture/packet-place.ts";
import type { HostKey } from "../decode/host.ts";
import type { PacketView } from "../decode/packet.ts";
import { AppProto } from "./app-proto.ts";

/**
 * A row is two cache lines; what each packet reads or writes comes first. Each field is a number of four bytes (its place in `ints`) or
 * of eight (its place in `reals`), over the same memory.
 */
const ROW_BYTES = 128;
export const INTS = ROW_BYTES / 4;
export const REALS = ROW_BYTES / 8;
/** Bytes 0 to 15, in `ints`. */
export const HASH = 0;
export const PORTS = 1;
export const PROTOCOL = 2;
export const FLAGS = 3;
/** Bytes 16 to 95, in `reals`. */
export const HOST_LOW = 2;
export const HOST_HIGH = 3;
export const LAST_US = 4;
export const TOUCHED_US = 5;
/** To the server, and back. */
export const PACKETS = 6;
export const BYTES = 8;
export const FIRST_US = 10;
const FIRST_PLACE = 11;
/** Bytes 96 to 115, in `ints`. */
const APP_PROTO = 24;
const GENERATION = 25;
const MESSAGES = 26;
export const OLDER = 27;
export const YOUNGER = 28;
/** Bytes 120 to 127, in `reals`. */
const ID = 15;

/** Bits of `FLAGS`. */
export const CLIENT_IS_LOW = 1;
export const SEEN_TO_SERVER = 2;
export const SEEN_TO_CLIENT = 4;
const ALERTED = 8;

/** The rows of flows, and what is read and set of one flow alone; which rows there are, `FlowTable` knows. */
export class FlowRows {
  /** For `FlowTable`, which finds flows and counts packets in them. */
  protected readonly ints: Int32Array;
  protected readonly reals: Float64Array;

  constructor(capacity: number) {
    this.ints = column(Int32Array, INTS * capacity);
    this.reals = columnOver(Float64Array, this.ints);
  }

  /** True when the packet just tracked flows from the flow's client to its server. */
  isToServer(slot: number, packet: PacketView): boolean {
    return (
      this.clientHost(slot) === packet.srcHost &&
      (packet.srcHost !== packet.dstHost || this.clientPort(slot) === packet.srcPort)
    );
  }

  /** Suricata: a UDP flow is established once both directions were seen. */
  isEstablished(slot: number): boolean {
    const both = SEEN_TO_SERVER | SEEN_TO_CLIENT;
    return ((this.ints[slot * INTS + FLAGS] as number) & both) === both;
  }

  /** Counts packets that came before it was known that they belong to a flow. */
  addEarlier(
    slot: number,
    toServer: boolean,
    packets: number,
    bytes: number,
    firstUs: number,
  ): void {
    const reals = this.reals;
    const side = slot * REALS + (toServer ? 0 : 1);
    reals[side + PACKETS] = (reals[side + PACKETS] as number) + packets;
    reals[side + BYTES] = (reals[side + BYTES] as number) + bytes;
    if (packets === 0) return;
    this.reals[slot * REALS + ID] = 0;
    this.reals[slot * REALS + FIRST_US] = Math.min(
      firstUs,
      this.reals[slot * REALS + FIRST_US] as number,
    );
    const seen = toServer ? SEEN_TO_SERVER : SEEN_TO_CLIENT;
    this.ints[slot * INTS + FLAGS] = (this.ints[slot * INTS + FLAGS] as number) | seen;
  }

  /** Swaps client and server, for a flow whose first packet is a response. */
  swapSides(slot: number): void {
    const flags = this.ints[slot * INTS + FLAGS] as number;
    const seen =
      ((flags & SEEN_TO_SERVER) !== 0 ? SEEN_TO_CLIENT : 0) |
      ((flags & SEEN_TO_CLIENT) !== 0 ? SEEN_TO_SERVER : 0);
    this.ints[slot * INTS + FLAGS] =
      ((flags ^ CLIENT_IS_LOW) & ~(SEEN_TO_SERVER | SEEN_TO_CLIENT)) | seen;
    const reals = this.reals;
    for (const at of [slot * REALS + PACKETS, slot * REALS + BYTES]) {
      const toServer = reals[at] as number;
      reals[at] = reals[at + 1] as number;
      reals[at + 1] = toServer;
    }
  }

  clientHost(slot: number): HostKey {
    return this.#clientIsLow(slot)
      ? (this.reals[slot * REALS + HOST_LOW] as number)
      : (this.reals[slot * REALS + HOST_HIGH] as number);
  }

  serverHost(slot: number): HostKey {
    return this.#clientIsLow(slot)
      ? (this.reals[slot * REALS + HOST_HIGH] as number)
      : (this.reals[slot * REALS + HOST_LOW] as number);
  }

  clientPort(slot: number): number {
    const ports = this.ints[slot * INTS + PORTS] as number;
    return this.#clientIsLow(slot) ? ports >>> 16 : ports & 0xffff;
  }

  serverPort(slot: number): number {
    const ports = this.ints[slot * INTS + PORTS] as number;
    return this.#clientIsLow(slot) ? ports & 0xffff : ports >>> 16;
  }

  protocol(slot: number): number {
    return this.ints[slot * INTS + PROTOCOL] as number;
  }

  packets(slot: number, toServer: boolean): number {
    return this.reals[slot * REALS + PACKETS + (toServer ? 0 : 1)] as number;
  }

  /** Bytes on the wire, link header included, as Suricata counts. */
  bytes(slot: number, toServer: boolean): number {
    return this.reals[slot * REALS + BYTES + (toServer ? 0 : 1)] as number;
  }

  firstUs(slot: number): number {
    return this.reals[slot * REALS + FIRST_US] as number;
  }

  /** Where its first packet lies in its capture. */
  firstPlace(slot: number): PacketPlace {
    return this.reals[slot * REALS + FIRST_PLACE] as number;
  }

  /** What `setId` has kept, as long as it is still the flow that this was made of; 0 before. */
  id(slot: number): number {
    return this.reals[slot * REALS + ID] as number;
  }

  /** Keeps a number that is made of the flow's ends, protocol and start: see `flowIdOf`. */
  setId(slot: number, id: number): void {
    this.reals[slot * REALS + ID] = id;
  }

  lastUs(slot: number): number {
    return this.reals[slot * REALS + LAST_US] as number;
  }

  generation(slot: number): number {
    return this.ints[slot * INTS + GENERATION] as number;
  }

  appProto(slot: number): AppProto {
    return this.ints[slot * INTS + APP_PROTO] as AppProto;
  }

  /** Names what a flow carries that has no name yet: SIP and RTP, which say more than others, are set whatever it is called. */
  nameAppProto(slot: number, appProto: AppProto): void {
    if (this.appProto(slot) === AppProto.UNKNOWN) this.setAppProto(slot, appProto);
  }

  setAppProto(slot: number, appProto: AppProto): void {
    this.ints[slot * INTS + APP_PROTO] = appProto;
  }

  /** Number of application messages seen in the flow: the next message's EVE `tx_id`. */
  messages(slot: number): number {
    return this.ints[slot * INTS + MESSAGES] as number;
  }

  countMessage(slot: number): void {
    this.ints[slot * INTS + MESSAGES] = (this.ints[slot * INTS + MESSAGES] as number) + 1;
  }

  isAlerted(slot: number): boolean {
    return ((this.ints[slot * INTS + FLAGS] as number) & ALERTED) !== 0;
  }

  /** Nothing without a flow. */
  markAlerted(slot: number): void {
    if (slot < 0) return;
    this.ints[slot * INTS + FLAGS] = (this.ints[slot * INTS + FLAGS] as number) | ALERTED;
  }

  /** Makes the row anew for a flow that this packet begins; its ends and protocol are set beside it. */
  protected begin(slot: number, { place, timeUs }: PacketView): void {
    const { ints, reals } = this;
    ints[slot * INTS + APP_PROTO] = AppProto.UNKNOWN;
    ints[slot * INTS + MESSAGES] = 0;
    ints[slot * INTS + GENERATION] = (ints[slot * INTS + GENERATION] as number) + 1;
    reals.fill(0, slot * REALS + PACKETS, slot * REALS + BYTES + 2);
    reals[slot * REALS + FIRST_US] = timeUs;
    reals[slot * REALS + FIRST_PLACE] = place;
    reals[slot * REALS + ID] = 0;
  }

  #clientIsLow(slot: number): boolean {
    return ((this.ints[slot * INTS + FLAGS] as number) & CLIENT_IS_LOW) !== 0;
  }
}
