import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { openSource } from "../../src/capture/file-source.ts";
import type { Frame } from "../../src/capture/frame.ts";
import { type Figure, median } from "../measure.ts";
import { pipelineOf } from "../pipeline-of.ts";
import { writeRtp } from "../rtp-capture.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const PACKETS = 1_000_000;
const ROUNDS = 5;

/** A pcap file of RTP: read and dropped, and read through the whole pipeline. */
export async function benchReadCapture(): Promise<Figure[]> {
  const folder = new TemporaryFolder("sipsentry-bench-");
  try {
    const path = join(folder.path, "rtp.pcap");
    const file = createWriteStream(path);
    await writeRtp(file, PACKETS);
    file.end();
    await finished(file);
    let bytes = 0;
    const dropped = await rounds(path, () => (frame) => {
      bytes += frame.wireLength;
    });
    if (bytes === 0) throw new Error("the capture case read nothing");
    const replayed = await rounds(path, () => pipelineOf().pipeline.onFrame);
    return [
      { name: "pcap file read alone", value: 1e9 / dropped, unit: "packets/s" },
      { name: "pcap file of RTP replayed", value: 1e9 / replayed, unit: "packets/s" },
    ];
  } finally {
    folder.remove();
  }
}

/** Nanoseconds per packet. The first round warms up. */
async function rounds(path: string, receiver: () => (frame: Frame) => void): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const onFrame = receiver();
    const start = process.hrtime.bigint();
    const { packets } = await openSource([path]).run(onFrame);
    if (round > 0) times.push(Number(process.hrtime.bigint() - start) / packets);
  }
  return median(times);
}
