import { BoundedMap } from "../../base/bounded-map.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import type { Alert } from "../../detect/alerts/alert.ts";
import type { MessageKeys } from "../../track/transactions/message-keys.ts";
import type { EvidenceFile } from "./evidence-file.ts";
import { EvidenceFolder } from "./evidence-folder.ts";
import { select } from "./evidence-selection.ts";
import { type CallFinder, subjectOf } from "./evidence-subject.ts";
import { OpenFiles } from "./open-files.ts";
import { FILE_HEADER_BYTES, PcapFile, RECORD_HEADER_BYTES } from "./pcap-file.ts";
import { RecentPackets } from "./recent-packets.ts";
import { RuleBudget } from "./rule-budget.ts";

export interface EvidenceOptions {
  /** Made when it is missing. */
  readonly dir: string;
  /** Room for recent packets and their index, MiB. */
  readonly ringMib: number;
  /** Bytes kept of a media packet; 0 keeps all. With 96 there are headers and no voice. */
  readonly mediaBytes: number;
  /** Packets up to an alert, at most; and as many after it. */
  readonly packetsMax: number;
  /** Packet time after an alert that belongs to it, seconds. */
  readonly afterS: number;
  /** Files of one rule in an hour of packet time. */
  readonly perRuleHour: number;
  /** Size of all files in the folder, MiB; at it the oldest goes. */
  readonly totalMib: number;
  /** Files that wait for packets at once; an alert beyond gets the packets up to it and no more. */
  readonly openMax?: number;
  /** `(key) => pipeline.tracker.dialogs.calls.first(key) ?? undefined`: asked when an alert fires. */
  readonly findCall: CallFinder;
  /** Called once for each time that writing fails after it worked. */
  readonly onProblem?: (problem: string) => void;
  /** Called when a file will not grow any more. */
  readonly onComplete?: (alertId: string, file: EvidenceFile) => void;
}

/** What became of alerts and packets; all since the start. */
export interface EvidenceCounters {
  /** Files made. */
  readonly files: number;
  /** Packets in them. */
  readonly packets: number;
  /** Alerts without a file, by reason. */
  readonly refused: {
    /** The rule had its files of that hour. */
    readonly ruleLimit: number;
    /** All files together may not be larger, and nothing older could go. */
    readonly totalLimit: number;
    /** The disk did not take it. */
    readonly fault: number;
    /** No packet of it is left in memory. */
    readonly noPackets: number;
  };
  /** Files without packets after the alert: too many were open. */
  readonly closedEarly: number;
  /** Packets left out because their link type is not the file's. */
  readonly otherLink: number;
  /** Old files that went to make room. */
  readonly removed: number;
  /** Now: files in the folder and their size, files that still grow, packets in memory. */
  readonly folderFiles: number;
  readonly folderBytes: number;
  readonly open: number;
  readonly ringPackets: number;
}

const MIB = 1_048_576;
const OPEN_MAX = 64;
/** A file larger than this makes Wireshark slow and holds the packets up while it is written. */
const FILE_BYTES_MAX = 32 * MIB;
/** Files that `find` knows. */
const KNOWN_MAX = 16_384;
/** After a fault the disk is left alone for this long. */
const RETRY_MS = 1_000;

/**
 * Keeps the packets behind alerts: `record` sees each packet, `alert` writes those that belong to an alert
 * to a file named by its id, and packets that come later are added. Nothing here throws after the
 * constructor; when the disk fails, alerts go on without evidence.
 */
export class Evidence {
  readonly #options: EvidenceOptions;
  readonly #folder: EvidenceFolder;
  readonly #recent: RecentPackets;
  readonly #open: OpenFiles;
  readonly #budget: RuleBudget;
  readonly #known = new BoundedMap<string, EvidenceFile>(KNOWN_MAX);
  readonly #refused = { ruleLimit: 0, totalLimit: 0, fault: 0, noPackets: 0 };
  #files = 0;
  #packets = 0;
  #closedEarly = 0;
  #otherLink = 0;
  #problem = "";
  #faultMs = 0;

  /** Throws SinkError when the folder cannot be used. */
  constructor(options: EvidenceOptions) {
    this.#options = options;
    this.#folder = new EvidenceFolder(options.dir, options.totalMib * MIB);
    this.#recent = new RecentPackets(options.ringMib * MIB, options.mediaBytes);
    this.#budget = new RuleBudget(options.perRuleHour);
    this.#open = new OpenFiles({
      filesMax: options.openMax ?? OPEN_MAX,
      packetsMax: options.packetsMax,
      bytesMax: this.#fileBytesMax,
      makeRoom: (bytes) => this.#folder.makeRoom(bytes, (id) => this.#open.has(id)),
      onGrown: (alertId, bytes) => this.#folder.note(alertId, bytes),
      onFault: (path, error) => this.#fault(path, error),
      onComplete: (alertId, file) => this.#complete(alertId, file),
    });
  }

  /** What broke, in one line with the cure; "" while files can be written. */
  get problem(): string {
    return this.#problem;
  }

  get counters(): EvidenceCounters {
    return {
      files: this.#files,
      packets: this.#packets + this.#open.packets,
      refused: { ...this.#refused },
      closedEarly: this.#closedEarly,
      otherLink: this.#otherLink + this.#open.otherLink,
      removed: this.#folder.removed,
      folderFiles: this.#folder.files,
      folderBytes: this.#folder.bytes,
      open: this.#open.size,
      ringPackets: this.#recent.size,
    };
  }

  /** Sees a packet before rules do. Allocates nothing while no file is open. */
  record(packet: PacketView, message: SipMessageView | null, keys: MessageKeys): void {
    const recent = this.#recent;
    if (message === null) {
      const at = recent.addMedia(packet);
      if (this.#open.size > 0) this.#open.packet(recent.media, at, false, packet.captureUs);
    } else {
      const at = recent.addSignalling(packet, message, keys);
      if (this.#open.size > 0) this.#open.packet(recent.signalling, at, true, packet.captureUs);
    }
  }

  /** Writes the file of an alert that the packet recorded last has raised; null: it gets none. */
  alert(alert: Alert): EvidenceFile | null {
    const { alertId, signature, timeUs } = alert;
    if (!/^[0-9a-f]{32}$/.test(alertId)) return null;
    if (this.#open.has(alertId)) return this.find(alertId) ?? null;
    const rule = `${signature.gid}:${signature.sid}`;
    if (!this.#budget.has(rule, timeUs)) return this.#refuse("ruleLimit");
    if (this.#problem !== "" && Date.now() < this.#faultMs + RETRY_MS) return this.#refuse("fault");
    const file = this.#write(alert);
    if (file !== null) this.#budget.take(rule, timeUs);
    return file;
  }

  /** The file of that alert as it is now; undefined when there is none, or it had to make room. */
  find(alertId: string): EvidenceFile | undefined {
    const open = this.#open.snapshot(alertId);
    if (open !== undefined) return open;
    return this.#folder.has(alertId) ? this.#known.get(alertId) : undefined;
  }

  /** On a silent link time passes without packets: completes what waited long enough, writes the rest. */
  advance(timeUs: number): void {
    this.#open.advance(timeUs);
    this.#open.flush();
  }

  /** Completes all files. */
  close(): void {
    this.#open.advance(Number.POSITIVE_INFINITY);
  }

  get #fileBytesMax(): number {
    return Math.min(FILE_BYTES_MAX, Math.floor((this.#options.totalMib * MIB) / 4));
  }

  #write(alert: Alert): EvidenceFile | null {
    const { packetsMax, afterS, findCall } = this.#options;
    const { alertId, packetNumber, timeUs } = alert;
    const folder = this.#folder;
    const subject = subjectOf(alert, findCall);
    const fired = packetNumber > 0 ? this.#recent.latest(packetNumber) : null;
    const bytesMax = this.#fileBytesMax - FILE_HEADER_BYTES;
    const selection = select(this.#recent, subject, fired, { packetsMax, bytesMax });
    const { packets } = selection;
    if (packets.length === 0) return this.#refuse("noPackets");
    const bytes = packets.reduce(
      (sum, { ring, at }) => sum + RECORD_HEADER_BYTES + ring.length(at),
      FILE_HEADER_BYTES,
    );
    if (!folder.makeRoom(bytes, (id) => this.#open.has(id))) return this.#refuse("totalLimit");
    folder.forget(alertId);
    const path = folder.pathOf(alertId);
    let file: PcapFile;
    try {
      file = new PcapFile(path, selection.linkType, packets);
    } catch (error) {
      this.#fault(path, error as NodeJS.ErrnoException);
      return this.#refuse("fault");
    }
    this.#problem = "";
    this.#files++;
    this.#packets += file.packets;
    this.#otherLink += selection.otherLink;
    folder.note(alertId, file.bytes);
    if (this.#open.isFull) this.#closedEarly++;
    this.#open.add(alertId, file, subject, timeUs + afterS * 1_000_000, timeUs);
    return this.find(alertId) ?? null;
  }

  #complete(alertId: string, file: EvidenceFile): void {
    this.#known.set(alertId, file);
    this.#options.onComplete?.(alertId, file);
  }

  #refuse(reason: keyof EvidenceCounters["refused"]): null {
    this.#refused[reason]++;
    return null;
  }

  #fault(path: string, error: NodeJS.ErrnoException): void {
    this.#faultMs = Date.now();
    const cure = FAULTS[error.code ?? ""] ?? error.message;
    const problem = `cannot write evidence to ${path}: ${cure}; alerts go on without evidence`;
    if (this.#problem === "") this.#options.onProblem?.(problem);
    this.#problem = problem;
  }
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the device; make room",
  EDQUOT: "the disk quota is used up; make room",
  ENOENT: "the folder is gone; make it again",
  EACCES: "permission denied; let this user write there",
  EPERM: "permission denied; let this user write there",
  EROFS: "the file system is read-only; mount it writable",
  ELOOP: "it is a symbolic link; remove it",
  EISDIR: "it is a folder; remove it",
  ENXIO: "it is no file; remove it",
  EMFILE: "too many open files; raise the limit (ulimit -n)",
  ENFILE: "too many open files on this machine",
  EIO: "the device reports an input/output error",
};
