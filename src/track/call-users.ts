import type { CallSide } from "./calls.ts";

/** Names kept of one call: user, address of record and digest user of each end, as often as it forks. */
const NAMES_MAX = 32;

/**
 * Who the two ends of a call are, by the names of its INVITE and its answers, as keys: `hash53` of a user,
 * `aorKeyOf`, `accountKeyOf`. What a later request calls its sender is up to its sender and does not count.
 */
export class CallUsers {
  /** The caller's keys as they are, the callee's negative. */
  #keys: readonly number[] = [];

  /** Full: later names are not learned. 0 is no name. */
  add(side: CallSide, key: number): void {
    const signed = side === 0 ? key : -key;
    if (key === 0 || this.#keys.includes(signed) || this.#keys.length === NAMES_MAX) return;
    this.#keys = this.#keys.concat(signed);
  }

  has(side: CallSide, key: number): boolean {
    return this.#keys.includes(side === 0 ? key : -key);
  }

  /** Keys of one side. */
  of(side: CallSide): number[] {
    return this.#keys.filter((key) => key > 0 === (side === 0)).map(Math.abs);
  }
}
