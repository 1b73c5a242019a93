import { parseNetwork } from "../rules/address-set.ts";
import { type AddressEntry, AddressValues } from "../rules/address-values.ts";
import { RuleError } from "../rules/load-message.ts";

const VALUE_MAX = 127;
const CATEGORY_MAX = 60;

export interface ReputationProblem {
  readonly line: number;
  readonly text: string;
}

/** Suricata's reputation-categories-file: `NUMBER,NAME,DESCRIPTION` a line. */
export function parseCategories(content: string): {
  numbers: Map<string, number>;
  problems: ReputationProblem[];
} {
  const numbers = new Map<string, number>();
  const problems: ReputationProblem[] = [];
  for (const { line, text } of lines(content)) {
    const [, number = "", name = ""] = /^(\d{1,3})\s*,\s*([^,\s]+)\s*(?:,|$)/.exec(text) ?? [];
    if (name === "" || Number(number) < 1 || Number(number) > CATEGORY_MAX)
      problems.push({
        line,
        text: `"${text}" is no category; write NUMBER,NAME,DESCRIPTION, numbers 1 to ${CATEGORY_MAX}`,
      });
    else numbers.set(name, Number(number));
  }
  return { numbers, problems };
}

/** Scores of addresses and networks by category, from Suricata's reputation files: `ADDRESS,CATEGORY,SCORE` a line. */
export class Reputation {
  readonly #entries = new Map<number, AddressEntry[]>();
  readonly #tables = new Map<number, AddressValues>();

  /** Adds a file; gives the lines that are left out. */
  add(content: string): ReputationProblem[] {
    const problems: ReputationProblem[] = [];
    for (const { line, text } of lines(content)) {
      const [address = "", category = "", score = "", ...extra] = text
        .split(",")
        .map((part) => part.trim());
      const value = /^\d{1,3}$/.test(score) ? Number(score) : Number.NaN;
      if (extra.length > 0 || !/^\d{1,3}$/.test(category) || !(value <= VALUE_MAX)) {
        problems.push({
          line,
          text: `"${text}" is no reputation; write ADDRESS,CATEGORY,SCORE, scores 0 to ${VALUE_MAX}`,
        });
        continue;
      }
      try {
        const list = this.#entries.get(Number(category)) ?? [];
        list.push({ ...parseNetwork({ text: address, at: 0 }), value });
        this.#entries.set(Number(category), list);
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        problems.push({ line, text: error.message });
      }
    }
    return problems;
  }

  /** Scores of one category. */
  of(category: number): AddressValues {
    let table = this.#tables.get(category);
    if (table === undefined) {
      table = new AddressValues(this.#entries.get(category) ?? []);
      this.#tables.set(category, table);
    }
    return table;
  }
}

function lines(content: string): { line: number; text: string }[] {
  return content.split("\n").flatMap((raw, index) => {
    const text = raw.trim();
    return text === "" || text.startsWith("#") ? [] : [{ line: index + 1, text }];
  });
}
