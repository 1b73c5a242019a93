import { Layer, type Step } from "./layer.ts";
import { type PacketView, SkipReason } from "./packet.ts";

const HEADER_BYTES = 24;
const ADDRESS_BYTES = 6;
const TYPE_DATA = 2;
const QOS_BYTES = 2;
const HT_CONTROL_BYTES = 4;
const A_MSDU_HEADER_BYTES = 14;

/** Frame control, second byte (IEEE 802.11-2020 9.2.4.1). */
const TO_DS = 1;
const FROM_DS = 2;
const PROTECTED = 0x40;
const ORDER = 0x80;

/** Radiotap (https://www.radiotap.org): a header of a length that it tells, then the 802.11 frame. */
export function decodeRadiotap(packet: PacketView): Step {
  const { view, frameStart: start, frameEnd: end } = packet;
  if (end - start < 8) return SkipReason.LINK_TRUNCATED;
  const bytes = view.getUint16(start + 2, true);
  if (view.getUint8(start) !== 0 || bytes < 8) return SkipReason.NOT_IP;
  if (end - start < bytes) return SkipReason.LINK_TRUNCATED;
  packet.ipStart = start + bytes;
  return decodeWifi(packet, hasPadding(view, start, start + bytes));
}

/** The flags field says that the header is padded to a multiple of four bytes. */
function hasPadding(view: DataView, start: number, end: number): boolean {
  const present = view.getUint32(start + 4, true);
  if ((present & 2) === 0) return false;
  let at = start + 4;
  while (at + 4 <= end && (view.getUint32(at, true) & 0x80000000) !== 0) at += 4;
  at += 4;
  // The time before it is eight bytes, aligned to eight.
  if ((present & 1) !== 0) at = start + ((at - start + 7) & ~7) + 8;
  return at < end && (view.getUint8(at) & 0x20) !== 0;
}

/** An 802.11 data frame at `ipStart` that is not encrypted; of an A-MSDU, the first frame. */
export function decodeWifi(packet: PacketView, isPadded = false): Step {
  const { view, frameEnd: end, ipStart: start } = packet;
  if (end - start < HEADER_BYTES) return SkipReason.LINK_TRUNCATED;
  const control = view.getUint8(start);
  const flags = view.getUint8(start + 1);
  const subtype = control >> 4;
  // Version 0; a null frame carries nothing.
  if ((control & 3) !== 0 || ((control >> 2) & 3) !== TYPE_DATA || (subtype & 4) !== 0) {
    return SkipReason.NOT_IP;
  }
  if ((flags & PROTECTED) !== 0) return SkipReason.NOT_IP;
  const hasFour = (flags & (TO_DS | FROM_DS)) === (TO_DS | FROM_DS);
  const isQos = (subtype & 8) !== 0;
  let bytes = HEADER_BYTES + (hasFour ? ADDRESS_BYTES : 0);
  const qosAt = start + bytes;
  if (isQos) bytes += QOS_BYTES + ((flags & ORDER) !== 0 ? HT_CONTROL_BYTES : 0);
  if (isPadded) bytes = (bytes + 3) & ~3;
  if (end - start < bytes) return SkipReason.LINK_TRUNCATED;
  const isAggregate = isQos && (view.getUint8(qosAt) & 0x80) !== 0;
  packet.srcMacStart = start + sourceAt(flags, hasFour);
  packet.ipStart = start + bytes + (isAggregate ? A_MSDU_HEADER_BYTES : 0);
  return Layer.LLC;
}

/** Table 9-30: which of the addresses is the source. */
function sourceAt(flags: number, hasFour: boolean): number {
  if (hasFour) return 24;
  return (flags & FROM_DS) !== 0 ? 16 : 10;
}
