import type { LineBytes } from "./eve/line-bytes.ts";

/** A UTF-16 unit takes three bytes of UTF-8 at most (RFC 3629 3). */
const UNIT_BYTES = 3;
const START_BYTES = 98_304;
const LINE_FEED = 0x0a;

/** Lines on their way to a file, as bytes. */
export class LineBatch {
  #bytes = EMPTY;
  #length = 0;
  #lines = 0;

  /** Bytes, with line feeds. */
  get length(): number {
    return this.#length;
  }

  get lines(): number {
    return this.#lines;
  }

  /** Adds a line, given without its line feed. */
  add(line: string | LineBytes): void {
    if (typeof line === "string") {
      this.#need(UNIT_BYTES * line.length + 1);
      this.#length += this.#bytes.write(line, this.#length, "utf8");
    } else {
      this.#need(line.length + 1);
      line.copyTo(this.#bytes, this.#length);
      this.#length += line.length;
    }
    this.#bytes[this.#length++] = LINE_FEED;
    this.#lines++;
  }

  /** All lines so far, which are its caller's from now on. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = EMPTY;
    this.#length = 0;
    this.#lines = 0;
    return taken;
  }

  #need(bytes: number): void {
    const least = this.#length + bytes;
    if (least <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(START_BYTES, 2 * least));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

const EMPTY = Buffer.alloc(0);
