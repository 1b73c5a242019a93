import { RuleError } from "../rules/load-message.ts";
import type { Token } from "../rules/rule-lexer.ts";

/** A compiled `bsize`, `dsize` or `event_value`: a value inside (or outside) an inclusive range. */
export class SizeCondition {
  readonly low: number;
  readonly high: number;
  readonly isNegated: boolean;

  constructor(low: number, high: number, isNegated: boolean) {
    this.low = low;
    this.high = high;
    this.isNegated = isNegated;
  }

  matches(value: number): boolean {
    return (value >= this.low && value <= this.high) !== this.isNegated;
  }

  toString(): string {
    if (this.low === this.high) return `${this.isNegated ? "not " : ""}${this.low}`;
    if (this.high === Number.POSITIVE_INFINITY) return `${this.low} or more`;
    if (this.low === 0) return `${this.high} or less`;
    return `${this.low} to ${this.high}`;
  }
}

const NUMBER = String.raw`(0x[0-9a-fA-F]+|\d+)\s*([kKmMgG][iI]?[bB])?`;
const RANGE = new RegExp(`^${NUMBER}\\s*(?:<>|-)\\s*${NUMBER}$`);
const SINGLE = new RegExp(`^(<=|>=|<|>|=|!)?\\s*${NUMBER}$`);

/** Forms `N =N !N <N <=N >N >=N A<>B A-B`; the ranges exclude both ends (as its bsize and dsize). */
export function parseSizeCondition(token: Token): SizeCondition {
  const range = RANGE.exec(token.text);
  if (range !== null) {
    const low = toNumber(range[1], range[2]) + 1;
    const high = toNumber(range[3], range[4]) - 1;
    if (low > high) throw new RuleError(`no value lies inside the range "${token.text}"`, token.at);
    return new SizeCondition(low, high, false);
  }
  const single = SINGLE.exec(token.text);
  if (single === null) {
    throw new RuleError(
      `"${token.text}" is not a size: write 7, <7, <=7, >7, >=7, !7 or 3<>9`,
      token.at,
    );
  }
  const value = toNumber(single[2], single[3]);
  const infinity = Number.POSITIVE_INFINITY;
  switch (single[1]) {
    case "<":
      if (value === 0) throw new RuleError("no size is below 0", token.at);
      return new SizeCondition(0, value - 1, false);
    case "<=":
      return new SizeCondition(0, value, false);
    case ">":
      return new SizeCondition(value + 1, infinity, false);
    case ">=":
      return new SizeCondition(value, infinity, false);
    case "!":
      return new SizeCondition(value, value, true);
    default:
      return new SizeCondition(value, value, false);
  }
}

function toNumber(digits: string | undefined, suffix: string | undefined): number {
  const unit = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[suffix?.[0]?.toLowerCase() ?? ""] ?? 1;
  return Number(digits) * unit;
}
