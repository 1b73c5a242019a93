import { Frame, type SourceEnd } from "./frame.ts";
import { interfaceState } from "./interface-state.ts";
import {
  CLOSE_GRACE_MS,
  LiveCounters,
  type LiveSettings,
  type LiveSource,
  type LiveState,
  WATCH_MS,
} from "./live-capture.ts";
import { PacketRing } from "./packet-ring.ts";
import { PcapSession, type PcapStatistics } from "./pcap-session.ts";

const MIB = 2 ** 20;
/** Half a second of a full gigabit link. */
const RING_BYTES = 64 * MIB;
/**
 * The kernel closes a block of its buffer after this time, full or not, and 64 MiB are 256 blocks: a
 * pause of ours of more than 256 times this long loses packets even on a quiet link (measured: 0.77 s
 * at 600 packets/s; a larger buffer bridges more). A longer wait would be most of an alert's latency
 * (5 ms).
 */
const TIMEOUT_MS = 3;
/** Work between two looks at the network, timers and signals. */
const SLICE_MS = 4;
/** Packets between two looks at the clock. */
const SLICE_PACKETS = 32;
/** Time between two reads where the event loop does not say when. */
const POLL_MS = 5;
/** Errors in a row, without a packet between, that end the capture. */
const ERRORS_MAX = 100;

/**
 * Live capture by libpcap, in this process. The native loop hands over packet after packet and does
 * not return while there are more, so its handler only copies into a ring; the pipeline empties the
 * ring in slices of a few milliseconds.
 */
export class PcapSource implements LiveSource {
  readonly backend = "pcap";
  readonly interface: string;
  state: LiveState = "starting";
  readonly counters = new LiveCounters();
  readonly #settings: LiveSettings;
  readonly #ring = new PacketRing(RING_BYTES);
  readonly #frame = new Frame();
  readonly #problems: string[] = [];
  /** Whether its state can be read: not that of `any`. */
  #isWatched = false;
  /** How often the interface went down, and whether it is. */
  #downs = 0;
  #isDown = false;
  #session: PcapSession | null = null;
  #statistics: PcapStatistics = { kernelDropped: 0, interfaceDropped: 0 };
  #poll: NodeJS.Timeout | undefined;
  #errors = 0;
  #packets = 0;
  #draining = false;
  #closing = false;
  #onFrame: (frame: Frame) => void = () => {};
  #finish: () => void = () => {};
  #fail: (error: unknown) => void = () => {};

  constructor(settings: LiveSettings) {
    this.#settings = settings;
    this.interface = settings.interface;
  }

  /** Rejects with `CaptureError` when the capture cannot start. */
  async run(onFrame: (frame: Frame) => void): Promise<SourceEnd> {
    if (this.#closing) return { packets: 0, problems: [] };
    this.#isWatched = interfaceState(this.#settings.interface) !== "unknown";
    const session = this.#open();
    this.#onFrame = onFrame;
    const ended = new Promise<void>((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    const watch = setInterval(() => this.#watch(), WATCH_MS);
    try {
      session.start(() => this.#onReadable());
      this.state = "open";
      this.#settings.onOpen();
      this.#settings.onNotice(`listening on ${this.#settings.interface} (pcap)`);
      await ended;
    } finally {
      this.state = "ended";
      clearInterval(watch);
      clearInterval(this.#poll);
      this.#stop();
    }
    if (this.#downs > 0) {
      const times = this.#downs === 1 ? "once" : `${this.#downs} times`;
      this.#problems.push(
        `${this.#settings.interface}: the interface went down ${times}; packets of that time are missing`,
      );
    }
    return { packets: this.#packets, problems: this.#problems };
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    setTimeout(() => this.#end(), CLOSE_GRACE_MS);
  }

  #open(): PcapSession {
    const { interface: device, bpf, snaplen, bufferMib, promiscuous } = this.#settings;
    const bufferBytes = bufferMib * MIB;
    const session = new PcapSession(
      { interface: device, bpf, snaplen, bufferBytes, promiscuous, timeoutMs: TIMEOUT_MS },
      () => this.#onPacket(session),
    );
    this.#session = session;
    this.#frame.linkType = session.linkType;
    return session;
  }

  #onPacket(session: PcapSession): void {
    this.counters.received++;
    this.#ring.offer(session.header, session.packet, session.packetWords);
  }

  /**
   * libuv stops to watch a socket that had an error, as when its interface goes down, and nobody
   * says so: the event comes, but without a packet. From then on a timer reads, until an event with
   * packets shows that the socket is watched.
   */
  #onReadable(): void {
    if (this.#read() === 0) {
      this.#poll ??= setInterval(() => this.#read(), POLL_MS);
      this.#watch();
    } else if (this.#poll !== undefined) {
      clearInterval(this.#poll);
      this.#poll = undefined;
    }
  }

  /** Takes what the kernel has into the ring; gives how many packets that were. */
  #read(): number {
    const before = this.counters.received;
    const isFine = this.#session?.dispatch() ?? true;
    const packets = this.counters.received - before;
    if (packets > 0) {
      this.#errors = 0;
      this.#scheduleDrain();
    }
    if (!isFine) {
      this.#watch();
      if (!this.#isDown && ++this.#errors >= ERRORS_MAX) {
        this.#breakOff("libpcap cannot read from it any more");
      }
    }
    return packets;
  }

  #scheduleDrain(): void {
    if (this.#draining) return;
    this.#draining = true;
    setImmediate(() => this.#drain());
  }

  #drain(): void {
    this.#draining = false;
    try {
      const untilMs = performance.now() + SLICE_MS;
      do {
        for (let i = 0; i < SLICE_PACKETS; i++) {
          if (!this.#ring.take(this.#frame)) {
            if (this.#session === null) this.#finish();
            return;
          }
          this.#frame.number = ++this.#packets;
          this.#onFrame(this.#frame);
        }
      } while (performance.now() < untilMs);
      this.#scheduleDrain();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A capture goes on when the interface comes up again, but not when it is gone. */
  #watch(): void {
    this.#count();
    if (!this.#isWatched) return;
    const state = interfaceState(this.#settings.interface);
    if (state === "unknown") this.#breakOff("the interface is gone");
    const isDown = state === "down";
    if (isDown && !this.#isDown) {
      this.#downs++;
      this.#settings.onNotice(
        `${this.#settings.interface}: the interface is down; the capture goes on when it is up`,
      );
    }
    this.#isDown = isDown;
    if (this.state !== "ended") this.state = isDown ? "down" : "open";
  }

  /** Counters of libpcap are 32 bits wide and wrap: what counts is how far they moved. */
  #count(): void {
    if (this.#session === null) return;
    this.counters.ringDropped = this.#ring.dropped;
    const now = this.#session.statistics();
    if (now === null) return;
    const { kernelDropped, interfaceDropped } = this.#statistics;
    this.counters.kernelDropped += (now.kernelDropped - kernelDropped) >>> 0;
    this.counters.interfaceDropped += (now.interfaceDropped - interfaceDropped) >>> 0;
    this.#statistics = now;
  }

  #breakOff(what: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#problems.push(`${this.#settings.interface}: ${what}; everything before was read`);
    // Not inside the native callback, which the end would pull the ground from under.
    setImmediate(() => this.#end());
  }

  /** Takes what the kernel has, closes, and lets the drain find the end. */
  #end(): void {
    this.#session?.dispatch();
    this.#stop();
    this.#scheduleDrain();
  }

  #stop(): void {
    if (this.#session === null) return;
    this.#count();
    this.#session.close();
    this.#session = null;
  }
}
