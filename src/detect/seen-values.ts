type Value = number | string;

/** So many values are kept in a list. */
const FEW = 8;

/**
 * Distinct values, with the epoch in which each was seen last. There is one for each key of a rule, most never get a second
 * value, and a Map takes 270 bytes before its first one: it is made where there are more than a few.
 */
export class SeenValues {
  #only: Value | null = null;
  #onlyEpoch = 0;
  /** Value and epoch by turns, in the order in which they came; null for none or one. */
  #few: Value[] | null = null;
  #all: Map<Value, number> | null = null;

  get size(): number {
    if (this.#all !== null) return this.#all.size;
    if (this.#few !== null) return this.#few.length / 2;
    return this.#only === null ? 0 : 1;
  }

  has(value: Value): boolean {
    if (this.#all !== null) return this.#all.has(value);
    return this.#few === null ? this.#only === value : placeOf(this.#few, value) >= 0;
  }

  /** In the order in which they came. */
  values(): Iterable<Value> {
    if (this.#all !== null) return this.#all.keys();
    if (this.#few !== null) return this.#few.filter((_, at) => at % 2 === 0);
    return this.#only === null ? [] : [this.#only];
  }

  set(value: Value, epoch: number): void {
    if (this.#all !== null) this.#all.set(value, epoch);
    else if (this.#few !== null) this.#setOfFew(this.#few, value, epoch);
    else if (this.#only === null || this.#only === value) {
      this.#only = value;
      this.#onlyEpoch = epoch;
    } else {
      this.#few = [this.#only, this.#onlyEpoch, value, epoch];
      this.#only = null;
    }
  }

  /** Forgets what was seen last in that epoch, or before. */
  forgetUntil(epoch: number): void {
    if (this.#all !== null) {
      for (const [value, last] of this.#all) if (last <= epoch) this.#all.delete(value);
    } else if (this.#few !== null) {
      const few = this.#few;
      const isKept = (at: number) => (few[at | 1] as number) > epoch;
      if (few.some((_, at) => !isKept(at))) this.#few = few.filter((_, at) => isKept(at));
    } else if (this.#onlyEpoch <= epoch) this.#only = null;
  }

  #setOfFew(few: Value[], value: Value, epoch: number): void {
    const at = placeOf(few, value);
    if (at >= 0) few[at + 1] = epoch;
    // A list that is pushed to takes room for half as many again, and 16 more.
    else if (few.length < 2 * FEW) this.#few = few.concat([value, epoch]);
    else {
      const all = new Map<Value, number>();
      for (let i = 0; i < few.length; i += 2) all.set(few[i] as Value, few[i + 1] as number);
      this.#all = all.set(value, epoch);
      this.#few = null;
    }
  }
}

function placeOf(few: readonly Value[], value: Value): number {
  for (let at = 0; at < few.length; at += 2) if (few[at] === value) return at;
  return -1;
}
