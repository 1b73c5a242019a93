import type { PacketView } from "../../decode/packet.ts";
import type { Way } from "../calls/call-parties.ts";

/** The way by which a packet came to the sensor. Allocates: for signalling. */
export function wayOf(packet: PacketView): Way {
  const at = packet.srcMacStart;
  const { view, ttl } = packet;
  const mac = at < 0 ? -1 : view.getUint16(at) * 0x100000000 + view.getUint32(at + 2);
  return { mac, ttl, twins: packet.macTwins };
}
