import { column } from "../../base/column.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { HostKey } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { RtpSourceTable } from "./rtp-sources.ts";

/** Hosts whose media is noted; the oldest goes. */
const HOSTS_MAX = 8192;
/** Streams that were heard within this run side by side. */
const RUNNING_US = 300_000;
/** Who hangs up may have stopped so long before. */
const JUST_US = 1_000_000;
/** A stream is older than what it is asked for by so much. */
const BEFORE_US = 1_000_000;
/** A host with media of several others is a server, or in a conference, for so long. */
const MANY_US = 3_600_000_000;

/** Two hosts that send to each other, and how much they had sent when that was asked. */
export interface Talk {
  readonly partner: HostKey;
  /** Handles of the RTP sources: what the host sends, and what its partner does. */
  readonly there: number;
  readonly back: number;
  readonly thereReceived: number;
  readonly backReceived: number;
}

/**
 * With whom a host has media, where no signalling tells: the only other host that it sends to. What it sends is noted with the first packet of each
 * directed flow.
 */
export class HostTalks {
  readonly #sources: RtpSourceTable;
  readonly #headOf: (directedFlow: number) => number;
  readonly #hosts = new KeyTable(HOSTS_MAX);
  readonly #partner = column(Float64Array, HOSTS_MAX);
  readonly #source = column(Float64Array, HOSTS_MAX);
  /** When it last had media for several others at once. */
  readonly #manyUs = column(Float64Array, HOSTS_MAX);

  /** `headOf` gives the first source of a directed flow. */
  constructor(sources: RtpSourceTable, headOf: (directedFlow: number) => number) {
    this.#sources = sources;
    this.#headOf = headOf;
  }

  /** The first packet of a directed flow; `source` is the handle of its RTP source. */
  begin({ dstHost, srcHost, timeUs }: PacketView, source: number): void {
    let row = this.#hosts.find(srcHost);
    if (row < 0) {
      row = this.#hosts.add(srcHost);
      this.#manyUs[row] = Number.NEGATIVE_INFINITY;
    } else if (
      this.#partner[row] !== dstHost &&
      this.#runs(this.#source[row] as number, timeUs, RUNNING_US)
    ) {
      this.#manyUs[row] = timeUs;
    }
    this.#hosts.touch(row);
    this.#partner[row] = dstHost;
    this.#source[row] = source;
  }

  /** The one that the host talks with, and has for a second; null when there is none, or several. */
  of(host: HostKey, nowUs: number): Talk | null {
    const row = this.#hosts.find(host);
    if (row < 0 || nowUs - (this.#manyUs[row] as number) < MANY_US) return null;
    const there = this.#source[row] as number;
    const slot = this.#sources.slotOf(there);
    if (slot < 0 || !this.#runs(there, nowUs, JUST_US)) return null;
    const back = this.#headOf(this.#sources.directedFlow(slot) ^ 1);
    if (back < 0 || !this.#runs(this.#sources.ref(back), nowUs, JUST_US)) return null;
    if (Math.max(this.#sources.firstUs(slot), this.#sources.firstUs(back)) > nowUs - BEFORE_US) {
      return null;
    }
    return {
      partner: this.#partner[row] as HostKey,
      there,
      back: this.#sources.ref(back),
      thereReceived: this.#sources.received(slot),
      backReceived: this.#sources.received(back),
    };
  }

  /** Microseconds for which both have gone on behind that moment, with so many packets each; 0 when one has not. */
  wentOnUs(talk: Talk, sinceUs: number, packets: number): number {
    const sources = this.#sources;
    const there = sources.slotOf(talk.there);
    const back = sources.slotOf(talk.back);
    if (there < 0 || back < 0) return 0;
    if (sources.received(there) - talk.thereReceived < packets) return 0;
    if (sources.received(back) - talk.backReceived < packets) return 0;
    return Math.max(0, Math.min(sources.lastUs(there), sources.lastUs(back)) - sinceUs);
  }

  #runs(source: number, nowUs: number, withinUs: number): boolean {
    const slot = this.#sources.slotOf(source);
    return slot >= 0 && nowUs - this.#sources.lastUs(slot) <= withinUs;
  }
}
