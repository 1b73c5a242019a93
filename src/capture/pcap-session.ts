import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadLater } from "../base/load-later.ts";
import { CaptureError, filterError, openingError } from "./capture-error.ts";
import { LinkType } from "./frame.ts";

/**
 * The native part of the npm package `pcap` 3.1. Its JavaScript part emits an event and makes an
 * object per packet, and cannot say that a read failed: it is not used.
 */
interface NativeSession {
  open_live: NativeOpen;
  open_offline: NativeOpen;
  /** Called when the device has packets. */
  read_callback: () => void;
  start_polling(): void;
  /**
   * Calls `onPacket` for each packet that waits, after filling the two buffers; returns when none
   * is left. 0 is fine, -1 an error, -2 the end after `close`.
   */
  dispatch(packet: Buffer, header: Buffer): number;
  /** Only asks for the end: the next `dispatch` closes. */
  close(): void;
  stats(): { ps_recv: number; ps_drop: number; ps_ifdrop: number };
}

/** Gives the link type as text. Throws an `Error` with libpcap's message. */
type NativeOpen = (
  deviceOrPath: string,
  filter: string,
  bufferBytes: number,
  snapLength: number,
  outputFile: string,
  onPacket: () => void,
  isMonitor: boolean,
  timeoutMs: number,
  onWarning: (message: string) => void,
  isPromiscuous: boolean,
) => string;

interface NativeBinding {
  PcapSession: new () => NativeSession;
}

const BINDING = "pcap/build/Release/pcap_binding.node";

const LINK_TYPES: Readonly<Record<string, number>> = {
  LINKTYPE_NULL: LinkType.NULL,
  LINKTYPE_ETHERNET: LinkType.ETHERNET,
  LINKTYPE_IEEE802_11_RADIO: 127,
  LINKTYPE_RAW: LinkType.RAW,
  LINKTYPE_LINUX_SLL: LinkType.LINUX_SLL,
};

/** What `dispatch` gives once, when it closes. */
const CLOSED = -2;

/** A pcap header, little-endian, version 2.4, snaplen 65535, Ethernet. */
const EMPTY_CAPTURE = Buffer.from("d4c3b2a1020004000000000000000000ffff000001000000", "hex");

let binding: NativeBinding | null | undefined;

/**
 * The package never takes its poll handle out of the event loop: a session that is collected would
 * leave a dangling one. So they stay, one for each live run of the process.
 */
const polled: NativeSession[] = [];

/** How to get the module: npm rebuilds only what it has installed. */
export function pcapCure(): string {
  let npm = "npm rebuild pcap";
  try {
    loadLater.resolve("pcap/package.json");
  } catch {
    npm = "npm install --no-save pcap@3.1.0";
  }
  return `apt-get install libpcap-dev build-essential && ${npm}`;
}

/** Null where the package is not installed or not built. Replay never comes here. */
function loadBinding(): NativeBinding | null {
  if (binding === undefined) {
    try {
      binding = loadLater(BINDING) as NativeBinding;
    } catch {
      binding = null;
    }
  }
  return binding;
}

export function isPcapBuilt(): boolean {
  return loadBinding() !== null;
}

export interface PcapSessionOptions {
  readonly interface: string;
  readonly bpf: string;
  readonly snaplen: number;
  readonly bufferBytes: number;
  readonly promiscuous: boolean;
  /**
   * Longest time that libpcap holds a packet back to hand over several at once. Zero is "immediate
   * mode", which costs room: each packet then takes a slot of the largest size.
   */
  readonly timeoutMs: number;
}

/** Cumulative, each modulo 2^32. */
export interface PcapStatistics {
  readonly kernelDropped: number;
  readonly interfaceDropped: number;
}

/** An open libpcap capture. Each packet is put into the same two buffers. */
export class PcapSession {
  readonly linkType: number;
  /** The current packet, cut at the snaplen. */
  readonly packet: Buffer;
  readonly packetWords: Int32Array;
  /** Of the current packet: seconds, microseconds, captured length, length on the wire. */
  readonly header: Uint32Array;
  readonly #headerBytes = Buffer.alloc(16);
  readonly #native: NativeSession;
  #closed = false;

  /** Throws `CaptureError`. `onPacket` must not throw. */
  constructor(options: PcapSessionOptions, onPacket: () => void) {
    const built = loadBinding();
    if (built === null) {
      throw new CaptureError(
        `the pcap module is not built: ${pcapCure()}, or use --capture tcpdump`,
        1,
      );
    }
    this.packet = Buffer.alloc((options.snaplen + 7) & -8);
    this.packetWords = new Int32Array(this.packet.buffer, this.packet.byteOffset);
    this.header = new Uint32Array(this.#headerBytes.buffer, this.#headerBytes.byteOffset, 4);
    this.#native = new built.PcapSession();
    this.linkType = linkTypeOf(open(built, this.#native, options, onPacket));
  }

  /** `onReadable` is to call `dispatch`. */
  start(onReadable: () => void): void {
    this.#native.read_callback = onReadable;
    polled.push(this.#native);
    this.#native.start_polling();
  }

  /** Takes all packets that wait; false when libpcap reports an error. */
  dispatch(): boolean {
    return this.#closed || this.#native.dispatch(this.packet, this.#headerBytes) !== -1;
  }

  /** Null when libpcap cannot tell, as of an interface that is gone. */
  statistics(): PcapStatistics | null {
    try {
      const { ps_drop, ps_ifdrop } = this.#native.stats();
      return { kernelDropped: ps_drop >>> 0, interfaceDropped: ps_ifdrop >>> 0 };
    } catch {
      return null;
    }
  }

  /** Packets that wait in the kernel are lost: `dispatch` first. */
  close(): void {
    if (this.#closed) return;
    this.#native.close();
    if (this.#native.dispatch(this.packet, this.#headerBytes) !== CLOSED) this.#stopPolling();
    this.#closed = true;
  }

  /**
   * On a quiet interface libpcap notices the end only with the next packet, and until then the
   * package's poll handle would keep the process from ending. An empty capture file, opened in place
   * of the interface, ends at once and takes the handle with it; the device stays open, unread, for
   * the short rest of the process.
   */
  #stopPolling(): void {
    try {
      const folder = mkdtempSync(join(tmpdir(), "sipsentry-"));
      try {
        const path = join(folder, "empty.pcap");
        writeFileSync(path, EMPTY_CAPTURE);
        const noop = () => {};
        this.#native.open_offline(path, "", 0, 65_535, "", noop, false, 0, noop, false);
      } finally {
        rmSync(folder, { recursive: true });
      }
      this.#native.close();
      this.#native.dispatch(this.packet, this.#headerBytes);
    } catch {
      // No place for the file: then the process ends when it is told to, not by itself.
    }
  }
}

function open(
  built: NativeBinding,
  native: NativeSession,
  options: PcapSessionOptions,
  onPacket: () => void,
): string {
  try {
    return openNative(native, options, options.bpf, onPacket);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (options.bpf !== "" && opensWithoutFilter(built, options)) {
      throw filterError(options.bpf, message);
    }
    throw openingError(options.interface, message, "pcap");
  }
}

/** libpcap's message does not say whether the device or the filter is at fault. */
function opensWithoutFilter(built: NativeBinding, options: PcapSessionOptions): boolean {
  try {
    openNative(new built.PcapSession(), options, "", () => {});
    return true;
  } catch {
    return false;
  }
}

function openNative(
  native: NativeSession,
  options: PcapSessionOptions,
  bpf: string,
  onPacket: () => void,
): string {
  // It warns of an interface without an address, as mirror ports are.
  const onWarning = () => {};
  // libpcap refuses promiscuous mode on `any`, and the package takes the warning for an error.
  const isPromiscuous = options.promiscuous && options.interface !== "any";
  const { interface: device, bufferBytes, snaplen, timeoutMs } = options;
  return native.open_live(
    device,
    bpf,
    bufferBytes,
    snaplen,
    "",
    onPacket,
    false,
    timeoutMs,
    onWarning,
    isPromiscuous,
  );
}

/** The package knows five link types by name and gives the number of others. */
function linkTypeOf(text: string): number {
  const unknown = /^Unknown linktype (\d+)$/.exec(text)?.[1];
  return LINK_TYPES[text] ?? (unknown === undefined ? -1 : Number(unknown));
}
