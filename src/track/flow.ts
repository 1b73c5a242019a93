import { column, columnOver } from "../base/column.ts";
import { RUN_SEED } from "../base/hash.ts";
import { RowIndex } from "../base/row-index.ts";
import type { PacketPlace } from "../capture/packet-place.ts";
import type { HostKey } from "../decode/host.ts";
import { IpProtocol } from "../decode/layer.ts";
import type { PacketView } from "../decode/packet.ts";

/** What a flow carries, once it is known (EVE `app_proto`). */
export const AppProto = {
  UNKNOWN: 0,
  SIP: 1,
  RTP: 2,
  RTCP: 3,
  STUN: 4,
  DTLS: 5,
  KEEPALIVE: 6,
} as const;
export type AppProto = (typeof AppProto)[keyof typeof AppProto];
export const APP_PROTO_NAMES: readonly string[] = ["", "sip", "rtp", "rtcp", "stun", "dtls", ""];

/** Suricata's defaults: a flow seen in one direction, in both. */
export const FLOW_NEW_TIMEOUT_US = 30_000_000;
export const FLOW_ESTABLISHED_TIMEOUT_US = 300_000_000;

const TOUCH_EVERY_US = 1_000_000;

/** A row is two cache lines; what each packet reads or writes comes first. Places in it, in numbers of four and of eight bytes. */
const ROW_BYTES = 128;
const INTS = ROW_BYTES / 4;
const REALS = ROW_BYTES / 8;
const HASH = 0;
const PORTS = 1;
const PROTOCOL = 2;
const FLAGS = 3;
const HOST_LOW = 2;
const HOST_HIGH = 3;
const LAST_US = 4;
const TOUCHED_US = 5;
/** To the server, and back. */
const PACKETS = 6;
const BYTES = 8;
const FIRST_US = 10;
const FIRST_PLACE = 11;
const APP_PROTO = 24;
const GENERATION = 25;
const MESSAGES = 26;
const OLDER = 27;
const YOUNGER = 28;
const ID = 15;

const CLIENT_IS_LOW = 1;
const SEEN_TO_SERVER = 2;
const SEEN_TO_CLIENT = 4;
const ALERTED = 8;

/** What tells one flow from all others. */
export interface FlowEnds {
  readonly srcHost: HostKey;
  readonly srcPort: number;
  readonly dstHost: HostKey;
  readonly dstPort: number;
  readonly ipProtocol: number;
  readonly flowStartUs: number;
}

/** Why a flow record ended (EVE `flow.reason`; "forced" is an eviction by the table's limit). */
export type FlowEndReason = "timeout" | "shutdown" | "forced";

/**
 * UDP flows by five-tuple, either direction, VLAN ignored: a mirror shows one call on several.
 * Rows of numbers with a list of least recent use; nothing is allocated per packet.
 * A slot number identifies a flow until it ends; `generation` tells reuse of the slot.
 */
export class FlowTable {
  readonly capacity: number;
  size = 0;
  /** Flows evicted because the table was full. */
  evictions = 0;
  /** Flows ever made. */
  created = 0;
  /** Of these, with TCP. */
  createdTcp = 0;
  onEnd: (slot: number, reason: FlowEndReason) => void = () => {};

  readonly #index: RowIndex;
  readonly #ints: Int32Array;
  readonly #reals: Float64Array;
  #oldest = -1;
  /** Before this time the oldest flow cannot end; 0 when it has to be asked again. */
  #expiryUs = 0.5;
  #youngest = -1;
  #free = -1;
  #used = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#index = new RowIndex(capacity, (slot) => this.#ints[slot * INTS + HASH] as number);
    this.#ints = column(Int32Array, INTS * capacity);
    this.#reals = columnOver(Float64Array, this.#ints);
  }

  /** Counts the packet to its flow and returns the flow's slot, made when it is new or had expired. */
  track(packet: PacketView): number {
    const { srcHost, dstHost, srcPort, dstPort, ipProtocol, timeUs } = packet;
    const srcIsLow = srcHost < dstHost || (srcHost === dstHost && srcPort <= dstPort);
    const low = srcIsLow ? srcHost : dstHost;
    const high = srcIsLow ? dstHost : srcHost;
    const ports = srcIsLow ? (srcPort << 16) | dstPort : (dstPort << 16) | srcPort;
    const hash = hashOf(low | 0, high | 0, ports, ipProtocol);
    const ints = this.#ints;
    const reals = this.#reals;
    let slot = this.#find(hash, packet, srcIsLow, ports);
    if (slot >= 0 && timeUs - (reals[slot * REALS + LAST_US] as number) > this.#timeoutUs(slot)) {
      this.#end(slot, "timeout");
      slot = -1;
    }
    if (slot < 0) {
      slot = this.#add(hash, timeUs);
      reals[slot * REALS + HOST_LOW] = low;
      reals[slot * REALS + HOST_HIGH] = high;
      reals[slot * REALS + FIRST_PLACE] = packet.place;
      ints[slot * INTS + PORTS] = ports;
      ints[slot * INTS + PROTOCOL] = ipProtocol;
      ints[slot * INTS + FLAGS] = srcIsLow ? CLIENT_IS_LOW : 0;
      if (ipProtocol === IpProtocol.TCP) this.createdTcp++;
    }
    const flags = ints[slot * INTS + FLAGS] as number;
    const isToServer = ((flags & CLIENT_IS_LOW) !== 0) === srcIsLow;
    ints[slot * INTS + FLAGS] = flags | (isToServer ? SEEN_TO_SERVER : SEEN_TO_CLIENT);
    const side = slot * REALS + (isToServer ? 0 : 1);
    reals[side + PACKETS] = (reals[side + PACKETS] as number) + 1;
    reals[side + BYTES] = (reals[side + BYTES] as number) + packet.wireLength;
    reals[slot * REALS + LAST_US] = timeUs;
    const touchedUs = reals[slot * REALS + TOUCHED_US] as number;
    if (timeUs - touchedUs > TOUCH_EVERY_US) this.#touch(slot, packet);
    return slot;
  }

  /** The slot of the live flow between two ends, in either order, that began then; -1 when it has ended. */
  find(ends: FlowEnds): number {
    const { srcHost, srcPort, dstHost, dstPort, ipProtocol } = ends;
    const srcIsLow = srcHost < dstHost || (srcHost === dstHost && srcPort <= dstPort);
    const low = srcIsLow ? srcHost : dstHost;
    const high = srcIsLow ? dstHost : srcHost;
    const ports = srcIsLow ? (srcPort << 16) | dstPort : (dstPort << 16) | srcPort;
    const slot = this.#find(hashOf(low | 0, high | 0, ports, ipProtocol), ends, srcIsLow, ports);
    return slot >= 0 && this.#reals[slot * REALS + FIRST_US] === ends.flowStartUs ? slot : -1;
  }

  /** Ends flows that have been silent for too long, oldest first. */
  expire(nowUs: number): void {
    while (nowUs > this.#expiryUs && this.#oldest >= 0) {
      const slot = this.#oldest;
      const expiryUs = (this.#reals[slot * REALS + LAST_US] as number) + this.#timeoutUs(slot);
      if (nowUs > expiryUs) this.#end(slot, "timeout");
      else this.#expiryUs = expiryUs;
    }
  }

  /** Ends all flows, oldest first. */
  shutdown(): void {
    while (this.#oldest >= 0) this.#end(this.#oldest, "shutdown");
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
    return ((this.#ints[slot * INTS + FLAGS] as number) & both) === both;
  }

  /** Counts packets that came before it was known that they belong to a flow. */
  addEarlier(
    slot: number,
    toServer: boolean,
    packets: number,
    bytes: number,
    firstUs: number,
  ): void {
    const reals = this.#reals;
    const side = slot * REALS + (toServer ? 0 : 1);
    reals[side + PACKETS] = (reals[side + PACKETS] as number) + packets;
    reals[side + BYTES] = (reals[side + BYTES] as number) + bytes;
    if (packets === 0) return;
    this.#reals[slot * REALS + ID] = 0;
    this.#reals[slot * REALS + FIRST_US] = Math.min(
      firstUs,
      this.#reals[slot * REALS + FIRST_US] as number,
    );
    const seen = toServer ? SEEN_TO_SERVER : SEEN_TO_CLIENT;
    this.#ints[slot * INTS + FLAGS] = (this.#ints[slot * INTS + FLAGS] as number) | seen;
  }

  /** Swaps client and server, for a flow whose first packet is a response. */
  swapSides(slot: number): void {
    const flags = this.#ints[slot * INTS + FLAGS] as number;
    const seen =
      ((flags & SEEN_TO_SERVER) !== 0 ? SEEN_TO_CLIENT : 0) |
      ((flags & SEEN_TO_CLIENT) !== 0 ? SEEN_TO_SERVER : 0);
    this.#ints[slot * INTS + FLAGS] =
      ((flags ^ CLIENT_IS_LOW) & ~(SEEN_TO_SERVER | SEEN_TO_CLIENT)) | seen;
    const reals = this.#reals;
    for (const at of [slot * REALS + PACKETS, slot * REALS + BYTES]) {
      const toServer = reals[at] as number;
      reals[at] = reals[at + 1] as number;
      reals[at + 1] = toServer;
    }
  }

  clientHost(slot: number): HostKey {
    return this.#clientIsLow(slot)
      ? (this.#reals[slot * REALS + HOST_LOW] as number)
      : (this.#reals[slot * REALS + HOST_HIGH] as number);
  }

  serverHost(slot: number): HostKey {
    return this.#clientIsLow(slot)
      ? (this.#reals[slot * REALS + HOST_HIGH] as number)
      : (this.#reals[slot * REALS + HOST_LOW] as number);
  }

  clientPort(slot: number): number {
    const ports = this.#ints[slot * INTS + PORTS] as number;
    return this.#clientIsLow(slot) ? ports >>> 16 : ports & 0xffff;
  }

  serverPort(slot: number): number {
    const ports = this.#ints[slot * INTS + PORTS] as number;
    return this.#clientIsLow(slot) ? ports & 0xffff : ports >>> 16;
  }

  protocol(slot: number): number {
    return this.#ints[slot * INTS + PROTOCOL] as number;
  }

  packets(slot: number, toServer: boolean): number {
    return this.#reals[slot * REALS + PACKETS + (toServer ? 0 : 1)] as number;
  }

  /** Bytes on the wire, link header included, as Suricata counts. */
  bytes(slot: number, toServer: boolean): number {
    return this.#reals[slot * REALS + BYTES + (toServer ? 0 : 1)] as number;
  }

  firstUs(slot: number): number {
    return this.#reals[slot * REALS + FIRST_US] as number;
  }

  /** Where its first packet lies in its capture. */
  firstPlace(slot: number): PacketPlace {
    return this.#reals[slot * REALS + FIRST_PLACE] as number;
  }

  /** What `setId` has kept, as long as it is still the flow that this was made of; 0 before. */
  id(slot: number): number {
    return this.#reals[slot * REALS + ID] as number;
  }

  /** Keeps a number that is made of the flow's ends, protocol and start: see `flowIdOf`. */
  setId(slot: number, id: number): void {
    this.#reals[slot * REALS + ID] = id;
  }

  lastUs(slot: number): number {
    return this.#reals[slot * REALS + LAST_US] as number;
  }

  generation(slot: number): number {
    return this.#ints[slot * INTS + GENERATION] as number;
  }

  appProto(slot: number): AppProto {
    return this.#ints[slot * INTS + APP_PROTO] as AppProto;
  }

  setAppProto(slot: number, appProto: AppProto): void {
    this.#ints[slot * INTS + APP_PROTO] = appProto;
  }

  /** Number of application messages seen in the flow: the next message's EVE `tx_id`. */
  messages(slot: number): number {
    return this.#ints[slot * INTS + MESSAGES] as number;
  }

  countMessage(slot: number): void {
    this.#ints[slot * INTS + MESSAGES] = (this.#ints[slot * INTS + MESSAGES] as number) + 1;
  }

  isAlerted(slot: number): boolean {
    return ((this.#ints[slot * INTS + FLAGS] as number) & ALERTED) !== 0;
  }

  /** Nothing without a flow. */
  markAlerted(slot: number): void {
    if (slot < 0) return;
    this.#ints[slot * INTS + FLAGS] = (this.#ints[slot * INTS + FLAGS] as number) | ALERTED;
  }

  #clientIsLow(slot: number): boolean {
    return ((this.#ints[slot * INTS + FLAGS] as number) & CLIENT_IS_LOW) !== 0;
  }

  #timeoutUs(slot: number): number {
    return this.isEstablished(slot) ? FLOW_ESTABLISHED_TIMEOUT_US : FLOW_NEW_TIMEOUT_US;
  }

  /** Takes hosts inside of `ends`: as a number each call would allocate one. */
  #find(hash: number, ends: FlowEnds, srcIsLow: boolean, ports: number): number {
    const low = srcIsLow ? ends.srcHost : ends.dstHost;
    const high = srcIsLow ? ends.dstHost : ends.srcHost;
    const index = this.#index;
    const ints = this.#ints;
    const reals = this.#reals;
    for (let at = index.first(hash); at >= 0; at = index.next(hash, at)) {
      const slot = index.row(at);
      const int = slot * INTS;
      const real = slot * REALS;
      if (
        ints[int + HASH] === hash &&
        ints[int + PORTS] === ports &&
        reals[real + HOST_LOW] === low &&
        reals[real + HOST_HIGH] === high &&
        ints[int + PROTOCOL] === ends.ipProtocol
      ) {
        return slot;
      }
    }
    return -1;
  }

  #add(hash: number, nowUs: number): number {
    if (this.size === this.capacity) {
      this.evictions++;
      this.#end(this.#oldest, "forced");
    }
    let slot = this.#free;
    if (slot >= 0) this.#free = this.#ints[slot * INTS + YOUNGER] as number;
    else slot = this.#used++;
    this.size++;
    this.created++;
    this.#index.add(hash, slot);
    const ints = this.#ints;
    ints[slot * INTS + HASH] = hash;
    ints[slot * INTS + APP_PROTO] = AppProto.UNKNOWN;
    ints[slot * INTS + MESSAGES] = 0;
    ints[slot * INTS + GENERATION] = (ints[slot * INTS + GENERATION] as number) + 1;
    this.#reals.fill(0, slot * REALS + PACKETS, slot * REALS + BYTES + 2);
    this.#reals[slot * REALS + FIRST_US] = nowUs;
    this.#reals[slot * REALS + ID] = 0;
    this.#link(slot, nowUs);
    return slot;
  }

  #end(slot: number, reason: FlowEndReason): void {
    this.onEnd(slot, reason);
    this.#unlink(slot);
    this.#index.remove(this.#ints[slot * INTS + HASH] as number, slot);
    this.#ints[slot * INTS + YOUNGER] = this.#free;
    this.#free = slot;
    this.size--;
  }

  #link(slot: number, nowUs: number): void {
    if (this.#oldest < 0) this.#expiryUs = 0;
    this.#reals[slot * REALS + TOUCHED_US] = nowUs;
    this.#ints[slot * INTS + OLDER] = this.#youngest;
    this.#ints[slot * INTS + YOUNGER] = -1;
    if (this.#youngest >= 0) this.#ints[this.#youngest * INTS + YOUNGER] = slot;
    else this.#oldest = slot;
    this.#youngest = slot;
  }

  #unlink(slot: number): void {
    if (slot === this.#oldest) this.#expiryUs = 0;
    const older = this.#ints[slot * INTS + OLDER] as number;
    const younger = this.#ints[slot * INTS + YOUNGER] as number;
    if (older >= 0) this.#ints[older * INTS + YOUNGER] = younger;
    else this.#oldest = younger;
    if (younger >= 0) this.#ints[younger * INTS + OLDER] = older;
    else this.#youngest = older;
  }

  #touch(slot: number, { timeUs }: PacketView): void {
    this.#unlink(slot);
    this.#link(slot, timeUs);
  }
}

function hashOf(low: number, high: number, ports: number, protocol: number): number {
  let h = Math.imul(low ^ RUN_SEED, 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h ^ high, 0xc2b2ae35);
  h ^= h >>> 13;
  h = Math.imul(h ^ ports ^ (protocol << 8), 0x27d4eb2f);
  return h ^ (h >>> 16);
}
