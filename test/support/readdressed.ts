import { createHash } from "node:crypto";
import { ipv4Start, type RawPacket } from "./rewrap.ts";

const UDP = 17;
const DAY_US = 86_400_000_000;
const REPETITIONS = 20;
/** Ports of media move on by so many with each repetition. */
const PORT_STEP = 40;
const NAT_ADDRESS = Buffer.from([203, 0, 113, 77]);
const NAT_PORTS_FROM = 20_000;
const PHONES_MIN = 2;

/** An unfragmented UDP datagram over IPv4 and Ethernet, taken apart. */
export interface Datagram {
  readonly packet: RawPacket;
  readonly ip: number;
  readonly src: string;
  readonly dst: string;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly payload: Buffer;
  readonly isSip: boolean;
}

export function datagramOf(packet: RawPacket): Datagram | null {
  const ip = ipv4Start(packet);
  const { bytes } = packet;
  if (ip < 0 || bytes[ip + 9] !== UDP || (bytes.readUInt16BE(ip + 6) & 0x3fff) !== 0) return null;
  const udp = ip + 4 * ((bytes[ip] as number) & 15);
  const end = udp + bytes.readUInt16BE(udp + 4);
  if (end > bytes.length || end < udp + 8) return null;
  const payload = bytes.subarray(udp + 8, end);
  return {
    packet,
    ip,
    src: textOf(bytes, ip + 12),
    dst: textOf(bytes, ip + 16),
    srcPort: bytes.readUInt16BE(udp),
    dstPort: bytes.readUInt16BE(udp + 2),
    payload,
    isSip: /^[A-Z]+ [^\r\n]*SIP\/2\.0\r?\n|^SIP\/2\.0 /.test(payload.toString("latin1", 0, 2000)),
  };
}

function textOf(bytes: Buffer, at: number): string {
  return [...bytes.subarray(at, at + 4)].join(".");
}

/** The same datagram with other ends and another payload, over IPv4. */
function rebuilt({ packet, ip }: Datagram, changes: Changes): RawPacket {
  const { bytes } = packet;
  const head = Buffer.from(bytes.subarray(0, ip + 4 * ((bytes[ip] as number) & 15) + 8));
  const udp = head.length - 8;
  changes.src?.copy(head, ip + 12);
  changes.dst?.copy(head, ip + 16);
  if (changes.srcPort !== undefined) head.writeUInt16BE(changes.srcPort, udp);
  if (changes.dstPort !== undefined) head.writeUInt16BE(changes.dstPort, udp + 2);
  head.writeUInt16BE(changes.payload.length + 8, udp + 4);
  head.writeUInt16BE(0, udp + 6);
  head.writeUInt16BE(head.length - ip + changes.payload.length, ip + 2);
  return { ...packet, bytes: Buffer.concat([head, changes.payload]) };
}

interface Changes {
  readonly src?: Buffer | undefined;
  readonly dst?: Buffer | undefined;
  readonly srcPort?: number | undefined;
  readonly dstPort?: number | undefined;
  readonly payload: Buffer;
}

/** Content-Length is made right after the body was changed. */
function withText(text: string): Buffer {
  const blank = /\r?\n\r?\n/.exec(text);
  if (blank === null) return Buffer.from(text, "latin1");
  const length = text.length - blank.index - blank[0].length;
  const head = text
    .slice(0, blank.index)
    .replace(/^(content-length|l)([ \t]*:[ \t]*)\d+/im, (_, name, colon) => name + colon + length);
  return Buffer.from(head + text.slice(blank.index), "latin1");
}

const ADDRESS = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g;

/** Each address gets an IPv6 one, also in what phones write. Null for what is not UDP over IPv4 throughout. */
export function overIpv6(packets: readonly RawPacket[]): RawPacket[] | null {
  const used = new Set<string>();
  const datagrams = packets.map(datagramOf);
  for (const datagram of datagrams) {
    if (datagram === null) continue;
    used.add(datagram.src).add(datagram.dst);
    const text = datagram.isSip ? datagram.payload.toString("latin1") : "";
    for (const [, address] of text.matchAll(/IN IP4 ([\d.]+)/g)) used.add(address as string);
  }
  if (datagrams.filter((datagram) => datagram !== null).length < packets.length / 2) return null;
  return datagrams.flatMap((datagram) => {
    if (datagram === null) return [];
    const { packet, ip, src, dst, isSip } = datagram;
    const payload = isSip
      ? withText(inIpv6(datagram.payload.toString("latin1"), used))
      : datagram.payload;
    const udp = Buffer.alloc(8);
    udp.writeUInt16BE(datagram.srcPort, 0);
    udp.writeUInt16BE(datagram.dstPort, 2);
    udp.writeUInt16BE(payload.length + 8, 4);
    const head = Buffer.alloc(40);
    head[0] = 0x60;
    head.writeUInt16BE(payload.length + 8, 4);
    head[6] = UDP;
    head[7] = packet.bytes[ip + 8] as number;
    ipv6Of(src).copy(head, 8);
    ipv6Of(dst).copy(head, 24);
    const link = Buffer.from(packet.bytes.subarray(0, ip));
    link.writeUInt16BE(0x86dd, ip - 2);
    return [{ ...packet, bytes: Buffer.concat([link, head, udp, payload]) }];
  });
}

function inIpv6(text: string, used: ReadonlySet<string>): string {
  return text
    .replace(/IN IP4 ([\d.]+)/g, (whole, address) =>
      used.has(address) ? `IN IP6 ${ipv6Text(address)}` : whole,
    )
    .replace(/^(a=(?:candidate|rtcp):.*)$/gm, (line) =>
      line.replace(ADDRESS, (address) => (used.has(address) ? ipv6Text(address) : address)),
    )
    .replace(ADDRESS, (address) => (used.has(address) ? `[${ipv6Text(address)}]` : address));
}

function ipv6Of(address: string): Buffer {
  const prefix = Buffer.from("20010db8000000010000000000000000", "hex");
  const octets = address.split(".").map(Number);
  if (octets[0] === 0) return Buffer.alloc(16);
  // Hosts of one network stay in one.
  prefix.set(octets.slice(0, 2), 6);
  prefix[8] = octets[2] as number;
  prefix.set(octets, 12);
  return prefix;
}

/** The IPv6 address that stands for an IPv4 one. */
export function ipv6Text(address: string): string {
  const bytes = ipv6Of(address);
  if (bytes.every((byte) => byte === 0)) return "::";
  return Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(":");
}

/** Those who register come from one public address, a port for each of theirs; what they write stays. Null without two phones. */
export function throughNat(packets: readonly RawPacket[]): RawPacket[] | null {
  const datagrams = packets.map(datagramOf);
  const phones = new Set<string>();
  const registrars = new Set<string>();
  for (const datagram of datagrams) {
    if (datagram?.payload.toString("latin1", 0, 9) !== "REGISTER ") continue;
    phones.add(datagram.src);
    registrars.add(datagram.dst);
  }
  for (const registrar of registrars) phones.delete(registrar);
  if (phones.size < PHONES_MIN) return null;
  const ports = new Map<string, number>();
  const portOf = (host: string, port: number): number => {
    const end = `${host}:${port}`;
    const mapped = ports.get(end) ?? NAT_PORTS_FROM + 2 * ports.size + (port & 1);
    ports.set(end, mapped);
    return mapped;
  };
  return packets.flatMap((packet, i) => {
    const datagram = datagrams[i] ?? null;
    if (datagram === null) return [packet];
    const { src, dst, srcPort, dstPort, payload } = datagram;
    const isFrom = phones.has(src);
    const isTo = phones.has(dst);
    // What phones send each other stays behind the NAT.
    if (isFrom && isTo) return [];
    if (!isFrom && !isTo) return [packet];
    return [
      rebuilt(datagram, {
        ...(isFrom && { src: NAT_ADDRESS, srcPort: portOf(src, srcPort) }),
        ...(isTo && { dst: NAT_ADDRESS, dstPort: portOf(dst, dstPort) }),
        payload,
      }),
    ];
  });
}

/** The same twenty times, spread over a day: what phones make up anew each time is new each time. */
export function freshDay(packets: readonly RawPacket[]): RawPacket[] | null {
  const datagrams = packets.map(datagramOf);
  if (!datagrams.some((datagram) => datagram?.isSip)) return null;
  const firstUs = packets[0]?.timeUs ?? 0;
  const lengthUs = (packets.at(-1)?.timeUs ?? 0) - firstUs;
  const everyUs = Math.max(DAY_US / REPETITIONS, lengthUs + 60_000_000);
  const names = namesIn(datagrams);
  return Array.from({ length: REPETITIONS }, (_, at) =>
    packets.map((packet, i): RawPacket => {
      const datagram = datagrams[i] ?? null;
      const fresh = datagram === null || at === 0 ? packet : anew(datagram, names, at);
      return { ...fresh, timeUs: packet.timeUs + at * everyUs };
    }),
  ).flat();
}

/** What is made up for one call or one request: identifiers and nonces, and ports of media. */
function namesIn(datagrams: readonly (Datagram | null)[]): {
  texts: ReadonlySet<string>;
  ports: ReadonlySet<number>;
} {
  const texts = new Set<string>();
  const ports = new Set<number>();
  for (const datagram of datagrams) {
    if (datagram === null || !datagram.isSip) continue;
    const text = datagram.payload.toString("latin1");
    for (const pattern of [
      /^(?:Call-ID|i): *([^\r\n]+)/gim,
      /;tag=([^\s;>,]+)/gi,
      /;branch=(?:z9hG4bK)?([^\s;,]+)/gi,
      /\bc?nonce="([^"]+)"/gi,
      /\bresponse="([^"]+)"/gi,
    ]) {
      for (const [, value = ""] of text.matchAll(pattern)) if (value.length > 3) texts.add(value);
    }
    for (const [, port] of text.matchAll(/^m=\w+ (\d+)/gm)) ports.add(Number(port));
  }
  return { texts, ports };
}

function anew(datagram: Datagram, names: ReturnType<typeof namesIn>, at: number): RawPacket {
  const { srcPort, dstPort, isSip } = datagram;
  const isMedia = (port: number) => names.ports.has(port) || names.ports.has(port - 1);
  const portOf = (port: number) => (isMedia(port) && port > 1023 ? movedPort(port, at) : port);
  if (!isSip) {
    const payload = Buffer.from(datagram.payload);
    // RTP has its SSRC behind the timestamp, RTCP in front (RFC 3550 5.1, 6.4.1).
    const ssrcAt =
      payload.length < 12 || (payload[0] as number) >> 6 !== 2 ? -1 : isRtcp(payload) ? 4 : 8;
    if (ssrcAt > 0)
      payload.writeUInt32BE((payload.readUInt32BE(ssrcAt) ^ (at * 0x01010101)) >>> 0, ssrcAt);
    return rebuilt(datagram, { srcPort: portOf(srcPort), dstPort: portOf(dstPort), payload });
  }
  const text = datagram.payload
    .toString("latin1")
    .replace(/[^\s;,"=:<>]{4,}/g, (word) => freshWord(word, names.texts, at))
    .replace(/^(m=\w+ )(\d+)/gm, (_, head, port) => head + portOf(Number(port)))
    .replace(/^(a=rtcp:)(\d+)/gm, (_, head, port) => head + portOf(Number(port)))
    .replace(
      /^(a=candidate:\S+ \S+ \S+ \S+ \S+ )(\d+)/gm,
      (_, head, port) => head + portOf(Number(port)),
    );
  return rebuilt(datagram, { payload: withText(text) });
}

function freshWord(word: string, known: ReadonlySet<string>, at: number): string {
  const head = word.startsWith("z9hG4bK") ? "z9hG4bK" : "";
  const value = word.slice(head.length);
  if (!known.has(value)) return word;
  const hash = createHash("sha256").update(`${value} ${at}`).digest("hex").repeat(4);
  return head + hash.slice(0, value.length);
}

function movedPort(port: number, at: number): number {
  return 1024 + ((port - 1024 + PORT_STEP * at) % 64_000);
}

function isRtcp(payload: Buffer): boolean {
  const type = payload[1] as number;
  return type >= 200 && type <= 207;
}
