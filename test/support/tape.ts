import { FrameWriter, type Packet, type Packets } from "../../bench/capture-file.ts";
import { Frame } from "../../src/capture/frame.ts";
import type { Pipeline } from "../../src/pipeline/pipeline.ts";

/** Groups of packets of which what they cost is counted, one after the other. */
export const GROUPS = 11;

/** Frames in one block, as a reader has them: nothing of the generator is left between two packets. */
export class Tape {
  readonly #frame = new Frame();
  readonly #starts: number[] = [0];
  readonly #times: number[] = [];

  /** The next `count` of the packets. A generator may use one payload for all. */
  constructor(packets: Iterator<Packet>, count: number) {
    const writer = new FrameWriter();
    const scratch = Buffer.alloc(4096);
    const frames: Buffer[] = [];
    let at = 0;
    for (let i = 0; i < count; i++) {
      const { done, value: packet } = packets.next();
      if (done === true) break;
      const length = writer.write(scratch, 0, packet);
      frames.push(Buffer.from(scratch.subarray(0, length)));
      at += length;
      this.#starts.push(at);
      this.#times.push(packet.timeUs);
    }
    const block = Buffer.concat(frames);
    this.#frame.bytes = block;
    this.#frame.view = new DataView(block.buffer, block.byteOffset, block.length);
  }

  get length(): number {
    return this.#times.length;
  }

  play(pipeline: Pipeline): void {
    const frame = this.#frame;
    for (let i = 0; i < this.#times.length; i++) {
      frame.start = this.#starts[i] as number;
      frame.end = this.#starts[i + 1] as number;
      frame.wireLength = frame.end - frame.start;
      frame.timeUs = this.#times[i] as number;
      frame.number++;
      frame.place++;
      pipeline.onFrame(frame);
    }
  }
}

/** The packets, cut after the warm-up and then after each group. */
export function tapesOf(packets: Packets, warm: number, each: number): Tape[] {
  const iterator = packets[Symbol.iterator]();
  return [warm, ...Array.from({ length: GROUPS }, () => each)].map(
    (count) => new Tape(iterator, count),
  );
}

/** Needs `--expose-gc`. */
export function collect(): void {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
}
