import { Block } from "./block.ts";
import type { ByteSource } from "./byte-source.ts";
import { MAGIC_BYTES, notACapture, readerFor, SHOWN_BYTES } from "./capture-format.ts";
import type { Frame } from "./frame.ts";
import { GunzipBytes } from "./gzip.ts";
import { type PacketReader, TIME_US_MAX } from "./packet-reader.ts";
import { TimeCheck } from "./time-check.ts";
import { NO_REPAIR, type TimeRepair } from "./time-repair.ts";
import { isZstdMagic, ZstdBytes } from "./zstd.ts";

const GZIP_MAGIC = 0x1f8b;
const COMPRESSED_BLOCK_BYTES = 128 * 1024;

export interface CaptureStreamOptions {
  /** How problems name it: the path, or "standard input". */
  readonly name: string;
  /** What to do about a capture that breaks off. */
  readonly cure: string;
  readonly blockBytes: number;
  /** Any program may have written it, and its times may be wrong. */
  readonly isForeign?: boolean;
  readonly repair?: TimeRepair;
  /** Told at once what is wrong with its times: one line that names the capture. */
  readonly onNotice?: (line: string) => void;
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
  readonly #repair: TimeRepair;
  /** Null once there is nothing more to look at. */
  #check: TimeCheck | null;
  #firstUs = 0.5;
  /** Times are taken as they are, and have been looked at. */
  #isAsIs: boolean;
  #block: Block;
  #reader: PacketReader | null = null;
  #ended = false;
  #closed = false;
  #isNoticed = false;

  constructor(source: ByteSource, options: CaptureStreamOptions) {
    this.name = options.name;
    this.#options = options;
    this.#repair = options.repair ?? NO_REPAIR;
    this.#check = options.isForeign === true ? new TimeCheck() : null;
    this.#isAsIs = this.#check === null && !this.#isRepaired;
    this.#block = new Block(source, options.blockBytes);
  }

  /** Finds out what it is. Call it first; false when there is nothing to read. */
  async open(): Promise<boolean> {
    try {
      await this.#decompress();
      this.#reader = this.#readerHere();
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
    const reader = this.#reader;
    if (reader === null || !reader.next(frame)) return false;
    if (this.#isAsIs) return true;
    this.#repairTime(frame, reader.packets);
    this.#checkTime(frame);
    return true;
  }

  /** False at the end. `next` can be false after true: the packet is not whole yet. */
  async more(): Promise<boolean> {
    const reader = this.#reader;
    if (this.#ended || reader === null) return false;
    const { timeFault = "" } = reader;
    if (timeFault !== "") this.#notice(timeFault);
    if (reader.fault !== "") {
      if (this.#readOn(reader)) return true;
      this.#end(`damaged: ${reader.fault}; everything before it was read (${this.#options.cure})`);
      return false;
    }
    try {
      if (await this.#block.fill(reader.need)) return !this.#ended;
      if (reader.conclude?.() === true) return true;
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

  /** Reader of what begins with the next byte. */
  #readerHere(): PacketReader | null {
    const { isForeign = false } = this.#options;
    return readerFor(this.#block, { isForeign, unitUs: this.#repair.unitUs });
  }

  /** What one format's reader cannot read may be a capture of the other, put behind the first (`cat a.pcap b.pcapng`). */
  #readOn(before: PacketReader): boolean {
    const reader = this.#options.isForeign === true ? this.#readerHere() : null;
    if (reader === null || reader.constructor === before.constructor) return false;
    reader.packets = before.packets;
    this.#reader = reader;
    return true;
  }

  get #isRepaired(): boolean {
    return this.#repair.factor !== 1 || this.#repair.ratePerS > 0;
  }

  #repairTime(frame: Frame, packets: number): void {
    const { factor, ratePerS } = this.#repair;
    if (factor !== 1) frame.timeUs = Math.min(Math.floor(frame.timeUs * factor), TIME_US_MAX);
    if (ratePerS === 0) return;
    if (packets === 1) this.#firstUs = frame.timeUs;
    frame.timeUs = this.#firstUs + Math.floor(((packets - 1) * 1_000_000) / ratePerS);
  }

  #checkTime(frame: Frame): void {
    const fault = this.#check?.look(frame) ?? "";
    if (fault !== "") this.#notice(fault);
    if (this.#check?.isDone === false) return;
    this.#check = null;
    this.#isAsIs = !this.#isRepaired;
  }

  #notice(fault: string): void {
    if (!this.#isNoticed) this.#options.onNotice?.(`${this.name}: ${fault}`);
    this.#isNoticed = true;
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
    const fault = this.#check?.end() ?? "";
    if (fault !== "") this.#notice(fault);
    const complaint = this.#reader?.complaint ?? "";
    if (complaint !== "") this.problems.push(`${this.name}: ${complaint}`);
    if (problem !== "") this.problems.push(`${this.name}: ${problem}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
