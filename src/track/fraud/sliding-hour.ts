const SLOTS = 12;
const SLOT_US = 300_000_000;

/** A sum over the last 55 to 60 minutes of packet time, in slots of five minutes. */
export class SlidingHour {
  readonly #slots = new Float64Array(SLOTS);
  /** Number of the slot that was written last, since the epoch. */
  #last = 0;

  /** Time passes: what is older than the hour is left out. */
  at(nowUs: number): number {
    const slot = Math.floor(nowUs / SLOT_US);
    for (let old = Math.max(this.#last + 1, slot - SLOTS + 1); old <= slot; old++) {
      this.#slots[old % SLOTS] = 0;
    }
    this.#last = Math.max(this.#last, slot);
    let sum = 0;
    for (const amount of this.#slots) sum += amount;
    return Math.max(0, sum);
  }

  /** At one moment; a negative amount takes back. */
  add(amount: number, nowUs: number): void {
    this.at(nowUs);
    this.#slots[this.#last % SLOTS] = (this.#slots[this.#last % SLOTS] as number) + amount;
  }

  /** At an even rate for each microsecond of a while. */
  flow(perUs: number, sinceUs: number, untilUs: number): void {
    let fromUs = Math.max(sinceUs, untilUs - SLOTS * SLOT_US);
    while (fromUs < untilUs) {
      const endUs = Math.min(untilUs, (Math.floor(fromUs / SLOT_US) + 1) * SLOT_US);
      this.add(perUs * (endUs - fromUs), fromUs);
      fromUs = endUs;
    }
    this.at(untilUs);
  }
}
