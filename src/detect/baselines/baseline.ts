import type { DetectionEvent } from "../../track/facts/event.ts";
import type { RatioSide } from "../counters/ratio-side.ts";
import type { TrackKey } from "../counters/track-key.ts";
import type { WeekBins } from "./week-bins.ts";

/** What of a key's events is compared with its own past. */
export type BaselineMeasure =
  /** How many there are. */
  | "count"
  /** Part of the first side in the second one, 0 to 1. */
  | "share"
  /** Mean of the numbers that the facts carry. */
  | "mean"
  /** How all sides divide the whole between them: Hellinger distance to the usual shares, 0 to 1. */
  | "mix";

export type BaselineDirection = "above" | "below" | "either";

/** `baseline:` as compiled. */
export interface Baseline {
  readonly type: "baseline";
  readonly measure: BaselineMeasure;
  /** What counts, in the order of the rule; none: each match of the rule's own facts. */
  readonly sides: readonly RatioSide[];
  readonly direction: BaselineDirection;
  /** Standard deviations beyond which a window leaves its history. */
  readonly deviation: number;
  /** And so many times the usual value, or of it; of `mix` the least distance. */
  readonly factor: number;
  /** Least events in the window that are judged. */
  readonly min: number;
  /** Hours for which a key is only learned. */
  readonly warmupHours: number;
  readonly track: TrackKey;
  /** Length of the window, which slides in twelfths. */
  readonly seconds: number;
  /** For so long a key stays silent after an alert. */
  readonly quietSeconds: number;
  /** Whose hours of the week they are. */
  readonly bins: WeekBins;
  readonly uniqueOn: null;
  readonly resetOn: readonly number[];
}

/** Most sides of `mix`. */
export const MIX_SIDES_MAX = 4;

/** Numbers that a key's window has: one to count, events and their sum for a mean, one for each side else. */
export function partsOf({ measure, sides }: Baseline): number {
  if (measure === "count") return 1;
  return measure === "mix" ? sides.length : 2;
}

/** The event is of one of the sides, or the rule counts its own matches. */
export function isCounted({ sides }: Baseline, event: DetectionEvent | null): boolean {
  if (sides.length === 0) return true;
  if (event === null) return false;
  for (let i = 0; i < sides.length; i++) if (sides[i]?.counts(event) === true) return true;
  return false;
}

/** What has to be the same for learned values to go on counting after a restart. */
export function shapeOf({ measure, sides, track, seconds, bins }: Baseline): string {
  return JSON.stringify([measure, sides.map(({ text }) => text), track.name, seconds, bins.zone]);
}
