const MARKS_MAX = 4_096;

/**
 * When records became readable in the spool, by their sequence. A mark stands for all records from the
 * one before it; when there are too many, every second one goes and its records count as readable a
 * little later than they were.
 */
export class ReadableTimes {
  #sequences: number[] = [];
  #times: number[] = [];

  /** All records up to `sequence` are readable since `timeMs`, unless a mark before said earlier. */
  mark(sequence: number, timeMs: number): void {
    if (this.#sequences.length === MARKS_MAX) {
      this.#sequences = this.#sequences.filter((_, i) => i % 2 === 1);
      this.#times = this.#times.filter((_, i) => i % 2 === 1);
    }
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
    // A few dead marks cost less than moving the rest at every call.
    if (count < 64 && count < this.#sequences.length) return;
    this.#sequences.splice(0, count);
    this.#times.splice(0, count);
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
