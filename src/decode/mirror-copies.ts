import { hash53 } from "../base/hash.ts";
import type { PacketView } from "./packet.ts";

const SLOTS = 8192;
const RTP_HEADER_BYTES = 12;
const TAIL_BYTES = 8;

/**
 * Finds packets that a mirror port shows more than once: the same from the IP header on, with TTL,
 * checksum, VLAN and MAC left aside, within a few milliseconds. A direct-mapped table of the latest
 * packets; a packet that pushes another out makes a copy go unnoticed, never the reverse.
 */
export class MirrorCopies {
  readonly #windowUs: number;
  readonly #copiesMax: number;
  readonly #key = new Float64Array(SLOTS);
  readonly #firstUs = new Float64Array(SLOTS);
  readonly #copies = new Uint8Array(SLOTS);

  /** `copiesMax`: more equal packets than this within the window are traffic (a flood), not copies. */
  constructor(options: { windowMs: number; copiesMax: number }) {
    this.#windowUs = options.windowMs * 1000;
    this.#copiesMax = options.copiesMax;
  }

  /** True when the packet is a copy of one seen just before. */
  isCopy(packet: PacketView): boolean {
    if (this.#windowUs === 0) return false;
    const key = keyOf(packet);
    const slot = slotOf(packet);
    const timeUs = packet.frame.timeUs;
    const age = timeUs - (this.#firstUs[slot] as number);
    if (this.#key[slot] !== key || age > this.#windowUs || age < 0) {
      this.#key[slot] = key;
      this.#firstUs[slot] = timeUs;
      this.#copies[slot] = 0;
      return false;
    }
    const copies = this.#copies[slot] as number;
    if (copies >= this.#copiesMax) return false;
    this.#copies[slot] = copies + 1;
    return true;
  }
}

/** Without the run's hash seed: which packet pushes out which must be the same in every run. */
function slotOf(packet: PacketView): number {
  const view = packet.frame.view;
  const { payloadStart, payloadEnd } = packet;
  let h = (packet.srcHost | 0) ^ Math.imul(packet.dstHost | 0, 0x9e3779b1);
  h = Math.imul(h ^ ((packet.srcPort << 16) | packet.dstPort), 0x85ebca6b);
  h ^= (packet.ipId << 16) ^ packet.udpChecksum;
  if (payloadEnd - payloadStart >= 8) {
    h = Math.imul(h ^ view.getInt32(payloadStart), 0xc2b2ae35) ^ (h >>> 15);
    h ^= view.getInt32(payloadEnd - 4);
  }
  return (Math.imul(h, 0x27d4eb2f) >>> 16) % SLOTS;
}

function keyOf(packet: PacketView): number {
  const bytes = packet.frame.bytes;
  const { payloadStart, payloadEnd } = packet;
  const ends =
    packet.srcHost ^
    Math.imul(packet.dstHost | 0, 0x9e3779b1) ^
    ((packet.srcPort << 16) | packet.dstPort);
  const length = payloadEnd - payloadStart;
  const from =
    (ends >>> 0) + ((packet.ipId ^ Math.imul(packet.udpChecksum, 31) ^ length) & 0xffff) * 2 ** 32;
  // RTP: sequence number, timestamp and SSRC differ from packet to packet; the tail tells payloads.
  if (length > RTP_HEADER_BYTES + TAIL_BYTES && (bytes[payloadStart] as number) >>> 6 === 2) {
    const head = hash53(bytes, payloadStart, payloadStart + RTP_HEADER_BYTES, from);
    return hash53(bytes, payloadEnd - TAIL_BYTES, payloadEnd, head);
  }
  return hash53(bytes, payloadStart, payloadEnd, from);
}
