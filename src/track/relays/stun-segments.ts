import type { PacketView } from "../../decode/packet.ts";
import { STUN_BINDING, StunView } from "../../decode/stun.ts";
import type { TcpSegment } from "../../decode/tcp/segment.ts";
import type { TurnRelays } from "./turn-relays.ts";

const HEADER_BYTES = 20;
const COOKIE = 0x2112a442;
/** Messages of one segment that are looked at. */
const MESSAGES_MAX = 32;

/**
 * TURN over TCP (RFC 8656 2.1, RFC 4571 has no part in it): messages follow each other, each with its length. Read where a
 * segment begins with one, as relays and clients write them; what is cut over two segments is not seen.
 */
export class StunSegments {
  readonly #stun = new StunView();

  segment(packet: PacketView, segment: TcpSegment, turn: TurnRelays): void {
    const { view, payloadStart, payloadEnd, payloadWireLength } = packet;
    const { end, start } = segment;
    let at = start;
    for (let left = MESSAGES_MAX; left > 0 && at + HEADER_BYTES <= end; left--) {
      const next = endOf(view, at, end);
      if (next < 0) break;
      if (isStun(view, at) && next <= end) {
        packet.payloadStart = at;
        packet.payloadEnd = next;
        packet.payloadWireLength = next - at;
        if (this.#stun.decode(packet) && this.#stun.method !== STUN_BINDING) {
          turn.packet(packet, this.#stun);
        }
      }
      at = next;
    }
    packet.payloadStart = payloadStart;
    packet.payloadEnd = payloadEnd;
    packet.payloadWireLength = payloadWireLength;
  }
}

function isStun(view: DataView, at: number): boolean {
  return view.getUint8(at) < 0x40 && view.getUint32(at + 4) === COOKIE;
}

/** Where the message or channel data ends that begins there; -1 when none does. */
function endOf(view: DataView, at: number, end: number): number {
  const first = view.getUint8(at);
  if (at + 8 <= end && isStun(view, at)) return at + HEADER_BYTES + view.getUint16(at + 2);
  // RFC 8656 12.5: over TCP padded to four bytes.
  const isChannel = first >= 0x40 && first < 0x50;
  return isChannel ? at + 4 + ((view.getUint16(at + 2) + 3) & ~3) : -1;
}
