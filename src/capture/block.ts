import type { ByteSource } from "./byte-source.ts";
import { BLOCK_BYTES_MAX } from "./frame.ts";

/**
 * The window of a byte source that a reader works in: unread bytes are `[start, end)` of `bytes`.
 * One buffer, refilled: what was handed out of it is valid until the next `fill`.
 */
export class Block {
  bytes: Buffer;
  view: DataView;
  start = 0;
  end = 0;
  readonly #source: ByteSource;
  /** Position of `bytes[0]` in the source. */
  #base = 0;

  constructor(source: ByteSource, capacity: number) {
    this.#source = source;
    this.bytes = Buffer.allocUnsafeSlow(Math.min(capacity, BLOCK_BYTES_MAX));
    this.view = viewOf(this.bytes);
  }

  /** Position of the next unread byte in the source. */
  get offset(): number {
    return this.#base + this.start;
  }

  get unread(): number {
    return this.end - this.start;
  }

  /**
   * Reads at least one more byte, in a place where `need` bytes from `start` on fit; false at the
   * end of the source. `need` is at most `BLOCK_BYTES_MAX`.
   */
  async fill(need: number): Promise<boolean> {
    this.#makeRoom(need);
    const bytes = await this.#source.read(this.bytes, this.end);
    this.end += bytes;
    return bytes > 0;
  }

  /** True when `need` bytes are there, after as many reads as it takes. */
  async ensure(need: number): Promise<boolean> {
    while (this.unread < need) {
      if (!(await this.fill(need))) return false;
    }
    return true;
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  #makeRoom(need: number): void {
    if (this.start === this.end) {
      this.#base += this.start;
      this.start = 0;
      this.end = 0;
    }
    const capacity = this.bytes.length;
    const fits = capacity - this.start >= need;
    // A short read into a small rest would be slow: better move the unread bytes to the front.
    if (fits && (this.start === 0 || capacity - this.end >= capacity / 4)) return;
    let target = this.bytes;
    if (capacity < need) {
      target = Buffer.allocUnsafeSlow(Math.min(Math.max(need, capacity * 2), BLOCK_BYTES_MAX));
    }
    this.bytes.copy(target, 0, this.start, this.end);
    this.#base += this.start;
    this.end -= this.start;
    this.start = 0;
    if (target !== this.bytes) {
      this.bytes = target;
      this.view = viewOf(target);
    }
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
