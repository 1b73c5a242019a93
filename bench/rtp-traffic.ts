import type { Frame } from "../src/capture/frame.ts";
import type { Pipeline } from "../src/pipeline/pipeline.ts";
import { HEADER_BYTES, PacketTape } from "./packet-tape.ts";
import { announcedCall } from "./sip-traffic.ts";

/** G.711, 20 ms. */
const PAYLOAD_BYTES = 160;
const SAMPLES = 160;
/** Every second call is announced by INVITE and 200 with SDP. */
export type Announced = "none" | "half" | "all";

/** Calls with a stream in each direction, one packet of each stream in turn, 50 a second each. */
export class RtpTraffic {
  readonly streams: number;
  readonly #tape = new PacketTape();
  readonly #calls: number;
  readonly #announced: Announced;
  readonly #stepUs: number;
  #next = 0;
  #sequence = 0;
  #timestamp = 0;

  constructor(streams: number, announced: Announced) {
    this.#calls = streams >> 1;
    this.streams = 2 * this.#calls;
    this.#announced = announced;
    this.#stepUs = 20_000 / this.streams;
    const payload = Buffer.alloc(12 + PAYLOAD_BYTES, 0xd5);
    for (let call = 0; call < this.#calls; call++) {
      const ends = endsOf(call);
      payload[0] = 0x80;
      payload[1] = 0;
      payload.writeUInt32BE(2 * call + 1, 8);
      this.#tape.add(ends, payload);
      payload.writeUInt32BE(2 * call + 2, 8);
      this.#tape.add(
        { src: ends.dst, srcPort: ends.dstPort, dst: ends.src, dstPort: ends.srcPort },
        payload,
      );
    }
  }

  /** Signals the announced calls. Packet time goes on where it stood. */
  announce(pipeline: Pipeline): void {
    if (this.#announced === "none") return;
    const step = this.#announced === "half" ? 2 : 1;
    const { frame } = this.#tape;
    for (let call = 0; call < this.#calls; call += step) {
      const tape = announcedCall(call, endsOf(call));
      for (let i = 0; i < tape.length; i++) {
        frame.timeUs += 10;
        tape.frame.timeUs = frame.timeUs;
        pipeline.onFrame(tape.at(i));
      }
    }
  }

  /** Gives the packets' memory back. */
  drop(): void {
    this.#tape.clear();
  }

  run(pipeline: Pipeline, count: number): void {
    this.each(count, pipeline.onFrame);
  }

  /** Hands over the next `count` packets. */
  each(count: number, onFrame: (frame: Frame) => void): void {
    const tape = this.#tape;
    const { length, frame } = tape;
    for (let i = 0; i < count; i++) {
      if (this.#next === length) {
        this.#next = 0;
        this.#sequence = (this.#sequence + 1) & 0xffff;
        this.#timestamp = (this.#timestamp + SAMPLES) | 0;
      }
      tape.at(this.#next++);
      const at = frame.start + HEADER_BYTES;
      frame.view.setUint16(at + 2, this.#sequence);
      frame.view.setInt32(at + 4, this.#timestamp);
      frame.timeUs += this.#stepUs;
      onFrame(frame);
    }
  }
}

function endsOf(call: number) {
  return {
    src: 0x0a100000 + (call >>> 4),
    srcPort: 16384 + 2 * (call & 15),
    dst: 0x0a000100 + Math.floor(call / 20_000),
    dstPort: 10_000 + 2 * (call % 20_000),
  };
}
