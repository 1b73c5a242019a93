import type { PacketView } from "../../decode/packet.ts";
import type { TcpSegment } from "../../decode/tcp/segment.ts";
import type { EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";

/**
 * Ports of telephony over TCP (IANA, and what PBXs open as they are installed): H.225, SCCP and SCCP over TLS, the manager of
 * Asterisk, SIP, SIP over TLS, the second SIP of FreeSWITCH.
 */
const PORTS = new Set([1720, 2000, 2443, 5038, 5060, 5061, 5080]);

/** Somebody asks for a connection to a port of telephony: who asks at all of them looks for a PBX. */
export function tellPortAsked(events: EventList, packet: PacketView, segment: TcpSegment): void {
  const { dstPort } = segment;
  if (!PORTS.has(dstPort)) return;
  events.raise(EventKind.TCP_PORT_ASKED, packet.timeUs, dstPort)?.aimAtPacket(packet);
}
