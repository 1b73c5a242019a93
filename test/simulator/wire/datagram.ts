import { address } from "../../support/pcap-writer.ts";

/** Ethernet, IPv4 and UDP as hosts send them: right lengths and checksums, an IP-ID of each host's own. */

const ETHERNET_BYTES = 14;
const IPV4_BYTES = 20;
const UDP_BYTES = 8;
const HEADER_BYTES = ETHERNET_BYTES + IPV4_BYTES + UDP_BYTES;
const DONT_FRAGMENT = 0x4000;
const VLAN_TAG = 0x8100;

export interface DatagramFields {
  readonly srcMac: string;
  readonly dstMac: string;
  readonly ttl: number;
  readonly srcIp: string;
  readonly dstIp: string;
  readonly srcPort: number;
  readonly dstPort: number;
}

const addresses = new Map<string, Buffer>();
const macs = new Map<string, Buffer>();

function remembered(cache: Map<string, Buffer>, text: string, parse: (text: string) => Buffer) {
  let bytes = cache.get(text);
  if (bytes === undefined) {
    bytes = parse(text);
    cache.set(text, bytes);
  }
  return bytes;
}

function macBytes(text: string): Buffer {
  return remembered(macs, text, (mac) => Buffer.from(mac.replaceAll(":", ""), "hex"));
}

/** An Ethernet frame; IP-ID and checksums are set by `seal`. */
export function datagram(fields: DatagramFields, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + payload.length);
  macBytes(fields.dstMac).copy(frame, 0);
  macBytes(fields.srcMac).copy(frame, 6);
  frame.writeUInt16BE(0x0800, 12);
  frame[14] = 0x45;
  frame.writeUInt16BE(IPV4_BYTES + UDP_BYTES + payload.length, 16);
  frame[22] = fields.ttl;
  frame[23] = 17;
  remembered(addresses, fields.srcIp, address).copy(frame, 26);
  remembered(addresses, fields.dstIp, address).copy(frame, 30);
  frame.writeUInt16BE(fields.srcPort, 34);
  frame.writeUInt16BE(fields.dstPort, 36);
  frame.writeUInt16BE(UDP_BYTES + payload.length, 38);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Sets the IP-ID (0: with "don't fragment", as Linux does) and both checksums. */
export function seal(frame: Buffer, ipId: number): void {
  frame.writeUInt16BE(ipId & 0xffff, 18);
  frame.writeUInt16BE(ipId === 0 ? DONT_FRAGMENT : 0, 20);
  frame.writeUInt16BE(0, 24);
  frame.writeUInt16BE(folded(words(frame, 14, 34)), 24);
  frame.writeUInt16BE(0, 40);
  const pseudoHeader = words(frame, 26, 34) + 17 + (frame.length - 34);
  // RFC 768: a checksum of zero is sent as ones.
  frame.writeUInt16BE(folded(pseudoHeader + words(frame, 34, frame.length)) || 0xffff, 40);
}

/** The same packet as another port of the mirror has it: one hop on, or on another VLAN. */
export function mirrorCopy(
  frame: Buffer,
  change: {
    readonly srcMac?: string;
    readonly dstMac?: string;
    readonly hops?: number;
    readonly vlan?: number;
  },
): Buffer {
  const copy = Buffer.from(frame);
  if (change.dstMac !== undefined) macBytes(change.dstMac).copy(copy, 0);
  if (change.srcMac !== undefined) macBytes(change.srcMac).copy(copy, 6);
  if (change.hops !== undefined && change.hops > 0) {
    copy[22] = (copy[22] as number) - change.hops;
    copy.writeUInt16BE(0, 24);
    copy.writeUInt16BE(folded(words(copy, 14, 34)), 24);
  }
  if (change.vlan === undefined) return copy;
  const tag = Buffer.alloc(4);
  tag.writeUInt16BE(VLAN_TAG, 0);
  tag.writeUInt16BE(change.vlan, 2);
  return Buffer.concat([copy.subarray(0, 12), tag, copy.subarray(12)]);
}

/** Another source MAC in place, as after a router failover. */
export function withSourceMac(frame: Buffer, mac: string): Buffer {
  const copy = Buffer.from(frame);
  macBytes(mac).copy(copy, 6);
  return copy;
}

export function sourceMacOf(frame: Buffer): string {
  return frame
    .subarray(6, 12)
    .toString("hex")
    .replace(/(..)(?=.)/g, "$1:");
}

export function sourceIpOf(frame: Buffer): string {
  return [...frame.subarray(26, 30)].join(".");
}

export function destinationIpOf(frame: Buffer): string {
  return [...frame.subarray(30, 34)].join(".");
}

/** Sum of 16-bit words; an odd last byte is the high half of one. */
function words(bytes: Buffer, start: number, end: number): number {
  let sum = 0;
  let at = start;
  for (; at + 1 < end; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  return at < end ? sum + ((bytes[at] as number) << 8) : sum;
}

function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000);
  return ~rest & 0xffff;
}
