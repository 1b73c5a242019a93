/** ASCII lower case by byte: `nocase` folds nothing else. */
export const FOLD = new Uint8Array(256);
for (let i = 0; i < 256; i++) FOLD[i] = i >= 0x41 && i <= 0x5a ? i | 0x20 : i;

/** A byte string to search for (Boyer-Moore-Horspool), with or without case. */
export class Pattern {
  /** As written, or folded when `nocase`. */
  readonly bytes: Uint8Array;
  readonly nocase: boolean;
  readonly length: number;
  readonly #shift: Uint16Array;
  readonly #last: number;

  constructor(bytes: Uint8Array, nocase: boolean) {
    this.bytes = nocase ? bytes.map((byte) => FOLD[byte] as number) : bytes;
    this.nocase = nocase;
    this.length = bytes.length;
    this.#last = this.bytes[this.length - 1] as number;
    this.#shift = new Uint16Array(256).fill(this.length);
    for (let i = 0; i < this.length - 1; i++) {
      this.#shift[this.bytes[i] as number] = this.length - 1 - i;
    }
    if (nocase) for (let i = 0x41; i <= 0x5a; i++) this.#shift[i] = this.#shift[i | 0x20] as number;
  }

  /** First position in [start, end) where the whole pattern lies inside it, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const tail = this.length - 1;
    const last = this.#last;
    const shift = this.#shift;
    let at = start + tail;
    if (this.nocase) {
      while (at < end) {
        const byte = FOLD[bytes[at] as number] as number;
        if (byte === last && this.isAt(bytes, at - tail)) return at - tail;
        at += shift[byte] as number;
      }
      return -1;
    }
    while (at < end) {
      const byte = bytes[at] as number;
      if (byte === last && this.isAt(bytes, at - tail)) return at - tail;
      at += shift[byte] as number;
    }
    return -1;
  }

  /** True when the pattern starts at `at`; the caller checks that it fits. */
  isAt(bytes: Uint8Array, at: number): boolean {
    const pattern = this.bytes;
    const length = this.length;
    if (this.nocase) {
      for (let i = 0; i < length; i++) {
        if (FOLD[bytes[at + i] as number] !== pattern[i]) return false;
      }
      return true;
    }
    for (let i = 0; i < length; i++) if (bytes[at + i] !== pattern[i]) return false;
    return true;
  }
}
