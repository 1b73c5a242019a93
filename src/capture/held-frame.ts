import { Frame } from "./frame.ts";

/** Keeps one frame beyond its turn: its bytes, which the source writes over, and all that belongs to it. */
export class HeldFrame {
  isHolding = false;
  readonly #frame = new Frame();

  put(frame: Frame): void {
    const held = this.#frame;
    held.bytes = Buffer.from(frame.bytes.subarray(frame.start, frame.end));
    held.view = new DataView(held.bytes.buffer, held.bytes.byteOffset, held.bytes.length);
    held.start = 0;
    held.end = held.bytes.length;
    held.wireLength = frame.wireLength;
    held.timeUs = frame.timeUs;
    held.linkType = frame.linkType;
    held.number = frame.number;
    held.place = frame.place;
    this.isHolding = true;
  }

  /** The frame; valid until the next `put`. */
  take(): Frame {
    this.isHolding = false;
    return this.#frame;
  }
}
