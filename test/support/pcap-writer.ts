/**
 * Builds packets and capture files byte by byte, for tests. Every function returns a new Buffer;
 * layers nest: `ethernet(ipv4(udp("REGISTER ..."), { src: "10.0.0.1" }))`.
 */

export const MAC_A = "02:00:00:00:00:0a";
export const MAC_B = "02:00:00:00:00:0b";

export type Bytes = string | Uint8Array;

function toBuffer(bytes: Bytes): Buffer {
  return typeof bytes === "string" ? Buffer.from(bytes, "latin1") : Buffer.from(bytes);
}

function mac(text: string): Buffer {
  return Buffer.from(text.replaceAll(":", ""), "hex");
}

/** Address bytes of `10.0.0.1` or of an IPv6 text (`2001:db8::1`). */
export function address(text: string): Buffer {
  if (!text.includes(":")) return Buffer.from(text.split(".").map(Number));
  const [head = "", tail] = text.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const middle = Array.from({ length: 8 - left.length - right.length }, () => "0");
  const bytes = Buffer.alloc(16);
  for (const [i, group] of [...left, ...middle, ...right].entries()) {
    bytes.writeUInt16BE(Number.parseInt(group, 16), i * 2);
  }
  return bytes;
}

export interface UdpOptions {
  srcPort?: number;
  dstPort?: number;
  /** The header's length field; by default the true one. */
  length?: number;
  checksum?: number;
}

export function udp(payload: Bytes, options: UdpOptions = {}): Buffer {
  const body = toBuffer(payload);
  const header = Buffer.alloc(8);
  header.writeUInt16BE(options.srcPort ?? 5060, 0);
  header.writeUInt16BE(options.dstPort ?? 5060, 2);
  header.writeUInt16BE(options.length ?? body.length + 8, 4);
  header.writeUInt16BE(options.checksum ?? 0, 6);
  return Buffer.concat([header, body]);
}

export interface Ipv4Options {
  src?: string;
  dst?: string;
  protocol?: number;
  ttl?: number;
  id?: number;
  /** Flags and fragment offset, as the 16-bit field. */
  fragment?: number;
  /** Option bytes, a multiple of four. */
  options?: Uint8Array;
  totalLength?: number;
}

export function ipv4(payload: Bytes, options: Ipv4Options = {}): Buffer {
  const body = toBuffer(payload);
  const extra = options.options ?? new Uint8Array(0);
  const headerBytes = 20 + extra.length;
  const header = Buffer.alloc(headerBytes);
  header[0] = 0x40 | (headerBytes / 4);
  header.writeUInt16BE(options.totalLength ?? headerBytes + body.length, 2);
  header.writeUInt16BE(options.id ?? 1, 4);
  header.writeUInt16BE(options.fragment ?? 0, 6);
  header[8] = options.ttl ?? 64;
  header[9] = options.protocol ?? 17;
  address(options.src ?? "10.0.0.1").copy(header, 12);
  address(options.dst ?? "10.0.0.2").copy(header, 16);
  header.set(extra, 20);
  return Buffer.concat([header, body]);
}

export interface Ipv6Options {
  src?: string;
  dst?: string;
  nextHeader?: number;
  hopLimit?: number;
  payloadLength?: number;
}

export function ipv6(payload: Bytes, options: Ipv6Options = {}): Buffer {
  const body = toBuffer(payload);
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(options.payloadLength ?? body.length, 4);
  header[6] = options.nextHeader ?? 17;
  header[7] = options.hopLimit ?? 64;
  address(options.src ?? "2001:db8::1").copy(header, 8);
  address(options.dst ?? "2001:db8::2").copy(header, 24);
  return Buffer.concat([header, body]);
}

/** Hop-by-hop, routing or destination options header of `words` extra 8-byte units. */
export function ipv6Extension(nextHeader: number, payload: Bytes, words = 0): Buffer {
  const header = Buffer.alloc(8 + words * 8);
  header[0] = nextHeader;
  header[1] = words;
  return Buffer.concat([header, toBuffer(payload)]);
}

export interface EthernetOptions {
  src?: string;
  dst?: string;
  etherType?: number;
  /** Tags from the outside in: `[type, vlan id]`. */
  tags?: readonly (readonly [number, number])[];
}

/** The ethertype follows the version nibble of `payload` unless it is given. */
export function ethernet(payload: Bytes, options: EthernetOptions = {}): Buffer {
  const body = toBuffer(payload);
  const etherType = options.etherType ?? ((body[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800);
  const fields = [mac(options.dst ?? MAC_B), mac(options.src ?? MAC_A)];
  for (const [type, vlan] of options.tags ?? []) fields.push(uint16(type), uint16(vlan));
  return Buffer.concat([...fields, uint16(etherType), body]);
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** Ethernet, IPv4 and UDP in one call. */
export function udpPacket(payload: Bytes, options: UdpOptions & Ipv4Options = {}): Buffer {
  return ethernet(ipv4(udp(payload, options), options));
}

/** Ethernet, IPv6 and UDP in one call. */
export function udp6Packet(payload: Bytes, options: UdpOptions & Ipv6Options = {}): Buffer {
  return ethernet(ipv6(udp(payload, options), options));
}
