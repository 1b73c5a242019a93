const MARKS_MAX = 4_096;

/**
 * When records became readable in the spool, by their sequence. A mark stands for all records from the
 * one before it. When there are too many they are merged by twos, and from then on stand further apart:
 * some records then count as readable up to that distance too early.
 */
export class ReadableTimes {
  #sequences: number[] = [];
  #times: number[] = [];
  /** Time between two marks, at least. */
  #distanceMs = 0;

  /** All records up to `sequence` are readable since `timeMs`, unless a mark before said earlier. */
  mark(sequence: number, timeMs: number): void {
    const last = this.#times.length - 1;
    if (last >= 0 && timeMs - (this.#times[last] as number) < this.#distanceMs) {
      this.#sequences[last] = sequence;
      return;
    }
    if (this.#times.length === MARKS_MAX) this.#merge(timeMs);
    this.#sequences.push(sequence);
    this.#times.push(timeMs);
  }

  /** When this record became readable; undefined when it is not, or was forgotten. */
  timeOf(sequence: number): number | undefined {
    return this.#times[this.#indexOf(sequence)];
  }

  /** Drops what is only about records up to this one. */
  forget(sequence: number): void {
    const count = this.#indexOf(sequence + 1);
    this.#sequences.splice(0, count);
    this.#times.splice(0, count);
    if (this.#times.length === 0) this.#distanceMs = 0;
  }

  #merge(nowMs: number): void {
    this.#sequences = this.#sequences.filter((_, i) => i % 2 === 1);
    this.#times = this.#times.filter((_, i) => i % 2 === 0);
    const spanMs = nowMs - (this.#times[0] as number);
    this.#distanceMs = Math.max((2 * spanMs) / MARKS_MAX, this.#distanceMs);
  }

  /** The first mark that reaches this sequence. */
  #indexOf(sequence: number): number {
    let low = 0;
    let high = this.#sequences.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sequences[middle] as number) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
