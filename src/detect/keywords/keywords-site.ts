import type { AddressOf } from "../counters/suppression.ts";
import { RuleError } from "../rules/load-message.ts";
import { type Keyword, type OptionValue, plain, type RuleDraft } from "../rules/rule-draft.ts";
import { splitToken, type Token } from "../rules/rule-lexer.ts";
import type { Condition } from "../rules/signature.ts";
import { OfficeHours } from "../site/office-hours.ts";
import { WeekTimes } from "../site/week-time.ts";
import { applyDataset } from "./keywords-dataset.ts";

/** Of `time_of_week`: the hours of the office, as the baseline of that sid has learned them. */
const OFFICE = /^\s*office\s+(\d+)\s*,\s*/;

/** What rules ask of the site: its lists, its hours, where addresses are and what is known of them. */
export const SITE_KEYWORDS: readonly Keyword[] = [
  plain(
    "dataset",
    "the buffer is in a list, or comes into it: isset|isnotset|set|unset,NAME,type TYPE,load FILE|state FILE",
    applyDataset,
  ),
  plain("iprep", "reputation of an end: any|src|dst|both,CATEGORY,operator,score", applyReputation),
  plain("geoip", "country of an end: any|src|dst|both,CC,... or !CC,...", applyCountries),
  {
    name: "time_of_week",
    about:
      "hours of the week in a time zone: [!]mon-fri 08:00-18:00, sat 09:00-12:00, zone Europe/Berlin; of the office: [!]office SID, mon-fri 07:00-20:00",
    value: "required",
    quotes: "refused",
    isNegatable: true,
    apply(rule, value) {
      const office = OFFICE.exec(value.text);
      if (office !== null) {
        const { officeHours, timezone } = rule.environment.site;
        const otherwise = { text: value.text.slice(office[0].length), at: value.at };
        const options = { baseline: `1:${office[1]}`, declared: officeHours, zone: timezone };
        rule.conditions.push(new OfficeHours({ ...options, otherwise }, value.isNegated));
        return;
      }
      const times = new WeekTimes(value, value.isNegated, rule.environment.site.timezone);
      rule.conditions.push({ text: times.text, holds: ({ timeUs }) => times.holds(timeUs) });
    },
  },
];

type Ends = "any" | "src" | "dst" | "both";

const ENDS: readonly Ends[] = ["any", "src", "dst", "both"];

function endsOf(token: Token | undefined, keyword: string, value: OptionValue): Ends {
  const ends = ENDS.find((known) => known === token?.text);
  if (ends === undefined)
    throw new RuleError(
      `${keyword} begins with ${ENDS.join(", ")}, not "${token?.text ?? ""}"`,
      token?.at ?? value.at,
    );
  return ends;
}

/** A condition on one end or both. */
function onEnds(ends: Ends, what: string, test: (end: AddressOf) => boolean): Condition {
  const words = {
    any: "source or destination",
    src: "the source",
    dst: "the destination",
    both: "source and destination",
  };
  return {
    text: `${words[ends]} ${what}`,
    holds: (_context, src, dst) => {
      if (ends === "src") return test(src);
      if (ends === "dst") return test(dst);
      return ends === "any" ? test(src) || test(dst) : test(src) && test(dst);
    },
  };
}

const OPERATORS: Readonly<Record<string, (score: number, limit: number) => boolean>> = {
  "<": (score, limit) => score < limit,
  ">": (score, limit) => score > limit,
  "=": (score, limit) => score === limit,
  "==": (score, limit) => score === limit,
  "<=": (score, limit) => score <= limit,
  ">=": (score, limit) => score >= limit,
};

function applyReputation(rule: RuleDraft, value: OptionValue): void {
  const [end, category, operator, score, ...extra] = splitToken(value, ",");
  const ends = endsOf(end, "iprep", value);
  if (category === undefined || operator === undefined || extra.length > 0)
    throw new RuleError("iprep is END,CATEGORY,OPERATOR,SCORE or END,CATEGORY,isset", value.at);
  const { site } = rule.environment;
  const number = site.category(category);
  const scores = site.reputation(category).of(number);
  if (operator.text === "isset" || operator.text === "isnotset") {
    const isset = operator.text === "isset";
    const what = `has ${isset ? "a" : "no"} reputation as ${category.text}`;
    rule.conditions.push(onEnds(ends, what, (address) => scores.of(address) >= 0 === isset));
    return;
  }
  const compare = Object.hasOwn(OPERATORS, operator.text) ? OPERATORS[operator.text] : undefined;
  if (compare === undefined)
    throw new RuleError(
      `iprep operator "${operator.text}" is not known: ${Object.keys(OPERATORS).join(" ")}, isset, isnotset`,
      operator.at,
    );
  const limit = /^\d{1,3}$/.test(score?.text ?? "") ? Number(score?.text) : Number.NaN;
  if (!(limit <= 127)) throw new RuleError("iprep score is 0 to 127", score?.at ?? value.at);
  const what = `has a reputation as ${category.text} ${operator.text} ${limit}`;
  rule.conditions.push(
    onEnds(ends, what, (address) => {
      const found = scores.of(address);
      return found >= 0 && compare(found, limit);
    }),
  );
}

function applyCountries(rule: RuleDraft, value: OptionValue): void {
  const [first, ...rest] = splitToken(value, ",");
  const isEnd = ENDS.some((known) => known === first?.text);
  const ends = isEnd ? endsOf(first, "geoip", value) : "any";
  const codes = isEnd || first === undefined ? rest : [first, ...rest];
  const isNegated = codes.some(({ text }) => text.startsWith("!"));
  const wanted = new Set<string>();
  for (const { text, at } of codes) {
    const code = text.replace(/^!\s*/, "").toUpperCase();
    if (!/^[A-Z]{2}$/.test(code))
      throw new RuleError(`"${text}" is no country code of two letters (ISO 3166-1)`, at);
    if (isNegated !== text.startsWith("!"))
      throw new RuleError("geoip takes countries or, with ! before each, all others; not both", at);
    wanted.add(code);
  }
  if (wanted.size === 0) throw new RuleError("geoip needs a country code, such as DE", value.at);
  const countries = rule.environment.site.countries(value);
  const what = `is ${isNegated ? "known to be in none of" : "in"} ${[...wanted].join(", ")}`;
  rule.conditions.push(
    onEnds(ends, what, (address) => {
      const code = countries.of(address);
      return code !== "" && wanted.has(code) !== isNegated;
    }),
  );
}
