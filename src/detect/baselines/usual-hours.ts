import type { BaselineProfile } from "./baseline-profile.ts";
import { BINS } from "./baseline-profile.ts";
import { binText, periodOf, type WeekBins } from "./week-bins.ts";

/** Weeks of a half hour that have to be known: one holiday among three says nothing. */
const WEEKS_MIN = 3;
/** Where the busiest half hour has fewer, nobody can tell its quiet ones from chance. */
const PEAK_MIN = 4;
/** Part of the busiest half hour up to which one is quiet. */
const QUIET_PART = 0.1;

/** What is usual of a key at a time of the week, against its busiest half hour. */
export interface UsualHour {
  readonly isQuiet: boolean;
  /** Events in half an hour. */
  readonly level: number;
  readonly peak: number;
  readonly weeks: number;
  /** `Tue 03:00 Europe/Berlin` */
  readonly when: string;
}

/**
 * Whether people are there at that half hour of the week, by what was learned of a count: quiet is one where next to nothing happens, nor
 * in those beside it, so that the first call of a morning is no night call. Null until it is known.
 */
export function usualHour(
  profile: BaselineProfile,
  bins: WeekBins,
  timeUs: number,
): UsualHour | null {
  const bin = bins.of(periodOf(timeUs));
  const peak = profile.common;
  if (peak < PEAK_MIN) return null;
  let level = 0;
  let weeks = Number.POSITIVE_INFINITY;
  for (const near of [bin, (bin + 1) % BINS, (bin + BINS - 1) % BINS]) {
    weeks = Math.min(weeks, profile.seen(near));
    level = Math.max(level, profile.level(near, 1));
  }
  if (weeks < WEEKS_MIN) return null;
  const when = `${binText(bin)} ${bins.zone}`;
  return { isQuiet: level <= QUIET_PART * peak, level, peak, weeks, when };
}
