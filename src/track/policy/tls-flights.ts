import { X509Certificate } from "node:crypto";
import { combineThree53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { TcpSegment } from "../../decode/tcp/segment.ts";
import { readTlsHello } from "../../decode/tls-hello.ts";

/** Handshakes that are read at once, and bytes of each: certificates of servers have three to six kilobytes with their chain. */
const FLIGHTS_MAX = 64;
const FLIGHT_BYTES_MAX = 16_384;
const RECORD_HEADER_BYTES = 5;
const MESSAGE_HEADER_BYTES = 4;
const HANDSHAKE_RECORD = 22;
/** RFC 5246 7.4. */
const Message = { SERVER_HELLO: 2, CERTIFICATE: 11, REQUEST: 13, DONE: 14 } as const;
const TLS_1_3 = 0x0304;

/** What a server shows of itself in clear before a connection is encrypted. */
export interface TlsServer {
  /** Chosen version, 0x0304 is TLS 1.3: from there on nothing further can be read. */
  readonly version: number;
  /** Chosen cipher suite (IANA); -1 when the hello has none. */
  readonly cipher: number;
  /** Its own certificate, DER; null where it is not shown. */
  readonly certificate: Buffer | null;
  /** It asks the client for a certificate, too (mTLS). */
  readonly asksClient: boolean;
}

interface Flight {
  readonly version: number;
  readonly cipher: number;
  readonly bytes: Buffer;
  length: number;
  nextSeq: number;
}

/**
 * The first flight of TLS servers (RFC 5246 7.3), put together from segments that come in order. One that comes out of
 * order ends it: this is a note, and the next handshake shows the same.
 */
export class TlsFlights {
  readonly #flights = new KeyMap<Flight>(FLIGHTS_MAX);

  /** Data from a server of TLS. The server once its flight has ended, else null. */
  take(packet: PacketView, segment: TcpSegment): TlsServer | null {
    const { start, end, seq, bytes: wireBytes } = segment;
    const key = combineThree53(
      packet.srcHost,
      packet.dstHost,
      segment.srcPort * 65_536 + segment.dstPort,
    );
    const known = this.#flights.get(key);
    if (known === undefined || seq !== known.nextSeq) {
      if (known !== undefined && ((seq - known.nextSeq) | 0) < 0) return null;
      if (known !== undefined) this.#flights.delete(key);
      return this.#begin(packet, segment, key);
    }
    const length = Math.min(end - start, FLIGHT_BYTES_MAX - known.length);
    packet.bytes.copy(known.bytes, known.length, start, start + length);
    known.length += length;
    known.nextSeq = (seq + wireBytes) | 0;
    return this.#read(known, key, end - start < wireBytes);
  }

  #begin(packet: PacketView, segment: TcpSegment, key: number): TlsServer | null {
    const { start, end, seq, bytes: wireBytes } = segment;
    const hello = readTlsHello(packet.bytes, start, end);
    if (hello === null || hello.isClient) return null;
    const { version, ciphers } = hello;
    const cipher = ciphers[0] ?? -1;
    if (version >= TLS_1_3) return { version, cipher, certificate: null, asksClient: false };
    const bytes = Buffer.alloc(FLIGHT_BYTES_MAX);
    const length = packet.bytes.copy(bytes, 0, start, Math.min(end, start + FLIGHT_BYTES_MAX));
    const flight = { version, cipher, bytes, length, nextSeq: (seq + wireBytes) | 0 };
    this.#flights.set(key, flight);
    return this.#read(flight, key, end - start < wireBytes);
  }

  /** `isCut`: the capture holds less than the wire, and what follows cannot be joined. */
  #read(flight: Flight, key: number, isCut: boolean): TlsServer | null {
    const found = messagesOf(flight);
    const isFull = flight.length === FLIGHT_BYTES_MAX;
    if (!found.isDone && !isFull && !isCut) return null;
    this.#flights.delete(key);
    const { version, cipher } = flight;
    return { version, cipher, certificate: found.certificate, asksClient: found.asksClient };
  }
}

/** Walks the handshake messages of a flight, which may lie across records (RFC 5246 6.2.1). */
function messagesOf({ bytes, length }: Flight) {
  const parts: Buffer[] = [];
  for (let at = 0; at + RECORD_HEADER_BYTES <= length && bytes[at] === HANDSHAKE_RECORD; ) {
    const next = at + RECORD_HEADER_BYTES + bytes.readUInt16BE(at + 3);
    parts.push(bytes.subarray(at + RECORD_HEADER_BYTES, Math.min(next, length)));
    at = next;
  }
  const all = Buffer.concat(parts);
  let certificate: Buffer | null = null;
  let asksClient = false;
  let isDone = false;
  for (let at = 0; at + MESSAGE_HEADER_BYTES <= all.length; ) {
    const body = at + MESSAGE_HEADER_BYTES;
    const next = body + all.readUIntBE(at + 1, 3);
    if (next > all.length) break;
    if (all[at] === Message.CERTIFICATE) certificate ??= firstCertificate(all, body, next);
    else if (all[at] === Message.REQUEST) asksClient = true;
    else if (all[at] === Message.DONE) isDone = true;
    at = next;
  }
  return { certificate, asksClient, isDone };
}

/** RFC 5246 7.4.2: the sender's own comes first. */
function firstCertificate(bytes: Buffer, start: number, end: number): Buffer | null {
  if (end - start < 6) return null;
  const from = start + 6;
  const to = from + bytes.readUIntBE(start + 3, 3);
  return to <= end ? Buffer.from(bytes.subarray(from, to)) : null;
}

/** What is wrong with a certificate at that time; whose it is. */
export interface CertificateState {
  readonly subject: string;
  readonly isSelfSigned: boolean;
  /** "" when it is valid now. */
  readonly expired: string;
}

/** Null when it cannot be read. `nowUs`: time of the packet, microseconds since 1970. */
export function certificateState(der: Buffer, nowUs: number): CertificateState | null {
  try {
    const { issuer, subject, validFrom, validTo } = new X509Certificate(der);
    const fromMs = Date.parse(validFrom);
    const toMs = Date.parse(validTo);
    const nowMs = nowUs / 1000;
    const isLate = nowMs > toMs;
    const expired = isLate
      ? `expired on ${dayOf(toMs)}`
      : nowMs < fromMs
        ? `not valid before ${dayOf(fromMs)}`
        : "";
    const name = subject.replaceAll("\n", ", ").slice(0, 200);
    return { subject: name, isSelfSigned: issuer === subject, expired };
  } catch {
    // Whatever it is, it is no certificate that can be read.
    return null;
  }
}

function dayOf(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : "an unknown day";
}
