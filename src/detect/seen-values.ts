type Value = number | string;

/**
 * Distinct values, with the epoch in which each was seen last. Most sets never get a second value, and a Map takes 220
 * bytes before its first one: it is made for the second.
 */
export class SeenValues {
  #only: Value | null = null;
  #onlyEpoch = 0;
  #all: Map<Value, number> | null = null;

  get size(): number {
    if (this.#all !== null) return this.#all.size;
    return this.#only === null ? 0 : 1;
  }

  has(value: Value): boolean {
    return this.#all === null ? this.#only === value : this.#all.has(value);
  }

  /** In the order in which they came. */
  values(): Iterable<Value> {
    if (this.#all !== null) return this.#all.keys();
    return this.#only === null ? [] : [this.#only];
  }

  set(value: Value, epoch: number): void {
    if (this.#all !== null) {
      this.#all.set(value, epoch);
    } else if (this.#only === null || this.#only === value) {
      this.#only = value;
      this.#onlyEpoch = epoch;
    } else {
      this.#all = new Map([
        [this.#only, this.#onlyEpoch],
        [value, epoch],
      ]);
      this.#only = null;
    }
  }

  /** Forgets what was seen last in that epoch, or before. */
  forgetUntil(epoch: number): void {
    if (this.#all === null) {
      if (this.#onlyEpoch <= epoch) this.#only = null;
      return;
    }
    for (const [value, last] of this.#all) if (last <= epoch) this.#all.delete(value);
  }
}
