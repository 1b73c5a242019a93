const US_PER_S = 1e6;

/**
 * Says whether matches still come as fast as an attack's, for rules that count: what matches them is often
 * ordinary by itself, and on a busy server never ends. A bucket of as many matches as the rule asks for,
 * full when it alerts, loses half of that in each window of the rule; at least half full is an attack.
 * So an attack at the rule's own rate never ends, one at less than half of it does, and from an empty
 * bucket the rule's own count within its window is needed, as the rule itself needs it.
 */
export class AttackLevel {
  readonly #need: number;
  readonly #lossPerUs: number;
  #level: number;
  #lastUs: number;

  /** `need` matches in `seconds` raise an alert, as they did at `timeUs`; 1 for a rule that alerts on each. */
  constructor(need: number, seconds: number, timeUs: number) {
    this.#need = need;
    this.#lossPerUs = seconds > 0 ? need / (2 * seconds * US_PER_S) : 0;
    this.#level = need;
    this.#lastUs = timeUs;
  }

  /** Counts a match and says whether it belongs to an attack. */
  add(timeUs: number): boolean {
    if (this.#need <= 1) return true;
    const passedUs = Math.max(0, timeUs - this.#lastUs);
    const left = Math.max(0, this.#level - passedUs * this.#lossPerUs);
    this.#level = Math.min(this.#need, left + 1);
    this.#lastUs += passedUs;
    return 2 * this.#level >= this.#need;
  }
}
