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

  /** `bytesMax`: size of the ring; its pages cost memory once they are written. */
  constructor(bytesMax: number) {
    this.bytes = Buffer.from(new ArrayBuffer(Math.max(bytesMax, 2 * MESSAGE_BYTES_MAX)));
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
    bytes.copy(this.bytes, at, start, start + length);
    const position = this.#written;
    this.#written += length;
    return position;
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
