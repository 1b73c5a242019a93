import type { AttackCapture } from "./mutated-attack.ts";
import { type Datagram, datagramOf } from "./mutated-attack.ts";
import { type CapturePacket, ethernet, ipv4, udp } from "./pcap-writer.ts";

/** Packets that somebody adds to a capture, so that its attack is not believed. */
export interface Lie {
  readonly name: string;
  readonly tell: (requests: readonly Datagram[], media: readonly MediaRun[]) => CapturePacket[];
}

/** The first packets of one directed stream of RTP. */
export type MediaRun = readonly Datagram[];

interface Sender {
  readonly ip: string;
  readonly port: number;
}

/** Another network card, and farther away than anybody of the captures. */
const LIAR_MAC = "02:66:66:66:66:66";
const LIAR_TTL = 57;
const LIAR: Sender = { ip: "203.0.113.99", port: 5060 };
/** A flood is not lied about to its end. */
const REQUESTS_MAX = 1500;
/** Media before this is heard of first. */
const RUN_PACKETS = 5;
const STREAMS_MAX = 40;
const US_PER_S = 1_000_000;

const HEADERS = {
  via: /^(?:Via|v)[ \t]*:.*$/gim,
  from: /^(?:From|f)[ \t]*:.*$/im,
  to: /^(?:To|t)[ \t]*:.*$/im,
  callId: /^(?:Call-ID|i)[ \t]*:.*$/im,
  cseq: /^CSeq[ \t]*:.*$/im,
} as const;

function line(text: string, header: keyof typeof HEADERS): string {
  return text.match(HEADERS[header])?.join("\r\n").replaceAll("\r\r", "\r").trim() ?? "";
}

function packet(timeUs: number, from: Sender, to: Sender, mac: string, payload: string | Buffer) {
  const datagram = udp(payload, { srcPort: from.port, dstPort: to.port });
  const bytes = ethernet(ipv4(datagram, { src: from.ip, dst: to.ip, ttl: LIAR_TTL }), {
    src: LIAR_MAC,
    dst: mac,
  });
  return { timeUs, bytes };
}

function macAt({ packet: { bytes } }: Datagram, at: number): string {
  return [...bytes.subarray(at, at + 6)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join(":");
}

function ends(datagram: Datagram): { from: Sender; to: Sender; fromMac: string; toMac: string } {
  const { packet, payloadAt, src, dst } = datagram;
  const view = Buffer.from(packet.bytes.subarray(payloadAt - 8, payloadAt - 4));
  return {
    from: { ip: src, port: view.readUInt16BE(0) },
    to: { ip: dst, port: view.readUInt16BE(2) },
    fromMac: macAt(datagram, 6),
    toMac: macAt(datagram, 0),
  };
}

/** An answer in the name of who is asked, ahead of its own. */
function answered(status: string): Lie["tell"] {
  return (requests) =>
    requests.flatMap((request) => {
      const { text } = request;
      if (text.startsWith("ACK ")) return [];
      const { from, to, fromMac } = ends(request);
      const tagged = /;tag=/i.test(line(text, "to")) ? "" : ";tag=lie77";
      const more = status.startsWith("401")
        ? 'WWW-Authenticate: Digest realm="x", nonce="lie"\r\n'
        : "";
      const answer = `SIP/2.0 ${status}\r\n${line(text, "via")}\r\n${line(text, "from")}\r\n${line(text, "to")}${tagged}\r\n${line(text, "callId")}\r\n${line(text, "cseq")}\r\n${more}Content-Length: 0\r\n\r\n`;
      return [packet(request.packet.timeUs + 300, to, from, fromMac, answer)];
    });
}

/** Another request with all that names the dialog, in the sender's name, right before each of its own. */
function asked(method: string): Lie["tell"] {
  return (requests) =>
    requests.map((request, index) => {
      const { text } = request;
      const { from, to, toMac } = ends(request);
      const via = line(text, "via").replace(/branch=[^;\r\n]*/, `branch=z9hG4bKlie${index}`);
      const number = Number(/\d+/.exec(line(text, "cseq"))?.[0] ?? 1) + 1;
      const lie = `${method} ${text.split(" ")[1]} SIP/2.0\r\n${via}\r\n${line(text, "from")}\r\n${line(text, "to")}\r\n${line(text, "callId")}\r\nCSeq: ${number} ${method}\r\nMax-Forwards: 70\r\nContact: <sip:lie@${LIAR.ip}>\r\nContent-Length: 0\r\n\r\n`;
      return packet(request.packet.timeUs - 900, from, to, toMac, lie);
    });
}

/** The same request once more, by a stranger. */
function repeated(requests: readonly Datagram[]): CapturePacket[] {
  return requests.map((request) => {
    const { to, toMac } = ends(request);
    return packet(
      request.packet.timeUs + 300,
      LIAR,
      to,
      toMac,
      Buffer.from(request.text, "latin1"),
    );
  });
}

/** A stranger binds each user of the capture to himself, and answers himself in the server's name. */
function registered(requests: readonly Datagram[]): CapturePacket[] {
  const known = new Set<string>();
  const startUs = (requests[0]?.packet.timeUs ?? 0) - US_PER_S / 2;
  return requests.flatMap((request) => {
    const { from, to, toMac } = ends(request);
    const uri = /sips?:[^;>\s]+/.exec(line(request.text, "to"))?.[0] ?? "";
    if (uri === "" || known.has(uri) || known.size > 50) return [];
    known.add(uri);
    const timeUs = startUs + 1500 * known.size;
    const rest = `Via: SIP/2.0/UDP ${LIAR.ip}:5060;branch=z9hG4bKr${known.size}\r\nFrom: <${uri}>;tag=r${known.size}\r\nTo: <${uri}>\r\nCall-ID: lie${known.size}\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContact: <sip:x@${from.ip}:${from.port}>, <sip:y@${LIAR.ip}>\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n`;
    return [
      packet(timeUs, LIAR, to, toMac, `REGISTER ${request.text.split(" ")[1]} SIP/2.0\r\n${rest}`),
      packet(timeUs + 500, to, LIAR, LIAR_MAC, `SIP/2.0 200 OK\r\n${rest}`),
    ];
  });
}

function rtp({ text }: Datagram, ahead: number): Buffer {
  const bytes = Buffer.from(text, "latin1");
  bytes.writeUInt16BE((bytes.readUInt16BE(2) + ahead) & 0xffff, 2);
  return bytes;
}

/** Four packets far ahead in the name of each stream's sender. */
function ahead(_: readonly Datagram[], media: readonly MediaRun[]): CapturePacket[] {
  return media.flatMap((run) => {
    const last = run.at(-1) as Datagram;
    const { from, to, toMac } = ends(last);
    return [1, 2, 3, 4].map((i) =>
      packet(last.packet.timeUs + 700 * i, from, to, toMac, rtp(last, 1000 + i)),
    );
  });
}

/** Each receiver seems to send back, and to answer an ICE check. */
function back(_: readonly Datagram[], media: readonly MediaRun[]): CapturePacket[] {
  return media.flatMap((run) => {
    const first = run[0] as Datagram;
    const { from, to, fromMac, toMac } = ends(first);
    const stun = (type: number) => {
      const bytes = Buffer.alloc(20, 7);
      bytes.writeUInt16BE(type, 0);
      bytes.writeUInt16BE(0, 2);
      bytes.writeUInt32BE(0x2112a442, 4);
      return bytes;
    };
    const startUs = first.packet.timeUs;
    return [
      packet(startUs + 100, from, to, toMac, stun(0x0001)),
      packet(startUs + 400, to, from, fromMac, stun(0x0101)),
      ...[1, 2, 3, 4].map((i) => packet(startUs + 700 * i, to, from, fromMac, rtp(first, i))),
    ];
  });
}

export const LIES: readonly Lie[] = [
  { name: "200 in its name", tell: answered("200 OK") },
  { name: "401 in its name", tell: answered("401 Unauthorized") },
  { name: "404 in its name", tell: answered("404 Not Found") },
  { name: "481 in its name", tell: answered("481 Call/Transaction Does Not Exist") },
  { name: "503 in its name", tell: answered("503 Service Unavailable") },
  { name: "OPTIONS in the dialog", tell: asked("OPTIONS") },
  { name: "INVITE in the dialog", tell: asked("INVITE") },
  { name: "repeated by a stranger", tell: repeated },
  { name: "users bound by a stranger", tell: registered },
  { name: "media ahead", tell: ahead },
  { name: "media sent back", tell: back },
];

/** The capture with that lie, told until `untilUs`; null where there is nothing to lie about. */
export function withLie({ packets }: AttackCapture, lie: Lie, untilUs: number) {
  const requests: Datagram[] = [];
  const runs = new Map<string, Datagram[]>();
  for (const seen of packets) {
    if (seen.timeUs > untilUs) continue;
    const datagram = datagramOf(seen);
    if (datagram === null) continue;
    if (/^[A-Z]+ (?:sips?|tel):/.test(datagram.text)) {
      if (requests.length < REQUESTS_MAX) requests.push(datagram);
    } else if (isRtp(datagram.text)) {
      const { from, to } = ends(datagram);
      const key = [from.ip, from.port, to.ip, to.port].join();
      const run = runs.get(key) ?? [];
      if (run.length < RUN_PACKETS) runs.set(key, [...run, datagram]);
    }
  }
  const media = [...runs.values()].filter((run) => run.length === RUN_PACKETS);
  const lies = lie.tell(requests, media.slice(0, STREAMS_MAX));
  return lies.length === 0 ? null : [...packets, ...lies];
}

/** RFC 3550 5.1, and no RTCP (RFC 5761 4). */
function isRtp(text: string): boolean {
  const type = text.charCodeAt(1) & 127;
  return text.length >= 12 && text.charCodeAt(0) >> 6 === 2 && (type < 64 || type > 95);
}
