import type { Ratio } from "../counters/ratio.ts";
import { parseSide } from "../counters/ratio-side.ts";
import type { Threshold, ThresholdType } from "../counters/threshold.ts";
import { UNIQUE_FIELDS, type UniqueField } from "../counters/track-key.ts";
import { didYouMean, RuleError } from "../rules/load-message.ts";
import { Pairs } from "../rules/option-pairs.ts";
import {
  type Keyword,
  type OptionValue,
  parseCount,
  plain,
  type RuleDraft,
} from "../rules/rule-draft.ts";
import { splitToken, type Token } from "../rules/rule-lexer.ts";
import { parseBaseline } from "./keywords-baseline.ts";
import { eventKinds, trackKey } from "./keywords-state.ts";

export const COUNT_KEYWORDS: readonly Keyword[] = [
  plain(
    "threshold",
    "how often the rule alerts: type limit|threshold|both|backoff, track, count, seconds",
    (rule, value) => {
      refuseSecond(rule, value);
      rule.counter = parseThreshold(value, false);
    },
  ),
  plain("detection_filter", "alert only above a rate: track, count, seconds", (rule, value) => {
    refuseSecond(rule, value);
    rule.counter = parseThreshold(value, true);
  }),
  plain(
    "ratio",
    "one kind of events against another in a sliding window: a / b, above x, min n, track, seconds",
    (rule, value) => {
      refuseSecond(rule, value);
      rule.counter = parseRatio(value);
    },
  ),
  plain(
    "baseline",
    "what a key does against its own past: [count|share|mean|mix sides,] seconds, deviation, min, warmup, track",
    (rule, value) => {
      refuseSecond(rule, value);
      rule.counter = parseBaseline(value, rule.environment.site.timezone);
    },
  ),
];

function refuseSecond(rule: RuleDraft, value: OptionValue): void {
  if (rule.counter !== null) {
    throw new RuleError(
      "a rule has one of threshold, detection_filter, ratio and baseline, and only once",
      value.keywordAt,
    );
  }
}

const TYPES: readonly ThresholdType[] = ["limit", "threshold", "both", "backoff"];

const WINDOW_NAMES = [
  "type",
  "track",
  "count",
  "seconds",
  "multiplier",
  "unique_on",
  "reset_on",
  "quiet",
];

/** `threshold:` or, with `isFilter`, `detection_filter:`. Throws RuleError with the place of the fault. */
export function parseThreshold(value: OptionValue, isFilter: boolean): Threshold {
  const names = isFilter
    ? WINDOW_NAMES.filter((name) => name !== "type" && name !== "multiplier")
    : WINDOW_NAMES;
  const pairs = new Pairs(value, splitToken(value, ","), names);
  const type = isFilter ? "detection_filter" : thresholdType(pairs.get("type"));
  const track = trackKey(pairs.get("track"));
  const count = parseCount(pairs.get("count"), "count", 1);
  const uniqueOn = uniqueField(pairs);
  const resetOn = resetKinds(pairs);
  const quietSeconds = pairs.has("quiet") ? parseCount(pairs.get("quiet"), "quiet", 1) : 0;
  if (type !== "backoff") {
    if (pairs.has("multiplier"))
      throw new RuleError("multiplier goes with type backoff", pairs.get("multiplier").at);
    const seconds = parseCount(pairs.get("seconds"), "seconds", 1);
    return { type, track, count, seconds, multiplier: 0, uniqueOn, resetOn, quietSeconds };
  }
  if (pairs.has("seconds"))
    throw new RuleError("type backoff has no seconds", pairs.get("seconds").at);
  if (track.name !== "by_flow")
    throw new RuleError("type backoff tracks by_flow only", pairs.get("track").at);
  const multiplier = parseCount(pairs.get("multiplier"), "multiplier", 2);
  if (multiplier > 65_535 || count > 65_535) {
    throw new RuleError(
      "backoff takes a count of 1 to 65535 and a multiplier of 2 to 65535",
      value.at,
    );
  }
  return { type, track, count, seconds: 0, multiplier, uniqueOn, resetOn, quietSeconds };
}

function thresholdType(token: Token): ThresholdType {
  const type = TYPES.find((known) => known === token.text);
  if (type === undefined) {
    throw new RuleError(`unknown type "${token.text}".${didYouMean(token.text, TYPES)}`, token.at);
  }
  return type;
}

function uniqueField(pairs: Pairs): UniqueField | null {
  if (!pairs.has("unique_on")) return null;
  const token = pairs.get("unique_on");
  const field = UNIQUE_FIELDS.get(token.text);
  if (field === undefined) {
    const hint = didYouMean(token.text, UNIQUE_FIELDS.keys());
    throw new RuleError(`unique_on "${token.text}" is not known.${hint}`, token.at);
  }
  return field;
}

function resetKinds(pairs: Pairs): readonly number[] {
  return pairs.all("reset_on").flatMap((token) => eventKinds(token));
}

const RATIO_NAMES = ["above", "min", "track", "seconds", "unique_on", "reset_on"];

/** `ratio:`. Throws RuleError with the place of the fault. */
export function parseRatio(value: OptionValue): Ratio {
  const [sides, ...rest] = splitToken(value, ",");
  const [numerator, denominator, extra] = splitToken(sides ?? value, "/");
  if (numerator === undefined || denominator === undefined || extra !== undefined) {
    throw new RuleError("ratio begins with two sides, such as 404 / 401 407 200", value.at);
  }
  const pairs = new Pairs(value, rest, RATIO_NAMES);
  const above = Number(pairs.get("above").text);
  if (!(above >= 0)) throw new RuleError("above is a number from 0", pairs.get("above").at);
  return {
    type: "ratio",
    numerator: parseSide(numerator),
    denominator: parseSide(denominator),
    above,
    min: parseCount(pairs.get("min"), "min", 1),
    track: trackKey(pairs.get("track")),
    seconds: parseCount(pairs.get("seconds"), "seconds", 1),
    uniqueOn: uniqueField(pairs),
    resetOn: resetKinds(pairs),
  };
}
