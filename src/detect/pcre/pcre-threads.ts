const ROUNDS_MAX = 2 ** 31 - 1;

/** The threads at one place, by priority. */
export class Threads {
  length = 0;
  readonly pcs: Int32Array;
  readonly starts: Int32Array;
  readonly #rounds: Int32Array;
  #round = 0;

  constructor(size: number) {
    this.pcs = new Int32Array(size);
    this.starts = new Int32Array(size);
    this.#rounds = new Int32Array(size);
  }

  clear(): void {
    this.length = 0;
    if (++this.#round < ROUNDS_MAX) return;
    this.#rounds.fill(0);
    this.#round = 1;
  }

  /** True when the instruction was visited before in this round; it is from now on. */
  visit(pc: number): boolean {
    if (this.#rounds[pc] === this.#round) return true;
    this.#rounds[pc] = this.#round;
    return false;
  }

  add(pc: number, startedAt: number): void {
    this.pcs[this.length] = pc;
    this.starts[this.length++] = startedAt;
  }
}
