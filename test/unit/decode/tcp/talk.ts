import { decodePacket } from "../../../../src/decode/decode-packet.ts";
import { PacketView, SkipReason } from "../../../../src/decode/packet.ts";
import { TcpSegment } from "../../../../src/decode/tcp/segment.ts";
import { TcpStreams } from "../../../../src/decode/tcp/streams.ts";
import type { KeyLog } from "../../../../src/decode/tls/key-log.ts";
import type { TlsUnread } from "../../../../src/decode/tls/tls-unread.ts";
import { frameOf } from "../../../support/captured.ts";
import { ethernet, ipv4, ipv6 } from "../../../support/pcap-writer.ts";

export const TALK_START_US = 1.8e15;

export interface Told {
  readonly text: string;
  /** Length as sent. */
  readonly wireBytes: number;
  readonly isReturned: boolean;
  readonly number: number;
}

/** Segments between a client and servers, and what the streams tell of them. */
export class Talk {
  readonly streams: TcpStreams;
  readonly told: Told[] = [];
  keepalives = 0;
  /** Why connections over TLS stayed closed. */
  readonly unread: TlsUnread[] = [];
  nowUs = TALK_START_US;
  clientSeq = 0xfffffff0;
  serverSeq = 5000;
  clientPort = 40_000;
  client = "192.0.2.1";
  server = "192.0.2.2";
  /** Frames that messages were shown as. */
  readonly frames: Buffer[] = [];
  #number = 0;
  readonly #packet = new PacketView();
  readonly #segment = new TcpSegment();

  constructor(
    options: { connectionsMax?: number; bytesMax?: number; keyLog?: KeyLog | null } = {},
  ) {
    const { connectionsMax = 64, bytesMax = 1_048_576, keyLog = null } = options;
    this.streams = new TcpStreams(
      { connectionsMax, bytesMax, keyLog },
      {
        segment: () => {},
        keepalive: () => this.keepalives++,
        turn: () => {},
        later: (packet) => this.#told(packet),
        unreadable: (_packet, _connection, why) => {
          this.unread.push(why);
        },
        message: (packet) => this.#told(packet),
      },
    );
  }

  #told(packet: PacketView): void {
    const { bytes, frameEnd, frameStart, isReturned, number, payloadEnd, payloadStart } = packet;
    const text = bytes.toString("latin1", payloadStart, payloadEnd);
    this.told.push({ text, wireBytes: packet.payloadWireLength, isReturned, number });
    this.frames.push(Buffer.from(bytes.subarray(frameStart, frameEnd)));
  }

  get texts(): string[] {
    return this.told.map(({ text }) => text);
  }

  handshake(): this {
    this.segment("client", 0x02, "", this.clientSeq++, 0);
    this.segment("server", 0x12, "", this.serverSeq++, this.clientSeq);
    return this.segment("client", 0x10, "");
  }

  /** In order, from where the sender is. */
  say(from: "client" | "server", text: string | Buffer): this {
    const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
    this.segment(from, 0x18, bytes);
    if (from === "client") this.clientSeq += bytes.length;
    else this.serverSeq += bytes.length;
    return this;
  }

  /** One segment, at any place. */
  segment(
    from: "client" | "server",
    flags: number,
    data: string | Buffer,
    seq = from === "client" ? this.clientSeq : this.serverSeq,
    ack = from === "client" ? this.serverSeq : this.clientSeq,
    captured = Number.POSITIVE_INFINITY,
  ): this {
    const payload = typeof data === "string" ? Buffer.from(data, "latin1") : data;
    const tcp = Buffer.alloc(20);
    const ports = [this.clientPort, 5060];
    const ends = [this.client, this.server];
    if (from === "server") {
      ports.reverse();
      ends.reverse();
    }
    tcp.writeUInt16BE(ports[0] ?? 0, 0);
    tcp.writeUInt16BE(ports[1] ?? 0, 2);
    tcp.writeUInt32BE(((seq % 2 ** 32) + 2 ** 32) % 2 ** 32, 4);
    tcp.writeUInt32BE(((ack % 2 ** 32) + 2 ** 32) % 2 ** 32, 8);
    tcp[12] = 0x50;
    tcp[13] = flags;
    const [src = "", dst = ""] = ends;
    const body = Buffer.concat([tcp, payload]);
    const ip = src.includes(":")
      ? ipv6(body, { src, dst, nextHeader: 6 })
      : ipv4(body, { src, dst, protocol: 6 });
    const bytes = ethernet(ip);
    return this.frame(bytes.subarray(0, Math.max(54, Math.min(bytes.length, captured))));
  }

  frame(bytes: Uint8Array): this {
    const packet = this.#packet;
    const reason = decodePacket(frameOf(bytes), packet);
    packet.number = ++this.#number;
    packet.timeUs = this.nowUs;
    packet.captureUs = this.nowUs;
    if (reason !== SkipReason.TCP) throw new Error(`not TCP: ${reason}`);
    if (!this.#segment.decode(packet)) throw new Error("bad TCP header");
    packet.srcPort = this.#segment.srcPort;
    packet.dstPort = this.#segment.dstPort;
    this.streams.take(packet, this.#segment);
    return this;
  }
}

export function request(method: string, body = "", extra = ""): string {
  return [
    `${method} sip:bob@example.com SIP/2.0`,
    "Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKx",
    `Call-ID: ${method}-${body.length}`,
    ...(extra === "" ? [] : [extra]),
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}
