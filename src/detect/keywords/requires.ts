import { RuleError, RuleSkipped } from "../rules/load-message.ts";
import { type OptionToken, splitToken, type Token } from "../rules/rule-lexer.ts";
import { isKeyword } from "./keywords.ts";

/** The Suricata release whose rules are understood; `requires: version` is judged against it. */
const SURICATA_VERSION: readonly [number, number, number] = [8, 0, 4];

/**
 * Skips the rule (`RuleSkipped`) when one of its `requires` does not hold. As in Suricata (detect-parse.c, the scan
 * before parsing) this comes before all other options: a rule for a later release has keywords that nobody here knows.
 */
export function checkRequires(options: readonly OptionToken[]): void {
  for (const { name, value } of options)
    if (name.text === "requires" && value !== null) checkRequirements(value);
}

function checkRequirements(value: Token): void {
  for (const { text, at } of splitToken(value, ",")) {
    const [word = "", ...rest] = text.split(/\s+/);
    if (word === "version") {
      const alternatives = rest.join(" ").split("|");
      if (!alternatives.some((conditions) => versionHolds(conditions, at))) {
        throw new RuleSkipped(`requires ${text}; this is ${SURICATA_VERSION.join(".")}-compatible`);
      }
    } else if (word !== "keyword" || !isKeyword(rest.join(" "))) {
      throw new RuleSkipped(`requires ${text}, which this program does not have`);
    }
  }
}

function versionHolds(conditions: string, at: number): boolean {
  const all = [...conditions.matchAll(/(>=|<=|>|<)\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?/g)];
  const rest = conditions.replace(/(>=|<=|>|<)\s*\d+(?:\.\d+){0,2}/g, "").trim();
  if (all.length === 0 || rest !== "") {
    throw new RuleError(`requires: "${conditions.trim()}" is no version condition`, at);
  }
  return all.every(([, operator, ...numbers]) => {
    const order = compareVersions(numbers.map((number) => Number(number ?? 0)));
    if (operator === ">=") return order >= 0;
    if (operator === "<=") return order <= 0;
    return operator === ">" ? order > 0 : order < 0;
  });
}

function compareVersions(other: readonly number[]): number {
  for (const [index, part] of SURICATA_VERSION.entries()) {
    const difference = part - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
