/** Waits between attempts: they double from the first to the longest, each between half of it and all of it. */
export class BackOff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #chance: () => number;
  #nextMs: number;

  /** `chance` gives numbers from 0 up to 1: many sensors must not knock at one broker in step. */
  constructor(firstMs: number, longestMs: number, chance: () => number = Math.random) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#chance = chance;
    this.#nextMs = firstMs;
  }

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const wait = this.#nextMs * (0.5 + 0.5 * this.#chance());
    this.#nextMs = Math.min(2 * this.#nextMs, this.#longestMs);
    return wait;
  }

  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}
