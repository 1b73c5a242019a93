import { Frame, LinkType } from "../src/capture/frame.ts";

const BLOCK_BYTES = 1 << 20;
const EMPTY = Buffer.alloc(0);
/** Ethernet, IPv4 and UDP headers. */
export const HEADER_BYTES = 42;

export interface Ends {
  readonly src: number;
  readonly srcPort: number;
  readonly dst: number;
  readonly dstPort: number;
}

/** Packets in memory, in blocks as a capture reader makes them, to be handed over again and again. */
export class PacketTape {
  readonly frame = new Frame();
  readonly #blocks: Buffer[] = [];
  readonly #views: DataView[] = [];
  readonly #block: number[] = [];
  readonly #start: number[] = [];
  readonly #end: number[] = [];
  #used = BLOCK_BYTES;

  constructor() {
    this.frame.linkType = LinkType.ETHERNET;
    this.frame.timeUs = 1_700_000_000_000_000.5;
  }

  get length(): number {
    return this.#start.length;
  }

  /** Adds a UDP packet over IPv4 and Ethernet. */
  add(ends: Ends, payload: Uint8Array): void {
    const bytes = HEADER_BYTES + payload.length;
    if (this.#used + bytes > BLOCK_BYTES) this.#newBlock();
    const block = this.#blocks.length - 1;
    const buffer = this.#blocks[block] as Buffer;
    const at = this.#used;
    buffer.writeUInt32BE(0x02000000, at);
    buffer.writeUInt16BE(1, at + 4);
    buffer.writeUInt16BE(0x0200, at + 6);
    buffer.writeUInt32BE(ends.src, at + 8);
    buffer.writeUInt16BE(0x0800, at + 12);
    buffer[at + 14] = 0x45;
    buffer.writeUInt16BE(bytes - 14, at + 16);
    buffer.writeUInt16BE(this.length & 0xffff, at + 18);
    buffer[at + 22] = 64;
    buffer[at + 23] = 17;
    buffer.writeUInt32BE(ends.src, at + 26);
    buffer.writeUInt32BE(ends.dst, at + 30);
    buffer.writeUInt16BE(ends.srcPort, at + 34);
    buffer.writeUInt16BE(ends.dstPort, at + 36);
    buffer.writeUInt16BE(bytes - 34, at + 38);
    buffer.set(payload, at + HEADER_BYTES);
    this.#block.push(block);
    this.#start.push(at);
    this.#end.push(at + bytes);
    this.#used = at + bytes;
  }

  /** The frame over packet `index`. Its time is the caller's to set. */
  at(index: number): Frame {
    const { frame } = this;
    const block = this.#block[index] as number;
    const start = this.#start[index] as number;
    const end = this.#end[index] as number;
    frame.bytes = this.#blocks[block] as Buffer;
    frame.view = this.#views[block] as DataView;
    frame.start = start;
    frame.end = end;
    frame.wireLength = end - start;
    frame.number++;
    return frame;
  }

  clear(): void {
    for (const list of [this.#blocks, this.#views, this.#block, this.#start, this.#end]) {
      list.length = 0;
    }
    this.#used = BLOCK_BYTES;
    this.frame.bytes = EMPTY;
    this.frame.view = new DataView(EMPTY.buffer, EMPTY.byteOffset, 0);
  }

  #newBlock(): void {
    const buffer = Buffer.alloc(BLOCK_BYTES);
    this.#blocks.push(buffer);
    this.#views.push(new DataView(buffer.buffer, buffer.byteOffset, buffer.length));
    this.#used = 0;
  }
}
