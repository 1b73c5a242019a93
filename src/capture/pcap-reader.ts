import type { Block } from "./block.ts";
import type { Frame } from "./frame.ts";
import { PACKET_BYTES_MAX, type PacketReader } from "./packet-reader.ts";
import { recordHeaderBytes, UNDECIDED } from "./pcap-dialect.ts";
import { wrongFraction } from "./time-check.ts";

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** Kuznetsov's "modified" pcap adds interface index, protocol and packet type to each record. */
const MODIFIED_RECORD_HEADER_BYTES = 24;
/** Version 2.4 of either byte order, read as a little-endian number, where a record has its parts of a second. */
const VERSION_2_4 = 0x00040002;
const VERSION_2_4_BIG_ENDIAN = 0x04000200;
const VERSION_MAJOR = 2;
/** The upper bits of the field are about the frame check sequence. */
const LINK_TYPE_MASK = 0x03ffffff;

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const MAGIC_MODIFIED = 0xa1b2cd34;
/** Of IXIA's hardware and software. Their file header ends with the size of all records, which nobody needs (Wireshark's wiretap/libpcap.c). */
const MAGICS_IXIA: readonly number[] = [0x1c0001ac, 0x1c0001ab];
const IXIA_SIZE_BYTES = 4;

export function isPcapMagic(magic: number): boolean {
  return isMagic(magic) || isMagic(swap(magic));
}

function isMagic(magic: number): boolean {
  return (
    magic === MAGIC_MICROSECONDS ||
    magic === MAGIC_NANOSECONDS ||
    magic === MAGIC_MODIFIED ||
    MAGICS_IXIA.includes(magic)
  );
}

function swap(value: number): number {
  return (
    ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff0000) | (value << 24)) >>> 0
  );
}

/**
 * The libpcap file format (draft-ietf-opsawg-pcap), both byte orders, microseconds and nanoseconds, the dialects
 * of old programs and of IXIA, and several files one behind the other. Times are cut to whole microseconds.
 */
export class PcapReader implements PacketReader {
  need = FILE_HEADER_BYTES;
  packets = 0;
  fault = "";
  readonly skipBytes = 0;
  readonly complaint = "";
  readonly #block: Block;
  #headerRead = false;
  #littleEndian = false;
  #recordHeaderBytes: number = UNDECIDED;
  #isModified = false;
  readonly #isForeign: boolean;
  /** Microseconds of the unit that parts of a second are counted in: as told from outside (0: it was not), and in force. */
  readonly #givenUnitUs: number;
  #unitUs = 1;
  #unitsPerS = 1_000_000;
  #timeFault = "";
  /** All of the file is in the block. */
  #isAll = false;
  #linkType = 0;

  /** `isForeign`: any program may have written it. Else records are as libpcap writes them. */
  constructor(block: Block, { isForeign = false, unitUs = 0 } = {}) {
    this.#block = block;
    this.#isForeign = isForeign;
    this.#givenUnitUs = unitUs;
  }

  get record(): string {
    return this.#headerRead ? `packet ${this.packets + 1}` : "the file header";
  }

  /** Times of the other unit, in a file that says microseconds (or nanoseconds). */
  get timeFault(): string {
    return this.#timeFault;
  }

  conclude(): boolean {
    if (this.#isAll || !this.#headerRead || this.#recordHeaderBytes !== UNDECIDED) return false;
    this.#isAll = true;
    return true;
  }

  next(frame: Frame): boolean {
    if (!this.#isReady()) return false;
    const { start, end, view } = this.#block;
    const packetStart = start + this.#recordHeaderBytes;
    if (packetStart > end) {
      this.need = this.#recordHeaderBytes;
      return false;
    }
    const littleEndian = this.#littleEndian;
    const captured = view.getUint32(start + 8, littleEndian);
    const packetEnd = packetStart + captured;
    if (packetEnd > end) return this.#incomplete(captured);
    const seconds = view.getUint32(start, littleEndian);
    const fraction = view.getUint32(start + 4, littleEndian);
    if (fraction >= this.#unitsPerS) this.#noteFraction(fraction);
    const wireLength = view.getUint32(start + 12, littleEndian);
    frame.bytes = this.#block.bytes;
    frame.view = view;
    frame.start = packetStart;
    frame.end = packetEnd;
    frame.wireLength = Math.max(wireLength, captured);
    frame.timeUs = seconds * 1_000_000 + Math.floor(fraction * this.#unitUs);
    frame.linkType = this.#linkType;
    this.#block.start = packetEnd;
    this.packets++;
    return true;
  }

  /** The file header is read, and that of the first record is known. */
  #isReady(): boolean {
    for (;;) {
      if (!this.#headerRead && !this.#readFileHeader()) return false;
      if (this.#recordHeaderBytes === UNDECIDED && !this.#decide()) return false;
      if (!this.#isNextFile()) return true;
      this.#headerRead = false;
      this.need = FILE_HEADER_BYTES;
    }
  }

  #decide(): boolean {
    const order = { isModified: this.#isModified, littleEndian: this.#littleEndian };
    const usual = this.#isModified ? MODIFIED_RECORD_HEADER_BYTES : RECORD_HEADER_BYTES;
    this.#recordHeaderBytes = this.#isForeign
      ? recordHeaderBytes(this.#block, order, this.#isAll)
      : usual;
    if (this.#recordHeaderBytes !== UNDECIDED) return true;
    this.need = this.#block.unread + 1;
    return false;
  }

  /** Two captures were put one behind the other (`cat a.pcap b.pcap`): the second one begins here. */
  #isNextFile(): boolean {
    const { view, start, unread } = this.#block;
    if (unread < RECORD_HEADER_BYTES || !this.#isForeign) return false;
    const version = view.getUint32(start + 4, true);
    const isVersion = version === VERSION_2_4 || version === VERSION_2_4_BIG_ENDIAN;
    return isVersion && isPcapMagic(view.getUint32(start));
  }

  #noteFraction(fraction: number): void {
    if (this.#timeFault !== "") return;
    const [unit, right] = this.#unitUs === 1 ? ["microseconds", "ns"] : ["units", "us"];
    this.#timeFault = wrongFraction(this.packets + 1, fraction, unit, right);
  }

  #incomplete(captured: number): boolean {
    if (captured > PACKET_BYTES_MAX) {
      this.fault = `${this.record} at byte ${this.#block.offset} claims ${captured} bytes, more than ${PACKET_BYTES_MAX}`;
    }
    this.need = this.#recordHeaderBytes + captured;
    return false;
  }

  #readFileHeader(): boolean {
    const { start, unread, view } = this.#block;
    if (unread < FILE_HEADER_BYTES) return false;
    const bigEndianMagic = view.getUint32(start);
    this.#littleEndian = !isMagic(bigEndianMagic);
    const magic = view.getUint32(start, this.#littleEndian);
    const headerBytes = FILE_HEADER_BYTES + (MAGICS_IXIA.includes(magic) ? IXIA_SIZE_BYTES : 0);
    if (unread < headerBytes) {
      this.need = headerBytes;
      return false;
    }
    this.#unitUs = this.#givenUnitUs || (magic === MAGIC_NANOSECONDS ? 1e-3 : 1);
    this.#unitsPerS = Math.round(1e6 / this.#unitUs);
    this.#isModified = magic === MAGIC_MODIFIED;
    this.#recordHeaderBytes = UNDECIDED;
    const major = view.getUint16(start + 4, this.#littleEndian);
    if (major !== VERSION_MAJOR) {
      this.fault = `pcap version ${major}.${view.getUint16(start + 6, this.#littleEndian)} is not 2.x`;
      return false;
    }
    this.#linkType = view.getUint32(start + 20, this.#littleEndian) & LINK_TYPE_MASK;
    this.#block.start += headerBytes;
    this.#headerRead = true;
    return true;
  }
}
