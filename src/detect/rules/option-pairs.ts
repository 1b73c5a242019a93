import { didYouMean, RuleError } from "./load-message.ts";
import type { Token } from "./rule-lexer.ts";

/** Pairs of `name value`, comma separated, each name once; `reset_on` may go on over commas. */
export class Pairs {
  readonly #values = new Map<string, Token[]>();
  readonly #whole: Token;

  constructor(whole: Token, parts: readonly Token[], known: readonly string[]) {
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

/** Its parts between blanks. */
export function words(token: Token): Token[] {
  return [...token.text.matchAll(/\S+/g)].map((match) => ({
    text: match[0],
    at: token.at + match.index,
  }));
}
