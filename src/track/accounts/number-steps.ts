/** Wider apart, numbers are no neighbours. */
const STRIDE_MAX = 16;
/** Telephones behind one address that ask in any order hardly make so many equal steps in a row. */
const STEPS_MIN = 4;

/** Whether users are asked for in the order of their numbers (100, 101, 102 ...), as lists of telephones are not. */
export class NumberSteps {
  #last = -1;
  #stride = 0;
  #steps = 0;
  #isCounting = false;

  /** True from the fourth equal step on, for good. */
  isCounting(user: string): boolean {
    if (this.#isCounting) return true;
    const digits = /\d{1,9}$/.exec(user.slice(-9))?.[0];
    if (digits === undefined) return false;
    const number = Number(digits);
    const stride = this.#last < 0 ? 0 : number - this.#last;
    this.#last = number;
    const isStep = stride !== 0 && Math.abs(stride) <= STRIDE_MAX;
    if (!isStep) this.#steps = 0;
    else if (stride === this.#stride) this.#steps++;
    else this.#steps = 1;
    this.#stride = stride;
    this.#isCounting = this.#steps >= STEPS_MIN;
    return this.#isCounting;
  }
}
