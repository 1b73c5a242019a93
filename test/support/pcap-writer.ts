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

export interface CapturePacket {
  bytes: Uint8Array;
  /** Microseconds since 1970. */
  timeUs: number;
  /** By default the length of `bytes`. */
  wireLength?: number;
}

/** `count` small UDP packets with different contents and lengths, a millisecond apart. */
export function somePackets(count: number, firstTimeUs = 1_700_000_000_000_000): CapturePacket[] {
  return Array.from({ length: count }, (_, i) => ({
    bytes: udpPacket(`packet ${i} ${"x".repeat(i % 7)}`, { srcPort: 10_000 + i }),
    timeUs: firstTimeUs + i * 1000,
  }));
}

export interface PcapOptions {
  littleEndian?: boolean;
  nanoseconds?: boolean;
  /** Kuznetsov's variant with longer record headers. */
  modified?: boolean;
  linkType?: number;
}

class Writer {
  readonly #parts: Buffer[] = [];
  readonly #littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian;
  }

  u16(value: number): this {
    const part = Buffer.alloc(2);
    new DataView(part.buffer, part.byteOffset).setUint16(0, value, this.#littleEndian);
    return this.bytes(part);
  }

  u32(value: number): this {
    const part = Buffer.alloc(4);
    new DataView(part.buffer, part.byteOffset).setUint32(0, value, this.#littleEndian);
    return this.bytes(part);
  }

  bytes(part: Uint8Array): this {
    this.#parts.push(Buffer.from(part));
    return this;
  }

  padded(part: Uint8Array): this {
    return this.bytes(part).bytes(new Uint8Array((4 - (part.length % 4)) % 4));
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

export function pcapHeader(options: PcapOptions = {}): Buffer {
  const nanoseconds = options.nanoseconds === true;
  const magic = options.modified ? 0xa1b2cd34 : nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  return new Writer(options.littleEndian ?? true)
    .u32(magic)
    .u16(2)
    .u16(4)
    .u32(0)
    .u32(0)
    .u32(262_144)
    .u32(options.linkType ?? 1)
    .done();
}

export function pcapRecord(packet: CapturePacket, options: PcapOptions = {}): Buffer {
  const fraction = (packet.timeUs % 1_000_000) * (options.nanoseconds ? 1000 : 1);
  const writer = new Writer(options.littleEndian ?? true)
    .u32(Math.floor(packet.timeUs / 1_000_000))
    .u32(fraction + (options.nanoseconds ? 999 : 0))
    .u32(packet.bytes.length)
    .u32(packet.wireLength ?? packet.bytes.length);
  if (options.modified) writer.bytes(new Uint8Array(8));
  return writer.bytes(packet.bytes).done();
}

export function pcapFile(packets: readonly CapturePacket[], options: PcapOptions = {}): Buffer {
  return Buffer.concat([
    pcapHeader(options),
    ...packets.map((packet) => pcapRecord(packet, options)),
  ]);
}

/** Any pcapng block: type and body, which is padded to four bytes. */
export function pcapngBlock(type: number, body: Uint8Array, littleEndian = true): Buffer {
  const length = 12 + Math.ceil(body.length / 4) * 4;
  return new Writer(littleEndian).u32(type).u32(length).padded(body).u32(length).done();
}

export function pcapngSection(littleEndian = true): Buffer {
  const body = new Writer(littleEndian)
    .u32(0x1a2b3c4d)
    .u16(1)
    .u16(0)
    .u32(0xffffffff)
    .u32(0xffffffff)
    .done();
  return pcapngBlock(0x0a0d0d0a, body, littleEndian);
}

export interface PcapngInterfaceOptions {
  linkType?: number;
  snapLength?: number;
  /** The `if_tsresol` byte. */
  resolution?: number;
  /** `if_tsoffset` in seconds. */
  offsetSeconds?: bigint;
}

export function pcapngInterface(options: PcapngInterfaceOptions = {}, littleEndian = true): Buffer {
  const body = new Writer(littleEndian)
    .u16(options.linkType ?? 1)
    .u16(0)
    .u32(options.snapLength ?? 0);
  // if_name first, so that a reader has to walk the options.
  body.u16(2).u16(4).bytes(Buffer.from("eth0"));
  if (options.resolution !== undefined) {
    body
      .u16(9)
      .u16(1)
      .padded(Buffer.from([options.resolution]));
  }
  if (options.offsetSeconds !== undefined) {
    const value = Buffer.alloc(8);
    new DataView(value.buffer, value.byteOffset).setBigInt64(
      0,
      options.offsetSeconds,
      littleEndian,
    );
    body.u16(14).u16(8).bytes(value);
  }
  return pcapngBlock(1, body.u16(0).u16(0).done(), littleEndian);
}

export interface PcapngPacketOptions {
  interfaceId?: number;
  /** Timestamp in units of the interface; by default microseconds. */
  units?: bigint;
  kind?: "enhanced" | "simple" | "old";
}

export function pcapngPacket(
  packet: CapturePacket,
  options: PcapngPacketOptions = {},
  littleEndian = true,
): Buffer {
  const wireLength = packet.wireLength ?? packet.bytes.length;
  const body = new Writer(littleEndian);
  if (options.kind === "simple") {
    return pcapngBlock(3, body.u32(wireLength).bytes(packet.bytes).done(), littleEndian);
  }
  const units = options.units ?? BigInt(packet.timeUs);
  if (options.kind === "old") body.u16(options.interfaceId ?? 0).u16(0xffff);
  else body.u32(options.interfaceId ?? 0);
  body.u32(Number(units >> 32n)).u32(Number(units & 0xffffffffn));
  body.u32(packet.bytes.length).u32(wireLength).bytes(packet.bytes);
  return pcapngBlock(options.kind === "old" ? 2 : 6, body.done(), littleEndian);
}

/** One section, one Ethernet interface, enhanced packet blocks. */
export function pcapngFile(packets: readonly CapturePacket[], littleEndian = true): Buffer {
  return Buffer.concat([
    pcapngSection(littleEndian),
    pcapngInterface({}, littleEndian),
    ...packets.map((packet) => pcapngPacket(packet, {}, littleEndian)),
  ]);
}
