/** So many values are kept in a list. */
const FEW = 8;

/**
 * Distinct values, with the epoch in which each was seen last. There is one for each key of a rule that has a second value
 * (`RowValues`). Most never get many, and a Map takes 270 bytes before its first one: it is made where there are more than a few.
 */
export class SeenValues {
  /**
   * The only value; or value and epoch by turns; or epochs by value. Always in the order in which they came. One field for
   * all, as each field more is 8 bytes of every key.
   */
  #held: number | number[] | Map<number, number> | null = null;
  /** Of the only value. */
  #epoch = 0;

  get size(): number {
    const held = this.#held;
    if (held === null) return 0;
    if (typeof held !== "object") return 1;
    return held instanceof Map ? held.size : held.length / 2;
  }

  has(value: number): boolean {
    const held = this.#held;
    if (held === null || typeof held !== "object") return held === value;
    return held instanceof Map ? held.has(value) : placeOf(held, value) >= 0;
  }

  /** In the order in which they came. */
  values(): Iterable<number> {
    const held = this.#held;
    if (held === null) return [];
    if (typeof held !== "object") return [held];
    return held instanceof Map ? held.keys() : held.filter((_, at) => at % 2 === 0);
  }

  set(value: number, epoch: number): void {
    const held = this.#held;
    if (held === null || held === value) {
      this.#held = value;
      this.#epoch = epoch;
    } else if (typeof held !== "object") this.#held = [held, this.#epoch, value, epoch];
    else if (held instanceof Map) held.set(value, epoch);
    else this.#held = withValue(held, value, epoch);
  }

  /** Forgets what was seen last in that epoch, or before. */
  forgetUntil(epoch: number): void {
    const held = this.#held;
    if (held === null || typeof held !== "object") {
      if (this.#epoch <= epoch) this.#held = null;
    } else if (held instanceof Map) {
      for (const [value, last] of held) if (last <= epoch) held.delete(value);
    } else {
      const isKept = (at: number) => (held[at | 1] as number) > epoch;
      if (held.some((_, at) => !isKept(at))) this.#held = held.filter((_, at) => isKept(at));
    }
  }
}

function withValue(few: number[], value: number, epoch: number): number[] | Map<number, number> {
  const at = placeOf(few, value);
  if (at >= 0) {
    few[at + 1] = epoch;
    return few;
  }
  // A list that is pushed to takes room for half as many again, and 16 more.
  if (few.length < 2 * FEW) return few.concat([value, epoch]);
  const all = new Map<number, number>();
  for (let i = 0; i < few.length; i += 2) all.set(few[i] as number, few[i + 1] as number);
  return all.set(value, epoch);
}

function placeOf(few: readonly number[], value: number): number {
  for (let at = 0; at < few.length; at += 2) if (few[at] === value) return at;
  return -1;
}
