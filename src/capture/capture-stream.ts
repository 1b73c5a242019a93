import { Block } from "./block.ts";
import type { ByteSource } from "./byte-source.ts";
import { MAGIC_BYTES, notACapture, readerFor, SHOWN_BYTES } from "./capture-format.ts";
import type { Frame } from "./frame.ts";
import { GunzipBytes } from "./gzip.ts";
import type { PacketReader } from "./packet-reader.ts";
import { isZstdMagic, ZstdBytes } from "./zstd.ts";

const GZIP_MAGIC = 0x1f8b;
const COMPRESSED_BLOCK_BYTES = 128 * 1024;

export interface CaptureStreamOptions {
  /** How problems name it: the path, or "standard input". */
  readonly name: string;
  /** What to do about a capture that breaks off. */
  readonly cure: string;
  readonly blockBytes: number;
}

/**
 * One capture of any format, read from any byte source. `next` hands over what is in memory without
 * waiting; `more` brings the next piece. It never rejects: what goes wrong is in `problems`.
 */
export class CaptureStream {
  readonly name: string;
  readonly problems: string[] = [];
  /** False for what is no capture at all. */
  isCapture = false;
  readonly #options: CaptureStreamOptions;
  #block: Block;
  #reader: PacketReader | null = null;
  #ended = false;
  #closed = false;

  constructor(source: ByteSource, options: CaptureStreamOptions) {
    this.name = options.name;
    this.#options = options;
    this.#block = new Block(source, options.blockBytes);
  }

  /** Finds out what it is. Call it first; false when there is nothing to read. */
  async open(): Promise<boolean> {
    try {
      await this.#decompress();
      this.#reader = readerFor(this.#block);
      this.isCapture = this.#reader !== null;
      if (this.#reader === null) {
        await this.#block.ensure(SHOWN_BYTES);
        this.#end(notACapture(this.#block));
      }
    } catch (error) {
      this.#end(messageOf(error));
    }
    return this.isCapture;
  }

  /** Packets handed over so far: the number of the last one in its capture. */
  get packets(): number {
    return this.#reader?.packets ?? 0;
  }

  /** Fills `frame`, all but its number. False when `more` is to be called. */
  next(frame: Frame): boolean {
    return this.#reader?.next(frame) ?? false;
  }

  /** False at the end. `next` can be false after true: the packet is not whole yet. */
  async more(): Promise<boolean> {
    const reader = this.#reader;
    if (this.#ended || reader === null) return false;
    if (reader.fault !== "") {
      this.#end(`damaged: ${reader.fault}; everything before it was read (${this.#options.cure})`);
      return false;
    }
    try {
      if (await this.#block.fill(reader.need)) return !this.#ended;
      this.#end(this.#cutShort(reader));
    } catch (error) {
      this.#end(
        `${messageOf(error)} after packet ${reader.packets}; everything before it was read (${this.#options.cure})`,
      );
    }
    return false;
  }

  /** Also ends a `more` that waits. */
  async close(): Promise<void> {
    this.#ended = true;
    this.#closed = true;
    try {
      await this.#block.close();
    } catch {
      // The file was only read: nothing is lost with it.
    }
  }

  async #decompress(): Promise<void> {
    if (!(await this.#block.ensure(MAGIC_BYTES))) return;
    const { view, start } = this.#block;
    const compressed = this.#block;
    let source: ByteSource;
    if (view.getUint16(start) === GZIP_MAGIC) source = new GunzipBytes(compressed);
    else if (isZstdMagic(view.getUint32(start, true))) source = new ZstdBytes(compressed);
    else return;
    this.#block = new Block(source, Math.max(this.#options.blockBytes, COMPRESSED_BLOCK_BYTES));
    await this.#block.ensure(MAGIC_BYTES);
  }

  #cutShort(reader: PacketReader): string {
    const left = this.#block.unread;
    if (reader.skipBytes > 0) {
      return `cut short: ${reader.record} needs ${reader.skipBytes} bytes more; everything before it was read (${this.#options.cure})`;
    }
    if (left === 0 && reader.record !== "the file header") return "";
    return `cut short: ${reader.record} at byte ${this.#block.offset} needs ${reader.need} bytes, ${left} are left; everything before it was read (${this.#options.cure})`;
  }

  #end(problem: string): void {
    this.#ended = true;
    if (this.#closed) return;
    const complaint = this.#reader?.complaint ?? "";
    if (complaint !== "") this.problems.push(`${this.name}: ${complaint}`);
    if (problem !== "") this.problems.push(`${this.name}: ${problem}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
