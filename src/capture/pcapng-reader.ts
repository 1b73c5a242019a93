import type { Block } from "./block.ts";
import { BLOCK_BYTES_MAX, type Frame } from "./frame.ts";
import { PACKET_BYTES_MAX, type PacketReader } from "./packet-reader.ts";
import { isPcapMagic } from "./pcap-reader.ts";
import { PcapngInterfaces } from "./pcapng-interfaces.ts";

export const PCAPNG_MAGIC = 0x0a0d0d0a;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const BLOCK_INTERFACE = 1;
const BLOCK_PACKET_OLD = 2;
const BLOCK_SIMPLE_PACKET = 3;
const BLOCK_ENHANCED_PACKET = 6;
const VERSION_MAJOR = 1;

/** Type and total length before the body, total length again behind it. */
const BLOCK_BYTES_MIN = 12;
/** As far as the version number. */
const SECTION_BYTES_MIN = 28;
const SECTION_READ_BYTES = 16;
const INTERFACE_BYTES_MIN = 20;
const SIMPLE_PACKET_BYTES_MIN = 16;
const PACKET_BYTES_MIN = 32;
const SIMPLE_PACKET_DATA = 12;
const PACKET_DATA = 28;

/** Not a block length: more bytes are needed, or there is a fault; `skipBytes` has been set. */
const NOT_HERE = 0;
const TO_SKIP = -1;

/**
 * pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, interfaces with their own link
 * type and time resolution, enhanced, simple and old packet blocks. All other blocks are skipped,
 * however long they are.
 */
export class PcapngReader implements PacketReader {
  need = BLOCK_BYTES_MIN;
  packets = 0;
  fault = "";
  skipBytes = 0;
  readonly #block: Block;
  readonly #interfaces: PcapngInterfaces;
  #littleEndian = false;
  #inSection = false;
  /** A simple packet block has no time of its own: it gets that of the packet before. */
  #lastTimeUs = 0.5;
  #badPackets = 0;
  #firstBadOffset = 0;

  constructor(block: Block, { unitUs = 0 } = {}) {
    this.#block = block;
    this.#interfaces = new PcapngInterfaces(unitUs);
    this.#lastTimeUs = 0;
  }

  get record(): string {
    return this.#inSection ? `the block after packet ${this.packets}` : "the section header";
  }

  get complaint(): string {
    if (this.#badPackets === 0) return "";
    const blocks = this.#badPackets === 1 ? "1 packet block" : `${this.#badPackets} packet blocks`;
    return `skipped ${blocks} with an impossible length or interface (the first at byte ${this.#firstBadOffset})`;
  }

  next(frame: Frame): boolean {
    for (;;) {
      if (this.skipBytes > 0 && !this.#skip()) return false;
      const length = this.#wholeBlock();
      if (length === NOT_HERE) return false;
      if (length === TO_SKIP) continue;
      const { start, view } = this.#block;
      const blockType = view.getUint32(start, this.#littleEndian);
      this.#block.start = start + length;
      if (blockType === BLOCK_INTERFACE) this.#readInterface(start, length);
      else if (this.#readPacket(frame, blockType, start, length)) return true;
    }
  }

  /** Length of the block at the start, when it is one that is read and all of it is here. */
  #wholeBlock(): number {
    const { start, end, view } = this.#block;
    if (end - start < BLOCK_BYTES_MIN) return this.#wait(BLOCK_BYTES_MIN);
    // The type of a section header reads the same both ways, and tells the order of the rest.
    if (view.getUint32(start) === PCAPNG_MAGIC) return this.#readSection();
    if (!this.#inSection) return this.#fail("it does not start with a section header");
    // As a block's length, what follows there may look like one that is merely long.
    if (isPcapMagic(view.getUint32(start))) {
      return this.#fail(`a pcap begins at byte ${this.#block.offset}`);
    }
    const length = view.getUint32(start + 4, this.#littleEndian);
    if (length < BLOCK_BYTES_MIN || length % 4 !== 0) {
      return this.#fail(`${this.record} at byte ${this.#block.offset} claims ${length} bytes`);
    }
    const blockType = view.getUint32(start, this.#littleEndian);
    if (length > BLOCK_BYTES_MAX || !isRead(blockType)) {
      if (isPacket(blockType)) this.#countBad(this.#block.offset);
      this.skipBytes = length;
      return TO_SKIP;
    }
    if (end - start < length) return this.#wait(length);
    const trailer = view.getUint32(start + length - 4, this.#littleEndian);
    if (trailer === length) return length;
    return this.#fail(
      `${this.record} at byte ${this.#block.offset} claims ${length} bytes at its start and ${trailer} at its end`,
    );
  }

  #wait(bytes: number): number {
    this.need = bytes;
    return NOT_HERE;
  }

  #fail(fault: string): number {
    this.fault = fault;
    return NOT_HERE;
  }

  /** False when the block ends in more bytes than are here. */
  #skip(): boolean {
    const bytes = Math.min(this.skipBytes, this.#block.unread);
    this.#block.start += bytes;
    this.skipBytes -= bytes;
    this.need = 1;
    return this.skipBytes === 0;
  }

  #readSection(): number {
    const { start, end, view } = this.#block;
    if (end - start < SECTION_READ_BYTES) return this.#wait(SECTION_READ_BYTES);
    this.#littleEndian = view.getUint32(start + 8, true) === BYTE_ORDER_MAGIC;
    const offset = this.#block.offset;
    if (view.getUint32(start + 8, this.#littleEndian) !== BYTE_ORDER_MAGIC) {
      return this.#fail(`the section header at byte ${offset} has no byte-order magic`);
    }
    const length = view.getUint32(start + 4, this.#littleEndian);
    const major = view.getUint16(start + 12, this.#littleEndian);
    if (major !== VERSION_MAJOR) {
      return this.#fail(`the section at byte ${offset} is pcapng version ${major}, not 1`);
    }
    if (length < SECTION_BYTES_MIN || length % 4 !== 0) {
      return this.#fail(`the section header at byte ${offset} claims ${length} bytes`);
    }
    this.#interfaces.clear();
    this.#inSection = true;
    this.skipBytes = length;
    return TO_SKIP;
  }

  #readInterface(at: number, length: number): void {
    if (length < INTERFACE_BYTES_MIN) this.#countBad(this.#block.offset - length);
    else this.#interfaces.add(this.#block.view, at, at + length, this.#littleEndian);
  }

  #readPacket(frame: Frame, blockType: number, at: number, length: number): boolean {
    const isSimple = blockType === BLOCK_SIMPLE_PACKET;
    const isWhole = length >= (isSimple ? SIMPLE_PACKET_BYTES_MIN : PACKET_BYTES_MIN);
    if (isWhole && (isSimple ? this.#simple(frame, at, length) : this.#timed(frame, at, length))) {
      frame.bytes = this.#block.bytes;
      frame.view = this.#block.view;
      this.packets++;
      return true;
    }
    this.#countBad(this.#block.offset - length);
    return false;
  }

  /** Enhanced packet block; the old packet block differs only in its interface and drop count. */
  #timed(frame: Frame, at: number, length: number): boolean {
    const { view } = this.#block;
    const littleEndian = this.#littleEndian;
    const isOld = view.getUint32(at, littleEndian) === BLOCK_PACKET_OLD;
    const id = isOld ? view.getUint16(at + 8, littleEndian) : view.getUint32(at + 8, littleEndian);
    const captured = view.getUint32(at + 20, littleEndian);
    const wireLength = view.getUint32(at + 24, littleEndian);
    if (captured > length - PACKET_BYTES_MIN || captured > PACKET_BYTES_MAX) return false;
    if (!this.#interfaces.has(id)) return false;
    frame.start = at + PACKET_DATA;
    frame.end = frame.start + captured;
    frame.wireLength = Math.max(wireLength, captured);
    const high = view.getUint32(at + 12, littleEndian);
    const low = view.getUint32(at + 16, littleEndian);
    this.#lastTimeUs = this.#interfaces.timeUs(id, high, low);
    frame.timeUs = this.#lastTimeUs;
    frame.linkType = this.#interfaces.linkType(id);
    return true;
  }

  /** Always of interface 0, and cut by its snaplen. */
  #simple(frame: Frame, at: number, length: number): boolean {
    if (!this.#interfaces.has(0)) return false;
    const wireLength = this.#block.view.getUint32(at + 8, this.#littleEndian);
    const snapLength = this.#interfaces.snapLength(0);
    const captured = Math.min(
      wireLength,
      length - SIMPLE_PACKET_BYTES_MIN,
      snapLength === 0 ? PACKET_BYTES_MAX : snapLength,
    );
    frame.start = at + SIMPLE_PACKET_DATA;
    frame.end = frame.start + captured;
    frame.wireLength = wireLength;
    frame.timeUs = this.#lastTimeUs;
    frame.linkType = this.#interfaces.linkType(0);
    return true;
  }

  #countBad(offset: number): void {
    if (this.#badPackets === 0) this.#firstBadOffset = offset;
    this.#badPackets++;
  }
}

function isPacket(blockType: number): boolean {
  return (
    blockType === BLOCK_ENHANCED_PACKET ||
    blockType === BLOCK_SIMPLE_PACKET ||
    blockType === BLOCK_PACKET_OLD
  );
}

function isRead(blockType: number): boolean {
  return isPacket(blockType) || blockType === BLOCK_INTERFACE;
}
