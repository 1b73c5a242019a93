import { BoundedMap } from "../../base/bounded-map.ts";

const HOUR_US = 3_600_000_000;
const RULES_MAX = 65_536;

interface Hour {
  startUs: number;
  files: number;
}

/** How many files a rule may still write in its hour of packet time, which begins with its first file. */
export class RuleBudget {
  readonly #perHour: number;
  readonly #hours = new BoundedMap<string, Hour>(RULES_MAX);

  constructor(perHour: number) {
    this.#perHour = perHour;
  }

  has(rule: string, timeUs: number): boolean {
    const hour = this.#hours.get(rule);
    return hour === undefined || isOver(hour, timeUs) || hour.files < this.#perHour;
  }

  take(rule: string, timeUs: number): void {
    const hour = this.#hours.get(rule);
    if (hour === undefined || isOver(hour, timeUs)) {
      this.#hours.set(rule, { startUs: timeUs, files: 1 });
    } else hour.files++;
  }
}

function isOver({ startUs }: Hour, timeUs: number): boolean {
  return timeUs - startUs >= HOUR_US;
}
