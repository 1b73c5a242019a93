import {
  type Baseline,
  type BaselineDirection,
  type BaselineMeasure,
  MIX_SIDES_MAX,
} from "../baselines/baseline.ts";
import { WeekBins } from "../baselines/week-bins.ts";
import { parseSide, type RatioSide } from "../counters/ratio-side.ts";
import { didYouMean, RuleError } from "../rules/load-message.ts";
import { Pairs } from "../rules/option-pairs.ts";
import { type OptionValue, parseCount } from "../rules/rule-draft.ts";
import { splitToken, type Token } from "../rules/rule-lexer.ts";
import { trackKey } from "./keywords-state.ts";

const NAMES = [
  "seconds",
  "deviation",
  "factor",
  "distance",
  "direction",
  "min",
  "warmup",
  "track",
  "quiet",
  "zone",
];
const MEASURES: readonly BaselineMeasure[] = ["count", "share", "mean", "mix"];
const DIRECTIONS: readonly BaselineDirection[] = ["above", "below", "either"];
const FACTOR_DEFAULT = 1.5;
const DISTANCE_DEFAULT = 0.2;
const WARMUP_MIN_HOURS = 24;
/** Half hours are what is learned: a window is a part of one, or an hour. */
const HALF_HOUR_S = 1_800;
const SECONDS_MIN = 60;
const SECONDS_MAX = 3_600;

/** `baseline:` as a rule writes it; `zone` is that of the site. Throws RuleError with the place of the fault. */
export function parseBaseline(value: OptionValue, zone: string): Baseline {
  const parts = splitToken(value, ",");
  const first = parts[0] ?? value;
  const [word = ""] = first.text.split(/\s+/, 1);
  const measure = MEASURES.find((known) => known === word);
  const pairs = new Pairs(value, measure === undefined ? parts : parts.slice(1), NAMES);
  const sides = measure === undefined ? [] : sidesOf(measure, first);
  const track = trackKey(pairs.get("track"));
  if (track.name === "by_flow" || track.name === "by_call" || track.name === "by_stream") {
    throw new RuleError(
      `nothing is usual of ${track.name}, which lives for minutes; track a host or an account`,
      pairs.get("track").at,
    );
  }
  const seconds = secondsOf(pairs.get("seconds"));
  const direction = directionOf(pairs);
  if (measure === "mix" && direction !== "above") {
    throw new RuleError("a distance only grows: mix takes direction above", value.at);
  }
  return {
    type: "baseline",
    measure: measure ?? "count",
    sides,
    direction,
    deviation: numberOf(pairs.get("deviation"), "deviation", 1, 100),
    factor: factorOf(pairs, measure ?? "count"),
    min: parseCount(pairs.get("min"), "min", 1),
    warmupHours: parseCount(pairs.get("warmup"), "warmup", WARMUP_MIN_HOURS),
    track,
    seconds,
    quietSeconds: pairs.has("quiet") ? parseCount(pairs.get("quiet"), "quiet", 1) : seconds,
    bins: binsOf(pairs.has("zone") ? pairs.get("zone") : { text: zone, at: value.at }),
    uniqueOn: null,
    resetOn: [],
  };
}

function sidesOf(measure: BaselineMeasure, token: Token): readonly RatioSide[] {
  const text = token.text.slice(measure.length);
  const all = splitToken({ text, at: token.at + measure.length }, "/");
  const [least, most] = { count: [1, 1], mean: [1, 1], share: [2, 2], mix: [2, MIX_SIDES_MAX] }[
    measure
  ] as [number, number];
  if (all.length < least || all.length > most || all.some((side) => side.text.trim() === "")) {
    throw new RuleError(USAGE[measure], token.at);
  }
  return all.map(parseSide);
}

const USAGE: Readonly<Record<BaselineMeasure, string>> = {
  count: "count takes one side, such as count REGISTER",
  mean: "mean takes one side, of facts that carry a number, such as mean call.ended",
  share: "share takes two sides, such as share 4xx 5xx 6xx / INVITE",
  mix: `mix takes two to ${MIX_SIDES_MAX} sides, such as mix INVITE / call.answered / BYE`,
};

function secondsOf(token: Token): number {
  const seconds = parseCount(token, "seconds", SECONDS_MIN);
  if (seconds === SECONDS_MAX || HALF_HOUR_S % seconds === 0) return seconds;
  throw new RuleError(
    `seconds is 3600, or 60 and more that divide 1800 (60, 300, 600, 900, 1800), not ${token.text}`,
    token.at,
  );
}

function directionOf(pairs: Pairs): BaselineDirection {
  if (!pairs.has("direction")) return "above";
  const token = pairs.get("direction");
  const direction = DIRECTIONS.find((known) => known === token.text);
  if (direction !== undefined) return direction;
  const hint = didYouMean(token.text, DIRECTIONS);
  throw new RuleError(`direction is above, below or either, not "${token.text}".${hint}`, token.at);
}

/** Of `mix` the least distance stands in its place. */
function factorOf(pairs: Pairs, measure: BaselineMeasure): number {
  const [name, other] = measure === "mix" ? ["distance", "factor"] : ["factor", "distance"];
  if (pairs.has(other as string)) {
    throw new RuleError(`${measure} takes ${name}, not ${other}`, pairs.get(other as string).at);
  }
  if (measure === "mix") {
    return pairs.has("distance")
      ? numberOf(pairs.get("distance"), "distance", 0.01, 1)
      : DISTANCE_DEFAULT;
  }
  return pairs.has("factor") ? numberOf(pairs.get("factor"), "factor", 1, 1000) : FACTOR_DEFAULT;
}

function numberOf(token: Token, what: string, min: number, max: number): number {
  const number = /^\d{1,6}(\.\d{1,6})?$/.test(token.text) ? Number(token.text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new RuleError(`${what} is a number from ${min} to ${max}, not "${token.text}"`, token.at);
}

function binsOf({ text, at }: Token): WeekBins {
  try {
    return new WeekBins(text);
  } catch {
    throw new RuleError(`"${text}" is no time zone, such as Europe/Berlin or UTC`, at);
  }
}
