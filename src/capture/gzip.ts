import { constants, createGunzip } from "node:zlib";
import type { Block } from "./block.ts";
import type { ByteSource } from "./byte-source.ts";

const INPUT_BYTES = 64 * 1024;
/** Also what is lost in front of a damaged place: zlib throws the output of the failing step away. */
const OUTPUT_BYTES = 16 * 1024;

/** Decompresses gzip (RFC 1952), also members in a row; output waits until it is asked for. */
export class GunzipBytes implements ByteSource {
  readonly #input: Block;
  readonly #gunzip = createGunzip({ chunkSize: OUTPUT_BYTES });
  #rest: Buffer | null = null;
  #writing = false;
  #inputEnded = false;
  #outputEnded = false;
  #closed = false;
  #error: NodeJS.ErrnoException | undefined;
  #wake: () => void = () => {};

  /** `input` may hold bytes already: the start of the gzip data. */
  constructor(input: Block) {
    this.#input = input;
    this.#gunzip.on("readable", () => this.#wake());
    this.#gunzip.on("end", () => {
      this.#outputEnded = true;
      this.#wake();
    });
    this.#gunzip.on("error", (error) => {
      this.#error = error;
      this.#wake();
    });
  }

  async read(into: Buffer, at: number): Promise<number> {
    for (;;) {
      const chunk: Buffer | null = this.#rest ?? this.#gunzip.read();
      if (chunk !== null) {
        const bytes = chunk.copy(into, at);
        this.#rest = bytes < chunk.length ? chunk.subarray(bytes) : null;
        return bytes;
      }
      if (this.#outputEnded || this.#closed) return 0;
      if (this.#error !== undefined) throw new Error(gzipProblem(this.#error));
      if (this.#writing || this.#inputEnded) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else await this.#feed();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    this.#gunzip.destroy();
    await this.#input.close();
  }

  /** One piece of input at a time, so that all its output is out before the end is announced. */
  async #feed(): Promise<void> {
    if (this.#input.unread === 0 && !(await this.#input.fill(1))) {
      this.#inputEnded = true;
      this.#gunzip.end();
      return;
    }
    if (this.#closed) return;
    const { bytes, start } = this.#input;
    const end = start + Math.min(this.#input.unread, INPUT_BYTES);
    const piece = Buffer.from(bytes.subarray(start, end));
    this.#input.start = end;
    this.#writing = true;
    this.#gunzip.write(piece, () => {
      this.#writing = false;
      this.#wake();
    });
  }
}

function gzipProblem(error: NodeJS.ErrnoException): string {
  return error.errno === constants.Z_BUF_ERROR
    ? "the gzip data is cut short"
    : `the gzip data is damaged (${error.message})`;
}
