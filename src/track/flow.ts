import { RUN_SEED } from "../base/hash.ts";
import { RowIndex } from "../base/row-index.ts";
import type { HostKey } from "../decode/host.ts";
import { IpProtocol } from "../decode/layer.ts";
import type { PacketView } from "../decode/packet.ts";
import {
  BYTES,
  CLIENT_IS_LOW,
  FIRST_US,
  FLAGS,
  FlowRows,
  HASH,
  HOST_HIGH,
  HOST_LOW,
  INTS,
  LAST_US,
  OLDER,
  PACKETS,
  PORTS,
  PROTOCOL,
  REALS,
  SEEN_TO_CLIENT,
  SEEN_TO_SERVER,
  TOUCHED_US,
  YOUNGER,
} from "./flow-rows.ts";

/** Suricata's defaults: a flow seen in one direction, in both. */
export const FLOW_NEW_TIMEOUT_US = 30_000_000;
export const FLOW_ESTABLISHED_TIMEOUT_US = 300_000_000;

const TOUCH_EVERY_US = 1_000_000;

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
export class FlowTable extends FlowRows {
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
  #oldest = -1;
  /** Before this time the oldest flow cannot end; 0 when it has to be asked again. Made a float from the start, as times are. */
  #expiryUs = 0.5;
  #youngest = -1;
  #free = -1;
  #used = 0;

  constructor(capacity: number) {
    super(capacity);
    this.capacity = capacity;
    this.#index = new RowIndex(capacity, (slot) => this.ints[slot * INTS + HASH] as number);
  }

  /** Counts the packet to its flow and returns the flow's slot, made when it is new or had expired. */
  track(packet: PacketView): number {
    const { srcHost, dstHost, srcPort, dstPort, ipProtocol, timeUs } = packet;
    const srcIsLow = srcHost < dstHost || (srcHost === dstHost && srcPort <= dstPort);
    const low = srcIsLow ? srcHost : dstHost;
    const high = srcIsLow ? dstHost : srcHost;
    const ports = srcIsLow ? (srcPort << 16) | dstPort : (dstPort << 16) | srcPort;
    const hash = hashOf(low | 0, high | 0, ports, ipProtocol);
    const ints = this.ints;
    const reals = this.reals;
    let slot = this.#find(hash, packet, srcIsLow, ports);
    if (slot >= 0 && timeUs - (reals[slot * REALS + LAST_US] as number) > this.#timeoutUs(slot)) {
      this.#end(slot, "timeout");
      slot = -1;
    }
    if (slot < 0) {
      slot = this.#add(hash, packet);
      reals[slot * REALS + HOST_LOW] = low;
      reals[slot * REALS + HOST_HIGH] = high;
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
    return slot >= 0 && this.reals[slot * REALS + FIRST_US] === ends.flowStartUs ? slot : -1;
  }

  /** Ends flows that have been silent for too long, oldest first. */
  expire(nowUs: number): void {
    while (nowUs > this.#expiryUs && this.#oldest >= 0) {
      const slot = this.#oldest;
      const expiryUs = (this.reals[slot * REALS + LAST_US] as number) + this.#timeoutUs(slot);
      if (nowUs > expiryUs) this.#end(slot, "timeout");
      else this.#expiryUs = expiryUs;
    }
  }

  /** Ends all flows, oldest first. */
  shutdown(): void {
    while (this.#oldest >= 0) this.#end(this.#oldest, "shutdown");
  }

  #timeoutUs(slot: number): number {
    return this.isEstablished(slot) ? FLOW_ESTABLISHED_TIMEOUT_US : FLOW_NEW_TIMEOUT_US;
  }

  /** Takes hosts inside of `ends`: as a number each call would allocate one. */
  #find(hash: number, ends: FlowEnds, srcIsLow: boolean, ports: number): number {
    const low = srcIsLow ? ends.srcHost : ends.dstHost;
    const high = srcIsLow ? ends.dstHost : ends.srcHost;
    const index = this.#index;
    const ints = this.ints;
    const reals = this.reals;
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

  #add(hash: number, packet: PacketView): number {
    if (this.size === this.capacity) {
      this.evictions++;
      this.#end(this.#oldest, "forced");
    }
    let slot = this.#free;
    if (slot >= 0) this.#free = this.ints[slot * INTS + YOUNGER] as number;
    else slot = this.#used++;
    this.size++;
    this.created++;
    this.#index.add(hash, slot);
    this.ints[slot * INTS + HASH] = hash;
    this.begin(slot, packet);
    this.#link(slot, packet.timeUs);
    return slot;
  }

  #end(slot: number, reason: FlowEndReason): void {
    this.onEnd(slot, reason);
    this.#unlink(slot);
    this.#index.remove(this.ints[slot * INTS + HASH] as number, slot);
    this.ints[slot * INTS + YOUNGER] = this.#free;
    this.#free = slot;
    this.size--;
  }

  #link(slot: number, nowUs: number): void {
    if (this.#oldest < 0) this.#expiryUs = 0;
    this.reals[slot * REALS + TOUCHED_US] = nowUs;
    this.ints[slot * INTS + OLDER] = this.#youngest;
    this.ints[slot * INTS + YOUNGER] = -1;
    if (this.#youngest >= 0) this.ints[this.#youngest * INTS + YOUNGER] = slot;
    else this.#oldest = slot;
    this.#youngest = slot;
  }

  #unlink(slot: number): void {
    if (slot === this.#oldest) this.#expiryUs = 0;
    const older = this.ints[slot * INTS + OLDER] as number;
    const younger = this.ints[slot * INTS + YOUNGER] as number;
    if (older >= 0) this.ints[older * INTS + YOUNGER] = younger;
    else this.#oldest = younger;
    if (younger >= 0) this.ints[younger * INTS + OLDER] = older;
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
