import type { Contradiction } from "../../track/facts/event.ts";
import type { UsualHour } from "../baselines/usual-hours.ts";
import type { MatchContext } from "../match-context.ts";
import { RuleError } from "../rules/load-message.ts";
import type { Token } from "../rules/rule-lexer.ts";
import type { Condition } from "../rules/signature.ts";
import { WeekTimes } from "./week-time.ts";

export interface OfficeHoursOptions {
  /** `gid:sid` of the baseline rule that counts what people do at a server. */
  readonly baseline: string;
  /** Hours where neither the site has declared its own nor anything is learned. */
  readonly otherwise: Token;
  /** Hours that the site has declared (`rules.officeHours`); "" when it has not. */
  readonly declared: string;
  readonly zone: string;
}

/**
 * Whether people work at a server: in the hours that the site has declared, else in those of the week at which it is usually called. A call
 * centre that works day and night has no hours outside of them. `isNegated`: whether they do not.
 */
export class OfficeHours implements Condition {
  readonly text: string;
  readonly #isNegated: boolean;
  readonly #baseline: string;
  readonly #hours: WeekTimes;
  readonly #isDeclared: boolean;

  constructor({ baseline, declared, otherwise, zone }: OfficeHoursOptions, isNegated: boolean) {
    this.#baseline = baseline;
    this.#isNegated = isNegated;
    this.#isDeclared = declared !== "";
    this.#hours = this.#isDeclared
      ? declaredHours(declared, otherwise.at, zone)
      : new WeekTimes(otherwise, false, zone);
    const learned = this.#isDeclared ? "" : `, until rule ${baseline} has learned which they are`;
    this.text = `it is ${isNegated ? "not " : ""}in the hours of the office: ${this.#hours.text.replace(/^it is /, "")}${learned}`;
  }

  holds(context: MatchContext): boolean {
    const usual = this.#usual(context);
    const isIn = usual === null ? this.#hours.holds(context.timeUs) : !usual.isQuiet;
    return isIn !== this.#isNegated;
  }

  evidence(context: MatchContext): Contradiction {
    const usual = this.#usual(context);
    const what = "hours of the office";
    const hours = this.#hours.text.replace(/^it is /, "");
    if (usual === null) {
      const how = this.#isDeclared ? "declared" : "nothing is learned yet";
      return { what, expected: hours, seen: `${this.#isNegated ? "outside" : "inside"} (${how})` };
    }
    const { level, peak, weeks, when } = usual;
    const seen = `usually ${rounded(level)} calls in half an hour on ${when}, as ${weeks} weeks and more have shown`;
    return { what, expected: `in the busiest half hour ${rounded(peak)}`, seen };
  }

  #usual({ baselines, server, timeUs }: MatchContext): UsualHour | null {
    if (this.#isDeclared || server < 0) return null;
    return baselines?.usualAt(this.#baseline, server, timeUs) ?? null;
  }
}

/** The rule is not to blame for what the configuration says. */
function declaredHours(text: string, at: number, zone: string): WeekTimes {
  try {
    return new WeekTimes({ text, at }, false, zone);
  } catch (error) {
    if (error instanceof RuleError) throw new RuleError(`rules.officeHours: ${error.message}`, at);
    throw error;
  }
}

function rounded(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
