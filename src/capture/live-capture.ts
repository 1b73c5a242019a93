import type { FrameSource } from "./frame.ts";
import { PACKET_BYTES_MAX } from "./packet-reader.ts";

export type LiveBackend = "pcap" | "tcpdump";

export interface LiveOptions {
  /** `any` is all of them, with a cooked link layer. */
  readonly interface: string;
  /** Capture filter, see man pcap-filter. Empty takes everything. */
  readonly bpf?: string;
  /** Bytes kept of each packet. */
  readonly snaplen?: number;
  /** Kernel buffer in MiB. */
  readonly bufferMib?: number;
  readonly promiscuous?: boolean;
  /** `auto` is `pcap` where it is built, else `tcpdump`. */
  readonly backend?: LiveBackend | "auto";
  /** User that the tcpdump child becomes once it has opened the interface; empty leaves that to tcpdump. */
  readonly childUser?: string;
  /** One line about what happens: listening, a backend that is not there, an interface gone. */
  readonly onNotice?: (line: string) => void;
  /** The interface is open: no further rights are needed. Called once, and must not throw. */
  readonly onOpen?: () => void;
}

/** `LiveOptions` with nothing left open. */
export interface LiveSettings {
  readonly interface: string;
  readonly bpf: string;
  readonly snaplen: number;
  readonly bufferMib: number;
  readonly promiscuous: boolean;
  readonly childUser: string;
  readonly onNotice: (line: string) => void;
  readonly onOpen: () => void;
}

export const SNAPLEN_DEFAULT = PACKET_BYTES_MAX;
export const BUFFER_MIB_DEFAULT = 256;
/** libpcap takes the size in bytes as a 32-bit integer. */
export const BUFFER_MIB_MAX = 2047;

export function liveSettings(options: LiveOptions): LiveSettings {
  return {
    interface: options.interface,
    bpf: options.bpf?.trim() ?? "",
    snaplen: clamp(options.snaplen ?? SNAPLEN_DEFAULT, 64, PACKET_BYTES_MAX),
    bufferMib: clamp(options.bufferMib ?? BUFFER_MIB_DEFAULT, 1, BUFFER_MIB_MAX),
    promiscuous: options.promiscuous ?? true,
    childUser: options.childUser ?? "",
    onNotice: options.onNotice ?? (() => {}),
    onOpen: options.onOpen ?? (() => {}),
  };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(Math.round(value), min), max);
}

/** Since the start of the run. A packet that was dropped was not seen by the pipeline. */
export class LiveCounters {
  /** Taken from the kernel, with those that our ring then dropped. */
  received = 0;
  ringDropped = 0;
  kernelDropped = 0;
  interfaceDropped = 0;
}

/** `down`: the interface is, and the capture waits for it; `ended`: no packet will come any more. */
export type LiveState = "starting" | "open" | "down" | "ended";

export interface LiveSource extends FrameSource {
  readonly backend: LiveBackend | "hep";
  readonly interface: string;
  readonly state: LiveState;
  /** Brought up to date about every second (drops of `tcpdump`: at the end). */
  readonly counters: Readonly<LiveCounters>;
}

/** Time between two looks at the drop counters and at the interface. */
export const WATCH_MS = 1000;
/** The kernel hands over what it has gathered within this time; then the capture may end. */
export const CLOSE_GRACE_MS = 30;
