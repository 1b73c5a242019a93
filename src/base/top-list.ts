/** Values that are counted one by one; any that makes up a larger share than one of so many is among them. */
const COUNTED_MAX = 32;
/** Different values that are told apart. */
export const TOP_DISTINCT_MAX = 4_096;

export interface TopValue {
  readonly text: string;
  /** At least so often: what is certain. */
  readonly count: number;
}

interface Entry {
  text: string;
  count: number;
  /** Of the count, what may belong to the values that had this place before. */
  error: number;
}

/** How many values all lists of one owner remember together. */
export interface TopBudget {
  used: number;
  readonly max: number;
}

/**
 * The values that are seen most, with their counts, and how many different ones there were. Counts are exact up to
 * 32 values, beyond that as Space-Saving has it (Metwally, Agrawal, El Abbadi 2005), so that a flood of values that
 * come once each pushes out none that come often. The same in every run, whatever the keys' hashes are.
 */
export class TopList {
  /** So few that looking at one after the other costs less than a hash. In the order in which they came, from `#first` on round. */
  readonly #keys: number[] = [];
  readonly #entries: Entry[] = [];
  #first = 0;
  readonly #budget: TopBudget;
  /** All that were seen; null while `#entries` has them all. */
  #seen: Set<number> | null = null;
  #isCut = false;
  /** No counted value is rarer: counts only grow. In a flood of new values the first one that is looked at is as rare. */
  #least = 0;

  constructor(budget: TopBudget) {
    this.#budget = budget;
  }

  /**
   * Counts a value. True when its text is wanted, by `name`: it is new, or came again in a place that it took from
   * another. A function that makes the text would be allocated for each value of a flood.
   */
  add(key: number, weight = 1): boolean {
    const known = this.#find(key);
    if (known !== undefined) {
      known.count += weight;
      return known.text === "";
    }
    this.#count(key);
    if (this.#entries.length >= COUNTED_MAX || this.#isCut) {
      this.#replace(key, weight);
      return false;
    }
    this.#keys.push(key);
    this.#entries.push({ text: "", count: weight, error: 0 });
    return true;
  }

  /** The text of a value for which `add` has just asked. */
  name(key: number, text: string): void {
    const known = this.#find(key);
    if (known !== undefined) known.text = text;
  }

  /** The most frequent first; of equals the one that came first. */
  top(max: number): TopValue[] {
    return [...this.#entries.slice(this.#first), ...this.#entries.slice(0, this.#first)]
      .filter(({ text }) => text !== "")
      .map(({ text, count, error }) => ({ text, count: count - error }))
      .sort((a, b) => b.count - a.count)
      .slice(0, max);
  }

  /** Of these at least so many. */
  get distinct(): number {
    return this.#seen?.size ?? this.#entries.length;
  }

  /** There may be more different values than were remembered. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Gives back what it has used. */
  release(): void {
    this.#budget.used -= this.distinct;
    this.#keys.length = 0;
    this.#entries.length = 0;
    this.#first = 0;
    this.#least = 0;
    this.#seen = null;
  }

  /** Notes a value that is not among the counted ones, if it is new and there is room. */
  #count(key: number): void {
    // Of a flood all further values come here: none of them changes anything.
    if (this.#isCut && this.distinct >= TOP_DISTINCT_MAX) return;
    if (this.#seen?.has(key) === true) return;
    if (this.#budget.used >= this.#budget.max || this.distinct >= TOP_DISTINCT_MAX) {
      this.#isCut = true;
      return;
    }
    if (this.#entries.length >= COUNTED_MAX) this.#seen ??= new Set(this.#keys);
    this.#seen?.add(key);
    this.#budget.used++;
  }

  #find(key: number): Entry | undefined {
    const keys = this.#keys;
    for (let i = 0; i < keys.length; i++) if (keys[i] === key) return this.#entries[i];
    return undefined;
  }

  /** The new value takes the place of the rarest, whose count it may have had, and is the last that came. */
  #replace(key: number, weight: number): void {
    const keys = this.#keys;
    const entries = this.#entries;
    const { length } = entries;
    if (length === 0) return;
    const first = this.#first;
    let at = first;
    for (let i = 0; i < length; i++) {
      const next = (first + i) % length;
      const { count } = entries[next] as Entry;
      if (count < (entries[at] as Entry).count) at = next;
      if (count <= this.#least) break;
    }
    const rarest = entries[at] as Entry;
    this.#least = rarest.count;
    // Those before it move up; in a flood it is the first itself.
    for (; at !== first; at = (at + length - 1) % length) {
      const before = (at + length - 1) % length;
      keys[at] = keys[before] as number;
      entries[at] = entries[before] as Entry;
    }
    keys[first] = key;
    entries[first] = rarest;
    this.#first = (first + 1) % length;
    rarest.text = "";
    rarest.error = rarest.count;
    rarest.count += weight;
  }
}
