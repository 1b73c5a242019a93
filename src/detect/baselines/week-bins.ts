import { ZoneClock } from "../site/week-time.ts";

const MINUTES_PER_BIN = 30;
/** Length of a bin, microseconds. */
export const BIN_US = MINUTES_PER_BIN * 60e6;
const CACHED = 8;

/**
 * Half hours of the week of a zone (Monday 00:00 to 00:30 is 0), by the half hour since 1970 (UTC) that they fall in.
 * When clocks change, the bin does as well. A zone is asked once for each half hour.
 */
export class WeekBins {
  readonly zone: string;
  readonly #clock: ZoneClock;
  readonly #periods = new Float64Array(CACHED).fill(-1);
  readonly #bins = new Int32Array(CACHED);

  /** Throws RangeError for a zone that is not known. */
  constructor(zone: string) {
    this.zone = zone;
    this.#clock = new ZoneClock(zone);
  }

  of(period: number): number {
    const at = period % CACHED;
    if (this.#periods[at] !== period) {
      const minute = this.#clock.minuteOfWeek(period * BIN_US);
      this.#bins[at] = Math.floor(minute / MINUTES_PER_BIN);
      this.#periods[at] = period;
    }
    return this.#bins[at] as number;
  }
}

/** The half hour since 1970 that a time falls in. */
export function periodOf(timeUs: number): number {
  return Math.max(0, Math.floor(timeUs / BIN_US));
}

/** The hour since 1970 that a time falls in. */
export function hourOf(timeUs: number): number {
  return periodOf(timeUs) >> 1;
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** `Mon 08:30` */
export function binText(bin: number): string {
  const minute = (bin % 48) * MINUTES_PER_BIN;
  const hour = String(Math.floor(minute / 60)).padStart(2, "0");
  return `${DAYS[Math.floor(bin / 48)]} ${hour}:${String(minute % 60).padStart(2, "0")}`;
}
