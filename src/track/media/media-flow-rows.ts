import { column, columnOver } from "../../base/column.ts";
import type { PacketView } from "../../decode/packet.ts";

/** Rates are counted over this. */
export const RATE_WINDOW_US = 1_000_000;

/** A row is one cache line. Places in it, in numbers of eight and of four bytes. */
const ROW_BYTES = 64;
const REALS = ROW_BYTES / 8;
const INTS = ROW_BYTES / 4;
/** Time of the first look-up of the ends, 0 before; time of the next. */
const RESOLVED_US = 0;
const RESOLVE_AT_US = 1;
/** First packet to its receiver. */
const FIRST_US = 2;
const LAST_US = 3;
const PACKETS = 4;
/** Packets of a sole feed in the current second. */
const WINDOW_START_US = 5;
const WINDOW_PACKETS = 12;
/** 1 when it is the only feed of its receiver, and trusted: its packets need no look at either. */
const IS_SOLE = 13;
/** Row in the table of unnamed receivers, plus one; 0 when it is in none. */
const UNNAMED_ROW = 14;
/** State of the announcements at the last look-up, its lower 32 bits. */
const RESOLVED_AT = 15;

/** What each media packet changes, for each directed flow: times and counts, over the same bytes. */
export class MediaFlowRows {
  readonly #reals: Float64Array;
  readonly #ints: Int32Array;

  constructor(directedFlows: number) {
    const rows = column(Float64Array, directedFlows * REALS);
    this.#reals = rows;
    this.#ints = columnOver(Int32Array, rows);
  }

  /** The ends were looked up at that state of the announcements. */
  isResolvedAt(directedFlow: number, announcements: number): boolean {
    return (
      this.#reals[directedFlow * REALS + RESOLVED_US] !== 0 &&
      this.#ints[directedFlow * INTS + RESOLVED_AT] === (announcements | 0)
    );
  }

  /** When the ends may be looked up again. */
  resolveAtUs(directedFlow: number): number {
    return this.#reals[directedFlow * REALS + RESOLVE_AT_US] as number;
  }

  /** Notes a look-up; the next one waits longer the longer the flow runs, and at least `everyUs`. */
  noteResolved(directedFlow: number, announcements: number, timeUs: number, everyUs: number): void {
    const at = directedFlow * REALS;
    const resolvedUs = this.#reals[at + RESOLVED_US] as number;
    const firstUs = resolvedUs === 0 ? timeUs : resolvedUs;
    this.#reals[at + RESOLVED_US] = firstUs;
    this.#ints[directedFlow * INTS + RESOLVED_AT] = announcements;
    this.#reals[at + RESOLVE_AT_US] = timeUs + Math.max(everyUs, (timeUs - firstUs) / 4);
  }

  /** True when it is the only feed of its receiver, and trusted; then `countSole` counts its packets. */
  isSole(directedFlow: number): boolean {
    return this.#ints[directedFlow * INTS + IS_SOLE] === 1;
  }

  /** Counts a packet of a sole feed; returns the receiver's packets in the current second. */
  countSole(directedFlow: number, packet: PacketView): number {
    const at = directedFlow * REALS;
    const { timeUs } = packet;
    this.count(directedFlow, packet);
    if (timeUs - (this.#reals[at + WINDOW_START_US] as number) >= RATE_WINDOW_US) {
      this.#reals[at + WINDOW_START_US] = timeUs;
      this.#ints[directedFlow * INTS + WINDOW_PACKETS] = 0;
    }
    const rate = (this.#ints[directedFlow * INTS + WINDOW_PACKETS] as number) + 1;
    this.#ints[directedFlow * INTS + WINDOW_PACKETS] = rate;
    return rate;
  }

  /** A packet now is one more of a sole feed in the current second, not its first, and its receiver's rate is below `rateMax`. */
  isSoleBelow(directedFlow: number, { timeUs }: PacketView, rateMax: number): boolean {
    const startUs = this.#reals[directedFlow * REALS + WINDOW_START_US] as number;
    const packets = this.#ints[directedFlow * INTS + WINDOW_PACKETS] as number;
    const isGoingOn = timeUs - startUs < RATE_WINDOW_US && packets > 0;
    return isGoingOn && packets + 1 < rateMax && this.isSole(directedFlow);
  }

  /** Counts a packet; returns how many there were. */
  count(directedFlow: number, { timeUs }: PacketView): number {
    const at = directedFlow * REALS;
    const packets = (this.#reals[at + PACKETS] as number) + 1;
    this.#reals[at + LAST_US] = timeUs;
    this.#reals[at + PACKETS] = packets;
    return packets;
  }

  /** No packet yet. */
  begin(directedFlow: number, timeUs: number): void {
    this.#reals[directedFlow * REALS + FIRST_US] = timeUs;
    this.#reals[directedFlow * REALS + LAST_US] = timeUs;
    this.#reals[directedFlow * REALS + PACKETS] = 0;
  }

  /** When it began to send to its receiver. */
  firstUs(directedFlow: number): number {
    return this.#reals[directedFlow * REALS + FIRST_US] as number;
  }

  lastUs(directedFlow: number): number {
    return this.#reals[directedFlow * REALS + LAST_US] as number;
  }

  packets(directedFlow: number): number {
    return this.#reals[directedFlow * REALS + PACKETS] as number;
  }

  /** Alone from now on, `packets` of the second that began at `startUs` have come. */
  beginSole(directedFlow: number, startUs: number, packets: number): void {
    this.#ints[directedFlow * INTS + IS_SOLE] = 1;
    this.#reals[directedFlow * REALS + WINDOW_START_US] = startUs;
    this.#ints[directedFlow * INTS + WINDOW_PACKETS] = packets;
  }

  endSole(directedFlow: number): void {
    this.#ints[directedFlow * INTS + IS_SOLE] = 0;
  }

  /** When the second began that `windowPackets` counts. */
  windowStartUs(directedFlow: number): number {
    return this.#reals[directedFlow * REALS + WINDOW_START_US] as number;
  }

  windowPackets(directedFlow: number): number {
    return this.#ints[directedFlow * INTS + WINDOW_PACKETS] as number;
  }

  /** Row in the table of unnamed receivers; -1 when it is in none. */
  unnamedRow(directedFlow: number): number {
    return (this.#ints[directedFlow * INTS + UNNAMED_ROW] as number) - 1;
  }

  setUnnamedRow(directedFlow: number, row: number): void {
    this.#ints[directedFlow * INTS + UNNAMED_ROW] = row + 1;
  }

  /** The directed flow is over; its row may be given away. */
  end(directedFlow: number): void {
    const at = directedFlow * REALS;
    this.endSole(directedFlow);
    this.#reals[at + RESOLVED_US] = 0;
    this.#reals[at + RESOLVE_AT_US] = 0;
  }
}
