import type { Scene } from "../scene.ts";
import type { Endpoint } from "../wire/network.ts";

/** Payload type, timestamp units a packet and bytes a packet, each of 20 ms (RFC 3551). */
export interface Codec {
  readonly name: string;
  readonly payloadType: number;
  readonly clock: number;
  readonly step: number;
  readonly bytes: number;
}

export const PCMU: Codec = { name: "PCMU", payloadType: 0, clock: 8000, step: 160, bytes: 160 };
export const CODECS: readonly Codec[] = [
  PCMU,
  { name: "PCMA", payloadType: 8, clock: 8000, step: 160, bytes: 160 },
  { name: "G722", payloadType: 9, clock: 8000, step: 160, bytes: 160 },
  { name: "G729", payloadType: 18, clock: 8000, step: 160, bytes: 20 },
  { name: "opus", payloadType: 111, clock: 48_000, step: 960, bytes: 60 },
];

export const PACKET_S = 0.02;

/** One source as RFC 3550 has it: contiguous sequence, a timestamp that follows the clock, RTCP each five seconds. */
export class RtpSender {
  readonly codec: Codec;
  from: Endpoint;
  to: Endpoint;
  ssrc: number;
  sequence: number;
  timestamp: number;
  sentPackets = 0;
  /** Without RTCP: many gateways send none. */
  hasRtcp: boolean;
  readonly #scene: Scene;
  #nextAt = Number.NaN;

  constructor(scene: Scene, from: Endpoint, to: Endpoint, codec: Codec = PCMU) {
    const { random } = scene;
    this.#scene = scene;
    this.codec = codec;
    this.from = from;
    this.to = to;
    this.ssrc = random.uint32();
    this.sequence = random.whole(0, 0xffff);
    this.timestamp = random.uint32();
    this.hasRtcp = random.chance(0.6);
  }

  /** Media from `atS` on for so long. After a pause the timestamp has gone on and the marker is set. */
  play(atS: number, seconds: number): void {
    const { codec } = this;
    const gap = Number.isNaN(this.#nextAt) ? 0 : Math.round((atS - this.#nextAt) / PACKET_S);
    this.timestamp = (this.timestamp + gap * codec.step) >>> 0;
    const count = Math.round(seconds / PACKET_S);
    for (let i = 0; i < count; i++) {
      const jitter = (this.sequence * 7919) % 700;
      this.sendPacket(
        atS + i * PACKET_S + jitter / 1e6,
        i === 0 && (gap !== 0 || this.sentPackets === 0),
      );
      if (this.hasRtcp && this.sentPackets % 250 === 120) this.report(atS + i * PACKET_S + 0.001);
    }
    this.#nextAt = atS + count * PACKET_S;
  }

  sendPacket(atS: number, isMarked = false): void {
    const { codec } = this;
    const packet = rtpPacket({
      payloadType: codec.payloadType,
      isMarked,
      sequence: this.sequence,
      timestamp: this.timestamp,
      ssrc: this.ssrc,
      bytes: codec.bytes,
    });
    this.#scene.send(this.from, this.to, packet, atS);
    this.sequence = (this.sequence + 1) & 0xffff;
    this.timestamp = (this.timestamp + codec.step) >>> 0;
    this.sentPackets++;
  }

  /** Sender report with CNAME to the RTCP port (RFC 3550 6.4.1, 6.5). */
  report(atS: number, extra: Buffer = Buffer.alloc(0)): void {
    const report = senderReport(this.ssrc, this.timestamp, this.sentPackets, this.codec.bytes, atS);
    this.#scene.send(
      { ...this.from, port: this.from.port + 1 },
      { ...this.to, port: this.to.port + 1 },
      Buffer.concat([report, extra]),
      atS,
    );
  }

  /** A new source in place of this one (RFC 3550 8.2): a reboot, music on hold, another gateway. */
  restart(): void {
    const { random } = this.#scene;
    this.ssrc = random.uint32();
    this.sequence = random.whole(0, 0xffff);
    this.timestamp = random.uint32();
    this.sentPackets = 0;
    this.#nextAt = Number.NaN;
  }
}

export function rtpPacket(fields: {
  readonly payloadType: number;
  readonly isMarked?: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly bytes: number;
  /** Other bytes for the same numbers. */
  readonly flavour?: number;
}): Buffer {
  const packet = Buffer.allocUnsafe(12 + fields.bytes);
  packet[0] = 0x80;
  packet[1] = (fields.isMarked === true ? 0x80 : 0) | fields.payloadType;
  packet.writeUInt16BE(fields.sequence & 0xffff, 2);
  packet.writeUInt32BE(fields.timestamp >>> 0, 4);
  packet.writeUInt32BE(fields.ssrc >>> 0, 8);
  // Speech never repeats: bytes that differ from packet to packet and from source to source.
  let noise =
    (fields.ssrc ^ Math.imul(fields.sequence + 1, 0x9e3779b9) ^ (fields.flavour ?? 0)) | 1;
  for (let i = 12; i < packet.length; i++) {
    noise ^= noise << 13;
    noise ^= noise >>> 17;
    noise ^= noise << 5;
    packet[i] = noise & 0xff;
  }
  return packet;
}

function senderReport(
  ssrc: number,
  timestamp: number,
  packets: number,
  bytes: number,
  atS: number,
): Buffer {
  const report = Buffer.alloc(28);
  report[0] = 0x80;
  report[1] = 200;
  report.writeUInt16BE(6, 2);
  report.writeUInt32BE(ssrc, 4);
  report.writeUInt32BE(4_000_000_000 + Math.floor(atS), 8);
  report.writeUInt32BE(Math.floor((atS % 1) * 0xffff_ffff), 12);
  report.writeUInt32BE(timestamp, 16);
  report.writeUInt32BE(packets, 20);
  report.writeUInt32BE(packets * bytes, 24);
  const name = Buffer.from(ssrc.toString(16).padStart(8, "0"));
  const sdes = Buffer.alloc(20);
  sdes[0] = 0x81;
  sdes[1] = 202;
  sdes.writeUInt16BE(4, 2);
  sdes.writeUInt32BE(ssrc, 4);
  sdes[8] = 1;
  sdes[9] = name.length;
  name.copy(sdes, 10);
  return Buffer.concat([report, sdes]);
}

/** RTCP BYE (RFC 3550 6.6). */
export function rtcpBye(ssrc: number): Buffer {
  const bye = Buffer.alloc(8);
  bye[0] = 0x81;
  bye[1] = 203;
  bye.writeUInt16BE(1, 2);
  bye.writeUInt32BE(ssrc, 4);
  return bye;
}
