import type { PacketView } from "../../decode/packet.ts";
import type { TcpSegment } from "../../decode/tcp/segment.ts";
import type { Contradiction, EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { DailyNotes } from "./daily-notes.ts";
import { ProvisioningWatch } from "./provisioning.ts";
import { certificateState, TlsFlights, type TlsServer } from "./tls-flights.ts";

/** RFC 3261 19.1.2. */
const SIPS_PORT = 5061;
/** H.225.0 call signalling, and SCCP (Skinny). */
const H225_PORT = 1720;
const SCCP_PORT = 2000;
const SCCP_HEADER_BYTES = 8;
const SELF_SIGNED = 1;
const EXPIRED = 2;
const CIPHER = "cipher suite";
const FILE = "file";

/** Notes on what goes by beside SIP: what TLS servers show, protocols over TCP, configurations in clear. */
export class LinkNotes {
  readonly #events: EventList;
  readonly #notes: DailyNotes;
  readonly #flights = new TlsFlights();
  readonly #provisioning = new ProvisioningWatch();

  constructor(events: EventList, notes: DailyNotes) {
    this.#events = events;
    this.#notes = notes;
  }

  /** A TCP segment with data that is no SIP. */
  segment(packet: PacketView, segment: TcpSegment): void {
    const { dstPort, end, srcPort, start } = segment;
    if (srcPort === SIPS_PORT) {
      const server = this.#flights.take(packet, segment);
      if (server !== null) this.#server(packet, server);
      return;
    }
    if (dstPort === SIPS_PORT) return;
    const protocol = protocolOf(packet, segment);
    if (protocol !== "") this.legacy(packet, protocol);
    else this.provisioning(packet, start, end);
  }

  /** A protocol of telephony that this sensor does not read. */
  legacy(packet: PacketView, protocol: string): void {
    const { dstHost, srcHost } = packet;
    const ends = srcHost < dstHost ? [srcHost, dstHost] : [dstHost, srcHost];
    this.#say(EventKind.POLICY_LEGACY_PROTOCOL, packet, ends as [number, number], 0, [
      { what: "protocol", expected: "SIP", seen: protocol },
    ]);
  }

  provisioning(packet: PacketView, start: number, end: number): void {
    const found = this.#provisioning.look(packet, start, end);
    if (found === null) return;
    const { file, hasPassword, protocol, server } = found;
    const how = `by ${protocol}${hasPassword ? ", with a password" : ""}`;
    const evidence = [
      { what: "configurations of phones", expected: "encrypted (HTTPS)", seen: how },
      { what: FILE, expected: "", seen: file },
    ];
    // It is the server that gives them in clear, whichever phone asks.
    const kind = EventKind.POLICY_CLEAR_PROVISIONING;
    this.#say(kind, packet, [server, 0], hasPassword ? 2 : 1, evidence);
  }

  #server(packet: PacketView, { version, cipher, certificate, asksClient }: TlsServer): void {
    const ends: [number, number] = [packet.srcHost, 0];
    const state = certificate === null ? null : certificateState(certificate, packet.timeUs);
    const is13 = version >= 0x0304;
    const hidden = is13 ? "encrypted (TLS 1.3)" : "not seen whole";
    const asks = is13 ? hidden : asksClient ? "asked for (mTLS)" : "not asked for";
    this.#say(EventKind.POLICY_TLS_SERVER, packet, ends, version, [
      { what: "TLS version", expected: "", seen: versionText(version) },
      { what: CIPHER, expected: "", seen: `0x${cipher.toString(16).padStart(4, "0")}` },
      { what: "certificate of the server", expected: "", seen: state?.subject || hidden },
      { what: "certificate of the client", expected: "", seen: asks },
    ]);
    if (state === null) return;
    const value = (state.isSelfSigned ? SELF_SIGNED : 0) + (state.expired === "" ? 0 : EXPIRED);
    if (value === 0) return;
    const parts = [state.expired, state.isSelfSigned ? "signed by itself" : ""];
    const seen = parts.filter((part) => part !== "").join(", ");
    this.#say(EventKind.POLICY_CERTIFICATE, packet, ends, value, [
      {
        what: "certificate",
        expected: "valid, of an authority",
        seen: `${state.subject}: ${seen}`,
      },
    ]);
  }

  #say(
    kind: number,
    packet: PacketView,
    [one, other]: readonly [number, number],
    value: number,
    evidence: readonly Contradiction[],
  ): void {
    // One client's cipher suite or file is no other thing than the next one's.
    const shown = evidence.filter(({ what }) => what !== CIPHER && what !== FILE);
    const detail = shown.map(({ seen }) => seen).join("; ");
    if (!this.#notes.isNew(kind, one, other, packet.timeUs, detail)) return;
    const event = this.#events.raise(kind, packet.timeUs, value);
    if (event === null) return;
    event.aimAtPacket(packet);
    event.evidence = evidence;
  }
}

/** By port and first bytes (RFC 1006 6 with Q.931's 0x08; a length in Intel's order with a version of 0 to 0x16 behind it). */
function protocolOf({ view }: PacketView, segment: TcpSegment): string {
  const { bytes, dstPort, end, srcPort, start } = segment;
  if (end - start < SCCP_HEADER_BYTES) return "";
  if (dstPort === H225_PORT || srcPort === H225_PORT) {
    const isQ931 = view.getUint16(start) === 0x0300 && view.getUint8(start + 4) === 8;
    return isQ931 ? "H.225 (H.323)" : "";
  }
  if (dstPort !== SCCP_PORT && srcPort !== SCCP_PORT) return "";
  const length = view.getUint32(start, true);
  const version = view.getUint32(start + 4, true);
  return length >= 4 && length <= bytes - SCCP_HEADER_BYTES && version <= 0x16
    ? "SCCP (Skinny)"
    : "";
}

function versionText(version: number): string {
  return version >= 0x0301 && version <= 0x0304
    ? `1.${version - 0x0301}`
    : `0x${version.toString(16)}`;
}
