import { EVENT_ROWS } from "../../track/facts/event-kind.ts";
import type { Signature } from "../rules/signature.ts";
import type { Baseline } from "./baseline.ts";
import type { BaselineCounter } from "./baseline-counter.ts";
import { binText, periodOf } from "./week-bins.ts";

const US_PER_WEEK = 7 * 86_400e6;

/** What a baseline measures, in words. */
function measureText(spec: Baseline, eventNames: readonly string[]): string {
  const [first = "", second = ""] = spec.sides.map(({ text }) => text.trim());
  switch (spec.measure) {
    case "count":
      return first === "" ? eventNames.join(" or ") : first;
    case "share":
      return `share of ${first} in ${second}`;
    case "mean":
      return `mean ${EVENT_ROWS[spec.sides[0]?.kinds[0] ?? 0]?.value ?? "value"} of ${first}`;
    case "mix":
      return `mix of ${spec.sides.map(({ text }) => text.trim()).join(", ")}`;
  }
}

/** The alert's evidence: what is usual, since when that is known, and what was seen. */
export function baselineEvidence(
  signature: Signature,
  spec: Baseline,
  counter: BaselineCounter,
  timeUs: number,
): { what: string; expected: string; seen: string }[] {
  const { verdict, sinceUs } = counter;
  if (verdict === null) return [];
  const { deviations, limit, usual, value, weight } = verdict;
  const minutes = spec.seconds / 60;
  const what = `${measureText(spec, signature.eventNames)}, in ${minutes} min`;
  const when = `${binText(spec.bins.of(periodOf(timeUs)))} ${spec.bins.zone}`;
  const since = new Date(sinceUs / 1e3).toISOString().slice(0, 10);
  const weeks = Math.floor((timeUs - sinceUs) / US_PER_WEEK);
  const known = `watched since ${since}, ${weeks} weeks`;
  if (spec.measure === "mix") {
    const seen = `Hellinger distance ${short(value)} over ${weight} events`;
    return [{ what, expected: `at most ${short(limit)} on ${when}; ${known}`, seen }];
  }
  const isBelow = value < usual;
  const edge = `${isBelow ? "at least" : "at most"} ${short(limit)}`;
  const times = usual > 0 ? `, ${short(value / usual)} times the usual` : "";
  const of = spec.measure === "count" ? "" : ` over ${weight} events`;
  const sigma = `, ${short(Math.abs(deviations))} standard deviations`;
  return [
    {
      what,
      expected: `usually ${short(usual)} on ${when}, ${edge}; ${known}`,
      seen: `${short(value)}${of}${times}${sigma}`,
    },
  ];
}

/** How it counts, for `rules explain`. */
export function baselineWords(spec: Baseline, eventNames: readonly string[]): string[] {
  const { deviation, direction, factor, min, quietSeconds, seconds, warmupHours, bins } = spec;
  const measured = `${measureText(spec, eventNames)} within ${seconds / 60} min, against what is usual of the key at that half hour of the week (${bins.zone})`;
  const edge =
    spec.measure === "mix"
      ? `differs by a Hellinger distance of ${factor} and ${deviation} standard deviations`
      : `is ${sideWords(direction)} the usual by ${deviation} standard deviations and by ${factor} times`;
  return [
    measured,
    `alerts when it ${edge}, with at least ${min} events`,
    `says nothing of a key in its first ${warmupHours} hours, and while that half hour is not known yet`,
    `after an alert that key stays silent for ${quietSeconds} s`,
  ];
}

function sideWords(direction: Baseline["direction"]): string {
  return direction === "either" ? "above or below" : direction;
}

/** Three digits are enough for people. */
function short(value: number): string {
  if (value >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}
