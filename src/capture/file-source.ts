import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { FileBytes, StreamBytes } from "./byte-source.ts";
import { CaptureStream } from "./capture-stream.ts";
import { type CaptureFile, fileProblem, findCaptures, STANDARD_INPUT } from "./find-captures.ts";
import type { Frame, FrameSource, SourceEnd } from "./frame.ts";
import { packetPlace } from "./packet-place.ts";
import { CaptureCursor, CursorHeap } from "./time-merge.ts";
import type { TimeRepair } from "./time-repair.ts";

/** A block holds some thousand packets: a few milliseconds of work between two looks at signals. */
const READ_BYTES = 256 * 1024;
/** To find the time of the first packet. */
const PEEK_BYTES = 64 * 1024;
/** Captures that overlap in time are read side by side, each with a block and an open file. */
const OPEN_CAPTURES_MAX = 256;

const FILE_CURE = "re-copy the file";
const STREAM_CURE = "its writer stopped early";

export interface FileSourceOptions {
  /** What `-` reads; by default the standard input of the process. */
  readonly stdin?: Readable;
  /** The paths were found in folders: what is no capture is skipped, not a problem. */
  readonly isFound?: boolean;
  /** What to do about wrong or absent times. */
  readonly repair?: TimeRepair;
  /** Packets that are handed over; all without it. */
  readonly select?: (frame: Frame) => boolean;
  /** Told at once, before anything is concluded from the packets: one line. */
  readonly onNotice?: (line: string) => void;
}

/** A capture whose turn has not come. */
interface WaitingCapture {
  readonly file: CaptureFile;
  readonly order: number;
  readonly firstTimeUs: number;
  /** Already open, because it cannot be opened twice. */
  readonly cursor: CaptureCursor | null;
}

type ByteCounter = FileBytes | StreamBytes;

/**
 * Capture files, folders and `-` (standard input) as one stream of frames in time order. Packets of
 * the same time keep the order of the arguments; inside one file nothing is reordered.
 */
export class FileSource implements FrameSource {
  /** The capture that the current frame is from. */
  currentPath = "";
  /** All captures of the run, by the rank that a packet's place has; known once `run` has begun. */
  readonly captureNames: string[] = [];
  /** Size of all files, as they are on disk; 0 for standard input. */
  bytesTotal = 0;
  readonly #paths: readonly string[];
  readonly #stdin: Readable | undefined;
  readonly #isFound: boolean;
  readonly #repair: TimeRepair | undefined;
  readonly #select: (frame: Frame) => boolean;
  readonly #onNotice: (line: string) => void;
  readonly #noticed = new Set<string>();
  readonly #problems: string[] = [];
  readonly #active = new CursorHeap();
  readonly #bytes = new Map<CaptureStream, ByteCounter>();
  readonly #skipped = new Set<CaptureFile>();
  #finishedBytes = 0;
  #packets = 0;
  #hasCapture = false;
  #closed = false;

  constructor(paths: readonly string[], options: FileSourceOptions = {}) {
    this.#paths = paths;
    this.#stdin = options.stdin;
    this.#isFound = options.isFound ?? false;
    this.#repair = options.repair;
    this.#select = options.select ?? (() => true);
    this.#onNotice = options.onNotice ?? (() => {});
  }

  /** For progress: at most `bytesTotal`, unless standard input is among the inputs. */
  get bytesRead(): number {
    let bytes = this.#finishedBytes;
    for (const counter of this.#bytes.values()) bytes += counter.bytesRead;
    return bytes;
  }

  /** Packets that were read, of which `select` may have left some out. */
  get packets(): number {
    return this.#packets;
  }

  /** Files in folders that are no captures. */
  get skippedFiles(): number {
    return this.#skipped.size;
  }

  async run(onFrame: (frame: Frame) => void): Promise<SourceEnd> {
    const { files, folders, problems } = await findCaptures(this.#paths);
    this.#problems.push(...problems);
    for (const { path } of files) this.captureNames.push(path);
    for (const file of files) this.bytesTotal += file.bytes;
    try {
      const waiting = await this.#inTimeOrder(files);
      for (const folder of folders) this.#reportEmptyFolder(folder, files);
      await this.#merge(waiting, onFrame);
    } finally {
      for (const stream of [...this.#bytes.keys()]) await this.#finish(stream);
    }
    const isNothing = !this.#hasCapture && this.#skipped.size === 0;
    if (isNothing && this.#problems.length === 0 && !this.#closed) {
      this.#problems.push(
        `${this.#paths.join(", ")}: no capture in it; give capture files or their folder`,
      );
    }
    return { packets: this.#packets, problems: this.#problems };
  }

  close(): void {
    this.#closed = true;
    for (const stream of this.#bytes.keys()) void stream.close();
  }

  /** By the time of the first packet. A single capture is not opened for that. */
  async #inTimeOrder(files: readonly CaptureFile[]): Promise<WaitingCapture[]> {
    const waiting: WaitingCapture[] = [];
    for (const [order, file] of files.entries()) {
      if (this.#closed) return [];
      if (files.length === 1 && file.folder === null) {
        return [{ file, order, firstTimeUs: 0, cursor: null }];
      }
      const cursor = await this.#open(file, order, file.isSeekable ? PEEK_BYTES : READ_BYTES);
      if (cursor === null) continue;
      const firstTimeUs = cursor.frame.timeUs;
      waiting.push({ file, order, firstTimeUs, cursor: file.isSeekable ? null : cursor });
      if (file.isSeekable) await this.#forget(cursor.stream);
    }
    return waiting.sort((a, b) => a.firstTimeUs - b.firstTimeUs || a.order - b.order);
  }

  /** A capture that is opened to find its place in time is opened again for its packets. */
  #notice(line: string): void {
    if (!this.#noticed.has(line)) this.#onNotice(line);
    this.#noticed.add(line);
  }

  #reportEmptyFolder(folder: string, files: readonly CaptureFile[]): void {
    const inside = files.filter((file) => file.folder === folder);
    if (this.#closed || !inside.every((file) => this.#skipped.has(file))) return;
    const others = inside.length === 1 ? "1 other file" : `${inside.length} other files`;
    const held = inside.length === 0 ? "it is empty" : others;
    this.#problems.push(`${folder}: no captures in it (${held})`);
  }

  async #merge(waiting: WaitingCapture[], onFrame: (frame: Frame) => void): Promise<void> {
    const active = this.#active;
    let next = 0;
    while (!this.#closed) {
      next = await this.#activate(waiting, next);
      const cursor = this.#handOver(this.#untilUs(waiting[next]), onFrame);
      if (cursor === undefined) {
        if (active.size === 0) return;
        continue;
      }
      if (await cursor.advance()) active.sink();
      else {
        active.removeEarliest();
        await this.#finish(cursor.stream);
      }
    }
  }

  /** The next capture is opened at its time, or when there is room for it. */
  #untilUs(upcoming: WaitingCapture | undefined): number {
    const earliestUs = this.#active.earliest?.frame.timeUs ?? 0;
    const isOverdue = upcoming !== undefined && upcoming.firstTimeUs <= earliestUs;
    return upcoming === undefined || isOverdue ? Number.POSITIVE_INFINITY : upcoming.firstTimeUs;
  }

  /**
   * Hands over what is in memory, up to the first packet at `untilUs` or later. Gives the cursor
   * that has to read on for its next packet.
   */
  #handOver(untilUs: number, onFrame: (frame: Frame) => void): CaptureCursor | undefined {
    const active = this.#active;
    for (;;) {
      const cursor = active.earliest;
      if (cursor === undefined) return undefined;
      const { frame, stream } = cursor;
      const othersUs = active.second?.frame.timeUs ?? Number.POSITIVE_INFINITY;
      this.currentPath = stream.name;
      do {
        frame.number = ++this.#packets;
        frame.place = packetPlace(cursor.order, stream.packets);
        if (this.#select(frame)) onFrame(frame);
        if (!stream.next(frame)) return cursor;
      } while (frame.timeUs < othersUs && frame.timeUs < untilUs && !this.#closed);
      active.sink();
      const earliestUs = active.earliest?.frame.timeUs ?? 0;
      if (earliestUs >= untilUs || this.#closed) return undefined;
    }
  }

  /** Opens the captures that start before the next packet; gives the index of the first that waits. */
  async #activate(waiting: readonly WaitingCapture[], from: number): Promise<number> {
    let next = from;
    for (; next < waiting.length && !this.#closed; next++) {
      const capture = waiting[next] as WaitingCapture;
      const earliest = this.#active.earliest;
      if (earliest !== undefined && capture.firstTimeUs > earliest.frame.timeUs) break;
      if (this.#active.size >= OPEN_CAPTURES_MAX) {
        this.#reportOverlap();
        break;
      }
      const cursor = capture.cursor ?? (await this.#open(capture.file, capture.order, READ_BYTES));
      if (cursor !== null) this.#active.push(cursor);
    }
    return next;
  }

  #overlapReported = false;

  #reportOverlap(): void {
    if (this.#overlapReported) return;
    this.#overlapReported = true;
    this.#problems.push(
      `more than ${OPEN_CAPTURES_MAX} captures overlap in time; the others are read behind them, out of order (merge them first with mergecap)`,
    );
  }

  /** A cursor at the first packet; null, with the reason among the problems, when there is none. */
  async #open(file: CaptureFile, order: number, blockBytes: number): Promise<CaptureCursor | null> {
    const isStdin = file.path === STANDARD_INPUT;
    let bytes: ByteCounter;
    try {
      if (isStdin) bytes = new StreamBytes(this.#stdin ?? process.stdin);
      else if (file.isSeekable) bytes = new FileBytes(await open(file.path, "r"));
      else bytes = new StreamBytes(createReadStream(file.path));
    } catch (error) {
      this.#problems.push(`${file.path}: ${fileProblem(error)}`);
      return null;
    }
    const stream = new CaptureStream(bytes, {
      name: isStdin ? "standard input" : file.path,
      cure: file.isSeekable ? FILE_CURE : STREAM_CURE,
      blockBytes,
      isForeign: true,
      ...(this.#repair !== undefined && { repair: this.#repair }),
      onNotice: (line) => this.#notice(line),
    });
    this.#bytes.set(stream, bytes);
    const cursor = new CaptureCursor(stream, order);
    const isCapture = await stream.open();
    this.#hasCapture ||= isCapture;
    if (isCapture && (await cursor.advance())) return cursor;
    if (!isCapture && (file.folder !== null || this.#isFound)) {
      this.#skipped.add(file);
      await this.#forget(stream);
    } else await this.#finish(stream);
    return null;
  }

  async #finish(stream: CaptureStream): Promise<void> {
    this.#problems.push(...stream.problems);
    this.#finishedBytes += this.#bytes.get(stream)?.bytesRead ?? 0;
    await this.#forget(stream);
  }

  async #forget(stream: CaptureStream): Promise<void> {
    this.#bytes.delete(stream);
    await stream.close();
  }
}

/**
 * The frames of capture files, folders and `-`. Nothing is opened before `run`; what cannot be read
 * is a line in `SourceEnd.problems`, and the rest is read all the same.
 */
export function openSource(paths: readonly string[], options: FileSourceOptions = {}): FileSource {
  return new FileSource(paths, options);
}
