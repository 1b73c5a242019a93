import { RuleError } from "../rules/load-message.ts";

const REPEAT_MAX = 10_000;

export const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})/;

export function noItem(at: number): RuleError {
  return new RuleError("pcre: quantifier does not follow a repeatable item", at);
}

/** How often a quantifier lets its item come. */
export function limits(quantifier: string, at: number): { low: number; high: number } {
  if (quantifier === "*") return { low: 0, high: Number.POSITIVE_INFINITY };
  if (quantifier === "+") return { low: 1, high: Number.POSITIVE_INFINITY };
  if (quantifier === "?") return { low: 0, high: 1 };
  const [, first = "", comma, second = ""] = /^\{(\d+)(,)?(\d*)\}$/.exec(quantifier) ?? [];
  const low = Number(first);
  const high =
    comma === undefined ? low : second === "" ? Number.POSITIVE_INFINITY : Number(second);
  if (high < low) throw new RuleError("pcre: numbers out of order in {} quantifier", at);
  if (low > REPEAT_MAX || (Number.isFinite(high) && high > REPEAT_MAX)) {
    throw new RuleError(`pcre: a repetition above ${REPEAT_MAX} is not supported`, at);
  }
  return { low, high };
}
