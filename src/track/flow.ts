import { column } from "../base/column.ts";
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
 * Columns in typed arrays with a list of least recent use; nothing is allocated per packet.
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
  readonly #hash: Int32Array;
  readonly #hostLow: Float64Array;
  readonly #hostHigh: Float64Array;
  readonly #ports: Int32Array;
  readonly #protocol: Uint8Array;
  readonly #flags: Uint8Array;
  readonly #appProto: Uint8Array;
  readonly #packets: Float64Array;
  readonly #bytes: Float64Array;
  readonly #firstUs: Float64Array;
  readonly #firstPlace: Float64Array;
  readonly #lastUs: Float64Array;
  readonly #touchedUs: Float64Array;
  readonly #generation: Uint32Array;
  readonly #messages: Uint32Array;
  readonly #older: Int32Array;
  readonly #younger: Int32Array;
  #oldest = -1;
  /** Before this time the oldest flow cannot end; 0 when it has to be asked again. */
  #expiryUs = 0.5;
  #youngest = -1;
  #free = -1;
  #used = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#index = new RowIndex(capacity, (slot) => this.#hash[slot] as number);
    this.#hash = column(Int32Array, capacity);
    this.#hostLow = column(Float64Array, capacity);
    this.#hostHigh = column(Float64Array, capacity);
    this.#ports = column(Int32Array, capacity);
    this.#protocol = column(Uint8Array, capacity);
    this.#flags = column(Uint8Array, capacity);
    this.#appProto = column(Uint8Array, capacity);
    this.#packets = column(Float64Array, 2 * capacity);
    this.#bytes = column(Float64Array, 2 * capacity);
    this.#firstUs = column(Float64Array, capacity);
    this.#firstPlace = column(Float64Array, capacity);
    this.#lastUs = column(Float64Array, capacity);
    this.#touchedUs = column(Float64Array, capacity);
    this.#generation = column(Uint32Array, capacity);
    this.#messages = column(Uint32Array, capacity);
    this.#older = column(Int32Array, capacity);
    this.#younger = column(Int32Array, capacity);
  }

  /** Counts the packet to its flow and returns the flow's slot, made when it is new or had expired. */
  track(packet: PacketView): number {
    const srcIsLow =
      packet.srcHost < packet.dstHost ||
      (packet.srcHost === packet.dstHost && packet.srcPort <= packet.dstPort);
    const low = srcIsLow ? packet.srcHost : packet.dstHost;
    const high = srcIsLow ? packet.dstHost : packet.srcHost;
    const ports = srcIsLow
      ? (packet.srcPort << 16) | packet.dstPort
      : (packet.dstPort << 16) | packet.srcPort;
    const hash = hashOf(low, high, ports, packet.ipProtocol);
    const nowUs = packet.timeUs;
    let slot = this.#find(hash, low, high, ports, packet.ipProtocol);
    if (slot >= 0 && nowUs - (this.#lastUs[slot] as number) > this.#timeoutUs(slot)) {
      this.#end(slot, "timeout");
      slot = -1;
    }
    if (slot < 0) {
      slot = this.#add(hash, nowUs);
      this.#hostLow[slot] = low;
      this.#hostHigh[slot] = high;
      this.#ports[slot] = ports;
      this.#protocol[slot] = packet.ipProtocol;
      this.#firstPlace[slot] = packet.place;
      if (packet.ipProtocol === IpProtocol.TCP) this.createdTcp++;
      this.#flags[slot] = srcIsLow ? CLIENT_IS_LOW : 0;
    }
    const toServer = ((this.#flags[slot] as number) & CLIENT_IS_LOW) === (srcIsLow ? 1 : 0);
    this.#flags[slot] =
      (this.#flags[slot] as number) | (toServer ? SEEN_TO_SERVER : SEEN_TO_CLIENT);
    const side = 2 * slot + (toServer ? 0 : 1);
    this.#packets[side] = (this.#packets[side] as number) + 1;
    this.#bytes[side] = (this.#bytes[side] as number) + packet.wireLength;
    this.#lastUs[slot] = nowUs;
    if (nowUs - (this.#touchedUs[slot] as number) > TOUCH_EVERY_US) this.#touch(slot, nowUs);
    return slot;
  }

  /** The slot of the live flow between two ends, in either order, that began then; -1 when it has ended. */
  find(ends: FlowEnds): number {
    const { srcHost, srcPort, dstHost, dstPort, ipProtocol } = ends;
    const srcIsLow = srcHost < dstHost || (srcHost === dstHost && srcPort <= dstPort);
    const low = srcIsLow ? srcHost : dstHost;
    const high = srcIsLow ? dstHost : srcHost;
    const ports = srcIsLow ? (srcPort << 16) | dstPort : (dstPort << 16) | srcPort;
    const slot = this.#find(hashOf(low, high, ports, ipProtocol), low, high, ports, ipProtocol);
    return slot >= 0 && this.#firstUs[slot] === ends.flowStartUs ? slot : -1;
  }

  /** Ends flows that have been silent for too long, oldest first. */
  expire(nowUs: number): void {
    while (nowUs > this.#expiryUs && this.#oldest >= 0) {
      const slot = this.#oldest;
      const expiryUs = (this.#lastUs[slot] as number) + this.#timeoutUs(slot);
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
    return ((this.#flags[slot] as number) & both) === both;
  }

  /** Counts packets that came before it was known that they belong to a flow. */
  addEarlier(
    slot: number,
    toServer: boolean,
    packets: number,
    bytes: number,
    firstUs: number,
  ): void {
    const side = 2 * slot + (toServer ? 0 : 1);
    this.#packets[side] = (this.#packets[side] as number) + packets;
    this.#bytes[side] = (this.#bytes[side] as number) + bytes;
    if (packets === 0) return;
    this.#firstUs[slot] = Math.min(firstUs, this.#firstUs[slot] as number);
    const seen = toServer ? SEEN_TO_SERVER : SEEN_TO_CLIENT;
    this.#flags[slot] = (this.#flags[slot] as number) | seen;
  }

  /** Swaps client and server, for a flow whose first packet is a response. */
  swapSides(slot: number): void {
    const flags = this.#flags[slot] as number;
    const seen =
      ((flags & SEEN_TO_SERVER) !== 0 ? SEEN_TO_CLIENT : 0) |
      ((flags & SEEN_TO_CLIENT) !== 0 ? SEEN_TO_SERVER : 0);
    this.#flags[slot] = ((flags ^ CLIENT_IS_LOW) & ~(SEEN_TO_SERVER | SEEN_TO_CLIENT)) | seen;
    for (const column of [this.#packets, this.#bytes]) {
      const toServer = column[2 * slot] as number;
      column[2 * slot] = column[2 * slot + 1] as number;
      column[2 * slot + 1] = toServer;
    }
  }

  clientHost(slot: number): HostKey {
    return this.#clientIsLow(slot)
      ? (this.#hostLow[slot] as number)
      : (this.#hostHigh[slot] as number);
  }

  serverHost(slot: number): HostKey {
    return this.#clientIsLow(slot)
      ? (this.#hostHigh[slot] as number)
      : (this.#hostLow[slot] as number);
  }

  clientPort(slot: number): number {
    const ports = this.#ports[slot] as number;
    return this.#clientIsLow(slot) ? ports >>> 16 : ports & 0xffff;
  }

  serverPort(slot: number): number {
    const ports = this.#ports[slot] as number;
    return this.#clientIsLow(slot) ? ports & 0xffff : ports >>> 16;
  }

  protocol(slot: number): number {
    return this.#protocol[slot] as number;
  }

  packets(slot: number, toServer: boolean): number {
    return this.#packets[2 * slot + (toServer ? 0 : 1)] as number;
  }

  /** Bytes on the wire, link header included, as Suricata counts. */
  bytes(slot: number, toServer: boolean): number {
    return this.#bytes[2 * slot + (toServer ? 0 : 1)] as number;
  }

  firstUs(slot: number): number {
    return this.#firstUs[slot] as number;
  }

  /** Where its first packet lies in its capture. */
  firstPlace(slot: number): PacketPlace {
    return this.#firstPlace[slot] as number;
  }

  lastUs(slot: number): number {
    return this.#lastUs[slot] as number;
  }

  generation(slot: number): number {
    return this.#generation[slot] as number;
  }

  appProto(slot: number): AppProto {
    return this.#appProto[slot] as AppProto;
  }

  setAppProto(slot: number, appProto: AppProto): void {
    this.#appProto[slot] = appProto;
  }

  /** Number of application messages seen in the flow: the next message's EVE `tx_id`. */
  messages(slot: number): number {
    return this.#messages[slot] as number;
  }

  countMessage(slot: number): void {
    this.#messages[slot] = (this.#messages[slot] as number) + 1;
  }

  isAlerted(slot: number): boolean {
    return ((this.#flags[slot] as number) & ALERTED) !== 0;
  }

  /** Nothing without a flow. */
  markAlerted(slot: number): void {
    if (slot < 0) return;
    this.#flags[slot] = (this.#flags[slot] as number) | ALERTED;
  }

  #clientIsLow(slot: number): boolean {
    return ((this.#flags[slot] as number) & CLIENT_IS_LOW) !== 0;
  }

  #timeoutUs(slot: number): number {
    return this.isEstablished(slot) ? FLOW_ESTABLISHED_TIMEOUT_US : FLOW_NEW_TIMEOUT_US;
  }

  #find(hash: number, low: number, high: number, ports: number, protocol: number): number {
    const index = this.#index;
    for (let at = index.first(hash); at >= 0; at = index.next(hash, at)) {
      const slot = index.row(at);
      if (
        this.#hash[slot] === hash &&
        this.#hostLow[slot] === low &&
        this.#hostHigh[slot] === high &&
        this.#ports[slot] === ports &&
        this.#protocol[slot] === protocol
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
    if (slot >= 0) this.#free = this.#younger[slot] as number;
    else slot = this.#used++;
    this.size++;
    this.created++;
    this.#index.add(hash, slot);
    this.#hash[slot] = hash;
    this.#appProto[slot] = AppProto.UNKNOWN;
    this.#messages[slot] = 0;
    this.#packets.fill(0, 2 * slot, 2 * slot + 2);
    this.#bytes.fill(0, 2 * slot, 2 * slot + 2);
    this.#firstUs[slot] = nowUs;
    this.#generation[slot] = (this.#generation[slot] as number) + 1;
    this.#link(slot, nowUs);
    return slot;
  }

  #end(slot: number, reason: FlowEndReason): void {
    this.onEnd(slot, reason);
    this.#unlink(slot);
    this.#index.remove(this.#hash[slot] as number, slot);
    this.#younger[slot] = this.#free;
    this.#free = slot;
    this.size--;
  }

  #link(slot: number, nowUs: number): void {
    if (this.#oldest < 0) this.#expiryUs = 0;
    this.#touchedUs[slot] = nowUs;
    this.#older[slot] = this.#youngest;
    this.#younger[slot] = -1;
    if (this.#youngest >= 0) this.#younger[this.#youngest] = slot;
    else this.#oldest = slot;
    this.#youngest = slot;
  }

  #unlink(slot: number): void {
    if (slot === this.#oldest) this.#expiryUs = 0;
    const older = this.#older[slot] as number;
    const younger = this.#younger[slot] as number;
    if (older >= 0) this.#younger[older] = younger;
    else this.#oldest = younger;
    if (younger >= 0) this.#older[younger] = older;
    else this.#youngest = older;
  }

  #touch(slot: number, nowUs: number): void {
    this.#unlink(slot);
    this.#link(slot, nowUs);
  }
}

function hashOf(low: number, high: number, ports: number, protocol: number): number {
  let h = Math.imul((low | 0) ^ RUN_SEED, 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h ^ (high | 0), 0xc2b2ae35);
  h ^= h >>> 13;
  h = Math.imul(h ^ ports ^ (protocol << 8), 0x27d4eb2f);
  return h ^ (h >>> 16);
}
