import { KeyTable } from "./key-table.ts";

/** Up to so many distinct keys the count is exact. */
const EXACT_MAX = 8192;
/** 2^14 registers: a standard error of 0.8 %. */
const REGISTER_BITS = 14;
const REGISTERS = 1 << REGISTER_BITS;

/**
 * How many different keys were seen, in bounded memory: exact while there are few, then an estimate
 * (HyperLogLog: Flajolet, Fusy, Gandouet, Meunier 2007). Nothing but a figure of a summary hangs on it, so the estimate
 * goes by hashes without the run's seed: it is the same in each replay, and who prepares texts only counts himself wrong.
 */
export class DistinctCount {
  #exact: KeyTable | null = new KeyTable(EXACT_MAX);
  readonly #registers = new Uint8Array(REGISTERS);

  /** False also for a key that may be known, once there are too many to tell. */
  knows(key: number): boolean {
    return this.#exact !== null && this.#exact.find(key) >= 0;
  }

  /** `key` tells keys apart while the count is exact; `plain` is a hash of up to 53 bits that no seed is in. */
  add(key: number, plain: number): void {
    const high = (plain / 0x100000000) | 0;
    const register = plain & (REGISTERS - 1);
    // The rest of the low half and the 21 bits of the high one: zeros in front of the first one bit.
    const rest = (((plain | 0) >>> REGISTER_BITS) | (high << (32 - REGISTER_BITS))) >>> 0;
    const zeros = Math.clz32(rest) + 1;
    if (zeros > (this.#registers[register] as number)) this.#registers[register] = zeros;
    if (this.#exact === null) return;
    if (this.#exact.find(key) >= 0) return;
    if (this.#exact.size === EXACT_MAX) this.#exact = null;
    else this.#exact.add(key);
  }

  get count(): number {
    if (this.#exact !== null) return this.#exact.size;
    let sum = 0;
    let empty = 0;
    for (const zeros of this.#registers) {
      sum += 2 ** -zeros;
      if (zeros === 0) empty++;
    }
    const alpha = 0.7213 / (1 + 1.079 / REGISTERS);
    const raw = (alpha * REGISTERS * REGISTERS) / sum;
    // While registers are empty, how many are says more (the paper's small range correction).
    const isSmall = raw <= 2.5 * REGISTERS && empty > 0;
    const estimate = isSmall ? REGISTERS * Math.log(REGISTERS / empty) : raw;
    return Math.max(EXACT_MAX, Math.round(estimate));
  }
}
