import { once } from "node:events";
import type { Writable } from "node:stream";
import { LinkType } from "../src/capture/frame.ts";
import { RtpTraffic } from "./rtp-traffic.ts";

const CHUNK_PACKETS = 10_000;
const PCAP_MAGIC = 0xa1b2c3d4;

/** Writes a pcap file (microseconds) with packets of 1,000 RTP streams. */
export async function writeRtp(file: Writable, packets: number): Promise<void> {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(PCAP_MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0x40000, 16);
  header.writeUInt32LE(LinkType.ETHERNET, 20);
  file.write(header);
  const traffic = new RtpTraffic(1_000, "none");
  let pieces: Buffer[] = [];
  for (let written = 0; written < packets; written += CHUNK_PACKETS) {
    traffic.each(CHUNK_PACKETS, (frame) => {
      const record = Buffer.alloc(16 + frame.wireLength);
      record.writeUInt32LE(Math.floor(frame.timeUs / 1e6), 0);
      record.writeUInt32LE(Math.floor(frame.timeUs % 1e6), 4);
      record.writeUInt32LE(frame.wireLength, 8);
      record.writeUInt32LE(frame.wireLength, 12);
      frame.bytes.copy(record, 16, frame.start, frame.end);
      pieces.push(record);
    });
    if (!file.write(Buffer.concat(pieces))) await once(file, "drain");
    pieces = [];
  }
}
