import type { EvidenceFile } from "./evidence-file.ts";
import type { EvidenceRing } from "./evidence-ring.ts";
import { type EvidenceSubject, isMediaOf, isSignallingOf } from "./evidence-subject.ts";
import { InterestFilter } from "./interest-filter.ts";
import { type PcapFile, RECORD_HEADER_BYTES } from "./pcap-file.ts";

export interface OpenFilesOptions {
  readonly filesMax: number;
  /** Packets that one file may get here. */
  readonly packetsMax: number;
  /** Size of one file. */
  readonly bytesMax: number;
  /** False: there is no room for so many bytes more. */
  readonly makeRoom: (bytes: number) => boolean;
  readonly onGrown: (alertId: string, bytes: number) => void;
  readonly onFault: (path: string, error: NodeJS.ErrnoException) => void;
  readonly onComplete: (alertId: string, file: EvidenceFile) => void;
}

interface OpenFile {
  readonly alertId: string;
  readonly file: PcapFile;
  readonly subject: EvidenceSubject;
  readonly untilUs: number;
  packetsLeft: number;
}

/** Files that still take the packets that come after their alert; a bounded number. */
export class OpenFiles {
  /** Packets added. */
  packets = 0;
  /** Packets left out because their link type is not the file's. */
  otherLink = 0;
  readonly #options: OpenFilesOptions;
  readonly #files = new Map<string, OpenFile>();
  readonly #filter = new InterestFilter();
  #firstDueUs = Number.POSITIVE_INFINITY;

  constructor(options: OpenFilesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#files.size;
  }

  get isFull(): boolean {
    return this.#files.size >= this.#options.filesMax;
  }

  has(alertId: string): boolean {
    return this.#files.has(alertId);
  }

  /** Takes a file over. When there are too many, or no time is left, it is complete at once. */
  add(
    alertId: string,
    file: PcapFile,
    subject: EvidenceSubject,
    untilUs: number,
    nowUs: number,
  ): void {
    const { packetsMax } = this.#options;
    const open = { alertId, file, subject, untilUs, packetsLeft: packetsMax };
    if (this.isFull || untilUs <= nowUs) {
      this.#complete(open);
      return;
    }
    this.#files.set(alertId, open);
    this.#changed();
  }

  /** A packet just recorded: added to all files that it belongs to. `at` is -1 when it was not kept. */
  packet(ring: EvidenceRing, at: number, isSignalling: boolean, timeUs: number): void {
    if (timeUs > this.#firstDueUs) this.advance(timeUs);
    if (at < 0 || !this.#filter.isWanted(ring, at, isSignalling)) return;
    for (const open of this.#files.values()) {
      const belongs = isSignalling
        ? isSignallingOf(open.subject, ring, at)
        : isMediaOf(open.subject, ring, at);
      if (belongs) this.#append(open, ring, at);
    }
  }

  /** Completes the files whose time is over. */
  advance(timeUs: number): void {
    if (timeUs <= this.#firstDueUs) return;
    for (const open of this.#files.values()) if (timeUs > open.untilUs) this.#end(open);
    this.#changed();
  }

  /** Writes what waits in memory. */
  flush(): void {
    for (const open of this.#files.values()) this.#flush(open);
  }

  snapshot(alertId: string): EvidenceFile | undefined {
    const open = this.#files.get(alertId);
    if (open === undefined || !this.#flush(open)) return undefined;
    return describe(open.file, false);
  }

  #append(open: OpenFile, ring: EvidenceRing, at: number): void {
    const { file } = open;
    if (ring.linkType(at) !== file.linkType) {
      this.otherLink++;
      return;
    }
    const bytes = RECORD_HEADER_BYTES + ring.length(at);
    if (file.bytes + bytes > this.#options.bytesMax || !this.#options.makeRoom(bytes)) {
      this.#finish(open);
      return;
    }
    try {
      file.append(ring, at);
    } catch (error) {
      this.#broke(open, error);
      return;
    }
    this.packets++;
    this.#options.onGrown(open.alertId, file.bytes);
    if (--open.packetsLeft === 0) this.#finish(open);
  }

  /** False: it failed, and the file is complete as it was. */
  #flush(open: OpenFile): boolean {
    try {
      open.file.flush();
      return true;
    } catch (error) {
      this.#broke(open, error);
      return false;
    }
  }

  #broke(open: OpenFile, error: unknown): void {
    this.#options.onFault(open.file.path, error as NodeJS.ErrnoException);
    this.#finish(open);
  }

  #finish(open: OpenFile): void {
    this.#end(open);
    this.#changed();
  }

  #end(open: OpenFile): void {
    this.#files.delete(open.alertId);
    this.#complete(open);
  }

  #complete({ alertId, file }: OpenFile): void {
    try {
      file.close();
    } catch (error) {
      this.#options.onFault(file.path, error as NodeJS.ErrnoException);
    }
    this.#options.onGrown(alertId, file.bytes);
    this.#options.onComplete(alertId, describe(file, true));
  }

  #changed(): void {
    const open = [...this.#files.values()];
    this.#firstDueUs = Math.min(...open.map(({ untilUs }) => untilUs));
    this.#filter.reset(open.map(({ subject }) => subject));
  }
}

function describe(file: PcapFile, isComplete: boolean): EvidenceFile {
  const { path, packets, bytes, sha256 } = file;
  return { path, packets, bytes, sha256, isComplete };
}
