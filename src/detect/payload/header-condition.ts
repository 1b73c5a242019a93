import { IpProtocol } from "../../decode/layer.ts";
import { NO_TTL, type PacketView } from "../../decode/packet.ts";
import type { TcpSegment } from "../../decode/tcp/segment.ts";
import { RuleError } from "../rules/load-message.ts";
import type { OptionValue } from "../rules/rule-draft.ts";
import { parseSizeCondition, type SizeCondition } from "./size-condition.ts";

/** RFC 791 3.1: type of service and protocol of an IPv4 header. */
const IPV4_TOS = 1;
/** RFC 792: what lies behind the type and code of an ICMP header of 8 bytes. */
const ICMP_HEADER_BYTES = 8;
const ICMP_ID = 4;
const ICMP_SEQUENCE = 6;
/** Echo request and reply, IPv4 (RFC 792) and IPv6 (RFC 4443 4): the types that have an identifier. */
const ECHO_TYPES: ReadonlySet<number> = new Set([8, 0, 128, 129]);

/** A number of the packet's headers; -1 when the packet has none of that kind. */
export type HeaderNumber = (packet: PacketView, segment: TcpSegment | null) => number;

/** A packet that a capture agent saw has no TTL. */
export const ttlOf: HeaderNumber = ({ ipVersion, srcMacStart, ttl }) =>
  ipVersion === 0 || (ttl === NO_TTL && srcMacStart < 0) ? -1 : ttl;

export const ipIdOf: HeaderNumber = ({ ipId, ipVersion }) => (ipVersion === 4 ? ipId : -1);

/** Type of service, or the traffic class of IPv6 (RFC 8200 3). */
export const tosOf: HeaderNumber = ({ ipStart, ipVersion, view }) => {
  if (ipVersion === 4) return view.getUint8(ipStart + IPV4_TOS);
  return ipVersion === 6 ? (view.getUint16(ipStart) >>> 4) & 0xff : -1;
};

export const ipProtocolOf: HeaderNumber = ({ ipProtocol, ipVersion }) =>
  ipVersion === 0 ? -1 : ipProtocol;

export const icmpTypeOf: HeaderNumber = (packet) => icmpByte(packet, 0);
export const icmpCodeOf: HeaderNumber = (packet) => icmpByte(packet, 1);
export const icmpIdOf: HeaderNumber = (packet) => echoNumber(packet, ICMP_ID);
export const icmpSequenceOf: HeaderNumber = (packet) => echoNumber(packet, ICMP_SEQUENCE);

export const sequenceOf: HeaderNumber = (_packet, segment) =>
  segment === null ? -1 : segment.headerSeq >>> 0;
export const acknowledgementOf: HeaderNumber = (_packet, segment) =>
  segment === null ? -1 : segment.ack >>> 0;
export const windowOf: HeaderNumber = (_packet, segment) =>
  segment === null ? -1 : segment.window;

function icmpByte(packet: PacketView, offset: number): number {
  const at = icmpStart(packet);
  return at < 0 ? -1 : packet.view.getUint8(at + offset);
}

function echoNumber(packet: PacketView, offset: number): number {
  const at = icmpStart(packet);
  if (at < 0 || !ECHO_TYPES.has(packet.view.getUint8(at))) return -1;
  return packet.view.getUint16(at + offset);
}

/** The payload of an ICMP packet begins behind its header; one that was cut has none. */
function icmpStart({ ipProtocol, ipStart, payloadStart }: PacketView): number {
  if (ipProtocol !== IpProtocol.ICMP && ipProtocol !== IpProtocol.ICMPV6) return -1;
  const at = payloadStart - ICMP_HEADER_BYTES;
  return at > ipStart ? at : -1;
}

const IP_PROTOCOL_NAMES: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ip: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  icmp6: 58,
  "ipv6-icmp": 58,
  sctp: 132,
};

/** `ip_proto:17`, `udp`, `!udp`, `>100`. Names as in /etc/protocols. */
export function parseIpProtocol(value: OptionValue): SizeCondition {
  const [, operator = "", name = ""] = /^\s*([!<>]?)\s*(.*)$/.exec(value.text) ?? [];
  const number = IP_PROTOCOL_NAMES[name.toLowerCase()];
  const text = number === undefined ? value.text : `${operator}${number}`;
  return parseSizeCondition({ text, at: value.at });
}

/** RFC 9293 3.1 and RFC 3168 6.1, in Suricata's letters; `1` and `2` are its old names of CWR and ECE. */
const FLAG_BITS: Readonly<Record<string, number>> = {
  F: 1,
  S: 2,
  R: 4,
  P: 8,
  A: 16,
  U: 32,
  E: 64,
  C: 128,
  "2": 64,
  "1": 128,
  "0": 0,
};

/** A compiled `flags:[!|*|+]FLAGS[,IGNORED]`. */
export class FlagsCondition {
  readonly text: string;
  readonly #operator: string;
  readonly #wanted: number;
  readonly #seen: number;

  constructor({ at, text }: OptionValue) {
    const [, operator = "", flags = "", ignored = ""] =
      /^\s*([!*+]?)\s*([FSRPAUEC120]+)\s*(?:,\s*([FSRPAUEC12]+)\s*)?$/.exec(text) ?? [];
    if (flags === "") {
      throw new RuleError(`flags: "${text}" is none of S, SA, +S, *SF, !R, S,12, 0`, at);
    }
    this.text = text;
    this.#operator = operator;
    this.#wanted = bitsOf(flags);
    this.#seen = 0xff & ~bitsOf(ignored);
  }

  matches(flags: number): boolean {
    const set = flags & this.#seen;
    const wanted = this.#wanted;
    switch (this.#operator) {
      case "+":
        return (set & wanted) === wanted;
      case "*":
        return (set & wanted) !== 0;
      case "!":
        return (set & wanted) !== wanted;
      default:
        return set === wanted;
    }
  }
}

function bitsOf(flags: string): number {
  let bits = 0;
  for (const flag of flags) bits |= FLAG_BITS[flag] ?? 0;
  return bits;
}
