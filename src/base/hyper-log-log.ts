/**
 * About how many different keys were seen, in memory that does not grow (HyperLogLog: Flajolet, Fusy, Gandouet,
 * Meunier 2007). Keys are keyed hashes of up to 53 bits, so an estimate differs a little from run to run.
 */
export class HyperLogLog {
  readonly #bits: number;
  readonly #registers: Uint8Array;

  /** 2^bits registers of a byte give a standard error of 1.04 / sqrt(2^bits). */
  constructor(bits: number) {
    this.#bits = bits;
    this.#registers = new Uint8Array(1 << bits);
  }

  add(key: number): void {
    const bits = this.#bits;
    const high = (key / 0x100000000) | 0;
    const register = key & (this.#registers.length - 1);
    // The rest of the low half and the 21 bits of the high one: zeros in front of the first one bit.
    const rest = (((key | 0) >>> bits) | (high << (32 - bits))) >>> 0;
    const zeros = Math.clz32(rest) + 1;
    if (zeros > (this.#registers[register] as number)) this.#registers[register] = zeros;
  }

  get count(): number {
    const registers = this.#registers.length;
    let sum = 0;
    let empty = 0;
    for (const zeros of this.#registers) {
      sum += 2 ** -zeros;
      if (zeros === 0) empty++;
    }
    const alpha = 0.7213 / (1 + 1.079 / registers);
    const estimate = (alpha * registers * registers) / sum;
    // Few keys leave registers empty, and how many says more (linear counting).
    const isFew = estimate <= 2.5 * registers && empty > 0;
    return Math.round(isFew ? registers * Math.log(registers / empty) : estimate);
  }
}
