import type { Decompress } from "fzstd";
import { loadLater } from "../base/load-later.ts";
import type { Block } from "./block.ts";
import type { ByteSource } from "./byte-source.ts";

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAGIC_BYTES = 4;
const SKIPPABLE_HEADER_BYTES = 8;
const BLOCK_HEADER_BYTES = 3;
/** RFC 8878 3.1.1.2.4. */
const BLOCK_CONTENT_BYTES_MAX = 128 * 1024;
const CHECKSUM_BYTES = 4;
/** In the frame header descriptor. */
const CHECKSUM_FLAG = 4;
/** What `zstd -d` takes without being asked for more. The window is allocated at once. */
const WINDOW_BYTES_MAX = 128 * 1024 * 1024;

const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;

export function isZstdMagic(magicLittleEndian: number): boolean {
  return magicLittleEndian === MAGIC || (magicLittleEndian & ~15) >>> 0 === SKIPPABLE_MAGIC;
}

/**
 * Decompresses Zstandard (RFC 8878), also frames in a row. The framing is read here and the
 * decompressor gets one block at a time: so the output in memory is at most one block, a header
 * cannot ask for any amount of memory, and a cut is told from damage.
 */
export class ZstdBytes implements ByteSource {
  readonly #input: Block;
  #decompressor: Decompress | null = null;
  /** Of the frame before: they are still to be skipped. */
  #checksumBytes = 0;
  #blockContentBytes = 0;
  #isLastBlock = false;
  #isCut = false;
  readonly #output: Uint8Array[] = [];
  #outputAt = 0;

  /** `input` may hold bytes already: the start of the Zstandard data. */
  constructor(input: Block) {
    this.#input = input;
  }

  async read(into: Buffer, at: number): Promise<number> {
    for (;;) {
      const chunk = this.#output[0];
      if (chunk !== undefined) return this.#copy(chunk, into, at);
      const more =
        this.#decompressor === null ? await this.#readFrameHeader() : await this.#readBlock();
      if (!more) return 0;
    }
  }

  close(): Promise<void> {
    return this.#input.close();
  }

  #copy(chunk: Uint8Array, into: Buffer, at: number): number {
    const bytes = Math.min(chunk.length - this.#outputAt, into.length - at);
    into.set(chunk.subarray(this.#outputAt, this.#outputAt + bytes), at);
    this.#outputAt += bytes;
    if (this.#outputAt === chunk.length) {
      this.#output.shift();
      this.#outputAt = 0;
    }
    return bytes;
  }

  /** False at the end of the input. */
  async #readFrameHeader(): Promise<boolean> {
    const input = this.#input;
    await this.#skip(this.#checksumBytes);
    this.#checksumBytes = 0;
    if (!(await input.ensure(SKIPPABLE_HEADER_BYTES))) {
      if (input.unread === 0) return false;
      throw cutShort();
    }
    const magic = input.view.getUint32(input.start, true);
    if ((magic & ~15) >>> 0 === SKIPPABLE_MAGIC) {
      await this.#skip(SKIPPABLE_HEADER_BYTES + input.view.getUint32(input.start + 4, true));
      return true;
    }
    if (magic !== MAGIC) throw damaged("no frame where one should start");
    const descriptor = input.view.getUint8(input.start + MAGIC_BYTES);
    const headerBytes = frameHeaderBytes(descriptor);
    await this.#require(headerBytes + BLOCK_HEADER_BYTES);
    checkFrameHeader(input.view, input.start + MAGIC_BYTES);
    // The checksum is left out of what fzstd sees: it would only skip it.
    this.#checksumBytes = (descriptor & CHECKSUM_FLAG) === 0 ? 0 : CHECKSUM_BYTES;
    input.bytes[input.start + MAGIC_BYTES] = descriptor & ~CHECKSUM_FLAG;
    const fzstd = loadLater("fzstd") as typeof import("fzstd");
    this.#decompressor = new fzstd.Decompress((chunk) => {
      if (chunk.length > 0) this.#output.push(chunk);
    });
    this.#pushWithBlockHeader(headerBytes);
    return true;
  }

  /**
   * Gives the content of the current block and the header of the next: fzstd keeps what it was
   * given when a piece ends exactly with a block.
   */
  async #readBlock(): Promise<boolean> {
    const input = this.#input;
    const size = this.#blockContentBytes;
    if (this.#isLastBlock) {
      await this.#require(size);
      this.#push(size, true);
      this.#decompressor = null;
    } else if (await input.ensure(size + BLOCK_HEADER_BYTES)) this.#pushWithBlockHeader(size);
    else if (input.unread >= size && !this.#isCut) {
      this.#isCut = true;
      this.#push(size);
    } else throw cutShort();
    return true;
  }

  /** RFC 8878 3.1.1.2: gives `bytes` and the block header behind them. */
  #pushWithBlockHeader(bytes: number): void {
    const { view, start } = this.#input;
    const at = start + bytes;
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const type = (header >> 1) & 3;
    const size = header >>> 3;
    if (type === BLOCK_RESERVED || size > BLOCK_CONTENT_BYTES_MAX) {
      throw damaged("bad block header");
    }
    this.#isLastBlock = (header & 1) === 1;
    this.#blockContentBytes = type === BLOCK_RLE ? 1 : size;
    this.#push(bytes + BLOCK_HEADER_BYTES);
  }

  /** The decompressor keeps references to what it is given, and the input is reused: copy. */
  #push(bytes: number, isLast = false): void {
    const input = this.#input;
    const piece = new Uint8Array(input.bytes.subarray(input.start, input.start + bytes));
    input.start += bytes;
    try {
      this.#decompressor?.push(piece, isLast);
    } catch (error) {
      throw damaged(error instanceof Error ? error.message : String(error));
    }
  }

  async #require(bytes: number): Promise<void> {
    if (!(await this.#input.ensure(bytes))) throw cutShort();
  }

  async #skip(bytes: number): Promise<void> {
    let left = bytes;
    while (left > 0) {
      await this.#require(1);
      const step = Math.min(left, this.#input.unread);
      this.#input.start += step;
      left -= step;
    }
  }
}

function cutShort(): Error {
  return new Error("the zstd data is cut short");
}

function damaged(what: string): Error {
  return new Error(`the zstd data is damaged (${what})`);
}

/** RFC 8878 3.1.1.1.1: magic to the end of the frame header. */
function frameHeaderBytes(descriptor: number): number {
  const isSingleSegment = (descriptor >> 5) & 1;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSizeFlag = descriptor >> 6;
  const contentSizeBytes = contentSizeFlag === 0 ? isSingleSegment : 1 << contentSizeFlag;
  return MAGIC_BYTES + 1 + (1 - isSingleSegment) + dictionaryIdBytes + contentSizeBytes;
}

/** RFC 8878 3.1.1.1. `at` is the descriptor; the whole header is there. */
function checkFrameHeader(view: DataView, at: number): void {
  const descriptor = view.getUint8(at);
  if ((descriptor & 3) !== 0)
    throw new Error("the zstd data needs a dictionary (decompress it with zstd -d -D)");
  let windowBytes: number;
  if ((descriptor & 0x20) === 0) {
    const window = view.getUint8(at + 1);
    const base = 2 ** (10 + (window >> 3));
    windowBytes = base + (base / 8) * (window & 7);
  } else windowBytes = contentSize(view, at, descriptor);
  if (windowBytes > WINDOW_BYTES_MAX) {
    throw new Error(
      `the zstd data needs a window of ${Math.ceil(windowBytes / 2 ** 20)} MiB, more than ${WINDOW_BYTES_MAX / 2 ** 20} (decompress it with zstd -d --long=31)`,
    );
  }
}

function contentSize(view: DataView, descriptorAt: number, descriptor: number): number {
  const at = descriptorAt + 1 + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  switch (descriptor >> 6) {
    case 0:
      return view.getUint8(at);
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  }
}
