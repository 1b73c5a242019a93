import { combine53 } from "./hash.ts";
import { HyperLogLog } from "./hyper-log-log.ts";

/** Values that are counted one by one; any that makes up a larger share than one of so many is among them. */
const COUNTED_MAX = 32;
/** 1,024 registers: a standard error of 3 %. */
const SKETCH_BITS = 10;

export interface TopValue {
  readonly text: string;
  /** At least so often: what is certain. */
  readonly count: number;
}

interface Entry {
  readonly key: number;
  text: string;
  count: number;
  /** Of the count, what may belong to the values that had this place before. */
  error: number;
}

/** How many entries all lists of one owner have together. */
export interface TopBudget {
  used: number;
  readonly max: number;
}

/**
 * The values that are seen most, with their counts, and how many different ones there were: exact up to 32
 * values, beyond that as Space-Saving has it (Metwally, Agrawal, El Abbadi 2005), so that a flood of values that
 * come once each pushes out none that come often. Costs the same whatever is seen.
 */
export class TopList {
  readonly #entries = new Map<number, Entry>();
  readonly #budget: TopBudget;
  #sketch: HyperLogLog | null = null;

  constructor(budget: TopBudget) {
    this.#budget = budget;
  }

  /** `text` is asked for only when the value is new, or came again in a place that it took from another. */
  add(key: number, text: () => string, weight = 1): void {
    if (this.#sketch !== null) this.#sketch.add(hashOf(key));
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.count += weight;
      if (known.text === "") known.text = text();
      return;
    }
    const hasRoom = this.#entries.size < COUNTED_MAX && this.#budget.used < this.#budget.max;
    if (hasRoom) {
      this.#budget.used++;
      this.#entries.set(key, { key, text: text(), count: weight, error: 0 });
      return;
    }
    if (this.#sketch === null) this.#startSketch(key);
    this.#replace(key, weight);
  }

  /** The most frequent first; of equals the one that came first. */
  top(max: number): TopValue[] {
    return [...this.#entries.values()]
      .filter(({ text }) => text !== "")
      .map(({ text, count, error }) => ({ text, count: count - error }))
      .sort((a, b) => b.count - a.count)
      .slice(0, max);
  }

  get distinct(): number {
    return Math.max(this.#entries.size, this.#sketch?.count ?? 0);
  }

  /** The number of distinct values is an estimate, and counts are what is certain of them. */
  get isEstimate(): boolean {
    return this.#sketch !== null;
  }

  /** Gives back what it has used. */
  release(): void {
    this.#budget.used -= this.#entries.size;
    this.#entries.clear();
  }

  #startSketch(key: number): void {
    this.#sketch = new HyperLogLog(SKETCH_BITS);
    for (const known of [...this.#entries.keys(), key]) this.#sketch.add(hashOf(known));
  }

  /** The new value takes the place of the rarest, whose count it may have had. */
  #replace(key: number, weight: number): void {
    let rarest: Entry | null = null;
    for (const entry of this.#entries.values()) {
      if (rarest === null || entry.count < rarest.count) rarest = entry;
    }
    if (rarest === null) return;
    this.#entries.delete(rarest.key);
    const { count } = rarest;
    this.#entries.set(key, { key, text: "", count: count + weight, error: count });
  }
}

/** Keys may be addresses, of which neighbours are alike. */
function hashOf(key: number): number {
  return combine53(key, 0);
}
