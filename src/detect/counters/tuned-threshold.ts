import { EVENT_ROWS } from "../../track/facts/event-kind.ts";
import { type Closeness, isCounted } from "./closeness.ts";
import type { Ratio } from "./ratio.ts";
import type { Threshold } from "./threshold.ts";

/** What leaves a margin between healthy traffic and a rule. */
export interface Tuned {
  /** The count, numerator or value from which on the rule should fire; null where no number can do that. */
  readonly needed: number | null;
  /** The rule as it is leaves the margin. */
  readonly isEnough: boolean;
  /** The line of threshold.config; "" where that cannot say it. */
  readonly line: string;
}

/**
 * `margin`: so many times what healthy traffic reached is where the rule should fire at the earliest. A ratio is set by its
 * least numerator, as its quotient says what an attack is.
 */
export function tuned(close: Closeness, margin: number): Tuned {
  const { highest, needed, numerator, of, signature } = close;
  const { alert, counter } = signature;
  const ids = `gen_id ${alert.gid}, sig_id ${alert.sid}`;
  const reached = of === "ratio" ? numerator : highest;
  const wanted = Math.max(needed, Math.ceil(reached * margin));
  const isEnough = of === "match" ? reached === 0 : wanted === needed;
  if (of === "match" || isEnough) return { needed: isEnough ? needed : null, isEnough, line: "" };
  if (counter?.type === "ratio")
    return { needed: wanted, isEnough, line: `ratio ${ids}, ${ratioText(counter, wanted)}` };
  if (of === "value" || counter === null || !isCounted(signature) || counter.type === "baseline")
    return { needed: wanted, isEnough, line: "" };
  // A detection_filter fires on the match after its count.
  const count = counter.type === "detection_filter" ? wanted - 1 : wanted;
  return { needed: wanted, isEnough, line: thresholdText(ids, counter, count) };
}

function thresholdText(ids: string, counter: Threshold, count: number): string {
  const { quietSeconds, resetOn, seconds, track, type, uniqueOn, multiplier } = counter;
  const isFilter = type === "detection_filter";
  const parts = [
    ...(isFilter ? [] : [`type ${type}`]),
    `track ${track.name}`,
    ...(uniqueOn === null ? [] : [`unique_on ${uniqueOn.name}`]),
    `count ${count}`,
    type === "backoff" ? `multiplier ${multiplier}` : `seconds ${seconds}`,
    ...(quietSeconds === 0 ? [] : [`quiet ${quietSeconds}`]),
    ...resetText(resetOn),
  ];
  return `${isFilter ? "detection_filter" : "threshold"} ${ids}, ${parts.join(", ")}`;
}

function ratioText(counter: Ratio, min: number): string {
  const { above, denominator, numerator, resetOn, seconds, track, uniqueOn } = counter;
  return [
    `${numerator.text.trim()} / ${denominator.text.trim()}`,
    `above ${above}`,
    `min ${min}`,
    `track ${track.name}`,
    `seconds ${seconds}`,
    ...(uniqueOn === null ? [] : [`unique_on ${uniqueOn.name}`]),
    ...resetText(resetOn),
  ].join(", ");
}

function resetText(kinds: readonly number[]): string[] {
  if (kinds.length === 0) return [];
  return [`reset_on ${kinds.map((kind) => EVENT_ROWS[kind]?.name ?? "").join(", ")}`];
}
