import { ethernet, ipv4, udp, uint16 } from "./pcap-writer.ts";
import { ipv4Start, type RawPacket, type Wrap } from "./rewrap.ts";

/** What an agent saw. Addresses as bytes: four or sixteen. */
export interface Seen {
  readonly src: Buffer;
  readonly dst: Buffer;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly payload: Buffer;
  readonly timeUs?: number;
  readonly protocol?: number;
}

function u32(value: number, isLittle = false): Buffer {
  const bytes = Buffer.alloc(4);
  if (isLittle) bytes.writeUInt32LE(value >>> 0);
  else bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** Versions 1 and 2, as Kamailio's siptrace writes them; 2 with a time in the sender's byte order. */
export function hepOld(version: 1 | 2, seen: Seen, options: { isLittle?: boolean } = {}): Buffer {
  const { isLittle = true } = options;
  const fixed = 8 + 2 * seen.src.length;
  const header = [
    Buffer.from([version, fixed, seen.src.length === 4 ? 2 : 10, seen.protocol ?? 17]),
    uint16(seen.srcPort),
    uint16(seen.dstPort),
    seen.src,
    seen.dst,
  ];
  const { timeUs = 0 } = seen;
  if (version === 2) {
    header.push(u32(Math.floor(timeUs / 1e6), isLittle), u32(timeUs % 1e6, isLittle));
    header.push(Buffer.from([0, 77, 0, 0]));
  }
  return Buffer.concat([...header, seen.payload]);
}

export function hepChunk(type: number, data: Uint8Array, vendor = 0): Buffer {
  return Buffer.concat([uint16(vendor), uint16(type), uint16(6 + data.length), data]);
}

export function hep3(
  seen: Seen,
  options: { key?: string; type?: number; captureId?: Buffer; extra?: readonly Buffer[] } = {},
): Buffer {
  const isIpv4 = seen.src.length === 4;
  const { timeUs = 0 } = seen;
  const chunks = [
    hepChunk(1, Buffer.from([isIpv4 ? 2 : 10])),
    hepChunk(2, Buffer.from([seen.protocol ?? 17])),
    hepChunk(isIpv4 ? 3 : 5, seen.src),
    hepChunk(isIpv4 ? 4 : 6, seen.dst),
    hepChunk(7, uint16(seen.srcPort)),
    hepChunk(8, uint16(seen.dstPort)),
    hepChunk(9, u32(Math.floor(timeUs / 1e6))),
    hepChunk(10, u32(timeUs % 1e6)),
    hepChunk(11, Buffer.from([options.type ?? 1])),
    hepChunk(12, options.captureId ?? u32(77)),
    ...(options.key === undefined ? [] : [hepChunk(14, Buffer.from(options.key))]),
    ...(options.extra ?? []),
    hepChunk(15, seen.payload),
  ];
  const body = Buffer.concat(chunks);
  return Buffer.concat([Buffer.from("HEP3"), uint16(6 + body.length), body]);
}

/** Datagrams as an agent would send them on; all else is gone, as agents see SIP and media only. */
export function byAgent(encode: (seen: Seen) => Buffer): Wrap {
  return (packet: RawPacket) => {
    const ip = ipv4Start(packet);
    const { bytes, timeUs } = packet;
    if (ip < 0 || bytes[ip + 9] !== 17 || (bytes.readUInt16BE(ip + 6) & 0x3fff) !== 0) return [];
    const start = ip + ((bytes[ip] as number) & 15) * 4;
    const end = Math.min(bytes.length, start + bytes.readUInt16BE(start + 4));
    if (end - start <= 8) return [];
    const hep = encode({
      src: bytes.subarray(ip + 12, ip + 16),
      dst: bytes.subarray(ip + 16, ip + 20),
      srcPort: bytes.readUInt16BE(start),
      dstPort: bytes.readUInt16BE(start + 2),
      payload: bytes.subarray(start + 8, end),
      timeUs,
    });
    const outer = { src: "198.18.0.1", dst: "198.18.0.2", srcPort: 40_000, dstPort: 9060 };
    return [{ ...packet, bytes: ethernet(ipv4(udp(hep, outer), outer)) }];
  };
}
