import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import { RtpHeaderView } from "../../decode/rtp/header.ts";

/** Endpoints that are plotted, and senders told apart at each; further ones share the last. */
const ENDPOINTS_MAX = 8;
const SENDERS_MAX = 6;
/** Points of one plot: when there are more, every second one goes, and from then on every second packet. */
const POINTS_MAX = 3_000;
/** Seconds that have a place of their own; what is longer is plotted to there. */
const SECONDS_MAX = 1_800;
const HALF = 0x8000;

interface RtpPoint {
  readonly timeUs: number;
  /** Without wraps. */
  readonly sequence: number;
  readonly sender: number;
}

/** One second of one sender. */
interface RtpSecond {
  received: number;
  lost: number;
  /** Longest time between two packets, that ended in this second. */
  gapUs: number;
}

export interface RtpSender {
  readonly source: string;
  /** Unsigned. */
  readonly ssrc: number;
  packets: number;
  readonly seconds: RtpSecond[];
}

/** What came to one media address. */
export interface RtpPlot {
  readonly endpoint: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly senders: readonly RtpSender[];
  readonly points: readonly RtpPoint[];
}

/** Sequence numbers of what is sent to media addresses that alerts named (RFC 3550 A.1), within bounds. */
export class RtpRecorder {
  readonly #names: HostNames;
  readonly #wanted: ReadonlySet<string>;
  readonly #texts = new Map<number, string>();
  readonly #plots = new Map<string, Recording>();
  readonly #header = new RtpHeaderView();

  /** `streams` as alerts name them: `ADDRESS:PORT > ADDRESS:PORT SSRC`, or only where they go to. */
  constructor(names: HostNames, streams: Iterable<string>) {
    this.#names = names;
    const ends = [...streams].map((stream) => /^(?:\S+ > )?(\S+:\d+)/.exec(stream)?.[1] ?? "");
    this.#wanted = new Set(ends.filter((end) => end !== "").slice(0, ENDPOINTS_MAX));
  }

  packet(packet: PacketView): void {
    if (this.#wanted.size === 0) return;
    const endpoint = `${this.#text(packet.dstHost, packet, packet.dstAddressStart)}:${packet.dstPort}`;
    if (!this.#wanted.has(endpoint) || !this.#header.decode(packet)) return;
    let plot = this.#plots.get(endpoint);
    if (plot === undefined) {
      plot = new Recording(endpoint, packet.captureUs);
      this.#plots.set(endpoint, plot);
    }
    const source = `${this.#text(packet.srcHost, packet, packet.srcAddressStart)}:${packet.srcPort}`;
    plot.add(packet.captureUs, source, this.#header);
  }

  plots(): RtpPlot[] {
    return [...this.#plots.values()];
  }

  #text(host: number, packet: PacketView, addressStart: number): string {
    let text = this.#texts.get(host);
    if (text === undefined) {
      this.#names.remember(host, packet.view, addressStart);
      text = this.#names.text(host);
      if (this.#texts.size < 4_096) this.#texts.set(host, text);
    }
    return text;
  }
}

class Recording implements RtpPlot {
  readonly endpoint: string;
  readonly startUs: number;
  endUs: number;
  readonly senders: RtpSender[] = [];
  points: RtpPoint[] = [];
  readonly #keys = new Map<string, number>();
  readonly #last: number[] = [];
  readonly #lastUs: number[] = [];
  #stride = 1;
  #count = 0;

  constructor(endpoint: string, startUs: number) {
    this.endpoint = endpoint;
    this.startUs = startUs;
    this.endUs = startUs;
  }

  add(timeUs: number, source: string, header: RtpHeaderView): void {
    this.endUs = Math.max(this.endUs, timeUs);
    const at = this.#senderOf(source, header.ssrc >>> 0);
    const sender = this.senders[at] as RtpSender;
    sender.packets++;
    const sequence = this.#unwrapped(at, header.sequenceNumber);
    const second = Math.min(SECONDS_MAX, Math.floor((timeUs - this.startUs) / 1e6));
    const bin = this.#second(sender, Math.max(0, second));
    bin.received++;
    bin.gapUs = Math.max(bin.gapUs, timeUs - (this.#lastUs[at] ?? timeUs));
    this.#lastUs[at] = timeUs;
    const gap = sequence - (this.#last[at] ?? sequence) - 1;
    if (gap > 0 && gap < HALF) bin.lost += gap;
    this.#last[at] = Math.max(this.#last[at] ?? sequence, sequence);
    if (this.#count++ % this.#stride !== 0) return;
    this.points.push({ timeUs, sequence, sender: at });
    if (this.points.length < POINTS_MAX) return;
    this.points = this.points.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  #second({ seconds }: RtpSender, at: number): RtpSecond {
    while (seconds.length <= at) seconds.push({ received: 0, lost: 0, gapUs: 0 });
    return seconds[at] as RtpSecond;
  }

  #senderOf(source: string, ssrc: number): number {
    const key = `${source} ${ssrc}`;
    let at = this.#keys.get(key);
    if (at !== undefined) return at;
    if (this.senders.length === SENDERS_MAX) return SENDERS_MAX - 1;
    at = this.senders.push({ source, ssrc, packets: 0, seconds: [] }) - 1;
    this.#keys.set(key, at);
    return at;
  }

  /** The number nearest to the last one that ends in these 16 bits. */
  #unwrapped(at: number, sequence: number): number {
    const last = this.#last[at];
    if (last === undefined) return sequence;
    const step = ((sequence - (last & 0xffff) + HALF) & 0xffff) - HALF;
    return last + step;
  }
}
