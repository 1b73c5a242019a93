import type { Endpoint } from "../support/wire.ts";
import type { Scene } from "./scene.ts";

export interface TalkerOptions {
  readonly ssrc?: number;
  readonly sequence?: number;
  readonly timestamp?: number;
  readonly payloadType?: number;
  /** Bytes of a packet's payload; 20 ms of G.711 unless given. */
  readonly payloadBytes?: number;
  /** Units of the RTP clock in 20 ms; 8 kHz unless given. */
  readonly samples?: number;
}

/** One RTP stream (RFC 3550), 20 ms a packet unless told, whose count goes on from talk to talk. */
export class Talker {
  readonly scene: Scene;
  from: Endpoint;
  to: Endpoint;
  ssrc: number;
  sequence: number;
  timestamp: number;
  payloadType: number;
  payloadBytes: number;
  samples: number;
  /** Packets so far. */
  sent = 0;
  /** Other voice, other bytes. */
  #voice: number;

  constructor(scene: Scene, from: Endpoint, to: Endpoint, options: TalkerOptions = {}) {
    this.scene = scene;
    this.from = from;
    this.to = to;
    this.ssrc = options.ssrc ?? Math.floor(scene.random() * 2 ** 32);
    this.sequence = options.sequence ?? Math.floor(scene.random() * 20_000) + 1000;
    this.timestamp = options.timestamp ?? Math.floor(scene.random() * 2 ** 30);
    this.payloadType = options.payloadType ?? 0;
    this.payloadBytes = options.payloadBytes ?? 160;
    this.samples = options.samples ?? 160;
    this.#voice = Math.floor(scene.random() * 2 ** 31);
  }

  /** Talks from `after` seconds on. */
  talk(seconds: number, after = 0): this {
    for (let i = 0; i < Math.round(seconds * 50); i++) {
      // What a desk phone's timer makes of 20 ms.
      this.packet(after + i * 0.02 + this.scene.random() * 0.0008, { isMarked: this.sent === 0 });
    }
    return this;
  }

  /** The next packet, `after` seconds from now. */
  packet(after: number, options: { isMarked?: boolean; samples?: number } = {}): void {
    const bytes = Buffer.alloc(12 + this.payloadBytes);
    bytes[0] = 0x80;
    bytes[1] = (options.isMarked === true ? 0x80 : 0) | this.payloadType;
    bytes.writeUInt16BE(this.sequence & 0xffff, 2);
    bytes.writeUInt32BE(this.timestamp >>> 0, 4);
    bytes.writeUInt32BE(this.ssrc >>> 0, 8);
    let noise = (this.#voice + Math.imul(this.sequence, 7919)) >>> 0;
    for (let i = 12; i < bytes.length; i++) {
      noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
      bytes[i] = noise >>> 24;
    }
    this.scene.send(this.from, this.to, bytes, after);
    this.sequence++;
    this.timestamp += options.samples ?? this.samples;
    this.sent++;
  }

  /** Says nothing for so long; the clock of the stream goes on. */
  pause(seconds: number): this {
    this.timestamp += Math.round(seconds * 8000);
    return this;
  }

  /**
   * One digit (RFC 4733 2.5): 8 packets of one timestamp, the last three with the end bit. The
   * voice is silent meanwhile when it is the same stream.
   */
  digit(event: number, after: number, payloadType = 101): void {
    for (let i = 0; i < 8; i++) {
      const isEnd = i >= 5;
      const bytes = Buffer.alloc(16);
      bytes[0] = 0x80;
      bytes[1] = (i === 0 ? 0x80 : 0) | payloadType;
      bytes.writeUInt16BE(this.sequence & 0xffff, 2);
      bytes.writeUInt32BE(this.timestamp >>> 0, 4);
      bytes.writeUInt32BE(this.ssrc >>> 0, 8);
      bytes[12] = event;
      bytes[13] = (isEnd ? 0x80 : 0) | 10;
      bytes.writeUInt16BE(160 * Math.min(i + 1, 6), 14);
      this.scene.send(this.from, this.to, bytes, after + Math.min(i, 5) * 0.02 + i * 0.0005);
      this.sequence++;
    }
    this.timestamp += 1600;
  }
}

/** RTCP sender report with a CNAME (RFC 3550 6.4.1, 6.5), as phones send it each five seconds. */
export function senderReport(talker: Talker, seconds: number): Buffer {
  const report = Buffer.alloc(28);
  report.set([0x80, 200, 0, 6]);
  report.writeUInt32BE(talker.ssrc >>> 0, 4);
  report.writeUInt32BE((3_900_000_000 + Math.floor(seconds)) >>> 0, 8);
  report.writeUInt32BE(talker.timestamp >>> 0, 16);
  report.writeUInt32BE(talker.sent, 20);
  report.writeUInt32BE(talker.sent * talker.payloadBytes, 24);
  const cname = Buffer.alloc(20);
  cname.set([0x81, 202, 0, 4]);
  cname.writeUInt32BE(talker.ssrc >>> 0, 4);
  cname.set([1, 8], 8);
  cname.write("phone@ua", 10);
  return Buffer.concat([report, cname]);
}

/** RTCP BYE after an empty receiver report (RFC 3550 6.6: never alone). */
export function rtcpBye(ssrc: number): Buffer {
  const packet = Buffer.alloc(16);
  packet.set([0x80, 201, 0, 1]);
  packet.writeUInt32BE(ssrc >>> 0, 4);
  packet.set([0x81, 203, 0, 1], 8);
  packet.writeUInt32BE(ssrc >>> 0, 12);
  return packet;
}
