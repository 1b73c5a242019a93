import { decodeFrom } from "../decode-packet.ts";
import { isLayer } from "../layer.ts";
import { type PacketView, SkipReason } from "../packet.ts";
import type { FragmentReassembler } from "./reassembler.ts";

/** A datagram in fragments, in a tunnel that comes in fragments itself: deeper than that nobody nests. */
const REBUILDS_MAX = 4;

/** Hands in the fragment that `packet` is; when it completes its datagram, `packet` is that, decoded. */
export function decodeFragment(packet: PacketView, fragments: FragmentReassembler): SkipReason {
  let reason: SkipReason = SkipReason.IP_FRAGMENT;
  for (let i = 0; i < REBUILDS_MAX; i++) {
    const step = fragments.add(packet);
    if (!isLayer(step)) return step;
    reason = decodeFrom(step, packet);
    if (reason !== SkipReason.IP_FRAGMENT) return reason;
  }
  return reason;
}
