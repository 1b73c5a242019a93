import { BLOCK_BYTES_MAX, type Frame } from "./frame.ts";

/** Seconds, microseconds, captured length, length on the wire: four words in front of the bytes. */
const RECORD_HEADER_BYTES = 16;
/** Records start at multiples of this, so that they can be copied by words. */
const RECORD_ALIGNMENT = 8;
/** Up to here a loop over words is quicker than a call that copies bytes. */
const LOOP_BYTES_MAX = 256;

class Slab {
  readonly bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES_MAX);
  readonly view = new DataView(this.bytes.buffer, this.bytes.byteOffset, BLOCK_BYTES_MAX);
  readonly words = new Int32Array(this.bytes.buffer, this.bytes.byteOffset, BLOCK_BYTES_MAX / 4);
  /** Where the records of a full slab end. */
  end = 0;
}

/**
 * Packets between the capture, which must not wait, and the pipeline. Slabs are filled and emptied
 * in turn; a packet that finds no room is dropped and counted.
 */
export class PacketRing {
  /** Packets that found the ring full. */
  dropped = 0;
  readonly #slabs: Slab[] = [];
  readonly #slabsMax: number;
  #writeSlab = 0;
  #writeAt = 0;
  #readSlab = 0;
  #readAt = 0;

  /** Memory is taken when it is first needed, up to `bytesMax` (at least two slabs of 1 MiB). */
  constructor(bytesMax: number) {
    this.#slabsMax = Math.max(Math.floor(bytesMax / BLOCK_BYTES_MAX), 2);
    this.#slabs.push(new Slab());
  }

  /** Copies a packet in; false when there is no room. `header` is as npm `pcap` fills it. */
  offer(header: Uint32Array, packet: Buffer, packetWords: Int32Array): boolean {
    const captured = Math.min(header[2] as number, packet.length);
    const bytes = RECORD_HEADER_BYTES + alignUp(captured);
    if (this.#writeAt + bytes > BLOCK_BYTES_MAX && !this.#nextSlab()) {
      this.dropped++;
      return false;
    }
    const slab = this.#slabs[this.#writeSlab] as Slab;
    const { words } = slab;
    const at = this.#writeAt / 4;
    words[at] = header[0] as number;
    words[at + 1] = header[1] as number;
    words[at + 2] = captured;
    words[at + 3] = header[3] as number;
    if (captured <= LOOP_BYTES_MAX) {
      const count = (captured + 3) >> 2;
      for (let i = 0; i < count; i++) words[at + 4 + i] = packetWords[i] as number;
    } else packet.copy(slab.bytes, this.#writeAt + RECORD_HEADER_BYTES, 0, captured);
    this.#writeAt += bytes;
    return true;
  }

  /** Fills bytes, lengths and time of `frame` with the oldest packet; false when there is none. */
  take(frame: Frame): boolean {
    if (this.#readSlab === this.#writeSlab) {
      if (this.#readAt === this.#writeAt) return this.#rewind();
    } else if (this.#readAt === (this.#slabs[this.#readSlab] as Slab).end) {
      this.#readSlab = this.#after(this.#readSlab);
      this.#readAt = 0;
    }
    const slab = this.#slabs[this.#readSlab] as Slab;
    const at = this.#readAt / 4;
    const { words } = slab;
    const captured = words[at + 2] as number;
    frame.bytes = slab.bytes;
    frame.view = slab.view;
    frame.start = this.#readAt + RECORD_HEADER_BYTES;
    frame.end = frame.start + captured;
    frame.wireLength = Math.max((words[at + 3] as number) >>> 0, captured);
    frame.timeUs = ((words[at] as number) >>> 0) * 1_000_000 + ((words[at + 1] as number) >>> 0);
    this.#readAt += RECORD_HEADER_BYTES + alignUp(captured);
    return true;
  }

  /** An empty ring starts over in the same slab, which the processor's cache still has. */
  #rewind(): false {
    this.#readAt = 0;
    this.#writeAt = 0;
    return false;
  }

  #nextSlab(): boolean {
    const next = this.#after(this.#writeSlab);
    if (next === this.#readSlab) return false;
    if (next === this.#slabs.length) this.#slabs.push(new Slab());
    (this.#slabs[this.#writeSlab] as Slab).end = this.#writeAt;
    this.#writeSlab = next;
    this.#writeAt = 0;
    return true;
  }

  #after(slab: number): number {
    return slab + 1 === this.#slabsMax ? 0 : slab + 1;
  }
}

function alignUp(bytes: number): number {
  return (bytes + RECORD_ALIGNMENT - 1) & -RECORD_ALIGNMENT;
}
