import { Frame, LinkType } from "../../src/capture/frame.ts";
import type { Figure } from "../measure.ts";
import { pipelineOf } from "../pipeline-of.ts";

const MILLION = 1_000_000;
const IP = 14;
const L4 = 34;
const PART =
  "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n";
const STEP_US = 10;

/** What is begun and never completed: a million TCP connections with half a request, and as many datagrams. */
export function benchUnfinished(): Figure[] {
  return [
    ...run("TCP connections with half a request", connection),
    ...run("first fragments", fragment),
  ];
}

type Write = (bytes: Buffer, i: number, hand: (end: number) => void) => void;

function run(name: string, write: Write): Figure[] {
  const { pipeline } = pipelineOf();
  const frame = new Frame();
  const bytes = Buffer.alloc(2048);
  frame.bytes = bytes;
  frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  frame.linkType = LinkType.ETHERNET;
  frame.timeUs = 1_800_000_000_000_000;
  let packets = 0;
  const hand = (end: number): void => {
    frame.end = end;
    frame.wireLength = end;
    frame.timeUs += STEP_US;
    frame.number = ++packets;
    pipeline.onFrame(frame);
  };
  let peakMib = 0;
  const start = process.cpuUsage();
  for (let i = 0; i < MILLION; i++) {
    write(bytes, i, hand);
    if (i % 10_000 === 0) peakMib = Math.max(peakMib, process.memoryUsage.rss() / 1_048_576);
  }
  const { user, system } = process.cpuUsage(start);
  return [
    { name: `1 M ${name}: resident`, value: peakMib, unit: "MiB", target: 1024, isAtMost: true },
    { name: `1 M ${name}`, value: (user + system) / packets, unit: "CPU us/packet" },
  ];
}

function ipHeader(bytes: Buffer, i: number, protocol: number, end: number): void {
  bytes.writeUInt16BE(0x0800, 12);
  bytes[IP] = 0x45;
  bytes.writeUInt16BE(end - IP, IP + 2);
  bytes.writeUInt16BE(i & 0xffff, IP + 4);
  bytes[IP + 8] = 64;
  bytes[IP + 9] = protocol;
  // Sixteen senders to each of whom belongs a sixteenth.
  bytes.writeUInt32BE(0xc6336400 + (i & 15), IP + 12);
  bytes.writeUInt32BE(0x0a000001, IP + 16);
}

const connection: Write = (bytes, i, hand) => {
  const segment = (flags: number, seq: number, text: string): void => {
    const end = L4 + 20 + text.length;
    ipHeader(bytes, i, 6, end);
    bytes.writeUInt16BE(0, IP + 6);
    bytes.writeUInt16BE(1024 + ((i >>> 4) % 60_000), L4);
    bytes.writeUInt16BE(5060 + Math.floor(i / 960_000), L4 + 2);
    bytes.writeUInt32BE(seq, L4 + 4);
    bytes.writeUInt32BE(0, L4 + 8);
    bytes[L4 + 12] = 0x50;
    bytes[L4 + 13] = flags;
    bytes.write(text, L4 + 20, "latin1");
    hand(end);
  };
  segment(2, i, "");
  segment(0x18, i + 1, PART);
};

const fragment: Write = (bytes, i, hand) => {
  const end = L4 + 512;
  ipHeader(bytes, i, 17, end);
  bytes.writeUInt16BE(0x2000 | ((i >>> 16) * 64), IP + 6);
  hand(end);
};
