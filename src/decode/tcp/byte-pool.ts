/** Bytes that buffers come in. */
const SIZES = [64, 512, 2048, 8192, 32_768, 131_072] as const;
/** The largest of them: a stream holds no more of a message. */
export const HELD_BYTES_MAX = 131_072;
const FREE_BYTES_MAX = 1_048_576;

/** Memory that streams hold bytes in, counted: who finds it full has to let somebody go. */
export class BytePool {
  readonly bytesMax: number;
  used = 0;
  readonly #free: Buffer[][] = SIZES.map(() => []);
  #freeBytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get isFull(): boolean {
    return this.used > this.bytesMax;
  }

  /** A buffer of at least that many bytes, which are at most `HELD_BYTES_MAX`. */
  take(bytes: number): Buffer {
    let size = 0;
    while ((SIZES[size] as number) < bytes) size++;
    const length = SIZES[size] as number;
    this.used += length;
    const free = this.#free[size]?.pop();
    if (free === undefined) return Buffer.allocUnsafeSlow(length);
    this.#freeBytes -= length;
    return free;
  }

  give(buffer: Buffer): void {
    this.used -= buffer.length;
    if (this.#freeBytes + buffer.length > FREE_BYTES_MAX) return;
    this.#freeBytes += buffer.length;
    this.#free[(SIZES as readonly number[]).indexOf(buffer.length)]?.push(buffer);
  }
}
