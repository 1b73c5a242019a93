import { DnsNameReader } from "./dns-name-reader.ts";
import { ipv4Text, ipv6Text } from "./host.ts";
import type { PacketView } from "./packet.ts";

/** RFC 1035 4.1.1. */
const HEADER_BYTES = 12;
/** Type, class, time to live and length of a record (RFC 1035 4.1.3). */
const RECORD_BYTES = 10;
const PORT = 53;
/** QR, Opcode and RCODE of an answer to a plain query, without a fault. */
const ANSWER_MASK = 0xf80f;
const ANSWER = 0x8000;
const TYPE_A = 1;
const TYPE_CNAME = 5;
const TYPE_PTR = 12;
const TYPE_AAAA = 28;
const CLASS_IN = 1;
const RECORDS_MAX = 64;
const REVERSE = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/;

/** What a DNS answer says: an address, as the program writes it, and its name. */
export type OnName = (address: string, name: string) => void;

/**
 * Names of addresses in a DNS answer (A, AAAA, PTR; RFC 1035 4, RFC 3596 2). The name that was asked for counts, not where its aliases
 * lead. At most 64 records, each name within its 255 bytes, so linear in the packet.
 */
export function namesInDns(packet: PacketView, onName: OnName): void {
  if (packet.srcPort !== PORT || !isAnswer(packet)) return;
  const { bytes, payloadEnd: end, payloadStart: start, view } = packet;
  const reader = new DnsNameReader(bytes, start, end);
  const asked = reader.name(start + HEADER_BYTES);
  if (asked === "") return;
  // A record about something else was not asked for (RFC 2181 5.4.1).
  const owners = new Set([asked]);
  let at = reader.after + 4;
  for (let left = Math.min(RECORDS_MAX, view.getUint16(start + 6)); left > 0; left--) {
    const owner = reader.name(at);
    at = reader.after + RECORD_BYTES;
    if (owner === "" || at > end) return;
    const length = view.getUint16(at - 2);
    if (at + length > end) return;
    const type = view.getUint16(at - RECORD_BYTES);
    if (view.getUint16(at - 8) === CLASS_IN && owners.has(owner)) {
      if (type === TYPE_CNAME) owners.add(reader.name(at));
      else if (type === TYPE_PTR) tellReverse(asked, reader.name(at), onName);
      else tellAddress(view, at, { type, length, asked }, onName);
    }
    at += length;
  }
}

function isAnswer({ payloadEnd: end, payloadStart: start, view }: PacketView): boolean {
  if (end - start < HEADER_BYTES) return false;
  return (view.getUint16(start + 2) & ANSWER_MASK) === ANSWER && view.getUint16(start + 4) === 1;
}

function tellAddress(
  view: DataView,
  at: number,
  { asked, length, type }: { type: number; length: number; asked: string },
  onName: OnName,
): void {
  if (type === TYPE_A && length === 4) onName(ipv4Text(view.getUint32(at)), asked);
  else if (type === TYPE_AAAA && length === 16) onName(ipv6Text(view, at), asked);
}

/** `4.3.2.1.in-addr.arpa` (RFC 1035 3.5). */
function tellReverse(asked: string, name: string, onName: OnName): void {
  const [, a, b, c, d] = REVERSE.exec(asked) ?? [];
  if (a === undefined || name === "") return;
  const parts = [d, c, b, a].map(Number);
  if (parts.every((part) => part <= 255)) onName(parts.join("."), name);
}
