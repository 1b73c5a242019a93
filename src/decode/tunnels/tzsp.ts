import { Layer, type Step } from "../layer.ts";
import { type PacketView, SkipReason } from "../packet.ts";
import { enter } from "./enter.ts";

const HEADER_BYTES = 4;
const TAGS_MAX = 64;
const TAG_PADDING = 0;
const TAG_END = 1;
const ETHERNET = 1;
const IEEE_802_11 = 18;

/** TaZmen Sniffer Protocol, as routers mirror with it (https://wiki.mikrotik.com/wiki/TZSP): version 1, a mirrored frame. */
export function decodeTzsp(packet: PacketView, start: number, end: number): Step {
  const { view } = packet;
  if (end - start < HEADER_BYTES + 1 || view.getUint8(start) !== 1) return SkipReason.NONE;
  const type = view.getUint8(start + 1);
  const protocol = view.getUint16(start + 2);
  if (type > 1 || (protocol !== ETHERNET && protocol !== IEEE_802_11)) return SkipReason.NONE;
  let at = start + HEADER_BYTES;
  for (let tags = 0; tags < TAGS_MAX && at < end; tags++) {
    const tag = view.getUint8(at++);
    if (tag === TAG_END) {
      packet.forgetVlans();
      return enter(packet, protocol === ETHERNET ? Layer.ETHERNET : Layer.WIFI, at);
    }
    if (tag === TAG_PADDING) continue;
    if (at >= end) break;
    at += 1 + view.getUint8(at);
  }
  return SkipReason.NONE;
}
