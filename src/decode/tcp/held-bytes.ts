import { type BytePool, HELD_BYTES_MAX } from "./byte-pool.ts";

const EMPTY = Buffer.alloc(0);

/** Bytes of a stream that wait for more, `[0, length)` of `buffer`; nothing is taken while there are none. */
export class HeldBytes {
  buffer: Buffer = EMPTY;
  length = 0;
  readonly #pool: BytePool;

  constructor(pool: BytePool) {
    this.#pool = pool;
  }

  /** False when they do not fit; then nothing is added. */
  append(bytes: Buffer, start: number, end: number): boolean {
    const length = this.length + end - start;
    if (length > HELD_BYTES_MAX) return false;
    if (length > this.buffer.length) this.#grow(length);
    bytes.copy(this.buffer, this.length, start, end);
    this.length = length;
    return true;
  }

  /** Lets go of the first so many. */
  consume(bytes: number): void {
    if (bytes >= this.length) {
      this.clear();
      return;
    }
    if (bytes === 0) return;
    this.buffer.copyWithin(0, bytes, this.length);
    this.length -= bytes;
  }

  clear(): void {
    if (this.buffer.length > 0) this.#pool.give(this.buffer);
    this.buffer = EMPTY;
    this.length = 0;
  }

  #grow(length: number): void {
    const larger = this.#pool.take(length);
    this.buffer.copy(larger, 0, 0, this.length);
    if (this.buffer.length > 0) this.#pool.give(this.buffer);
    this.buffer = larger;
  }
}
