import { SIP_METHOD_NAMES } from "../decode/sip/methods.ts";
import { eventKinds, trackKey } from "./keywords-state.ts";
import { didYouMean, RuleError } from "./load-message.ts";
import { type Ratio, RatioSide } from "./ratio.ts";
import { type Keyword, type OptionValue, parseCount, plain, type RuleDraft } from "./rule-draft.ts";
import { splitToken, type Token } from "./rule-lexer.ts";
import type { Threshold, ThresholdType } from "./threshold.ts";
import { UNIQUE_FIELDS, type UniqueField } from "./track-key.ts";

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
];

function refuseSecond(rule: RuleDraft, value: OptionValue): void {
  if (rule.counter !== null) {
    throw new RuleError(
      "a rule has one of threshold, detection_filter and ratio, and only once",
      value.keywordAt,
    );
  }
}

const TYPES: readonly ThresholdType[] = ["limit", "threshold", "both", "backoff"];

/** Pairs of `name value`, comma separated, each name once; `reset_on` may go on over commas. */
class Pairs {
  readonly #values = new Map<string, Token[]>();
  readonly #whole: OptionValue;

  constructor(whole: OptionValue, parts: readonly Token[], known: readonly string[]) {
    this.#whole = whole;
    let open: Token[] | null = null;
    for (const part of parts) {
      const match = /^(\S+)(?:\s+(.*))?$/s.exec(part.text);
      const name = match?.[1] ?? "";
      const argument = { text: (match?.[2] ?? "").trim(), at: part.at };
      if (!known.includes(name)) {
        if (open === null || !name.includes(".")) {
          throw new RuleError(`unknown option "${part.text}".${didYouMean(name, known)}`, part.at);
        }
        open.push(part);
        continue;
      }
      if (this.#values.has(name)) throw new RuleError(`"${name}" is given twice`, part.at);
      if (argument.text === "") throw new RuleError(`"${name}" needs a value`, part.at);
      const values = name === "reset_on" ? words(argument) : [argument];
      this.#values.set(name, values);
      open = name === "reset_on" ? values : null;
    }
  }

  all(name: string): readonly Token[] {
    return this.#values.get(name) ?? [];
  }

  get(name: string): Token {
    const value = this.#values.get(name)?.[0];
    if (value === undefined) throw new RuleError(`"${name}" is missing`, this.#whole.at);
    return value;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }
}

function words(token: Token): Token[] {
  return [...token.text.matchAll(/\S+/g)].map((match) => ({
    text: match[0],
    at: token.at + match.index,
  }));
}

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

function parseThreshold(value: OptionValue, isFilter: boolean): Threshold {
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

function parseRatio(value: OptionValue): Ratio {
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

function parseSide(side: Token): RatioSide {
  const statuses: number[] = [];
  const methods: string[] = [];
  const facts: number[] = [];
  const tokens = words(side);
  if (tokens.length === 0) throw new RuleError("a side of ratio is empty", side.at);
  for (const token of tokens) {
    const { text } = token;
    if (/^[2-6]\d\d$/.test(text)) statuses.push(Number(text));
    else if (/^[2-6]xx$/i.test(text)) {
      const hundred = Number(text[0]) * 100;
      for (let status = hundred; status < hundred + 100; status++) statuses.push(status);
    } else if (text.includes(".")) facts.push(...eventKinds(token));
    else if (SIP_METHOD_NAMES.includes(text) && text !== "OTHER") methods.push(text);
    else throw new RuleError(`"${text}" is no final status (404, 4xx), method or fact`, token.at);
  }
  return new RatioSide(side.text, statuses, methods, facts);
}
