import type { IncidentTop } from "../incidents/incident.ts";
import type { CaseCount, CaseList } from "./case-record.ts";

/** Different values that one tally tells apart; beyond it they are only counted. */
const VALUES_MAX = 64;
/** Values in a record. */
const LISTED_MAX = 10;

const NONE: ReadonlySet<string> = new Set();

/** How often values of one kind were counted: what incidents have ranked, put together. */
export class CaseTally {
  readonly #counts = new Map<string, number>();
  /** Different values of one incident alone: more than are listed of it. */
  #distinct = 0;

  add(text: string, count: number): void {
    if (text === "") return;
    const known = this.#counts.get(text);
    if (known === undefined && this.#counts.size >= VALUES_MAX) return;
    this.#counts.set(text, (known ?? 0) + count);
  }

  /** What an incident has ranked. */
  addTop(top: IncidentTop | undefined): void {
    if (top === undefined) return;
    for (const { text, count } of top.values) this.add(text, count);
    this.#distinct = Math.max(this.#distinct, top.distinct);
  }

  addAll(other: CaseTally): void {
    for (const [text, count] of other.#counts) this.add(text, count);
    this.#distinct = Math.max(this.#distinct, other.#distinct);
  }

  /** All values, for the next run. */
  kept(): { distinct: number; values: CaseCount[] } {
    return { distinct: this.#distinct, values: this.top(VALUES_MAX) };
  }

  restore({ distinct, values }: { distinct: number; values: readonly CaseCount[] }): void {
    for (const { text, count } of values) this.add(text, count);
    this.#distinct = distinct;
  }

  get distinct(): number {
    return Math.max(this.#distinct, this.#counts.size);
  }

  has(text: string): boolean {
    return this.#counts.has(text);
  }

  countOf(text: string): number {
    return this.#counts.get(text) ?? 0;
  }

  /** The most frequent first; of those that are alike, the one that came first. */
  top(max = LISTED_MAX): CaseCount[] {
    return [...this.#counts]
      .map(([text, count]) => ({ text, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, max);
  }

  /** Without these values. */
  list(without: ReadonlySet<string> = NONE): CaseList {
    const values = this.top().filter(({ text }) => !without.has(text));
    const left = [...without].filter((text) => this.#counts.has(text)).length;
    return { distinct: this.distinct - left, values };
  }
}
