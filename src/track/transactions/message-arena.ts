import { column } from "../../base/column.ts";

/** So much of a message is kept: start line and headers of any ordinary one. */
export const MESSAGE_BYTES_MAX = 1536;

/**
 * Recent messages, as bytes in a ring: what texts are made from when a rule or an alert asks for one. A
 * message is found by its position in all that was ever written; one that was written over reads as
 * gone.
 */
export class MessageArena {
  readonly bytes: Buffer;
  /** Total of bytes ever written, and of the bytes left free at the ring's end. */
  #written = 0;
  readonly #to: DataView;
  /** Over the memory that the last message lay in. */
  #from: DataView;

  /** `bytesMax`: size of the ring; its pages cost memory once they are written. */
  constructor(bytesMax: number) {
    const size = Math.max(bytesMax, 2 * MESSAGE_BYTES_MAX);
    this.bytes = Buffer.from(column(Uint8Array, size).buffer, 0, size);
    this.#to = new DataView(this.bytes.buffer, 0, size);
    this.#from = this.#to;
  }

  /** Keeps the start of bytes[start, end); gives its position. */
  put(bytes: Buffer, start: number, end: number): number {
    const length = Math.min(end - start, MESSAGE_BYTES_MAX);
    const size = this.bytes.length;
    let at = this.#written % size;
    if (at + length > size) {
      this.#written += size - at;
      at = 0;
    }
    this.#copy(bytes, start, at, length);
    const position = this.#written;
    this.#written += length;
    return position;
  }

  /** By words: for some hundred bytes a call of `Buffer.copy` costs more than what it does. */
  #copy(bytes: Buffer, start: number, at: number, length: number): void {
    if (bytes.buffer !== this.#from.buffer) this.#from = new DataView(bytes.buffer);
    const from = this.#from;
    const to = this.#to;
    const first = bytes.byteOffset + start;
    let i = 0;
    for (; i + 4 <= length; i += 4) to.setInt32(at + i, from.getInt32(first + i, true), true);
    for (; i < length; i++) to.setUint8(at + i, from.getUint8(first + i));
  }

  /** Offset in `bytes` of what was put at that position; -1 when it was written over. */
  offsetOf(position: number): number {
    return position < 0 || position < this.#written - this.bytes.length
      ? -1
      : position % this.bytes.length;
  }

  /** How much of a message of that many bytes is kept. */
  keptBytes(messageBytes: number): number {
    return Math.min(messageBytes, MESSAGE_BYTES_MAX);
  }
}
