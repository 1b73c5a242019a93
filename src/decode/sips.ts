import type { PacketView } from "./packet.ts";
import type { TcpSegment } from "./tcp/segment.ts";

/** RFC 3261 19.1.2: the port of SIP over TLS. */
const SIPS_PORT = 5061;
/** RFC 8656 6. */
const TURNS_PORT = 5349;
/** RFC 8446 5.1: change_cipher_spec, alert, handshake, application_data. */
const RECORD_FIRST = 20;
const RECORD_LAST = 23;
const TLS_MAJOR = 3;

/**
 * A segment that begins with a TLS record, to or from the port of SIP over TLS: a message that nobody on the
 * way can read.
 */
export function isSipOverTls(packet: PacketView, segment: TcpSegment): boolean {
  return isSipsPort(segment) && beginsRecord(packet, segment);
}

/** The same of the port of STUN and TURN over TLS. */
export function isTurnOverTls(packet: PacketView, segment: TcpSegment): boolean {
  const isTurns = segment.dstPort === TURNS_PORT || segment.srcPort === TURNS_PORT;
  return isTurns && beginsRecord(packet, segment);
}

function beginsRecord({ view }: PacketView, segment: TcpSegment): boolean {
  const { start, end } = segment;
  if (end - start < 2 || view.getUint8(start + 1) !== TLS_MAJOR) return false;
  const type = view.getUint8(start);
  return type >= RECORD_FIRST && type <= RECORD_LAST;
}

/** From or to the port of SIP over TLS. */
export function isSipsPort(ends: { readonly srcPort: number; readonly dstPort: number }): boolean {
  return ends.dstPort === SIPS_PORT || ends.srcPort === SIPS_PORT;
}
