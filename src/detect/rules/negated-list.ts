import { RuleError } from "./load-message.ts";
import { splitToken, type Token, trimToken } from "./rule-lexer.ts";
import { NESTING_MAX, resolveVariable } from "./variables.ts";

/** One leaf of an address or port expression, after lists and variables were taken apart. */
export interface Leaf {
  readonly token: Token;
  readonly isNegated: boolean;
}

/**
 * Flattens `[a,!b,[c,$D]]` into its leaves. A `!` before a list or variable turns each leaf in it
 * round, two cancel out: so does Suricata, which keeps one list of positives and one of negatives.
 */
export function flatten(
  token: Token,
  kind: "address" | "port",
  values: Readonly<Record<string, string>>,
): Leaf[] {
  const leaves: Leaf[] = [];
  walk(token, false, [], 0);
  return leaves;

  function walk(part: Token, isNegated: boolean, open: readonly string[], depth: number): void {
    if (depth > NESTING_MAX) throw new RuleError(`more than ${NESTING_MAX} nested lists`, part.at);
    if (part.text === "") throw new RuleError(`empty ${kind} in the list`, part.at);
    switch (part.text[0]) {
      case "!":
        walk(afterNegation(part), !isNegated, open, depth);
        break;
      case "[":
        for (const item of splitToken({ text: listBody(part), at: part.at + 1 }, ",")) {
          walk(item, isNegated, open, depth + 1);
        }
        break;
      case "$": {
        const text = resolveVariable(values, kind, part, open);
        // Offsets inside a variable's value would point nowhere: blame the variable.
        const list = text.includes(",") && !/^!?\[/.test(text) ? `[${text}]` : text;
        walk({ text: list, at: part.at }, isNegated, [...open, part.text.slice(1)], depth + 1);
        break;
      }
      default:
        if (part.text.includes(","))
          throw new RuleError(`the list "${part.text}" needs brackets`, part.at);
        leaves.push({ token: part, isNegated });
    }
  }
}

function afterNegation(part: Token): Token {
  const rest = trimToken(part.text.slice(1), part.at + 1);
  if (rest.text.startsWith("!")) throw new RuleError("doubled negation", rest.at);
  return rest;
}

function listBody(part: Token): string {
  let depth = 0;
  for (let i = 0; i < part.text.length; i++) {
    if (part.text[i] === "[") depth++;
    if (part.text[i] === "]") depth--;
    if (depth === 0 && i < part.text.length - 1) {
      throw new RuleError("text after the closing bracket", part.at + i + 1);
    }
  }
  if (depth !== 0)
    throw new RuleError("not every address or port block was properly closed", part.at);
  return part.text.slice(1, -1);
}
