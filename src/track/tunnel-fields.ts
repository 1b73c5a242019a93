import type { HostNames } from "../decode/host-names.ts";
import { protocolName } from "../decode/layer.ts";
import type { PacketView } from "../decode/packet.ts";
import { tunnelName } from "../decode/tunnels/outer-ends.ts";
import type { RecordHeader, TunnelFields } from "./record-header.ts";

const PLAIN: Pick<RecordHeader, "tunnel" | "agent"> = {};

/** How the packet was seen, where that is not plainly on the wire. */
export function sightOf(
  packet: PacketView,
  names: HostNames,
): Pick<RecordHeader, "tunnel" | "agent"> {
  if (packet.depth === 0 && packet.agent <= 0) return PLAIN;
  const tunnel = tunnelFieldsOf(packet, names);
  return {
    ...(tunnel !== null && { tunnel }),
    ...(packet.agent > 0 && { agent: packet.agent }),
  };
}

/** EVE `tunnel` of a packet in tunnels; null of any other, and where the outermost ends are not known any more. */
function tunnelFieldsOf(packet: PacketView, names: HostNames): TunnelFields | null {
  const { depth, outerDstHost, outerIpVersion, outerProtocol, outerSrcHost } = packet;
  if (depth === 0) return null;
  const source = tunnelName(packet);
  if (outerIpVersion === 6) {
    // The addresses of a packet that was put together lie in memory that is another's by now.
    if (packet.outerBytes !== packet.bytes) return null;
    names.remember(outerSrcHost, packet.view, packet.outerSrcStart);
    names.remember(outerDstHost, packet.view, packet.outerDstStart);
  }
  return {
    srcIp: names.text(outerSrcHost),
    srcPort: packet.outerSrcPort,
    destIp: names.text(outerDstHost),
    destPort: packet.outerDstPort,
    proto: protocolName(outerProtocol),
    depth,
    source,
  };
}
